// SPDX-License-Identifier: GPL-2.0-or-later
#include "seeds.h"

#include <algorithm>
#include <array>

namespace hn::fuzz
{

namespace
{

constexpr std::array<std::uint8_t, 12> pool6 = {0, 0x64, 0xff, 0x9b};

// 2001:db8::8, and hosts behind it: 2001:db8:1::
Bytes inside_host(std::size_t n)
{
	Bytes address = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8};

	if (n) {
		address[5] = 1;
		address[15] = static_cast<std::uint8_t>(n);
	}
	return address;
}

// 192.0.2.8, and hosts behind it: 198.51.100.0
Bytes remote_host(std::size_t n)
{
	if (!n)
		return {192, 0, 2, 8};
	return {198, 51, 100, static_cast<std::uint8_t>(n)};
}

// One that is the translator's own, one that is not.
Bytes external_address(std::size_t n)
{
	return n ? Bytes{203, 0, 113, 5} : Bytes{192, 0, 2, 1};
}

Bytes draw_bytes(Random &random, std::size_t length)
{
	Bytes bytes(length);

	std::generate(bytes.begin(), bytes.end(), [&] { return random.byte(); });
	return bytes;
}

// Around the limits that the translator knows, if not short.
std::size_t draw_length(Random &random, std::size_t limit)
{
	static constexpr std::array<std::size_t, 14> marks = {
		0, 1, 7, 8, 9, 64, 548, 1212, 1232, 1240, 1260, 1432, 1452, 1472,
	};
	std::size_t length = 0;

	if (random.percent(60))
		length = random.below(120);
	else if (random.percent(60))
		length = random.pick(marks) + random.below(5);
	else
		length = random.below(limit);
	return std::min(length, limit > 100 ? limit - 100 : 0);
}

Bytes tcp_header(Random &random, std::uint16_t source, std::uint16_t destination)
{
	// SYN, SYN ACK, ACK, PSH ACK, FIN ACK, RST, RST ACK
	static constexpr std::array<std::uint8_t, 8> flags = {2,    2,	  0x12, 0x10,
							      0x18, 0x11, 4,	0x14};
	const std::size_t words = random.percent(70) ? 5 : 5 + random.below(11);
	Bytes header(words * 4, 1);

	put16(header, 0, source);
	put16(header, 2, destination);
	put32(header, 4, random.number());
	put32(header, 8, random.number());
	header[12] = static_cast<std::uint8_t>(words << 4);
	header[13] = random.pick(flags);
	put16(header, 14, 65535);
	put16(header, 16, 0);
	put16(header, 18, 0);
	return header;
}

Bytes udp_header(std::uint16_t source, std::uint16_t destination, std::size_t payload)
{
	Bytes header(8);

	put16(header, 0, source);
	put16(header, 2, destination);
	put16(header, 4, 8 + payload);
	return header;
}

Bytes echo(std::uint8_t type, std::uint16_t identifier)
{
	Bytes header = {type, 0, 0, 0, 0, 0, 0, 1};

	put16(header, 4, identifier);
	return header;
}

// What a flow's packet is like, whichever way it goes.
Bytes draw_transport(Random &random, bool v6, std::uint8_t protocol, std::uint16_t source,
		     std::uint16_t destination, std::size_t payload)
{
	Bytes transport;

	if (protocol == Tcp) {
		transport = tcp_header(random, source, destination);
	} else if (protocol == Udp) {
		transport = udp_header(source, destination, payload);
	} else {
		const bool reply = random.percent(30);
		const std::uint8_t type =
			v6 ? (reply ? EchoReply6 : Echo6) : (reply ? EchoReply4 : Echo4);

		transport = echo(type, v6 ? source : destination);
	}
	append(transport, draw_bytes(random, payload));
	return transport;
}

std::uint8_t draw_protocol(Random &random, bool v6)
{
	const std::array<std::uint8_t, 5> protocols = {Tcp, Tcp, Udp, Udp, v6 ? Icmp6 : Icmp4};

	return random.pick(protocols);
}

std::uint16_t identifier(std::uint8_t protocol, std::uint16_t port)
{
	return protocol == Icmp4 || protocol == Icmp6 ? port & 15U : port;
}

// Extension headers in front of what has the number `next`, which becomes theirs.
Bytes draw_extensions(Random &random, std::uint8_t &next)
{
	static constexpr std::array<std::uint8_t, 5> kinds = {Destination, Destination, Routing,
							      Fragment, Authentication};
	const std::size_t count = random.percent(80) ? 1 + random.below(3) : 1 + random.below(12);
	Bytes chain;

	for (std::size_t i = 0; i < count; i++) {
		const std::uint8_t kind = i + 1 == count && random.percent(20)
						  ? std::uint8_t{HopByHop}
						  : random.pick(kinds);
		Bytes header = {next, 0, 1, 4, 0, 0, 0, 0};

		if (kind == Fragment) {
			header[2] = 0;
			header[3] = 0;
			put32(header, 4, random.number());
		} else if (kind == Routing) {
			header = {next, 2, 0, random.percent(20)};
			header.resize(24);
		} else if (kind == Authentication) {
			if (random.percent(70))
				continue;
			header = {next, 4};
			header.resize(24);
		} else if (random.percent(20)) {
			// PadN over all that follows
			const std::size_t words = random.below(8);

			header[1] = static_cast<std::uint8_t>(words);
			header[3] = static_cast<std::uint8_t>(4 + words * 8);
			header.resize(8 + words * 8);
		}
		next = kind;
		append(header, chain);
		chain = header;
	}
	return chain;
}

Bytes draw_options(Random &random)
{
	// LSRR, SSRR, record route, timestamp, router alert, NOP, end, unknown
	static constexpr std::array<std::uint8_t, 8> kinds = {131, 137, 7, 68, 148, 1, 0, 222};
	Bytes options;

	while (options.size() < 36 && random.percent(60)) {
		const std::uint8_t kind = random.pick(kinds);
		const std::size_t length =
			std::min<std::size_t>(3 + 4 * random.below(4), 40 - options.size());

		options.push_back(kind);
		if (kind <= 1 || length < 3)
			continue;
		options.push_back(static_cast<std::uint8_t>(length));
		// The pointer: at the first, behind the last.
		options.push_back(static_cast<std::uint8_t>(random.percent(60) ? length + 1 : 4));
		options.resize(options.size() + length - 3);
	}
	options.resize((options.size() + 3) / 4 * 4);
	return options;
}

// RFC 4884: an extension object behind the datagram, whose length is in `unit` bytes.
void extend_error(Random &random, Bytes &error, std::size_t length_field, std::size_t unit)
{
	const std::size_t datagram = std::max<std::size_t>(error.size() - 8, 128);

	error.resize(8 + (datagram + unit - 1) / unit * unit);
	error[length_field] = static_cast<std::uint8_t>((error.size() - 8) / unit);
	append(error, Bytes{0x20, 0, 0, 0, 0, 8, 1, 1});
	append(error, draw_bytes(random, 4));
}

Bytes draw_error6(Random &random, const Ends &ends, std::size_t limit)
{
	const std::uint8_t protocol = draw_protocol(random, true);
	const std::uint16_t source = identifier(protocol, ends.remote_port);
	const std::uint16_t destination = identifier(protocol, ends.inside_port);
	Bytes inner =
		draw_transport(random, true, protocol, protocol == Icmp6 ? destination : source,
			       destination, draw_length(random, limit / 2));
	Bytes error(8);

	inner = ip6(in_pool6(ends.remote), ends.inside, protocol, inner);
	repair_checksums(inner);
	if (random.percent(30))
		inner.resize(std::min(inner.size(), 48 + random.below(100)));
	error[0] = static_cast<std::uint8_t>(1 + random.below(4));
	error[1] = static_cast<std::uint8_t>(random.below(3));
	if (error[0] == 2)
		put32(error, 4, static_cast<std::uint32_t>(random.below(3000)));
	else if (error[0] == Parameter6)
		put32(error, 4, static_cast<std::uint32_t>(random.below(48)));
	append(error, inner);
	if (random.percent(20) && (error[0] == Unreachable6 || error[0] == TimeExceeded6))
		extend_error(random, error, 4, 8);
	return error;
}

Bytes draw_error4(Random &random, const Ends &ends, std::size_t limit)
{
	static constexpr std::array<std::uint8_t, 5> types = {
		Unreachable4, Unreachable4, Unreachable4, TimeExceeded4, Parameter4};
	const std::uint8_t protocol = draw_protocol(random, false);
	const std::uint16_t source = identifier(protocol, ends.external_port);
	Bytes inner = draw_transport(random, false, protocol, source,
				     protocol == Icmp4 ? source : ends.remote_port,
				     draw_length(random, limit / 2));
	Bytes error(8);

	inner = ip4(ends.external, ends.remote, protocol, inner,
		    random.percent(10) ? draw_options(random) : Bytes{});
	repair_checksums(inner);
	if (random.percent(40))
		inner.resize(std::min(inner.size(), 28 + random.below(60)));
	error[0] = random.pick(types);
	error[1] = static_cast<std::uint8_t>(random.below(error[0] == Unreachable4 ? 16 : 2));
	if (error[0] == Parameter4)
		error[4] = static_cast<std::uint8_t>(random.below(24));
	else if (error[0] == Unreachable4 && error[1] == 4)
		put16(error, 6, random.below(2000));
	append(error, inner);
	if (random.percent(20))
		extend_error(random, error, 5, 4);
	return error;
}

std::uint16_t draw_port(Random &random, std::uint16_t first, std::size_t count)
{
	return static_cast<std::uint16_t>(first + random.below(count));
}

} // namespace

Ends draw_ends(Random &random)
{
	return {inside_host(random.below(4)), external_address(random.below(2)),
		remote_host(random.below(3)), draw_port(random, 5000, 16),
		draw_port(random, 61001, 17), draw_port(random, 9000, 3)};
}

Bytes in_pool6(View remote)
{
	Bytes address(pool6.begin(), pool6.end());

	append(address, remote);
	return address;
}

bool is_pool6(View address)
{
	return std::equal(pool6.begin(), pool6.end(), address.begin());
}

Bytes ip6(View source, View destination, std::uint8_t next, View payload)
{
	Bytes packet(8);

	put32(packet, 0, 6U << 28);
	put16(packet, 4, payload.size());
	packet[6] = next;
	packet[7] = 64;
	append(packet, source);
	append(packet, destination);
	append(packet, payload);
	return packet;
}

Bytes ip4(View source, View destination, std::uint8_t protocol, View payload, View options,
	  std::uint16_t fragment)
{
	Bytes packet(12);

	packet[0] = static_cast<std::uint8_t>(0x45 + options.size() / 4);
	put16(packet, 2, header4 + options.size() + payload.size());
	put16(packet, 4, 1);
	put16(packet, 6, fragment);
	packet[8] = 64;
	packet[9] = protocol;
	append(packet, source);
	append(packet, destination);
	append(packet, options);
	append(packet, payload);
	return packet;
}

Bytes draw_from_inside(Random &random, std::size_t limit)
{
	const Ends ends = draw_ends(random);
	std::uint8_t next = Icmp6;
	Bytes payload;

	if (random.percent(30)) {
		payload = draw_error6(random, ends, limit);
	} else {
		next = draw_protocol(random, true);
		payload = draw_transport(random, true, next, identifier(next, ends.inside_port),
					 ends.remote_port, draw_length(random, limit));
	}

	// Mostly the checksum of what the extension headers hide as well.
	Bytes packet = ip6(ends.inside, in_pool6(ends.remote), next, payload);

	repair_checksums(packet);
	if (random.percent(15)) {
		Bytes chain = draw_extensions(random, next);

		append(chain, View(packet).subspan(header6));
		packet = ip6(ends.inside, in_pool6(ends.remote), next, chain);
	}
	if (random.percent(10))
		put32(packet, 0, 6U << 28 | (random.number() & 0xfffffff));
	return packet;
}

Bytes draw_from_outside(Random &random, std::size_t limit)
{
	const Ends ends = draw_ends(random);
	std::uint8_t protocol = Icmp4;
	Bytes payload;

	if (random.percent(30)) {
		payload = draw_error4(random, ends, limit);
	} else {
		protocol = draw_protocol(random, false);
		payload = draw_transport(random, false, protocol, ends.remote_port,
					 identifier(protocol, ends.external_port),
					 draw_length(random, limit));
	}

	Bytes packet = ip4(ends.remote, ends.external, protocol, payload,
			   random.percent(15) ? draw_options(random) : Bytes{},
			   random.percent(50) ? 0x4000 : 0);

	if (random.percent(10))
		packet[1] = random.byte();
	repair_checksums(packet);
	if (protocol == Udp && random.percent(10))
		put16(packet, (packet[0] & 15U) * 4U + 6, 0);
	return packet;
}

Bytes draw_aggregate(Random &random, bool v6, std::size_t payload)
{
	const Ends ends = draw_ends(random);
	const std::uint16_t source = v6 ? ends.inside_port : ends.remote_port;
	const std::uint16_t destination = v6 ? ends.remote_port : ends.external_port;
	const Bytes transport = draw_transport(random, v6, Tcp, source, destination, payload);
	Bytes packet = v6 ? ip6(ends.inside, in_pool6(ends.remote), Tcp, transport)
			  : ip4(ends.remote, ends.external, Tcp, transport, {},
				random.percent(70) ? 0x4000 : 0);

	repair_checksums(packet);
	return packet;
}

std::vector<Bytes> cut(Random &random, View packet, std::size_t size)
{
	const auto at = find_layout(packet);
	std::vector<Bytes> fragments;

	if (!at || at->transport > packet.size())
		return {Bytes(packet.begin(), packet.end())};

	const std::uint32_t id = random.number();
	const View payload = packet.subspan(at->transport);

	for (std::size_t offset = 0; offset < payload.size(); offset += size) {
		const View part = payload.subspan(offset, std::min(size, payload.size() - offset));
		const bool more = offset + part.size() < payload.size();
		Bytes fragment(packet.begin(),
			       packet.begin() + static_cast<std::ptrdiff_t>(
							at->v6 ? header6 : at->transport));

		if (at->v6) {
			Bytes header(8);

			header[0] = at->protocol;
			put16(header, 2, offset | more);
			put32(header, 4, id);
			append(fragment, header);
			fragment[6] = Fragment;
			put16(fragment, 4, 8 + part.size());
		} else {
			put16(fragment, 2, at->transport + part.size());
			put16(fragment, 4, id & 0xffff);
			put16(fragment, 6, offset / 8 | (more ? 0x2000U : 0));
		}
		append(fragment, part);
		repair_header_checksum(fragment);
		fragments.push_back(std::move(fragment));
	}
	return fragments;
}

} // namespace hn::fuzz
