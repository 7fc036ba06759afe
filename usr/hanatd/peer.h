// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

#include "hanatd/comparison.h"
#include "hanatd/sequence.h"
#include "hanatd/tombstones.h"
#include "hanatd/wire.h"

namespace hn
{

// What is known of another node, in its present epoch.
struct Peer {
	struct Retired {
		Epoch epoch{};
		std::uint64_t at = 0;
	};

	// What is missing of a stream is asked for at this time.
	struct Repair {
		std::uint64_t oldest = 0; // as of then; 0: nothing was missing
		std::uint64_t at = 0;
		std::uint64_t pause = 0; // until it is asked for again
	};

	Epoch epoch{};
	std::array<SequenceWindow, wire_streams> windows;
	std::array<Repair, wire_streams> repairs;
	Tombstones tombstones; // of DELTA
	std::uint64_t heard_at = 0;
	bool silent = false;
	bool gone = false; // it said BYE

	// What this node wants from it, and the last request for that: 0 if anything was missed
	// since.
	std::uint8_t wanted = 0;
	std::uint32_t request = 0;
	std::uint64_t request_at = 0; // not before
	std::uint64_t pause = 0;
	std::uint64_t gap_at = 0;

	Comparison comparison; // of what it owns with what is here

	// What it wants from this node.
	std::uint8_t asked = 0;
	std::uint64_t answer_at = 0; // not before

	std::array<Retired, 4> retired{};
	std::size_t retired_next = 0;
};

enum class Admission {
	Known,
	Found,	   // a new peer
	Restarted, // a known node in a new epoch
	Retired,   // an epoch that has been replaced: not admitted
	Clash,	   // the same, so long after that two nodes must share the id: not admitted
	Full,	   // not admitted
};

// The peers of this node, by node id.
class Peers
{
public:
	static constexpr std::size_t max_peers = 64;
	static constexpr std::uint64_t silent_ms = 5000;
	static constexpr std::uint64_t forget_ms = 600000;
	static constexpr std::uint64_t forget_gone_ms = 60000;
	static constexpr std::uint64_t retire_ms = 2000; // for frames still on their way

	// Whether admit() would find it Known.
	[[nodiscard]] bool knows(std::uint32_t node, const Epoch &epoch) const;

	Admission admit(std::uint32_t node, const Epoch &epoch, std::uint64_t now);

	// Null: none.
	Peer *find(std::uint32_t node);

	// One that is admitted.
	Peer &at(std::uint32_t node) { return peers_.at(node); }

	// Drops those unheard for too long.
	void forget(std::uint64_t now);

	auto begin() { return peers_.begin(); }
	auto end() { return peers_.end(); }
	[[nodiscard]] auto begin() const { return peers_.begin(); }
	[[nodiscard]] auto end() const { return peers_.end(); }

private:
	bool make_room(std::uint64_t now);

	std::map<std::uint32_t, Peer> peers_;
};

} // namespace hn
