// SPDX-License-Identifier: GPL-2.0-or-later
#include "packet.h"

#include <algorithm>

namespace hn::fuzz
{

namespace
{

constexpr std::size_t max_extensions = 16;

std::optional<Layout> layout4(View data, std::size_t network)
{
	Layout at;

	if (data.size() < network + header4)
		return {};
	at.network = network;
	at.transport = network + (data[network] & 15U) * 4U;
	at.end = network + get16(data, network + 2);
	at.protocol = data[network + 9];
	at.fragment = (get16(data, network + 6) & 0x3fff) != 0;
	if (at.transport < network + header4 || at.end < at.transport)
		return {};
	return at;
}

std::optional<Layout> layout6(View data, std::size_t network)
{
	Layout at;

	if (data.size() < network + header6)
		return {};
	at.v6 = true;
	at.network = network;
	at.transport = network + header6;
	at.end = at.transport + get16(data, network + 4);
	at.protocol = data[network + 6];
	for (std::size_t i = 0; i < max_extensions; i++) {
		const bool fragment = at.protocol == Fragment;

		if (!fragment && at.protocol != HopByHop && at.protocol != Destination &&
		    at.protocol != Routing)
			return at;
		if (at.transport + 8 > std::min(data.size(), at.end))
			return {};
		if (fragment)
			at.fragment |= (get16(data, at.transport + 2) & 0xfff9) != 0;
		at.protocol = data[at.transport];
		at.transport += fragment ? 8 : (data[at.transport + 1] + 1U) * 8;
	}
	return {};
}

// How many bytes the checksum covers, if all of them are there.
std::optional<std::size_t> covered(View data, const Layout &at)
{
	const auto field = checksum_offset(at.protocol);
	const std::size_t end = std::min(at.end, data.size());

	if (!field || at.fragment || at.end > data.size() || at.transport + *field + 2 > end)
		return {};
	if (at.protocol != Udp)
		return end - at.transport;

	const std::size_t length = get16(data, at.transport + 4);

	if (length < 8 || at.transport + length > end)
		return {};
	return length;
}

void repair_transport(Bytes &packet, const Layout &at)
{
	const auto length = covered(packet, at);

	if (!length)
		return;

	const std::size_t field = at.transport + *checksum_offset(at.protocol);
	const View transport = View(packet).subspan(at.transport, *length);

	put16(packet, field, 0);
	const auto check =
		static_cast<std::uint16_t>(~sum16(transport, pseudo_sum(packet, at, *length)));
	put16(packet, field, at.protocol == Udp && !check ? 0xffff : check);
}

void repair_header(Bytes &packet, std::size_t network)
{
	const std::size_t length = (packet[network] & 15U) * 4U;

	if (length < header4 || network + length > packet.size())
		return;
	put16(packet, network + 10, 0);
	put16(packet, network + 10, ~sum16(View(packet).subspan(network, length)) & 0xffff);
}

} // namespace

void append(Bytes &to, View data)
{
	to.insert(to.end(), data.begin(), data.end());
}

std::string hex(View data)
{
	static constexpr char digits[] = "0123456789abcdef";
	std::string text;

	for (const std::uint8_t byte : data) {
		text += digits[byte >> 4];
		text += digits[byte & 15];
	}
	return text;
}

std::uint16_t sum16(View data, std::uint32_t start)
{
	std::uint32_t sum = start;

	for (std::size_t i = 0; i + 1 < data.size(); i += 2)
		sum += get16(data, i);
	if (data.size() % 2)
		sum += static_cast<std::uint32_t>(data.back()) << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return static_cast<std::uint16_t>(sum);
}

std::optional<Layout> find_layout(View data, std::size_t network)
{
	if (network >= data.size())
		return {};
	switch (data[network] >> 4) {
	case 4:
		return layout4(data, network);
	case 6:
		return layout6(data, network);
	default:
		return {};
	}
}

std::optional<std::size_t> checksum_offset(std::uint8_t protocol)
{
	switch (protocol) {
	case Tcp:
		return 16;
	case Udp:
		return 6;
	case Icmp4:
	case Icmp6:
		return 2;
	default:
		return {};
	}
}

std::uint16_t pseudo_sum(View data, const Layout &at, std::size_t length)
{
	if (at.protocol == Icmp4)
		return 0;

	const std::size_t first = at.network + (at.v6 ? 8 : 12);
	const std::size_t bytes = at.v6 ? 32 : 8;

	return sum16(data.subspan(first, bytes), static_cast<std::uint32_t>(length + at.protocol));
}

std::optional<unsigned> checksum_error(View data, const Layout &at)
{
	const auto length = covered(data, at);

	if (!length)
		return {};
	if (at.protocol == Udp && get16(data, at.transport + 6) == 0)
		return {};
	return sum16(data.subspan(at.transport, *length), pseudo_sum(data, at, *length)) % 0xffffU;
}

bool is_icmp_error(View data, const Layout &at)
{
	if (at.transport + 8 > data.size() || at.fragment)
		return false;

	const std::uint8_t type = data[at.transport];

	if (at.v6)
		return at.protocol == Icmp6 && type < Echo6;
	return at.protocol == Icmp4 &&
	       (type == Unreachable4 || type == TimeExceeded4 || type == Parameter4);
}

std::size_t datagram_length(View data, const Layout &error)
{
	const std::uint8_t type = data[error.transport];

	if (!error.v6)
		return data[error.transport + 5] * 4U;
	return type == Unreachable6 || type == TimeExceeded6 ? data[error.transport + 4] * 8U : 0;
}

void repair_header_checksum(Bytes &packet)
{
	if (packet.size() >= header4 && packet[0] >> 4 == 4)
		repair_header(packet, 0);
}

void repair_checksums(Bytes &packet)
{
	const auto outer = find_layout(packet);

	repair_header_checksum(packet);
	if (!outer)
		return;
	if (is_icmp_error(packet, *outer)) {
		const auto inner = find_layout(packet, outer->transport + 8);

		if (inner && !inner->v6)
			repair_header(packet, inner->network);
		if (inner)
			repair_transport(packet, *inner);
	}
	repair_transport(packet, *outer);
}

void repair_lengths(Bytes &packet)
{
	if (packet.size() >= header6 && packet[0] >> 4 == 6)
		put16(packet, 4, packet.size() - header6);
	else if (packet.size() >= header4 && packet[0] >> 4 == 4)
		put16(packet, 2, packet.size());

	const auto at = find_layout(packet);

	if (at && at->protocol == Udp && at->transport + 8 <= packet.size())
		put16(packet, at->transport + 4, packet.size() - at->transport);
}

} // namespace hn::fuzz
