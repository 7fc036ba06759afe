// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <limits>

#include "hanatd/peer.h"

namespace hn
{

// From whom a node that begins takes the sessions whose owners do not live, and which nobody else
// tells: from one peer, the best there is (docs/protocol.md, section 7). Pure.
class TableSource
{
public:
	// From the first peer on: others are heard as well, and what they are.
	static constexpr std::uint64_t choose_ms = 200;
	static constexpr std::uint64_t hello_ms = 1000; // and then, for those that did not say

	// It is to be chosen, again.
	void begin();

	// Chooses once it is time, what is wanted of peers changes then; or sees what came of it.
	void choose(std::uint64_t now, Peers &peers);
	[[nodiscard]] bool pending() const { return !chosen_; }

	// It is gone or has begun anew, before all of it was known to be here.
	[[nodiscard]] bool lost(const Peers &peers) const;

	// Who it is; 0: nobody, or everybody.
	[[nodiscard]] std::uint32_t node() const { return node_; }

	// Whether that of each peer is wanted, for none was known to have all.
	[[nodiscard]] bool everybody() const { return chosen_ && node_ == 0; }

	[[nodiscard]] std::uint64_t deadline() const { return at_; }

private:
	static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

	bool chosen_ = false;
	bool whole_ = false;	 // and has told all
	std::uint32_t node_ = 0; // 0: everybody
	Epoch epoch_{};
	std::uint64_t since_ = never; // there is a peer to choose
	std::uint64_t at_ = never;
};

} // namespace hn
