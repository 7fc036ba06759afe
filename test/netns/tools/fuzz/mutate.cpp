// SPDX-License-Identifier: GPL-2.0-or-later
#include "mutate.h"

#include <algorithm>
#include <array>

namespace hn::fuzz
{

namespace
{

// Limits of fields and of the code that reads them.
constexpr std::array<std::uint16_t, 20> words = {
	0,  1,	2,    4,    7,	  8,	  19,	  20,	  21,	  39,
	40, 48, 1280, 1500, 4096, 0x7fff, 0x8000, 0xfff8, 0xfffe, 0xffff,
};
constexpr std::array<std::uint8_t, 22> protocols = {
	0, 1, 2, 4, 6, 17, 17, 41, 43, 43, 44, 44, 47, 50, 51, 58, 59, 60, 60, 132, 135, 255,
};
constexpr std::array<std::array<std::uint8_t, 4>, 8> addresses4 = {{
	{0, 0, 0, 0},
	{127, 0, 0, 1},
	{224, 0, 0, 1},
	{255, 255, 255, 255},
	{192, 0, 2, 1},
	{192, 0, 2, 4},
	{203, 0, 113, 5},
	{240, 0, 0, 1},
}};

std::uint16_t draw_word(Random &random)
{
	return random.percent(60) ? random.pick(words) : random.word();
}

void set_byte(Bytes &packet, std::size_t at, std::uint8_t value)
{
	if (at < packet.size())
		packet[at] = value;
}

void set_word(Bytes &packet, std::size_t at, std::uint16_t value)
{
	if (at + 2 <= packet.size())
		put16(packet, at, value);
}

void set_address(Random &random, Bytes &packet, std::size_t at)
{
	const auto &address = random.pick(addresses4);

	if (at + address.size() <= packet.size())
		std::copy(address.begin(), address.end(),
			  packet.begin() + static_cast<std::ptrdiff_t>(at));
}

// The network header that begins at `network`, the outer or the inner one.
void mutate_network4(Random &random, Bytes &packet, std::size_t network)
{
	switch (random.below(8)) {
	case 0:
		return set_byte(packet, network,
				static_cast<std::uint8_t>(0x40 | random.below(16)));
	case 1:
		return set_byte(packet, network + 1, random.byte());
	case 2:
		return set_word(packet, network + 2, draw_word(random));
	case 3:
		return set_word(packet, network + 6, draw_word(random));
	case 4:
		return set_byte(packet, network + 8, static_cast<std::uint8_t>(random.below(3)));
	case 5:
		return set_byte(packet, network + 9, random.pick(protocols));
	case 6:
		return set_address(random, packet, network + 12);
	default:
		return set_byte(packet, network + header4 + random.below(40), random.byte());
	}
}

void mutate_source6(Random &random, Bytes &packet, std::size_t at)
{
	if (at + 16 > packet.size())
		return;
	switch (random.below(4)) {
	case 0:
		std::fill_n(packet.begin() + static_cast<std::ptrdiff_t>(at), 16, std::uint8_t{0});
		return;
	case 1:
		put16(packet, at, 0xfe80);
		return;
	case 2:
		// pool6
		put32(packet, at, 0x0064ff9b);
		put32(packet, at + 4, 0);
		put32(packet, at + 8, 0);
		return set_address(random, packet, at + 12);
	default:
		packet[at + random.below(16)] = random.byte();
	}
}

void mutate_network6(Random &random, Bytes &packet, std::size_t network)
{
	switch (random.below(8)) {
	case 0:
		return set_byte(packet, network, random.byte());
	case 1:
		return set_byte(packet, network + 1, random.byte());
	case 2:
		return set_word(packet, network + 4, draw_word(random));
	case 3:
	case 4:
		return set_byte(packet, network + 6, random.pick(protocols));
	case 5:
		return set_byte(packet, network + 7, static_cast<std::uint8_t>(random.below(3)));
	case 6:
		return mutate_source6(random, packet, network + 8);
	default:
		return set_address(random, packet, network + 36);
	}
}

void mutate_network(Random &random, Bytes &packet, std::size_t network)
{
	if (network >= packet.size())
		return;
	if (packet[network] >> 4 == 6)
		mutate_network6(random, packet, network);
	else
		mutate_network4(random, packet, network);
}

// Also the fields of extension headers: what comes behind the fixed part.
void mutate_transport(Random &random, Bytes &packet, std::size_t transport, std::uint8_t protocol)
{
	switch (random.below(6)) {
	case 0:
		return set_word(packet, transport, draw_word(random));
	case 1:
		return set_word(packet, transport + 2, draw_word(random));
	case 2:
		return set_word(packet, transport + 4, draw_word(random));
	case 3:
		// ICMP's type and code; TCP's length of header
		return set_byte(packet, transport + (protocol == Tcp ? 12 : random.below(2)),
				random.byte());
	case 4:
		// ICMP errors: the lengths of RFC 4884, MTU, pointer
		return set_byte(packet, transport + 4 + random.below(4),
				static_cast<std::uint8_t>(random.below(64)));
	default:
		return set_byte(packet, transport + random.below(24), random.byte());
	}
}

void mutate_field(Random &random, Bytes &packet)
{
	const auto outer = find_layout(packet);
	const std::size_t first = packet.empty() || packet[0] >> 4 == 6 ? header6 : header4;

	if (!outer)
		return mutate_transport(random, packet, first, 0);
	if (is_icmp_error(packet, *outer) && random.percent(60)) {
		const std::size_t network = outer->transport + 8;
		const auto inner = find_layout(packet, network);

		if (inner && random.percent(50))
			return mutate_transport(random, packet, inner->transport, inner->protocol);
		return mutate_network(random, packet, network);
	}
	if (random.percent(40))
		return mutate_network(random, packet, 0);
	if (random.percent(20))
		return mutate_transport(random, packet, first, 0);
	mutate_transport(random, packet, outer->transport, outer->protocol);
}

void mutate_blindly(Random &random, Bytes &packet, View other, std::size_t limit)
{
	if (packet.empty())
		return;

	const std::size_t at = random.below(packet.size());
	const auto place = packet.begin() + static_cast<std::ptrdiff_t>(at);

	switch (random.below(8)) {
	case 0:
		packet[at] ^= static_cast<std::uint8_t>(1U << random.below(8));
		return;
	case 1:
		packet[at] = random.byte();
		return;
	case 2:
		return set_word(packet, at, draw_word(random));
	case 3:
		packet.resize(at);
		return;
	case 4:
		packet.resize(std::min(limit, packet.size() + random.below(200)), random.byte());
		return;
	case 5: {
		const std::size_t count = std::min(packet.size() - at, random.below(40));

		packet.erase(place, place + static_cast<std::ptrdiff_t>(count));
		return;
	}
	case 6: {
		// A part once more.
		const Bytes part(place, place + static_cast<std::ptrdiff_t>(std::min<std::size_t>(
							packet.size() - at, random.below(64))));

		packet.insert(place, part.begin(), part.end());
		return;
	}
	default: {
		const std::size_t from = other.empty() ? 0 : random.below(other.size());

		packet.resize(at);
		append(packet, other.subspan(std::min(from, other.size())));
	}
	}
}

} // namespace

void mutate(Random &random, Bytes &packet, View other, std::size_t limit)
{
	const Bytes before = packet;
	const bool v6 = packet[0] >> 4 == 6;

	for (std::size_t n = 1 + random.below(4); n; n--) {
		if (random.percent(60))
			mutate_field(random, packet);
		else
			mutate_blindly(random, packet, other, limit);
	}
	packet.resize(std::min(packet.size(), limit));
	// It shall reach the translator: version, and destination.
	if (random.percent(95) && packet.size() >= header6) {
		packet[0] = static_cast<std::uint8_t>(v6 ? 0x60 | (packet[0] & 15U)
							 : 0x40 | std::max(packet[0] & 15U, 5U));
		if (!v6 || random.percent(80))
			std::copy_n(before.begin() + (v6 ? 24 : 16), v6 ? 16 : 4,
				    packet.begin() + (v6 ? 24 : 16));
	}
	if (random.percent(75))
		repair_lengths(packet);
	if (random.percent(75))
		repair_checksums(packet);
	else if (random.percent(90))
		repair_header_checksum(packet);
}

} // namespace hn::fuzz
