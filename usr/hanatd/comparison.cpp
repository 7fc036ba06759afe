// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/comparison.h"

#include <algorithm>
#include <utility>

namespace hn
{

namespace
{

bool complete(const SequenceWindow &deltas, std::uint64_t last)
{
	const std::uint64_t oldest = deltas.oldest();

	return deltas.highest() >= last && (oldest == 0 || oldest > last);
}

// Of the same session.
bool is_newer(const hn_record &a, const hn_record &b)
{
	return a.generation == b.generation && static_cast<std::int16_t>(a.version - b.version) > 0;
}

// The buckets of these groups.
Buckets buckets_of(const Groups &groups)
{
	Buckets out;

	for (std::size_t bucket = 0; bucket < out.size(); ++bucket)
		out.set(bucket, groups.test(group_of(bucket)));
	return out;
}

} // namespace

void Comparison::digest(const Digest &digest)
{
	const std::size_t first = digest.first;

	if (digest.span == 1) {
		const Groups group = Groups().set(group_of(first));
		const bool whole =
			first % wire_digest_sums == 0 && digest.sums.size() == wire_digest_sums;

		if (phase_ != Phase::Look || !whole)
			return;
		std::copy(digest.sums.begin(), digest.sums.end(), sums_.begin() + first);
		here_ |= group & wanted_;
		look_ |= here_ == wanted_;
	} else if (phase_ == Phase::Rest) {
		const std::size_t group = group_of(first);

		theirs_ = digest.sessions;
		std::copy(digest.sums.begin(), digest.sums.end(), groups_.begin() + group);
		for (std::size_t i = 0; i < digest.sums.size(); ++i)
			groups_here_.set(group + i);
		unanswered_ = 0;
		look_ = groups_here_.all();
	}
}

void Comparison::ask(std::uint64_t now, const Groups &groups)
{
	phase_ = Phase::Look;
	at_ = now + answer_ms;
	wanted_ = groups;
	here_.reset();
	asked_ = true;
}

std::size_t Comparison::compare(std::uint64_t now, const DigestSums &mine, std::uint64_t sessions)
{
	const std::uint64_t before = std::exchange(sessions_, sessions);

	look_ = false;
	if (phase_ == Phase::Rest)
		look_at_groups(now, group_sums(mine), before);
	else if (phase_ == Phase::Look)
		look_at_buckets(now, mine);
	looked_at_ = now;
	return phase_ == Phase::Read ? different_.count() : 0;
}

void Comparison::look_at_groups(std::uint64_t now, const GroupSums &mine, std::uint64_t before)
{
	const bool unknown = unproven_.all();
	const bool comes = unknown && coming(before);
	Groups differ;

	if (proven())
		found_.clear();
	for (std::size_t group = 0; group < mine.size(); ++group)
		differ.set(group, mine[group] != groups_[group]);
	groups_here_.reset();
	suspects_ = buckets_of(differ);
	differences_.clear();
	looks_ = 0;
	if (sessions_ != before) // they are on their way
		prove_pause_ = prove_pause_ms;
	prove_at_ = now + (comes ? half_of_rest(now, before) : prove_pause_);
	prove_pause_ = std::min(2 * prove_pause_, prove_pause_max_ms);
	equal(now, buckets_of(~differ));
	if (comes)
		return;
	if (differ.any() && 2 * sessions_ < theirs_ && (unknown || whole_wanted_))
		want_whole(before);
	else if (differ.any())
		ask(now, differ);
}

// Since the last look, at which there were so many.
bool Comparison::much_came(std::uint64_t before) const
{
	return sessions_ > before + theirs_ / whole_looks;
}

// More is missing than is mended at once, and much of it came since the last look: each further one
// costs both nodes a walk through a large table, and shows no more than that.
bool Comparison::coming(std::uint64_t before) const
{
	return sessions_ + max_sessions < theirs_ && much_came(before);
}

std::uint64_t Comparison::half_of_rest(std::uint64_t now, std::uint64_t before) const
{
	const std::uint64_t came = std::max<std::uint64_t>(sessions_ - before, 1);
	const std::uint64_t rest = (theirs_ - sessions_) * (now - looked_at_) / came;

	return std::clamp(rest / 2, prove_pause_ms, coming_pause_max_ms);
}

// Where most is missing, buckets would take long, one after the other. Unless it is coming.
void Comparison::want_whole(std::uint64_t before)
{
	whole_ = !whole_wanted_ || !much_came(before);
	whole_wanted_ = true;
}

// What is on its way makes buckets differ by something else each time, or not at all in between.
// Groups whose answer got lost are looked at the next time.
void Comparison::look_at_buckets(std::uint64_t now, const DigestSums &mine)
{
	Buckets same;

	for (std::size_t bucket = 0; bucket < mine.size(); ++bucket) {
		const std::uint64_t difference = mine[bucket] ^ sums_[bucket];

		if (!suspects_.test(bucket) || !here_.test(group_of(bucket)))
			continue;
		if (difference == 0)
			same.set(bucket);
		else if (!differences_.insert({bucket, difference}).second)
			different_.set(bucket);
	}
	equal(now, same);
	suspects_ &= ~(same | different_);
	if (++looks_ == max_looks) {
		undecided_ = suspects_.count();
		suspects_.reset();
	}
	phase_ = suspects_.any() ? Phase::Pause : Phase::Rest;
	at_ = now + look_ms;
	if (different_.none())
		return;
	unproven_ |= different_; // the others that are suspect are that already
	pick_batch();
}

void Comparison::equal(std::uint64_t now, const Buckets &buckets)
{
	unproven_ &= ~buckets;
	if (unproven_.any())
		return;
	proven_at_ = now;
	prove_at_ = now;
	prove_pause_ = prove_pause_ms;
	whole_wanted_ = false;
}

void Comparison::doubt(std::uint64_t now)
{
	unproven_.set();
	prove_at_ = std::max(prove_at_, now + prove_ms);
	whole_wanted_ = false;
	whole_ |= unanswered();
}

// As many as hold so many sessions, and fit into one request.
void Comparison::pick_batch()
{
	const std::uint64_t each = sessions_ / HN_DIGEST_BUCKETS + 1;
	std::uint64_t left =
		std::clamp<std::uint64_t>(max_sessions / each, 1, wire_request_buckets);

	batch_.reset();
	for (std::size_t bucket = 0; bucket < different_.size() && left > 0; ++bucket) {
		if (!different_.test(bucket))
			continue;
		batch_.set(bucket);
		--left;
	}
	unconfirmed_.clear();
	fresh_.clear();
	last_.reset();
	phase_ = Phase::Read;
}

void Comparison::table(const hn_record &record, const Epoch &key)
{
	if (phase_ == Phase::Read)
		unconfirmed_.emplace(digest_of(record, flow_hash(record, key)), record);
}

void Comparison::table_end(std::uint64_t now, bool whole)
{
	if (phase_ != Phase::Read)
		return;
	if (!whole)
		return give_up();
	phase_ = Phase::Wait;
	asks_ = 0;
	fetch(now);
}

// Once more, if the answer did not come: what was confirmed stays so.
void Comparison::fetch(std::uint64_t now)
{
	++asks_;
	at_ = now + answer_ms;
	asked_ = true;
}

void Comparison::heard(const hn_record &record, const Epoch &key)
{
	if (phase_ != Phase::Wait || asked_)
		return;
	if (record.flags & HN_RF_DELETE) {
		fresh_.erase(record);
		return;
	}
	const std::uint64_t hash = flow_hash(record, key);
	if (!batch_.test(HN_DIGEST_BUCKET(hash)) || unconfirmed_.erase(digest_of(record, hash)) > 0)
		return;
	fresh_.erase(record);
	fresh_.insert(record);
	if (fresh_.size() > max_fresh)
		give_up();
}

void Comparison::sent(const BucketsSent &sent)
{
	if (phase_ == Phase::Wait && sent.request == request_)
		last_ = sent.last;
}

void Comparison::give_up()
{
	phase_ = Phase::Rest;
	look_ = false;
	asked_ = false;
	whole_ = false;
	groups_here_.reset();
	different_.reset();
	unconfirmed_.clear();
	fresh_.clear();
}

void Comparison::verify(std::uint64_t now)
{
	doubt(now);
	prove_at_ = now;
	prove_pause_ = prove_pause_ms;
	found_.clear();
}

void Comparison::begin(std::uint64_t now)
{
	give_up();
	verify(now);
	unanswered_ = 0;
}

// What the peer did not mention goes first: it may be in the way of what it did. So does what is
// not older than that.
void Comparison::finish(Due &due)
{
	const Buckets left = different_ & ~batch_;

	for (auto &[digest, record] : unconfirmed_) {
		const auto fresh = fresh_.find(record);

		if (fresh != fresh_.end() && is_newer(*fresh, record))
			continue;
		record.flags |= HN_RF_DELETE | HN_RF_EXACT; // the flow may have begun anew
		record.lifetime = 0;
		++record.version;
		due.apply.push_back(record);
	}
	due.pruned = due.apply.size();
	due.apply.insert(due.apply.end(), fresh_.begin(), fresh_.end());
	due.mended = batch_.count();
	const std::size_t room = max_found - std::min(max_found, found_.size());
	found_.insert(found_.end(), due.apply.begin(),
		      due.apply.begin() +
			      static_cast<std::ptrdiff_t>(std::min(room, due.apply.size())));
	give_up();
	different_ = left;
	if (left.any())
		pick_batch();
}

// Nothing came in time of what was asked for, or not all of it.
void Comparison::late(std::uint64_t now)
{
	if (phase_ == Phase::Look)
		look_ = true;
	else if (phase_ == Phase::Wait && asks_ < max_asks)
		fetch(now);
	else if (phase_ == Phase::Wait)
		give_up();
}

Comparison::Due Comparison::take(std::uint64_t now, const SequenceWindow &deltas,
				 std::uint32_t request)
{
	Due due;

	due.undecided = std::exchange(undecided_, 0);
	if (phase_ == Phase::Rest && unproven_.any() && !look_ && now >= prove_at_) {
		due.sums = true;
		prove_at_ = now + std::min(sums_ms << unanswered_, prove_pause_max_ms);
		unanswered_ = std::min(unanswered_ + 1, 2 * max_unanswered);
		whole_ |= unanswered_ == max_unanswered;
	}
	due.whole = std::exchange(whole_, false);
	if (due.whole)
		due.missing = theirs_ - std::min(theirs_, sessions_);
	if (phase_ == Phase::Pause && now >= at_)
		ask(now, groups_of(suspects_));
	if (phase_ == Phase::Wait && last_ && complete(deltas, *last_))
		finish(due);
	else if (now >= at_)
		late(now);
	if (!std::exchange(asked_, false))
		return due;
	if (phase_ == Phase::Wait) {
		request_ = asks_ == 1 ? request : request_;
		due.fetch.request = request_;
		for (std::size_t bucket = 0; bucket < batch_.size(); ++bucket)
			if (batch_.test(bucket))
				due.fetch.buckets.push_back(static_cast<std::uint16_t>(bucket));
	} else {
		for (std::size_t group = 0; group < wanted_.size(); ++group)
			if (wanted_.test(group))
				due.ask.groups.push_back(static_cast<std::uint8_t>(group));
	}
	return due;
}

std::optional<std::uint64_t> Comparison::deadline() const
{
	if (asked_ || whole_ || undecided_ > 0)
		return 0;
	if (phase_ == Phase::Rest && unproven_.any() && !look_)
		return prove_at_;
	if (phase_ == Phase::Rest || phase_ == Phase::Read || look_)
		return std::nullopt;
	return at_;
}

} // namespace hn
