// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace hn
{

// Shares of pool4, from 1: bit n - 1 for share n.
using ShareMask = std::uint64_t;

constexpr ShareMask share_bit(unsigned share)
{
	return share ? ShareMask{1} << (share - 1) : 0;
}

// Of so many shares those that the node with its own takes new ports from, if these are of living
// nodes, its own among them: that, and those of nobody up to it, counted in a circle. So each share
// is held by one node, as long as all see the same nodes alive (docs/protocol.md, section 12).
ShareMask shares_held(unsigned shares, unsigned own, ShareMask living);

} // namespace hn
