// SPDX-License-Identifier: GPL-2.0-or-later
// Values as people write them. Parsers take the whole text or fail with EINVAL (or ERANGE) and one
// line that quotes the text and says what was expected.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <span>
#include <string>
#include <string_view>

#include "hanat.h"
#include "lib/result.h"

namespace hn
{

Result<bool> parse_bool(std::string_view text);
Result<std::uint32_t> parse_number(std::string_view text, std::uint32_t min, std::uint32_t max);
Result<std::uint32_t> parse_mark(std::string_view text); // of packets: 1 or above, also as 0x1f
std::string format_mark(std::uint32_t mark);		 // 0x1f, as nft writes it

// [[HH:]MM:]SS[.mmm] to milliseconds. The first field may be of any size, the others end at 59.
Result<std::uint32_t> parse_duration(std::string_view text);
std::string format_duration(std::uint32_t ms); // 2:04:00, 0:00:02.500; parse_duration's inverse
std::string spell_duration(std::uint32_t ms);  // 2 hours, 4 minutes

// Nanoseconds since 1970 in UTC, ISO 8601: 2026-01-31T23:59:59.123Z
std::string format_time(std::uint64_t ns);

struct PortRange {
	std::uint16_t min = 0;
	std::uint16_t max = 0;

	bool operator==(const PortRange &) const = default;
};

Result<PortRange> parse_ports(std::string_view text); // N or N-M
std::string format_ports(PortRange ports);

struct Prefix4 {
	in_addr addr{};
	std::uint8_t len = 32;
};

// ADDRESS or ADDRESS/LENGTH, host bits zero.
Result<Prefix4> parse_prefix4(std::string_view text);
std::string format_prefix4(Prefix4 prefix);

// ADDRESS/LENGTH with a length of RFC 6052, host bits and bits 64 to 71 zero.
Result<hn_prefix6> parse_pool6(std::string_view text);
std::string format_prefix6(const hn_prefix6 &prefix);

// ADDRESS or ADDRESS/LENGTH of IPv4 or IPv6, host bits zero; IPv4 ones become IPv4-mapped.
Result<hn_prefix6> parse_prefix(std::string_view text);
std::string format_prefix(const hn_prefix6 &prefix); // parse_prefix's inverse, with a length

std::string format_addr4(in_addr addr);
std::string format_addr6(const in6_addr &addr); // IPv4-mapped ones as IPv4
in6_addr map_addr4(in_addr addr);		// ::ffff:0:0/96

// A transport address; IPv4 ones are IPv4-mapped.
struct Endpoint {
	in6_addr addr{};
	std::uint16_t port = 0; // host byte order
};

Result<Endpoint> parse_endpoint(std::string_view text); // ADDRESS#PORT
std::string format_endpoint(const Endpoint &endpoint);

// The candidate that is likely meant by a mistyped word; empty when none is close.
std::string_view closest(std::string_view word, std::span<const std::string_view> candidates);

} // namespace hn
