// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/handover.h"

#include <algorithm>

namespace hn
{

namespace
{

bool is_heir(const Peer &peer)
{
	return peer.comparable() && peer.hello && peer.hello->ready();
}

} // namespace

bool has_heir(const Sync &sync)
{
	const Peers &peers = sync.peers();

	return std::any_of(peers.begin(), peers.end(),
			   [](const auto &peer) { return is_heir(peer.second); });
}

bool handed_over(const Sync &sync, const std::optional<Role> &role)
{
	const Peers &peers = sync.peers();
	const auto sent = sync.positions();

	return !is_master(role) && std::all_of(peers.begin(), peers.end(), [&](const auto &peer) {
		return !is_heir(peer.second) || peer.second.lag.frames(sent) == 0;
	});
}

} // namespace hn
