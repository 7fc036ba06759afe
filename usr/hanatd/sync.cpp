// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/sync.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace hn
{

namespace
{

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
	: epoch_(epoch), counters_(counters), challenges_(secret), sender_(epoch, counters),
	  walks_(epoch, peers_, own_digest_, sender_, counters)
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
	// What changed while nobody could be told; at the daemon's start peers compare.
	advertise_wanted_ |= started_at_ != 0;
	up_ = true;
	node_ = node;
	sender_.set_node(node);
	own_digest_.begin(now);
	walks_.up(node);
	readiness_.begin(now);
	started_at_ = started_at_ ? started_at_ : now;
	heartbeat_at_ = now; // who hears it says what he is
	source_.begin();
	for (auto &[id, peer] : peers_) {
		peer.own = {};
		peer.foreign = {};
		peer.comparison.begin(now);
	}
}

void Sync::down()
{
	up_ = false;
	// Peers keep asking until they are promised something, and what was read is gone.
	for (auto &[id, peer] : peers_)
		peer.comparison.give_up();
	walks_.down();
	readiness_.end();
	congested_ = false;
}

void Sync::set_keys(const Keyring &keys)
{
	sender_.set_keys(keys);
	keys_ = keys;
	if (keys_.empty()) // nothing of that without authentication
		config_.stop();
}

void Sync::set_fingerprint(std::uint64_t now, const Fingerprint &fingerprint)
{
	if (fingerprint == fingerprint_)
		return;
	fingerprint_ = fingerprint;
	heartbeat_at_ = now;
	for (auto &[node, peer] : peers_)
		find_drift(now, node, peer);
}

void Sync::set_shares(std::uint8_t share, std::uint8_t shares, ShareMask held)
{
	share_ = share;
	shares_ = shares;
	held_ = held;
}

Origin Sync::receive(std::uint64_t now, std::span<const std::byte> datagram)
{
	Epoch epoch{};

	if (decode_epoch(datagram, epoch) && epoch == epoch_) {
		++counters_.frames_own;
		return {};
	}
	++counters_.frames_received;
	counters_.bytes_received += datagram.size();
	const DecodeError error = decode(datagram, frame_, keys_);
	if (error != DecodeError::None) {
		malformed(error);
		return {};
	}
	if (!trusted(now))
		return {.node = frame_.header.node};
	if (!admitted(now))
		return {};
	Peer &peer = peers_.at(frame_.header.node);
	if (peer.silent)
		note(Notice::PeerBack, frame_.header.node);
	peer.silent = false;
	peer.heard_at = now;
	++peer.received.frames;
	peer.received.bytes += datagram.size();
	if (in_sequence(now, peer))
		read_frame(now, peer);
	return {.node = frame_.header.node, .admitted = true};
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
	const Peer *before = peers_.find(node);
	const bool followed = before && before->alive();

	if (node == node_) {
		++counters_.node_clash;
		note(Notice::NodeClash, node);
		return false;
	}
	switch (peers_.admit(node, frame_.header.epoch, now)) {
	case Admission::Known:
		return true;
	case Admission::Found:
		new_peer(now, peers_.at(node), false);
		note(Notice::PeerFound, node);
		return true;
	case Admission::Restarted:
		new_peer(now, peers_.at(node), followed);
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

// What it owns is compared, and it may know of sessions whose owners do not live: unless this node
// is to choose yet whom it asks for these, has chosen one that has all, or knows what it has, for
// it was followed until now.
void Sync::new_peer(std::uint64_t now, Peer &peer, bool followed)
{
	if (!followed && (source_.everybody() || (!source_.pending() && ready())))
		peer.foreign.want();
	peer.gap_at = now;
	peer.comparison.begin(now);
	heartbeat_at_ = now; // it is told what this node is
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
	if (frame_.header.stream != StreamControl && peer.unacknowledged++ == 0)
		peer.acknowledge_at = now + acknowledge_ms;
	return true;
}

void Sync::read_frame(std::uint64_t now, Peer &peer)
{
	counters_.tlvs_skipped += frame_.skipped;
	read_hello(now, peer);
	read_records(peer);
	read_acks(now, peer);
	read_challenges();
	read_nacks(now);
	read_promises(now, peer);
	read_requests(peer);
	read_digests(peer);
	read_config(now);
	if (frame_.bye && !peer.gone) {
		peer.gone = true;
		note(Notice::PeerLeft, frame_.header.node);
	}
}

void Sync::read_records(Peer &peer)
{
	counters_.records_received += frame_.records.size();
	if (!up_ || peer.mismatched()) {
		counters_.records_unapplied += frame_.records.size();
		return;
	}
	for (const hn_record &record : frame_.records) {
		++(record.flags & HN_RF_DELETE ? peer.received.deletions : peer.received.sessions);
		if (record.owner == node_) {
			++counters_.records_own;
		} else if (record.owner != frame_.header.node && first_hand(record.owner)) {
			++counters_.records_hearsay;
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

// Whether all that this peer owns is known from itself: what others have of it may be older.
bool Sync::first_hand(std::uint32_t node)
{
	const Peer *peer = peers_.find(node);

	return peer && peer->alive() && peer->equal();
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

void Sync::read_hello(std::uint64_t now, Peer &peer)
{
	if (frame_.hello) {
		const bool same = shares_ > 1 && frame_.hello->shares == shares_ &&
				  frame_.hello->share == share_;

		if (same && !(peer.hello && peer.hello->share == share_))
			note(Notice::ShareClash, frame_.header.node, share_);
		peer.hello = frame_.hello;
	}
	if (frame_.fingerprint.empty() || frame_.fingerprint == peer.fingerprint)
		return;
	peer.fingerprint = frame_.fingerprint;
	find_drift(now, frame_.header.node, peer);
}

// What was not applied while the configurations did not match is wanted once they do.
void Sync::find_drift(std::uint64_t now, std::uint32_t node, Peer &peer)
{
	const bool mismatched = peer.mismatched();
	std::vector<std::uint8_t> found = drift(fingerprint_, peer.fingerprint);

	if (found == peer.drift)
		return;
	peer.drift = std::move(found);
	for (const std::uint8_t item : peer.drift)
		note(is_fatal(item) ? Notice::Mismatch : Notice::Drift, node, item);
	if (peer.drift.empty())
		note(Notice::Alike, node);
	if (mismatched && !peer.mismatched()) {
		missed(now, peer);
		peer.foreign.want();
	}
}

void Sync::read_acks(std::uint64_t now, Peer &peer)
{
	for (const Ack &ack : frame_.acks) {
		if (ack.target != node_)
			continue;
		for (const StreamPosition &position : ack.positions)
			peer.lag.acknowledged(now, position);
	}
}

void Sync::read_nacks(std::uint64_t now)
{
	for (const Nack &nack : frame_.nacks) {
		if (nack.target != node_)
			hold(now, nack);
		else if (up_ && (nack.stream == StreamDelta || nack.stream == StreamTable)) {
			++counters_.nacks_received;
			sender_.repeat(now, frame_.header.node, nack);
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

// The end of FOREIGN may be here before its promise, or in its place.
void Sync::read_promises(std::uint64_t now, Peer &peer) const
{
	const auto answers = [&](const auto &answer, const Peer::Part &part) {
		return answer.requester == node_ && answer.request == part.request &&
		       part.request != 0;
	};

	for (const TablePromise &promise : frame_.promises) {
		if (answers(promise, peer.own))
			peer.own.wanted = false;
		if (answers(promise, peer.foreign) && peer.foreign.wanted) {
			peer.foreign.wanted = false;
			peer.foreign.coming = peer.hello && peer.hello->tells_end();
			peer.foreign.wait(now);
		}
	}
	if (frame_.header.stream != StreamTable)
		return;
	if (peer.foreign.coming)
		peer.foreign.wait(now);
	for (const TableSent &sent : frame_.tables_sent) {
		if (!answers(sent, peer.foreign) || peer.foreign.whole)
			continue;
		peer.foreign.wanted = false;
		peer.foreign.coming = true;
		peer.foreign.end = frame_.header.sequence;
	}
}

void Sync::read_requests(Peer &peer)
{
	for (const TableRequest &request : frame_.requests) {
		if (!up_ || (request.target != 0 && request.target != node_))
			continue;
		++counters_.requests_received;
		advertise_wanted_ |= (request.parts & PartOwn) != 0;
		if (request.parts & PartForeign)
			peer.table_asked = request.request;
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
		if (peer.comparable())
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
	for (const SumsRequest &request : frame_.sums_requests)
		if (request.target == node_)
			own_digest_.asked();
}

// Of one of those who have the key.
void Sync::read_config(std::uint64_t now)
{
	const std::uint32_t from = frame_.header.node;

	if (!up_ || keys_.empty())
		return;
	for (const ConfigRequest &request : frame_.config_requests)
		if (request.target == node_)
			config_.asked(from, request);
	for (const ConfigPart &part : frame_.config_parts)
		if (part.requester == node_)
			config_.part(now, from, part);
	for (const ConfigOffer &offer : frame_.config_offers)
		if (offer.target == node_)
			config_.offered(now, from, offer);
	for (const ConfigAnswer &answer : frame_.config_answers)
		if (answer.requester == node_)
			config_.answer(from, answer);
}

// Why that node is not to be asked.
Result<void> Sync::tells_config(std::uint32_t node) const
{
	const Peer *peer = peers_.find(node);

	if (!up_)
		return fail(ENODEV, "this node does not synchronise");
	if (keys_.empty())
		return fail(EPERM, "nodes without a key file do not tell each other how they are "
				   "configured");
	if (!peer || !peer->alive())
		return fail(ENOTCONN, "no such peer is heard; \"hactl sync peers\" lists them");
	if (!peer->hello || !peer->hello->tells_config())
		return fail(EOPNOTSUPP, "it has an earlier version of hanatd");
	return {};
}

Result<void> Sync::fetch_config(std::uint64_t now, std::uint32_t node)
{
	Result<void> tells = tells_config(node);

	if (!tells)
		return tells;
	if (!config_.fetch(now, node))
		return fail(EBUSY, "another one is being read at the moment");
	return {};
}

Result<void> Sync::offer_config(std::uint64_t now, std::uint32_t node, std::uint64_t until)
{
	Result<void> tells = tells_config(node);

	if (!tells)
		return tells;
	if (!config_.offer(now, node, next_request(), until))
		return fail(EBUSY, "another one is being configured at the moment");
	return {};
}

void Sync::config_read(std::uint64_t now, const Result<std::string> &text)
{
	config_.read(now, text);
}

void Sync::config_loaded(const ConfigLoaded &loaded)
{
	const std::uint32_t from = config_.loaded(loaded);

	++(loaded.why.empty() ? counters_.configs_loaded : counters_.configs_failed);
	note(loaded.why.empty() ? Notice::ConfigLoaded : Notice::ConfigFailed, from,
	     loaded.changes);
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
		walks_.changed(record);
		++counters_.records_sent;
		sender_.write(StreamDelta, [&](FrameWriter &w) { return w.add_own(record); });
	}
}

void Sync::applied(std::uint32_t owner, std::span<const std::uint32_t> fates)
{
	Peer *peer = peers_.find(owner);

	for (std::size_t i = 0; i < fates.size(); ++i) {
		counters_.applied.at(i) += fates[i];
		if (peer)
			peer->received.applied.at(i) += fates[i];
	}
}

void Sync::unapplied(std::uint64_t now)
{
	++counters_.unapplied;
	for (auto &[id, peer] : peers_)
		missed(now, peer);
	source_.begin();
}

void Sync::changes_missed()
{
	++counters_.kernel_gaps;
	advertise_wanted_ = true;
}

void Sync::resync(std::uint64_t now)
{
	for (auto &[id, peer] : peers_) {
		missed(now, peer);
		peer.own.want();
		peer.foreign.want();
	}
}

void Sync::verify(std::uint64_t now)
{
	for (auto &[id, peer] : peers_)
		peer.comparison.verify(now);
}

bool Sync::verification_done() const
{
	return std::all_of(peers_.begin(), peers_.end(), [](const auto &entry) {
		return !entry.second.alive() || entry.second.equal();
	});
}

bool Sync::verified() const
{
	bool any = false;

	for (const auto &[id, peer] : peers_) {
		if (!peer.alive())
			continue;
		if (!peer.equal() || !peer.comparison.found().empty())
			return false;
		any = true;
	}
	return any;
}

void Sync::table(std::span<const hn_record> records)
{
	walks_.table(records);
}

void Sync::table_end(std::uint64_t now, bool whole)
{
	walks_.table_end(now, whole);
}

void Sync::sums(std::uint64_t now, const DigestSums &sums, std::uint64_t sessions)
{
	const std::optional<Walks::Difference> found = walks_.sums(now, sums, sessions);

	if (!found)
		return;
	counters_.buckets_different += found->buckets;
	note(Notice::Differs, found->node, found->buckets);
}

void Sync::sums_failed(std::uint64_t now)
{
	walks_.sums_failed(now);
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

SyncSize Sync::size() const
{
	SyncSize size{.frames = sender_.kept(),
		      .frame_bytes = sender_.kept_bytes(),
		      .ended = walks_.ended(),
		      .waiting = challenges_.waiting() + own_digest_.waiting() + config_.waiting()};

	for (const auto &[node, peer] : peers_) {
		++size.peers;
		size.graves += peer.tombstones.size();
		size.compared += peer.comparison.size();
	}
	return size;
}

SyncActions Sync::take()
{
	actions_.frames = sender_.take();
	return std::exchange(actions_, {});
}

} // namespace hn
