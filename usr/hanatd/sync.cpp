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

constexpr std::size_t default_payload = 1452;
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
	: epoch_(epoch), counters_(counters), challenges_(secret),
	  max_payload_(default_payload), writers_{FrameWriter(default_payload),
						  FrameWriter(default_payload),
						  FrameWriter(default_payload)},
	  request_(0)
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
	if (node != node_) // nobody misses frames of another name
		for (FrameRing &ring : rings_)
			ring.clear();
	node_ = node;
	heartbeat_at_ = now + heartbeat_ms;
	request_all_ = next_request();
	request_all_at_ = now;
	++counters_.requests_sent;
	write(StreamControl, [&](FrameWriter &w) {
		return w.add(TableRequest{.target = 0, .request = request_all_, .parts = PartAll});
	});
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
	for (auto &[id, peer] : peers_)
		peer.asked = 0;
	table_wanted_ = false;
}

void Sync::set_max_payload(std::size_t bytes)
{
	bytes = std::min(bytes, wire_frame_max);
	if (bytes < max_payload_) // what was longer does not get through again
		for (FrameRing &ring : rings_)
			ring.clear();
	max_payload_ = bytes;
	limit_frames();
}

void Sync::set_keys(const Keyring &keys)
{
	// What is begun may have no room for a tag.
	for (const Stream stream : {StreamControl, StreamDelta, StreamTable})
		flush(stream);
	keys_ = keys;
	limit_frames();
}

void Sync::limit_frames()
{
	for (FrameWriter &writer : writers_)
		writer.set_limit(max_payload_ - (keys_.empty() ? 0 : wire_tag_size));
}

// Adds to the frame being written, or to the next one.
template<class Add>
void Sync::write(Stream stream, const Add &add)
{
	if (add(writers_[stream]))
		return;
	flush(stream);
	add(writers_[stream]);
}

void Sync::flush(Stream stream)
{
	if (writers_[stream].empty())
		return;
	const FrameHeader header{
		.stream = stream, .node = node_, .epoch = epoch_, .sequence = ++sequences_[stream]};
	actions_.frames.push_back(writers_[stream].finish(header, keys_.sending()));
	if (stream != StreamControl)
		rings_[stream].add(header.sequence, actions_.frames.back());
}

std::array<StreamPosition, 2> Sync::positions() const
{
	return {{{StreamDelta, sequences_[StreamDelta]}, {StreamTable, sequences_[StreamTable]}}};
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
		if (record.owner == node_)
			++counters_.records_own;
		else if (buried(peer, record))
			++counters_.records_late;
		else
			actions_.apply.push_back(record);
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
	for (const Nack &nack : frame_.nacks)
		if (nack.target == node_)
			repeat(now, nack);
		else
			hold(now, nack);
}

void Sync::repeat(std::uint64_t now, const Nack &nack)
{
	if (!up_ || (nack.stream != StreamDelta && nack.stream != StreamTable))
		return;
	FrameRing &ring = rings_[nack.stream];
	const std::uint64_t oldest = ring.first();
	bool gone = false;

	++counters_.nacks_received;
	repeats_ = std::min(repeat_burst, repeats_ + (now - repeats_at_) * repeat_rate / 1000);
	repeats_at_ = now;
	for (const SequenceRange &range : nack.ranges) {
		gone |= range.first < oldest;
		for (std::uint64_t i = 0; i < range.count; ++i) {
			const Bytes *frame = ring.again(range.first + i, now);

			if (!frame)
				continue;
			if (repeats_ == 0) {
				++counters_.repairs_held;
				continue;
			}
			--repeats_;
			++counters_.frames_repeated;
			actions_.frames.push_back(*frame);
		}
	}
	if (gone)
		write(StreamControl, [&](FrameWriter &w) {
			return w.add_oldest({.stream = nack.stream, .last = oldest});
		});
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
		write(StreamControl, [&](FrameWriter &w) {
			return w.add(TablePromise{.requester = frame_.header.node,
						  .request = request.request});
		});
	}
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
		++counters_.records_sent;
		write(StreamDelta, [&](FrameWriter &w) { return w.add_own(record); });
	}
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
	if (!up_)
		return;
	for (const hn_record &record : records) {
		if (record.owner == node_ || record.owner == 0)
			continue;
		++counters_.foreign_sent;
		write(StreamTable, [&](FrameWriter &w) { return w.add_owned(record); });
	}
}

void Sync::table_end(std::uint64_t now)
{
	table_reading_ = false;
	table_at_ = now + answer_ms;
	++counters_.tables_sent;
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
	tick_challenges(now);
	// So that the last frame before a pause is missed soon, if it is lost.
	if (!writers_[StreamDelta].empty() || !writers_[StreamTable].empty())
		heartbeat_at_ = std::min(heartbeat_at_, now + tail_ms);
	if (now < heartbeat_at_)
		return;
	heartbeat_at_ = now + heartbeat_ms;
	if (backlog_)
		return;
	flush(StreamDelta);
	flush(StreamTable);
	write(StreamControl, [&](FrameWriter &w) { return w.add_heartbeat(positions()); });
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
		write(StreamControl, [&](FrameWriter &w) {
			return w.add(Nack{.target = node,
					  .stream = stream,
					  .ranges = window.missing(wire_nack_ranges)});
		});
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
	write(StreamControl, [&](FrameWriter &w) {
		return w.add(TableRequest{
			.target = node, .request = peer.request, .parts = peer.wanted});
	});
}

void Sync::tick_answers(std::uint64_t now)
{
	if (advertise_wanted_ && now >= advertise_at_) {
		advertise_wanted_ = false;
		advertise_at_ = now + answer_ms;
		++counters_.advertisements;
		actions_.advertise = true;
	}
	if (table_wanted_ && !table_reading_ && now >= table_at_) {
		table_wanted_ = false;
		table_reading_ = true;
		actions_.read_table = true;
	}
}

void Sync::tick_challenges(std::uint64_t now)
{
	const Challenges::Due due = challenges_.take(now);
	ChallengeAnswer answer;

	for (const Challenge &challenge : due.challenges) {
		++counters_.challenges_sent;
		write(StreamControl, [&](FrameWriter &w) { return w.add(challenge); });
	}
	for (const StreamPosition &position : positions())
		answer.last[position.stream] = position.last;
	for (const std::uint64_t nonce : due.nonces) {
		++counters_.challenges_answered;
		answer.nonce = nonce;
		write(StreamControl, [&](FrameWriter &w) { return w.add(answer); });
	}
}

std::uint64_t Sync::deadline() const
{
	std::uint64_t first = up_ ? heartbeat_at_ : std::numeric_limits<std::uint64_t>::max();

	if (up_ && advertise_wanted_)
		first = std::min(first, advertise_at_);
	if (up_ && table_wanted_ && !table_reading_)
		first = std::min(first, table_at_);
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
	flush(StreamDelta);
	flush(StreamTable);
	write(StreamControl, [&](FrameWriter &w) { return w.add_bye(positions()); });
	flush(StreamControl);
	up_ = false;
}

SyncActions Sync::take()
{
	for (const Stream stream : {StreamControl, StreamDelta, StreamTable})
		flush(stream);
	return std::exchange(actions_, {});
}

} // namespace hn
