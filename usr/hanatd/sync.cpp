// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/sync.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace hn
{

namespace
{

// For the promise to come that follows a peer's first frame.
constexpr std::uint64_t promise_ms = 100;

// The part of a table that heals a gap in a stream.
std::uint8_t part_of(std::size_t stream)
{
	if (stream == StreamControl)
		return 0;
	return stream == StreamTable ? PartForeign : PartOwn;
}

// The notice that a malformed frame is worth, if any.
std::optional<Notice> notice_of(DecodeError error)
{
	switch (error) {
	case DecodeError::Version:
		return Notice::OtherVersion;
	case DecodeError::Authenticated:
		return Notice::PeerHasKey;
	case DecodeError::Unauthenticated:
		return Notice::PeerHasNoKey;
	case DecodeError::Key:
		return Notice::OtherKey;
	case DecodeError::Forged:
		return Notice::Forged;
	default:
		return std::nullopt;
	}
}

} // namespace

Sync::Sync(const Epoch &epoch, const ChallengeSecret &secret, Counters &counters)
	: epoch_(epoch), counters_(counters), challenges_(secret), sender_(epoch, counters)
{
	// Request ids need only differ from those of the last life.
	std::memcpy(&request_, epoch.data(), sizeof(request_));
	random_.seed(request_);
}

void Sync::note(Notice notice, std::uint32_t node, std::uint64_t value)
{
	actions_.notices.push_back({notice, node, value});
}

// Never 0, which is no request.
std::uint32_t Sync::next_request()
{
	if (++request_ == 0)
		++request_;
	return request_;
}

void Sync::up(std::uint64_t now, std::uint32_t node)
{
	// What changed while nobody could be told; at the daemon's start peers ask by themselves.
	advertise_wanted_ |= request_all_ != 0;
	up_ = true;
	node_ = node;
	sender_.set_node(node);
	own_digest_.begin(now);
	heartbeat_at_ = now + heartbeat_ms;
	request_all_ = next_request();
	request_all_at_ = now;
	++counters_.requests_sent;
	sender_.say(TableRequest{.target = 0, .request = request_all_, .parts = PartAll});
	for (auto &[id, peer] : peers_) {
		peer.wanted = PartAll;
		peer.request = request_all_;
		peer.pause = pause_ms;
		peer.request_at = now + pause_ms;
	}
}

void Sync::down()
{
	up_ = false;
	// Peers keep asking until they are promised something, and what was read is gone.
	for (auto &[id, peer] : peers_) {
		peer.asked = 0;
		peer.comparison.give_up();
	}
	table_wanted_ = false;
}

void Sync::set_keys(const Keyring &keys)
{
	sender_.set_keys(keys);
	keys_ = keys;
}

void Sync::receive(std::uint64_t now, std::span<const std::byte> datagram)
{
	Epoch epoch{};

	if (decode_epoch(datagram, epoch) && epoch == epoch_) {
		++counters_.frames_own;
		return;
	}
	++counters_.frames_received;
	counters_.bytes_received += datagram.size();
	const DecodeError error = decode(datagram, frame_, keys_);
	if (error != DecodeError::None)
		return malformed(error);
	if (!trusted(now) || !admitted(now))
		return;
	Peer &peer = peers_.at(frame_.header.node);
	if (peer.silent)
		note(Notice::PeerBack, frame_.header.node);
	peer.silent = false;
	peer.heard_at = now;
	if (in_sequence(now, peer))
		read_frame(now, peer);
}

void Sync::malformed(DecodeError error)
{
	++counters_.malformed[static_cast<std::size_t>(error)];
	if (const std::optional<Notice> notice = notice_of(error))
		note(*notice, 0);
}

// With keys, a stranger's epoch is believed once it has answered a challenge. What it sent until
// then may be anybody's record of it.
bool Sync::trusted(std::uint64_t now)
{
	const FrameHeader &header = frame_.header;

	if (keys_.empty() || peers_.knows(header.node, header.epoch))
		return true;
	if (proof(now))
		return true;
	++counters_.frames_unproven;
	if (up_) {
		read_challenges();
		challenges_.challenge(now, header.node, header.epoch);
	}
	return false;
}

// The frame's answer to this node's challenge.
const ChallengeAnswer *Sync::proof(std::uint64_t now) const
{
	const FrameHeader &header = frame_.header;

	if (keys_.empty())
		return nullptr;
	return challenges_.answer_of(now, header.node, header.epoch, frame_.answers);
}

bool Sync::admitted(std::uint64_t now)
{
	const std::uint32_t node = frame_.header.node;

	if (node == node_) {
		++counters_.node_clash;
		note(Notice::NodeClash, node);
		return false;
	}
	switch (peers_.admit(node, frame_.header.epoch, now)) {
	case Admission::Known:
		return true;
	case Admission::Found:
		new_peer(now, peers_.at(node));
		note(Notice::PeerFound, node);
		return true;
	case Admission::Restarted:
		new_peer(now, peers_.at(node));
		note(Notice::PeerRestarted, node);
		return true;
	case Admission::Clash:
		note(Notice::PeerClash, node);
		[[fallthrough]];
	case Admission::Retired:
		++counters_.frames_old;
		return false;
	case Admission::Full:
		++counters_.peers_full;
		note(Notice::PeersFull, node);
		return false;
	}
	return false;
}

// If everybody was asked just now, this frame may bring the promise, or soon the next one does.
void Sync::new_peer(std::uint64_t now, Peer &peer)
{
	const bool asked = up_ && now - request_all_at_ < pause_ms;

	peer.wanted = PartAll;
	peer.request = asked ? request_all_ : 0;
	peer.request_at = asked ? now + promise_ms : now;
	peer.pause = pause_ms;
	peer.gap_at = now;
	const ChallengeAnswer *answer = proof(now);
	if (!answer)
		return;
	// Frames from before may be records as well.
	for (std::size_t stream = 0; stream < wire_streams; ++stream)
		peer.windows[stream].begin(answer->last[stream]);
	peer.windows[frame_.header.stream].begin(frame_.header.sequence - 1);
	challenges_.admitted();
}

bool Sync::in_sequence(std::uint64_t now, Peer &peer)
{
	const Arrival arrival =
		peer.windows[frame_.header.stream].accept(frame_.header.sequence, now);

	if (arrival == Arrival::Duplicate) {
		++counters_.duplicates;
		return false;
	}
	if (arrival == Arrival::Old) {
		++counters_.frames_old;
		return false;
	}
	if (arrival == Arrival::Reordered)
		++counters_.reordered;
	for (const StreamPosition &position : frame_.positions)
		peer.windows[position.stream].announce(position.last, now);
	for (const StreamPosition &oldest : frame_.oldest)
		peer.windows[oldest.stream].abandon(oldest.last, now);
	return true;
}

void Sync::read_frame(std::uint64_t now, Peer &peer)
{
	counters_.tlvs_skipped += frame_.skipped;
	read_records(peer);
	read_challenges();
	read_nacks(now);
	read_promises(peer);
	read_requests(peer);
	read_digests(peer);
	if (frame_.bye && !peer.gone) {
		peer.gone = true;
		note(Notice::PeerLeft, frame_.header.node);
	}
}

void Sync::read_records(Peer &peer)
{
	counters_.records_received += frame_.records.size();
	if (!up_) {
		counters_.records_unapplied += frame_.records.size();
		return;
	}
	for (const hn_record &record : frame_.records) {
		if (record.owner == node_) {
			++counters_.records_own;
		} else if (buried(peer, record)) {
			++counters_.records_late;
		} else {
			if (record.owner == frame_.header.node)
				peer.comparison.heard(record, frame_.header.epoch);
			actions_.apply.push_back(record);
		}
	}
	const SequenceWindow &window = peer.windows[StreamDelta];
	peer.tombstones.forget(window.oldest(), window.highest());
}

// Whether the record is from before the end of its session, of which a later frame has told.
bool Sync::buried(Peer &peer, const hn_record &record)
{
	if (!(record.flags & HN_RF_DELETE))
		return peer.tombstones.covers(record);
	if (peer.windows[StreamDelta].oldest() != 0 && !peer.tombstones.add(record))
		++counters_.graves_full;
	return false;
}

void Sync::read_challenges()
{
	if (!up_ || keys_.empty())
		return;
	for (const Challenge &challenge : frame_.challenges)
		if (challenge.node == node_ && challenge.epoch == epoch_)
			challenges_.asked(challenge.nonce);
}

void Sync::read_nacks(std::uint64_t now)
{
	for (const Nack &nack : frame_.nacks) {
		if (nack.target != node_)
			hold(now, nack);
		else if (up_ && (nack.stream == StreamDelta || nack.stream == StreamTable)) {
			++counters_.nacks_received;
			sender_.repeat(now, nack);
		}
	}
}

// Another one asks for the same: the answer comes to all.
void Sync::hold(std::uint64_t now, const Nack &nack)
{
	Peer *peer = peers_.find(nack.target);

	if (!peer)
		return;
	Peer::Repair &repair = peer->repairs[nack.stream];
	const bool same = std::any_of(nack.ranges.begin(), nack.ranges.end(),
				      [&](const SequenceRange &range) {
					      return repair.oldest >= range.first &&
						     repair.oldest - range.first < range.count;
				      });
	if (same)
		repair.at = std::max(repair.at, now + jitter(nack_ms));
}

void Sync::read_promises(Peer &peer) const
{
	for (const TablePromise &promise : frame_.promises)
		if (promise.requester == node_ && promise.request == peer.request &&
		    peer.request != 0)
			peer.wanted = 0;
}

void Sync::read_requests(Peer &peer)
{
	for (const TableRequest &request : frame_.requests) {
		if (!up_ || (request.target != 0 && request.target != node_))
			continue;
		++counters_.requests_received;
		peer.asked |= request.parts;
		sender_.say(
			TablePromise{.requester = frame_.header.node, .request = request.request});
	}
}

void Sync::read_digests(Peer &peer)
{
	if (!up_)
		return;
	for (const Digest &digest : frame_.digests) {
		++counters_.digests_received;
		peer.comparison.digest(digest);
	}
	for (const BucketsSent &sent : frame_.buckets_sent)
		if (sent.requester == node_)
			peer.comparison.sent(sent);
	for (const DigestRequest &request : frame_.digest_requests)
		if (request.target == node_)
			own_digest_.asked(request);
	for (const BucketsRequest &request : frame_.buckets_requests)
		if (request.target == node_)
			own_digest_.asked(frame_.header.node, request);
}

void Sync::changed(std::uint64_t kernel_epoch, std::uint64_t sequence, std::uint64_t lost,
		   std::span<const hn_record> records)
{
	++counters_.kernel_messages;
	if (kernel_epoch == kernel_epoch_ && sequence != kernel_sequence_ + 1)
		changes_missed();
	kernel_epoch_ = kernel_epoch;
	kernel_sequence_ = sequence;
	if (lost > 0) {
		counters_.kernel_lost += lost;
		advertise_wanted_ = true;
	}
	if (!up_) {
		// They are wanted as soon as it is known that the kernel is back.
		advertise_wanted_ = true;
		return;
	}
	for (const hn_record &record : records) {
		if (record.owner != node_) {
			++counters_.kernel_foreign;
			continue;
		}
		if (reading_ == Reading::Answer)
			mind(record);
		++counters_.records_sent;
		sender_.write(StreamDelta, [&](FrameWriter &w) { return w.add_own(record); });
	}
}

// What is read of the table may be from before the session's end, and would bring it back.
void Sync::mind(const hn_record &record)
{
	if (!(record.flags & HN_RF_DELETE))
		ended_.erase(record);
	else if (ended_.size() < max_ended)
		ended_.insert(record);
	else
		answer_.requester = 0;
}

void Sync::unapplied(std::uint64_t now)
{
	++counters_.unapplied;
	for (auto &[id, peer] : peers_)
		want_again(now, peer, PartAll);
}

void Sync::changes_missed()
{
	++counters_.kernel_gaps;
	advertise_wanted_ = true;
}

void Sync::table(std::span<const hn_record> records)
{
	Peer *compared = reading_ == Reading::Comparison ? peers_.find(compared_) : nullptr;

	if (!up_)
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

void Sync::table_end(std::uint64_t now, bool whole)
{
	const Reading was = std::exchange(reading_, Reading::Nothing);

	if (was == Reading::Table) {
		table_at_ = now + answer_ms;
		table_wanted_ |= !whole && up_;
		++counters_.tables_sent;
	} else if (was == Reading::Answer && whole && up_ && answer_.requester != 0) {
		sender_.flush(StreamDelta);
		answer_.last = sender_.last(StreamDelta);
		sender_.say(answer_);
	} else if (Peer *peer = was == Reading::Comparison ? peers_.find(compared_) : nullptr) {
		peer->comparison.table_end(now, whole);
	}
}

void Sync::sums(std::uint64_t now, const DigestSums &sums, std::uint64_t sessions)
{
	const std::optional<std::uint32_t> of = std::exchange(summing_, std::nullopt);

	sums_at_ = now + sums_ms;
	if (!up_ || !of)
		return;
	if (*of == node_) {
		for (const Digest &digest : own_digest_.tell(now, sums)) {
			++counters_.digests_sent;
			sender_.say(digest);
		}
	} else if (Peer *peer = peers_.find(*of)) {
		const std::size_t buckets = peer->comparison.compare(now, sums, sessions);

		counters_.buckets_different += buckets;
		if (buckets > 0)
			note(Notice::Differs, *of, buckets);
	}
}

void Sync::sums_failed(std::uint64_t now)
{
	const std::optional<std::uint32_t> of = std::exchange(summing_, std::nullopt);

	sums_at_ = now + sums_ms;
	if (of == node_)
		own_digest_.put_off(now);
	else if (Peer *peer = of ? peers_.find(*of) : nullptr)
		peer->comparison.give_up();
}

void Sync::tick(std::uint64_t now)
{
	peers_.forget(now);
	counters_.peers = 0;
	for (auto &[node, peer] : peers_)
		tick_peer(now, node, peer);
	if (!up_)
		return;
	tick_answers(now);
	tick_reading(now);
	tick_sums(now);
	tick_challenges(now);
	// So that the last frame before a pause is missed soon, if it is lost.
	if (sender_.sessions_pending())
		heartbeat_at_ = std::min(heartbeat_at_, now + tail_ms);
	if (now < heartbeat_at_)
		return;
	heartbeat_at_ = now + heartbeat_ms;
	if (backlog_)
		return;
	sender_.flush(StreamDelta);
	sender_.flush(StreamTable);
	sender_.write(StreamControl,
		      [&](FrameWriter &w) { return w.add_heartbeat(sender_.positions()); });
}

void Sync::tick_peer(std::uint64_t now, std::uint32_t node, Peer &peer)
{
	if (!peer.silent && now - peer.heard_at >= Peers::silent_ms) {
		peer.silent = true;
		if (!peer.gone)
			note(Notice::PeerSilent, node);
	}
	if (!peer.silent && !peer.gone)
		++counters_.peers;
	tick_gaps(now, node, peer);
	if (up_ && !peer.silent && !peer.gone)
		tick_repairs(now, node, peer);
	tick_request(now, node, peer);
	tick_comparison(now, node, peer);
	if (!up_ || peer.asked == 0 || now < peer.answer_at)
		return;
	advertise_wanted_ |= (peer.asked & PartOwn) != 0;
	table_wanted_ |= (peer.asked & PartForeign) != 0;
	peer.asked = 0;
	peer.answer_at = now + answer_ms;
}

void Sync::tick_gaps(std::uint64_t now, std::uint32_t node, Peer &peer)
{
	std::uint64_t lost = 0;
	std::uint8_t parts = 0;

	for (std::size_t stream = 0; stream < wire_streams; ++stream) {
		const std::uint64_t n = peer.windows[stream].settle(now);

		if (n > 0 && part_of(stream) != 0) {
			parts |= part_of(stream);
			lost += n;
		}
	}
	counters_.frames_lost += lost;
	if (parts == 0)
		return;
	++counters_.gaps;
	note(Notice::Gap, node, lost);
	want_again(now, peer, parts);
}

void Sync::want_again(std::uint64_t now, Peer &peer, std::uint8_t parts)
{
	peer.comparison.give_up();
	if (now - peer.gap_at >= calm_ms)
		peer.pause = pause_ms;
	peer.gap_at = now;
	peer.wanted |= parts;
	peer.request = 0; // what was promised before may be what is missing
}

void Sync::tick_repairs(std::uint64_t now, std::uint32_t node, Peer &peer)
{
	for (std::uint8_t stream = StreamDelta; stream < wire_streams; ++stream) {
		const SequenceWindow &window = peer.windows[stream];
		Peer::Repair &repair = peer.repairs[stream];
		const std::uint64_t oldest = window.oldest();

		if (oldest != 0 && oldest != repair.oldest) { // something came, or is new
			const std::uint64_t at = now + jitter(nack_ms);

			repair.at = repair.oldest == 0 ? at : std::min(at, repair.at);
			repair.pause = nack_ms;
		}
		repair.oldest = oldest;
		if (oldest == 0 || now < repair.at)
			continue;
		repair.pause = std::min(2 * repair.pause, nack_max_ms);
		repair.at = now + jitter(repair.pause);
		++counters_.nacks_sent;
		sender_.say(Nack{.target = node,
				 .stream = stream,
				 .ranges = window.missing(wire_nack_ranges)});
	}
}

void Sync::tick_request(std::uint64_t now, std::uint32_t node, Peer &peer)
{
	if (!up_ || peer.wanted == 0 || peer.silent || peer.gone || now < peer.request_at)
		return;
	peer.request = next_request();
	peer.request_at = now + peer.pause;
	peer.pause = std::min(2 * peer.pause, pause_max_ms);
	++counters_.requests_sent;
	sender_.say(TableRequest{.target = node, .request = peer.request, .parts = peer.wanted});
}

void Sync::tick_comparison(std::uint64_t now, std::uint32_t node, Peer &peer)
{
	if (peer.silent || peer.gone)
		peer.comparison.give_up();
	Comparison::Due due = peer.comparison.take(now, peer.windows[StreamDelta], next_request());

	counters_.buckets_mended += due.mended;
	counters_.records_pruned += due.pruned;
	counters_.records_restored += due.apply.size() - due.pruned;
	actions_.apply.insert(actions_.apply.end(), due.apply.begin(), due.apply.end());
	due.ask.target = node;
	due.fetch.target = node;
	if (!due.ask.groups.empty())
		sender_.say(due.ask);
	if (!due.fetch.buckets.empty())
		sender_.say(due.fetch);
}

void Sync::tick_answers(std::uint64_t now)
{
	if (advertise_wanted_ && now >= advertise_at_) {
		advertise_wanted_ = false;
		advertise_at_ = now + answer_ms;
		++counters_.advertisements;
		actions_.advertise = true;
	}
}

void Sync::tick_reading(std::uint64_t now)
{
	if (reading_ != Reading::Nothing)
		return;
	if (table_wanted_ && now >= table_at_) {
		table_wanted_ = false;
		reading_ = Reading::Table;
		actions_.read_table.emplace();
		return;
	}
	if (const std::optional<OwnDigest::Fetch> fetch = own_digest_.next(now)) {
		reading_ = Reading::Answer;
		answer_ = fetch->answer;
		ended_.clear();
		actions_.read_table = {.owner = node_, .key = epoch_, .buckets = fetch->buckets};
		return;
	}
	for (const auto &[node, peer] : peers_) {
		if (!peer.comparison.wants_table())
			continue;
		reading_ = Reading::Comparison;
		compared_ = node;
		actions_.read_table = {
			.owner = node, .key = peer.epoch, .buckets = peer.comparison.buckets()};
		return;
	}
}

void Sync::tick_sums(std::uint64_t now)
{
	if (summing_ || now < sums_at_)
		return;
	if (own_digest_.wants_sums(now)) {
		summing_ = node_;
		actions_.sum = {.owner = node_, .key = epoch_};
		return;
	}
	for (const auto &[node, peer] : peers_) {
		if (!peer.comparison.wants_sums())
			continue;
		summing_ = node;
		actions_.sum = {.owner = node, .key = peer.epoch};
		return;
	}
}

void Sync::tick_challenges(std::uint64_t now)
{
	const Challenges::Due due = challenges_.take(now);
	ChallengeAnswer answer;

	for (const Challenge &challenge : due.challenges) {
		++counters_.challenges_sent;
		sender_.say(challenge);
	}
	for (const StreamPosition &position : sender_.positions())
		answer.last[position.stream] = position.last;
	for (const std::uint64_t nonce : due.nonces) {
		++counters_.challenges_answered;
		answer.nonce = nonce;
		sender_.say(answer);
	}
}

std::uint64_t Sync::deadline() const
{
	std::uint64_t first = up_ ? heartbeat_at_ : std::numeric_limits<std::uint64_t>::max();

	if (up_ && advertise_wanted_)
		first = std::min(first, advertise_at_);
	if (up_ && table_wanted_ && reading_ == Reading::Nothing)
		first = std::min(first, table_at_);
	if (up_ && !summing_)
		first = std::min(first, std::max(sums_at_, own_digest_.deadline()));
	if (up_ && reading_ == Reading::Nothing)
		first = std::min(first, own_digest_.next_at().value_or(first));
	if (up_)
		first = std::min(first, challenges_.deadline().value_or(first));
	for (const auto &[node, peer] : peers_) {
		const std::uint64_t patience = peer.gone     ? Peers::forget_gone_ms
					       : peer.silent ? Peers::forget_ms
							     : Peers::silent_ms;

		first = std::min(first, peer.heard_at + patience);
		if (up_ && peer.wanted && !peer.silent && !peer.gone)
			first = std::min(first, peer.request_at);
		if (up_ && peer.asked)
			first = std::min(first, peer.answer_at);
		for (const SequenceWindow &window : peer.windows)
			first = std::min(first, window.deadline().value_or(first));
		if (up_)
			first = std::min(first, peer.comparison.deadline().value_or(first));
		if (up_ && peer.comparison.wants_sums() && !summing_)
			first = std::min(first, sums_at_);
		if (up_ && peer.comparison.wants_table() && reading_ == Reading::Nothing)
			first = 0;
		for (const Peer::Repair &repair : peer.repairs)
			if (up_ && repair.oldest != 0 && !peer.silent && !peer.gone)
				first = std::min(first, repair.at);
	}
	return first;
}

void Sync::stop()
{
	if (!up_)
		return;
	sender_.flush(StreamDelta);
	sender_.flush(StreamTable);
	sender_.write(StreamControl,
		      [&](FrameWriter &w) { return w.add_bye(sender_.positions()); });
	sender_.flush(StreamControl);
	up_ = false;
}

SyncActions Sync::take()
{
	actions_.frames = sender_.take();
	return std::exchange(actions_, {});
}

} // namespace hn
