// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "model/clock.h"
#include "model/network.h"
#include "model/node.h"

namespace hn::sim
{

constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

// What a datagram is to its receiver, as only the world knows.
enum class Kind : std::uint8_t {
	Genuine,
	Damaged,  // on the way, or by an attacker
	Replayed, // by an attacker, from the life of a daemon that has ended
};

struct Datagram {
	test::SharedFrame frame;
	Kind kind = Kind::Genuine;
};

// A node with its clock and its sockets, and what is wrong with it. Times are of the world.
struct Machine {
	Machine(unsigned number, std::uint32_t id) : index(number), node(id) {}

	// Packets pass, if there is an instance.
	[[nodiscard]] bool forwards(std::uint64_t now) const
	{
		return on && node.present && now >= frozen_until;
	}

	// All there is to take part.
	[[nodiscard]] bool takes_part() const
	{
		return on && node.present && node.kernel.enabled() && node.sync;
	}

	[[nodiscard]] std::uint64_t local(std::uint64_t now) const { return clock.at(now); }

	const unsigned index;
	test::Node node;
	test::Clock clock;
	bool on = true;
	bool dead = false; // it is not switched on again

	std::uint64_t stalled_until = 0; // the daemon
	std::uint64_t frozen_until = 0;	 // the machine
	std::uint64_t stood_still = 0;	 // its clock, in all
	std::uint64_t busy_until = 0;	 // the daemon has this turn to do

	std::deque<Datagram> rx;
	std::size_t rx_room = 4096;	// datagrams
	std::size_t rx_batch = 256;	// in a turn
	std::uint64_t receive_time = 0; // for a datagram
	std::uint64_t send_time = 0;	// for a frame
	std::uint64_t send_at = 0;	// not before
	double overrun = 0;		// of the kernel's messages
	// Its kernel's, for the daemon as the turn began.
	std::uint32_t known_id = 0;
	std::uint64_t known_epoch = 0;

	// The next event of each kind that is under way.
	std::uint64_t turn_at = never;
	std::uint64_t work_at = never;
	std::uint64_t sending_at = never;
};

} // namespace hn::sim
