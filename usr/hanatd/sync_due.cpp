// SPDX-License-Identifier: GPL-2.0-or-later
// What is due: repairs, requests, answers, acknowledgements, heartbeats.
#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <utility>

#include "hanatd/sync.h"

namespace hn
{

void Sync::tick(std::uint64_t now)
{
	peers_.forget(now);
	counters_.peers = 0;
	for (auto &[node, peer] : peers_)
		tick_peer(now, node, peer);
	if (!up_)
		return;
	tick_source(now);
	for (auto &[node, peer] : peers_) {
		if (!peer.alive())
			continue;
		tick_request(now, node, peer.own, PartOwn);
		tick_request(now, node, peer.foreign, PartForeign);
	}
	tick_answers(now);
	if (!actions_.read_table)
		actions_.read_table = walks_.next_reading(now);
	if (!actions_.sum)
		actions_.sum = walks_.next_summing(now);
	tick_challenges(now);
	tick_window(now);
	tick_readiness(now);
	tick_shares();
	tick_config(now);
	tick_heartbeat(now);
}

void Sync::tick_peer(std::uint64_t now, std::uint32_t node, Peer &peer)
{
	if (!peer.silent && now - peer.heard_at >= Peers::silent_ms) {
		peer.silent = true;
		if (!peer.gone)
			note(Notice::PeerSilent, node);
	}
	if (peer.alive())
		++counters_.peers;
	tick_gaps(now, node, peer);
	peer.foreign.arrived(peer.windows[StreamTable].complete());
	if (up_ && peer.alive())
		tick_repairs(now, node, peer);
	tick_comparison(now, node, peer);
	if (!up_)
		return;
	if (peer.unacknowledged >= acknowledge_frames ||
	    (peer.unacknowledged > 0 && now >= peer.acknowledge_at))
		acknowledge(node, peer);
}

void Sync::tick_gaps(std::uint64_t now, std::uint32_t node, Peer &peer)
{
	std::uint64_t lost = 0;

	for (std::size_t stream = 0; stream < wire_streams; ++stream) {
		const std::uint64_t n = peer.windows[stream].settle(now);

		if (n == 0 || stream == StreamControl)
			continue;
		lost += n;
		if (stream == StreamTable)
			source_.begin();
	}
	peer.tombstones.forget(peer.windows[StreamDelta].oldest(),
			       peer.windows[StreamDelta].highest());
	counters_.frames_lost += lost;
	peer.received.lost += lost;
	if (lost == 0)
		return;
	++counters_.gaps;
	note(Notice::Gap, node, lost);
	missed(now, peer);
}

// Something of the peer is missing for good: what differs is found.
void Sync::missed(std::uint64_t now, Peer &peer)
{
	peer.comparison.give_up();
	peer.comparison.doubt(now);
	if (now - peer.gap_at >= calm_ms)
		peer.own.pause = peer.foreign.pause = Peer::Part::pause_ms;
	peer.gap_at = now;
}

void Sync::acknowledge(std::uint32_t node, Peer &peer)
{
	Ack ack{.target = node, .positions = {}};

	peer.unacknowledged = 0;
	for (const Stream stream : {StreamDelta, StreamTable})
		if (const std::uint64_t last = peer.windows[stream].complete(); last > 0)
			ack.positions.push_back({.stream = stream, .last = last});
	if (ack.positions.empty())
		return;
	++counters_.acks_sent;
	sender_.say(ack);
}

void Sync::tick_repairs(std::uint64_t now, std::uint32_t node, Peer &peer)
{
	for (std::uint8_t stream = StreamDelta; stream < wire_streams; ++stream) {
		const SequenceWindow &window = peer.windows[stream];
		Peer::Repair &repair = peer.repairs[stream];
		const std::uint64_t oldest = window.oldest();

		if (oldest != repair.oldest)
			repair.answered(now);
		if (oldest != 0 && oldest != repair.oldest) { // something came, or is new
			const std::uint64_t at = now + jitter(nack_ms);

			repair.at = repair.oldest == 0 ? at : std::min(at, repair.at);
			repair.pause = nack_ms;
		}
		repair.oldest = oldest;
		if (oldest == 0 || now < repair.at)
			continue;
		repair.pause = std::min(2 * repair.pause, nack_max_ms);
		// Where answers get lost it takes long as well: no reason to ask ever less often.
		repair.at = now + std::max(jitter(repair.pause),
					   std::min(repair.took * 3 / 2, nack_max_ms));
		repair.asked_at = repair.asked_at ? repair.asked_at : now;
		++counters_.nacks_sent;
		sender_.say(Nack{.target = node,
				 .stream = stream,
				 .ranges = window.missing(wire_nack_ranges)});
	}
}

void Sync::tick_request(std::uint64_t now, std::uint32_t node, Peer::Part &part, Parts which)
{
	if (!part.pending() || now < part.at)
		return;
	part.want(); // it was promised, and did not come
	part.request = next_request();
	part.at = now + part.pause;
	part.pause = std::min(2 * part.pause, pause_max_ms);
	++counters_.requests_sent;
	sender_.say(TableRequest{.target = node, .request = part.request, .parts = which});
}

void Sync::tick_comparison(std::uint64_t now, std::uint32_t node, Peer &peer)
{
	if (!peer.comparable()) {
		peer.comparison.give_up();
		return;
	}
	if (!up_)
		return;
	Comparison::Due due = peer.comparison.take(now, peer.windows[StreamDelta], next_request());

	counters_.buckets_undecided += due.undecided;
	counters_.buckets_mended += due.mended;
	counters_.records_pruned += due.pruned;
	counters_.records_restored += due.apply.size() - due.pruned;
	actions_.apply.insert(actions_.apply.end(), due.apply.begin(), due.apply.end());
	if (due.pruned > 0)
		doubt_others(now, peer);
	if (due.whole)
		peer.own.want();
	actions_.expected += due.missing;
	if (due.sums)
		sender_.say(SumsRequest{.target = node});
	due.ask.target = node;
	due.fetch.target = node;
	if (!due.ask.groups.empty())
		sender_.say(due.ask);
	if (!due.fetch.buckets.empty())
		sender_.say(due.fetch);
}

// Because of what is deleted now, another one's word for the same flow may have been refused.
void Sync::doubt_others(std::uint64_t now, const Peer &pruned)
{
	for (auto &[node, peer] : peers_)
		if (&peer != &pruned)
			peer.comparison.doubt(now);
}

// The one whom this node asked must stay alive until all of it is here; if nobody says when that
// is, until this node is ready.
void Sync::tick_source(std::uint64_t now)
{
	if (!ready() && source_.lost(peers_))
		source_.begin();
	source_.choose(now, peers_);
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

// Nothing more is sent before the slowest peer that is not hopeless has got what is on its way.
void Sync::tick_window(std::uint64_t now)
{
	const auto sent = sender_.positions();
	const auto listening = std::count_if(peers_.begin(), peers_.end(), [](const auto &entry) {
		return entry.second.alive() && entry.second.lag.known();
	});

	congested_ = false;
	for (auto &[node, peer] : peers_) {
		if (!peer.alive())
			continue;
		const bool was = peer.lag.left_behind();

		congested_ |= peer.lag.holds(now, sent, listening == 1);
		if (peer.lag.left_behind() && !was) {
			++counters_.left_behind;
			note(Notice::LeftBehind, node);
		}
	}
}

void Sync::tick_readiness(std::uint64_t now)
{
	std::size_t alive = 0;
	std::size_t equal = 0;

	for (const auto &[node, peer] : peers_) {
		if (!peer.alive())
			continue;
		++alive;
		if (peer.equal() && !source_.pending() && (ready_with_drift_ || peer.drift.empty()))
			++equal;
	}
	const bool changed = readiness_.update(now, alive, equal);

	counters_.ready = readiness_.ready() ? 1 : 0;
	if (changed) {
		note(readiness_.ready() ? Notice::Ready : Notice::NotReady, 0);
		heartbeat_at_ = now;
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

// A node that does not know yet who lives takes nothing but its own.
void Sync::tick_shares()
{
	ShareMask living = share_bit(share_);
	ShareMask held = living;

	for (const auto &[node, peer] : peers_)
		if (peer.alive() && peer.hello && peer.hello->shares == shares_)
			living |= share_bit(peer.hello->share);
	if (readiness_.ready())
		held = shares_held(shares_, share_, living);
	if (held == held_)
		return;
	held_ = held;
	note(Notice::Shares, 0, static_cast<std::uint64_t>(std::popcount(held)));
	actions_.hold = held;
}

void Sync::tick_config(std::uint64_t now)
{
	ConfigExchange::Due due = config_.take(now, sender_.config_room());

	counters_.config_parts_sent += due.parts.size();
	for (const auto &message : due.requests)
		sender_.say(message);
	for (const auto &message : due.parts)
		sender_.say(message);
	for (const auto &message : due.offers)
		sender_.say(message);
	for (const auto &message : due.answers)
		sender_.say(message);
	actions_.read_config |= due.read;
	if (due.load)
		actions_.load_config = std::move(due.load);
	if (due.refused == 0)
		return;
	++counters_.configs_refused;
	note(Notice::ConfigRefused, due.refused);
}

void Sync::tick_heartbeat(std::uint64_t now)
{
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
	Hello hello;
	hello.flags = readiness_.ready() ? HelloReady : 0;
	hello.features = HelloCompares | HelloTellsEnd | (keys_.empty() ? 0U : HelloTellsConfig);
	hello.share = share_;
	hello.shares = shares_;
	hello.uptime = static_cast<std::uint32_t>((now - started_at_) / 1000);
	sender_.say(hello);
	if (!fingerprint_.empty())
		sender_.say(fingerprint_);
	for (auto &[node, peer] : peers_) // once more, should it have been lost
		if (peer.alive())
			acknowledge(node, peer);
}

std::uint64_t Sync::deadline_of(const Peer &peer) const
{
	const std::uint64_t patience = peer.gone     ? Peers::forget_gone_ms
				       : peer.silent ? Peers::forget_ms
						     : Peers::silent_ms;
	std::uint64_t first = peer.heard_at + patience;

	for (const SequenceWindow &window : peer.windows)
		first = std::min(first, window.deadline().value_or(first));
	if (!up_)
		return first;
	if (peer.unacknowledged > 0)
		first = std::min(first, peer.acknowledge_at);
	if (!peer.alive())
		return first;
	for (const Peer::Part *part : {&peer.own, &peer.foreign})
		if (part->pending())
			first = std::min(first, part->at);
	if (peer.comparable())
		first = std::min(first, peer.comparison.deadline().value_or(first));
	first = std::min(first, peer.lag.until().value_or(first));
	for (const Peer::Repair &repair : peer.repairs)
		if (repair.oldest != 0)
			first = std::min(first, repair.at);
	return first;
}

std::uint64_t Sync::deadline() const
{
	std::uint64_t first = std::numeric_limits<std::uint64_t>::max();

	for (const auto &[node, peer] : peers_)
		first = std::min(first, deadline_of(peer));
	if (!up_)
		return first;
	first = std::min({first, heartbeat_at_, walks_.deadline(), source_.deadline()});
	if (advertise_wanted_)
		first = std::min(first, advertise_at_);
	first = std::min(first, challenges_.deadline().value_or(first));
	first = std::min(first, config_.deadline().value_or(first));
	return std::min(first, readiness_.deadline().value_or(first));
}

} // namespace hn
