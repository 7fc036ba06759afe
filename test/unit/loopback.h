// SPDX-License-Identifier: GPL-2.0-or-later
// Where nodes of one process find each other: loopback addresses that no other process uses.
#pragma once

#include <cstdint>
#include <string>
#include <unistd.h>

namespace hn::test
{

// Nobody uses it on these addresses: those of this process are its own.
constexpr std::uint16_t port = 6464;

// One of four addresses of this process's own: pids have 22 bits.
inline std::string host(unsigned i)
{
	const unsigned id = static_cast<unsigned>(getpid()) << 2 | i;

	return "127." + std::to_string(id >> 16 & 0xff) + "." + std::to_string(id >> 8 & 0xff) +
	       "." + std::to_string(id & 0xff);
}

} // namespace hn::test
