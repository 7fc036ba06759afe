// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/table_source.h"

#include <algorithm>

namespace hn
{

namespace
{

template<class Is>
bool any(const Peers &peers, Is is)
{
	return std::any_of(peers.begin(), peers.end(),
			   [&](const auto &entry) { return is(entry.second); });
}

bool is_ready(const Peer &peer)
{
	return peer.comparable() && peer.hello && peer.hello->ready();
}

} // namespace

void TableSource::begin()
{
	chosen_ = whole_ = false;
	node_ = 0;
	since_ = never;
	at_ = never;
}

void TableSource::choose(std::uint64_t now, Peers &peers)
{
	Peer *best = nullptr;

	if (chosen_) {
		whole_ |= peers.knows(node_, epoch_) && peers.find(node_)->foreign.whole;
		return;
	}
	if (!any(peers, [](const Peer &peer) { return peer.comparable(); })) {
		begin();
		return;
	}
	if (since_ == never)
		since_ = now;
	const bool unknown =
		any(peers, [](const Peer &peer) { return peer.alive() && !peer.hello; });
	at_ = since_ + choose_ms + (unknown ? hello_ms : 0);
	if (now < at_)
		return;
	at_ = never;
	chosen_ = true;
	// Who is there for longer has missed less.
	for (auto &[node, peer] : peers) {
		if (!is_ready(peer) || (best && best->hello->uptime >= peer.hello->uptime))
			continue;
		best = &peer;
		node_ = node;
		epoch_ = peer.epoch;
	}
	for (auto &[node, peer] : peers)
		if (!best || best == &peer)
			peer.foreign.want();
}

bool TableSource::lost(const Peers &peers) const
{
	return node_ != 0 && !whole_ && !(peers.knows(node_, epoch_) && peers.find(node_)->alive());
}

} // namespace hn
