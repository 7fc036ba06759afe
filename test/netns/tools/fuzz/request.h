// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "random.h"

namespace hn::fuzz
{

// The macros of netlink.h are signed.
constexpr std::size_t aligned(std::size_t length)
{
	return (length + 3) / 4 * 4;
}

// A netlink message to the family, from its header on.
struct Request {
	std::vector<std::byte> message;
	std::uint8_t command = 0;
	bool dump = false;
	// The command is there, is a dump if that is asked for and no other, and its headers say
	// nothing that is unknown: what remains is the command's own to judge.
	bool addressed = false;

	void set_sequence(std::uint32_t sequence);
};

// Whether the family has such a request; the others are messages of the kernel, or nothing.
bool is_request(unsigned command);

// A request that may well succeed, or one that is damaged in its attributes or headers. It asks for
// an acknowledgement. Its pool4 entries are small enough for a small machine.
Request draw_request(Random &random, std::uint16_t family);

} // namespace hn::fuzz
