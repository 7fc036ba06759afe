// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/walks.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace hn
{

namespace
{

// Whose turn it is, of the nodes that want something: in a circle, or one that always wants would
// keep the others from it.
class Turn
{
public:
	explicit Turn(std::uint32_t last) : last_(last) {}

	void want(std::uint32_t node)
	{
		if (!any_ || node - last_ - 1 < next_ - last_ - 1)
			next_ = node;
		any_ = true;
	}

	[[nodiscard]] bool any() const { return any_; }
	[[nodiscard]] std::uint32_t next() const { return next_; }

private:
	std::uint32_t last_;
	std::uint32_t next_ = 0;
	bool any_ = false; // wants something
};

} // namespace

Walks::Walks(const Epoch &epoch, Peers &peers, OwnDigest &own, Sender &sender, Counters &counters)
	: epoch_(epoch), peers_(peers), own_(own), sender_(sender), counters_(counters)
{
}

void Walks::up(std::uint32_t node)
{
	node_ = node;
}

// What is being read now is of no use any more.
void Walks::down()
{
	node_ = 0;
	for (auto &[node, peer] : peers_)
		peer.table_asked = peer.table_answered = std::nullopt;
}

bool Walks::table_wanted() const
{
	return std::any_of(peers_.begin(), peers_.end(),
			   [](const auto &entry) { return entry.second.table_asked; });
}

// For all who have asked until now; who asks later needs another reading.
void Walks::begin_table()
{
	for (auto &[node, peer] : peers_)
		peer.table_answered = std::exchange(peer.table_asked, std::nullopt);
}

void Walks::end_table(bool whole)
{
	for (auto &[node, peer] : peers_) {
		const std::optional<std::uint32_t> request =
			std::exchange(peer.table_answered, std::nullopt);

		if (!request)
			continue;
		if (whole) {
			const TableSent sent{.requester = node, .request = *request};
			sender_.write(StreamTable, [&](FrameWriter &w) { return w.add(sent); });
		} else if (!peer.table_asked) {
			peer.table_asked = request;
		}
	}
}

// What is read of the table may be from before the session's end, and would bring it back.
void Walks::changed(const hn_record &record)
{
	if (reading_ != Reading::Answer)
		return;
	if (!(record.flags & HN_RF_DELETE))
		ended_.erase(record);
	else if (ended_.size() < max_ended)
		ended_.insert(record);
	else
		answer_.requester = 0;
}

std::optional<TableQuery> Walks::next_reading(std::uint64_t now)
{
	if (node_ == 0 || reading_ != Reading::Nothing)
		return std::nullopt;
	if (table_wanted() && now >= table_at_) {
		begin_table();
		reading_ = Reading::Table;
		return TableQuery{.foreign = true};
	}
	if (const std::optional<OwnDigest::Fetch> fetch = own_.next(now)) {
		reading_ = Reading::Answer;
		answer_ = fetch->answer;
		ended_.clear();
		return TableQuery{.owner = node_, .key = epoch_, .buckets = fetch->buckets};
	}
	Turn turn(compared_);
	for (const auto &[node, peer] : peers_)
		if (peer.comparison.wants_table())
			turn.want(node);
	if (!turn.any())
		return std::nullopt;
	reading_ = Reading::Comparison;
	compared_ = turn.next();
	const Peer &peer = peers_.at(compared_);
	return TableQuery{
		.owner = compared_, .key = peer.epoch, .buckets = peer.comparison.buckets()};
}

std::optional<SumsQuery> Walks::next_summing(std::uint64_t now)
{
	if (node_ == 0 || summing_ || now < sums_at_)
		return std::nullopt;
	Turn turn(summed_);
	if (own_.wants_sums(now))
		turn.want(node_);
	for (const auto &[node, peer] : peers_)
		if (peer.comparison.wants_sums())
			turn.want(node);
	if (!turn.any())
		return std::nullopt;
	summing_ = summed_ = turn.next();
	sums_began_ = now;
	return SumsQuery{.owner = summed_,
			 .key = summed_ == node_ ? epoch_ : peers_.at(summed_).epoch};
}

void Walks::table(std::span<const hn_record> records)
{
	Peer *compared = reading_ == Reading::Comparison ? peers_.find(compared_) : nullptr;

	if (node_ == 0)
		return;
	for (const hn_record &record : records) {
		if (compared && record.owner == compared_) {
			compared->comparison.table(record, compared->epoch);
		} else if (reading_ == Reading::Answer && record.owner == node_ &&
			   answer_.requester != 0 && !ended_.contains(record)) {
			++counters_.records_sent;
			sender_.write(StreamDelta,
				      [&](FrameWriter &w) { return w.add_own(record); });
		} else if (reading_ == Reading::Table && record.owner != node_ &&
			   record.owner != 0) {
			++counters_.foreign_sent;
			sender_.write(StreamTable,
				      [&](FrameWriter &w) { return w.add_owned(record); });
		}
	}
}

void Walks::table_end(std::uint64_t now, bool whole)
{
	const Reading was = std::exchange(reading_, Reading::Nothing);

	if (was == Reading::Table) {
		table_at_ = now + table_ms;
		end_table(whole);
		++counters_.tables_sent;
	} else if (was == Reading::Answer && whole && node_ != 0 && answer_.requester != 0) {
		sender_.flush(StreamDelta);
		answer_.last = sender_.last(StreamDelta);
		sender_.say(answer_);
	} else if (Peer *peer = was == Reading::Comparison ? peers_.find(compared_) : nullptr) {
		peer->comparison.table_end(now, whole);
	}
}

// Of whom sums were wanted.
std::optional<std::uint32_t> Walks::end_summing(std::uint64_t now)
{
	const std::uint64_t took = now - std::min(now, sums_began_);

	sums_at_ = now + pause_after(took);
	return std::exchange(summing_, std::nullopt);
}

std::optional<Walks::Difference> Walks::sums(std::uint64_t now, const DigestSums &sums,
					     std::uint64_t sessions)
{
	const std::optional<std::uint32_t> of = end_summing(now);

	if (node_ == 0 || !of)
		return std::nullopt;
	if (*of == node_) {
		for (const Digest &digest : own_.tell(now, sums, sessions)) {
			++counters_.digests_sent;
			sender_.say(digest);
		}
		return std::nullopt;
	}
	Peer *peer = peers_.find(*of);
	if (!peer)
		return std::nullopt;
	const Difference found{.node = *of,
			       .buckets = peer->comparison.compare(now, sums, sessions)};
	if (found.buckets == 0)
		return std::nullopt;
	return found;
}

void Walks::sums_failed(std::uint64_t now)
{
	const std::optional<std::uint32_t> of = end_summing(now);

	if (of == node_)
		own_.put_off(now);
	else if (Peer *peer = of ? peers_.find(*of) : nullptr)
		peer->comparison.give_up();
}

std::uint64_t Walks::deadline() const
{
	std::uint64_t first = std::numeric_limits<std::uint64_t>::max();

	if (node_ == 0)
		return first;
	const auto asks = [&](const auto &wants) {
		return std::any_of(peers_.begin(), peers_.end(), [&](const auto &entry) {
			return wants(entry.second.comparison);
		});
	};
	if (reading_ == Reading::Nothing) {
		if (table_wanted())
			first = table_at_;
		first = std::min(first, own_.next_at().value_or(first));
		if (asks([](const Comparison &c) { return c.wants_table(); }))
			first = 0;
	}
	if (!summing_) {
		first = std::min(first, std::max(sums_at_, own_.deadline()));
		if (asks([](const Comparison &c) { return c.wants_sums(); }))
			first = std::min(first, sums_at_);
	}
	return first;
}

} // namespace hn
