// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/peer.h"

#include <algorithm>

namespace hn
{

namespace
{

// A new life of the node; only what identifies its former lives is kept.
void restart(Peer &peer, const Epoch &epoch, std::uint64_t now)
{
	Peer fresh;

	fresh.epoch = epoch;
	fresh.retired = peer.retired;
	fresh.retired[peer.retired_next] = {.epoch = peer.epoch, .at = now};
	fresh.retired_next = (peer.retired_next + 1) % fresh.retired.size();
	peer = fresh;
}

} // namespace

bool Peers::knows(std::uint32_t node, const Epoch &epoch) const
{
	const Peer *peer = find(node);

	return peer && peer->epoch == epoch;
}

Peer *Peers::find(std::uint32_t node)
{
	const auto it = peers_.find(node);

	return it == peers_.end() ? nullptr : &it->second;
}

const Peer *Peers::find(std::uint32_t node) const
{
	const auto it = peers_.find(node);

	return it == peers_.end() ? nullptr : &it->second;
}

Admission Peers::admit(std::uint32_t node, const Epoch &epoch, std::uint64_t now)
{
	const auto it = peers_.find(node);

	if (it == peers_.end()) {
		if (!make_room(now))
			return Admission::Full;
		peers_[node].epoch = epoch;
		return Admission::Found;
	}
	Peer &peer = it->second;
	if (peer.epoch == epoch)
		return Admission::Known;
	for (Peer::Retired &retired : peer.retired) {
		if (retired.at == 0 || retired.epoch != epoch)
			continue;
		if (now - retired.at <= retire_ms)
			return Admission::Retired;
		// What replaced it was on its way for long: this is the living one.
		if (!peer.gone && now - peer.heard_at < silent_ms)
			return Admission::Clash;
		retired = {};
		break;
	}
	restart(peer, epoch, now);
	return Admission::Restarted;
}

bool Peers::make_room(std::uint64_t now)
{
	if (peers_.size() < max_peers)
		return true;
	const auto it =
		std::min_element(peers_.begin(), peers_.end(), [](const auto &a, const auto &b) {
			return a.second.heard_at < b.second.heard_at;
		});
	if (now - it->second.heard_at < silent_ms)
		return false;
	peers_.erase(it);
	return true;
}

void Peers::forget(std::uint64_t now)
{
	std::erase_if(peers_, [now](const auto &entry) {
		const Peer &peer = entry.second;

		return now - peer.heard_at >= (peer.gone ? forget_gone_ms : forget_ms);
	});
}

} // namespace hn
