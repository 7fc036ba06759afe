// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "packet.h"
#include "random.h"

namespace hn::fuzz
{

// Of the network that the scripts build: few ends, so that random packets meet the sessions of
// others, and fewer ports in pool4 than inside hosts ask for.
struct Ends {
	Bytes inside;	// IPv6 host
	Bytes external; // of pool4
	Bytes remote;	// IPv4 host
	std::uint16_t inside_port, external_port, remote_port;
};

Ends draw_ends(Random &random);
// The remote host as inside hosts see it.
Bytes in_pool6(View remote);
bool is_pool6(View address);

Bytes ip6(View source, View destination, std::uint8_t next, View payload);
Bytes ip4(View source, View destination, std::uint8_t protocol, View payload, View options = {},
	  std::uint16_t fragment = 0);

// A well-formed packet that the translator may well translate, all checksums right. Not longer than
// `limit`, about.
Bytes draw_from_inside(Random &random, std::size_t limit);
Bytes draw_from_outside(Random &random, std::size_t limit);

// A well-formed TCP segment of so much payload.
Bytes draw_aggregate(Random &random, bool v6, std::size_t payload);

// The fragments of the packet, each but the last `size` bytes of its payload; size is a multiple
// of 8.
std::vector<Bytes> cut(Random &random, View packet, std::size_t size);

} // namespace hn::fuzz
