// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hn::fuzz
{

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

// Protocol numbers and ICMP types as they are in packets.
enum : std::uint8_t {
	HopByHop = 0,
	Icmp4 = 1,
	Tcp = 6,
	Udp = 17,
	Routing = 43,
	Fragment = 44,
	Authentication = 51,
	Icmp6 = 58,
	NoNext = 59,
	Destination = 60,
};

enum : std::uint8_t {
	EchoReply4 = 0,
	Unreachable4 = 3,
	Echo4 = 8,
	TimeExceeded4 = 11,
	Parameter4 = 12,
	Unreachable6 = 1,
	TimeExceeded6 = 3,
	Parameter6 = 4,
	Echo6 = 128,
	EchoReply6 = 129,
};

inline constexpr std::size_t header4 = 20, header6 = 40;

inline std::uint16_t get16(View data, std::size_t at)
{
	return static_cast<std::uint16_t>(data[at] << 8 | data[at + 1]);
}

inline std::uint32_t get32(View data, std::size_t at)
{
	return static_cast<std::uint32_t>(get16(data, at)) << 16 | get16(data, at + 2);
}

inline void put16(std::span<std::uint8_t> data, std::size_t at, std::size_t value)
{
	data[at] = static_cast<std::uint8_t>(value >> 8);
	data[at + 1] = static_cast<std::uint8_t>(value);
}

inline void put32(std::span<std::uint8_t> data, std::size_t at, std::uint32_t value)
{
	put16(data, at, value >> 16);
	put16(data, at + 2, value & 0xffff);
}

void append(Bytes &to, View data);
std::string hex(View data);

// The one's complement sum of what is there, an odd byte padded.
std::uint16_t sum16(View data, std::uint32_t start = 0);

// Where the transport is: the way a receiver finds it, past options and extension headers.
struct Layout {
	bool v6 = false;
	std::size_t network = 0; // start of the network header
	std::size_t transport = 0;
	std::size_t end = 0; // as the network header says; may be behind the data
	std::uint8_t protocol = 0;
	bool fragment = false; // more than an atomic one
};

// Of the packet that begins at `network` of the data.
std::optional<Layout> find_layout(View data, std::size_t network = 0);

// Where the checksum is in the transport header.
std::optional<std::size_t> checksum_offset(std::uint8_t protocol);
// The sum of the pseudo header, over a transport of so many bytes.
std::uint16_t pseudo_sum(View data, const Layout &at, std::size_t length);

// How many bytes behind the header of this ICMP error are of the packet inside, as its length field
// says (RFC 4884); 0: it does not say.
std::size_t datagram_length(View data, const Layout &error);

// By how much the transport checksum is wrong: 0 right, modulo 0xffff. Nothing if there is none to
// be wrong: no header for it, cut short, a fragment, UDP without.
std::optional<unsigned> checksum_error(View data, const Layout &at);

// Makes the outer and, in ICMP errors, the inner checksum right, as far as they can be found.
void repair_checksums(Bytes &packet);
void repair_header_checksum(Bytes &packet);
// Makes the lengths of network header and UDP those of the data.
void repair_lengths(Bytes &packet);

bool is_icmp_error(View data, const Layout &at);

} // namespace hn::fuzz
