// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger.h"

#include <algorithm>

#include "seeds.h"

namespace hn::fuzz
{

namespace
{

constexpr std::size_t generation_size = 50000;
constexpr std::size_t max_datagrams = 2000;
constexpr std::size_t max_error6 = 1280;

// In place of by how much a checksum is wrong.
constexpr int no_checksum = -1, not_computed = -2;

bool legal_remote(View address)
{
	return get32(address, 0) != 0 && address[0] != 127 && address[0] >> 4 != 14 &&
	       get32(address, 0) != 0xffffffff;
}

bool transport_protocol(std::uint8_t protocol, bool v6)
{
	return protocol == Tcp || protocol == Udp || protocol == (v6 ? Icmp6 : Icmp4);
}

std::string flaw4(View packet)
{
	const std::uint16_t fragment = get16(packet, 6);

	if (packet[0] != 0x45)
		return "IPv4 options or a wrong version";
	if (get16(packet, 2) != packet.size())
		return "IPv4 total length is not that of the packet";
	if (sum16(packet.first(header4)) != 0xffff)
		return "IPv4 header checksum";
	if (packet[8] == 0)
		return "TTL 0";
	if (!transport_protocol(packet[9], false))
		return "IPv4 protocol";
	if (!legal_remote(packet.subspan(12, 4)) || !legal_remote(packet.subspan(16, 4)))
		return "IPv4 address";
	if (fragment & 0x8000 || (fragment & 0x4000 && fragment & 0x3fff))
		return "IPv4 fragment flags";
	if (fragment & 0x2000 && (packet.size() - header4) % 8)
		return "length of an IPv4 fragment";
	return {};
}

std::string flaw6(View packet)
{
	std::uint8_t protocol = packet[6];

	if (packet[0] >> 4 != 6)
		return "IPv6 version";
	if (header6 + get16(packet, 4) != packet.size())
		return "IPv6 payload length is not that of the packet";
	if (packet[7] == 0)
		return "hop limit 0";
	if (!legal_remote(packet.subspan(20, 4)))
		return "IPv6 source stands for an IPv4 address that is none";
	if (protocol == Fragment) {
		if (packet.size() < header6 + 8)
			return "IPv6 fragment is cut short";
		if (packet[header6 + 3] & 1 && (packet.size() - header6) % 8)
			return "length of an IPv6 fragment";
		protocol = packet[header6];
	}
	if (!transport_protocol(protocol, true))
		return "IPv6 next header";
	return {};
}

// RFC 4884: behind a packet of so many bytes.
bool is_extension(View packet, std::size_t at, std::size_t length)
{
	if (length < 128 || packet.size() < at + length + 4)
		return false;

	const View extension = packet.subspan(at + length);

	return extension[0] >> 4 == 2 && (get16(extension, 2) == 0 || sum16(extension) == 0xffff);
}

std::string flaw_of_inner(View packet, const Layout &outer)
{
	const std::size_t at = outer.transport + 8;
	const std::size_t header = outer.v6 ? header6 : header4;
	const std::size_t length = datagram_length(packet, outer);

	if (packet.size() < at + header + 8)
		return "ICMP error without ports inside";
	if (length != 0 && !is_extension(packet, at, length))
		return "extension of an ICMP error";

	const View inner = packet.subspan(at);

	if (outer.v6) {
		if (inner[0] >> 4 != 6 || !transport_protocol(inner[6], true))
			return "IPv6 header inside an ICMPv6 error";
		if (!std::equal(inner.begin() + 8, inner.begin() + 24, packet.begin() + 24) ||
		    !is_pool6(inner.subspan(24)))
			return "addresses inside an ICMPv6 error";
		if (packet.size() > max_error6)
			return "ICMPv6 error is longer than 1280 bytes";
		return {};
	}
	if (inner[0] != 0x45 || !transport_protocol(inner[9], false) || get16(inner, 2) < header4)
		return "IPv4 header inside an ICMP error";
	if (sum16(inner.first(header4)) != 0xffff)
		return "header checksum inside an ICMP error";
	if (!std::equal(inner.begin() + 12, inner.begin() + 16, packet.begin() + 16))
		return "addresses inside an ICMP error";
	return {};
}

std::string flaw_of_transport(View packet, const Layout &at)
{
	const std::size_t length = packet.size() - at.transport;
	const View transport = packet.subspan(at.transport);

	if (length < (at.protocol == Tcp ? 20U : 8U))
		return "transport header is cut short";
	if (at.protocol == Tcp && ((transport[12] >> 4) < 5 || (transport[12] >> 4) * 4U > length))
		return "length of the TCP header";
	if (at.protocol == Udp && (get16(transport, 4) < 8 || get16(transport, 4) > length))
		return "length in the UDP header";
	if (is_icmp_error(packet, at))
		return flaw_of_inner(packet, at);
	if (at.protocol == Icmp4 && transport[0] != Echo4 && transport[0] != EchoReply4)
		return "ICMP type";
	if (at.protocol == Icmp6 && transport[0] != Echo6 && transport[0] != EchoReply6)
		return "ICMPv6 type";
	return {};
}

// FNV-1a over the transport, without what translation changes.
std::uint64_t key_of(View data, const Layout &at, bool inner)
{
	static constexpr std::uint64_t prime = 0x100000001b3;
	const bool icmp = at.protocol == Icmp4 || at.protocol == Icmp6;
	const std::size_t checksum = *checksum_offset(at.protocol);
	std::uint64_t key = 0xcbf29ce484222325 + (icmp ? 0U : at.protocol) * 2U + inner;

	for (std::size_t i = 0; i < at.end - at.transport; i++) {
		const bool port = icmp ? i == 0 || i == 4 || i == 5 : i < 4;
		const bool masked = port || i == checksum || i == checksum + 1;

		key = (key ^ (masked ? 0U : data[at.transport + i])) * prime;
	}
	return key;
}

int error_of(View data, const Layout &at)
{
	if (at.fragment)
		return not_computed;

	const auto error = checksum_error(data, at);

	return error ? static_cast<int>(*error) : no_checksum;
}

// With a transport that is there from its first to its last byte.
std::optional<Layout> find_whole(View data, std::size_t network = 0)
{
	const auto at = find_layout(data, network);

	if (!at || !checksum_offset(at->protocol) || at->end > data.size() ||
	    at->transport + 8 > at->end)
		return {};
	return at;
}

bool has_length(View tcp)
{
	return tcp.size() > 12 && tcp[12] >> 4 != 0;
}

// Where what is inside an ICMP error ends.
std::size_t end_of_inner(View packet, const Layout &error)
{
	const std::size_t length = datagram_length(packet, error);

	return length == 0 ? packet.size() : std::min(packet.size(), error.transport + 8 + length);
}

} // namespace

std::string flaw(View packet)
{
	if (packet.empty() || packet.size() < (packet[0] >> 4 == 6 ? header6 : header4))
		return "network header is cut short";

	std::string why = packet[0] >> 4 == 6 ? flaw6(packet) : flaw4(packet);
	const auto at = find_layout(packet);

	if (!why.empty())
		return why;
	if (!at)
		return "no transport";
	return at->fragment ? std::string() : flaw_of_transport(packet, *at);
}

void Ledger::insert(std::uint64_t key, int error)
{
	if (generations_[0].size() >= generation_size) {
		generations_[1] = std::move(generations_[0]);
		generations_[0].clear();
	}

	Errors &errors = generations_[0][key];

	if (std::find(errors.begin(), errors.end(), error) == errors.end())
		errors.push_back(error);
}

void Ledger::record(View packet)
{
	const auto at = find_whole(packet);

	if (!at)
		return;

	// What the link carries behind the packet is cut off.
	const View data = packet.first(at->end);

	if (!is_icmp_error(data, *at)) {
		insert(key_of(data, *at, false), error_of(data, *at));
		return;
	}

	// With and without what may be an extension, or is no valid one.
	for (const View part : {data, data.first(end_of_inner(data, *at))}) {
		const auto inner = find_whole(part, at->transport + 8);

		if (inner)
			insert(key_of(part, *inner, true), error_of(part, *inner));
	}
}

std::string Ledger::compare(View packet, const Layout &at, bool inner, Origin origin) const
{
	const std::uint64_t key = key_of(packet, at, inner);
	const int error = error_of(packet, at);
	bool known = false;

	for (const auto &generation : generations_) {
		const auto found = generation.find(key);

		if (found == generation.end())
			continue;
		known = true;
		for (const int sent : found->second) {
			// A missing checksum may have been computed.
			if (sent == error || sent == not_computed ||
			    (sent == no_checksum && error == 0))
				return {};
		}
	}
	if (known)
		return "checksum is wrong by " + std::to_string(error) +
		       ", not as it was when sent";
	if (origin == Origin::Recorded)
		return "nobody sent that";
	return error > 0 && !inner ? "checksum" : "";
}

std::string Ledger::judge(View packet, Origin origin) const
{
	std::string why = flaw(packet);

	if (!why.empty() || origin == Origin::Unknown)
		return why;

	const auto at = find_layout(packet);

	if (at->fragment)
		return {};
	if (!is_icmp_error(packet, *at))
		return compare(packet, *at, false, origin);
	if (checksum_error(packet, *at) != 0U)
		return "checksum of an ICMP error";

	const View part = packet.first(end_of_inner(packet, *at));
	const auto inner = find_whole(part, at->transport + 8);

	// Zeroes in front of an extension make one whole that was not, and are no TCP header.
	if (part.size() != packet.size())
		origin = Origin::Valid;
	if (!inner || (inner->protocol == Tcp && !has_length(part.subspan(inner->transport))))
		return {};
	why = compare(part, *inner, true, origin);
	return why.empty() ? why : "inside an ICMP error: " + why;
}

std::optional<Bytes> Reassembly::add(View fragment)
{
	const auto at = find_layout(fragment);

	// Of IPv6 only what has a fragment header and no other.
	if (!at || !at->fragment || at->transport > fragment.size() ||
	    (at->v6 && at->transport != header6 + 8))
		return {};

	const std::uint16_t field = get16(fragment, at->v6 ? header6 + 2 : 6);
	const std::size_t offset = at->v6 ? field & 0xfff8U : (field & 0x1fffU) * 8U;
	const bool more = field & (at->v6 ? 1U : 0x2000U);
	const View name = at->v6 ? fragment.subspan(8, 32) : fragment.subspan(12, 8);
	const View id = at->v6 ? fragment.subspan(header6 + 4, 4) : fragment.subspan(4, 2);
	const View part = fragment.subspan(at->transport);

	if (datagrams_.size() > max_datagrams)
		datagrams_.clear();

	const std::string key = hex(name) + hex(id) + std::to_string(at->protocol);
	Parts &datagram = datagrams_[key];

	if (!more)
		datagram.length = offset + part.size();
	datagram.parts.emplace_back(offset, Bytes(part.begin(), part.end()));
	std::sort(datagram.parts.begin(), datagram.parts.end());

	Bytes whole(fragment.begin(),
		    fragment.begin() + static_cast<std::ptrdiff_t>(at->v6 ? header6 : header4));
	const std::size_t header = whole.size();

	for (const auto &[where, bytes] : datagram.parts) {
		if (where != whole.size() - header)
			return {};
		append(whole, bytes);
	}
	if (datagram.length != whole.size() - header)
		return {};
	datagrams_.erase(key);
	if (at->v6)
		whole[6] = at->protocol;
	else
		put16(whole, 6, 0);
	put16(whole, at->v6 ? 4 : 2, whole.size() - (at->v6 ? header6 : 0));
	repair_header_checksum(whole);
	return whole;
}

} // namespace hn::fuzz
