// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/units.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <ctime>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "rfc6052.h"

namespace hn
{

namespace
{

std::string quoted(std::string_view text)
{
	return "'" + std::string(text) + "'";
}

// Decimal digits and nothing else, at least one.
std::optional<std::uint64_t> digits(std::string_view text)
{
	std::uint64_t value = 0;
	const char *const end = text.data() + text.size();
	const auto [stop, error] = std::from_chars(text.data(), end, value);

	if (text.empty() || error != std::errc() || stop != end)
		return std::nullopt;
	return value;
}

std::string two_digits(std::uint32_t n)
{
	return (n < 10 ? "0" : "") + std::to_string(n);
}

bool host_bits_zero(std::span<const std::uint8_t> addr, unsigned len)
{
	for (std::size_t i = 0; i < addr.size(); i++) {
		const std::size_t first = i * 8;
		const unsigned host = first >= len	? 0xff
				      : first + 8 > len ? 0xffU >> (len - first)
							: 0;
		if (addr[i] & host)
			return false;
	}
	return true;
}

// Splits at the first separator; the second part is empty and missing if there is none.
struct Halves {
	std::string_view first;
	std::optional<std::string_view> second;
};

Halves split(std::string_view text, char separator)
{
	const std::size_t at = text.find(separator);

	if (at == std::string_view::npos)
		return {text, std::nullopt};
	return {text.substr(0, at), text.substr(at + 1)};
}

// T is in_addr or in6_addr.
template<class T>
std::optional<T> address(int family, std::string_view text)
{
	T out{};

	if (text.find('\0') != std::string_view::npos ||
	    inet_pton(family, std::string(text).c_str(), &out) != 1)
		return std::nullopt;
	return out;
}

std::optional<in_addr> addr4(std::string_view text)
{
	return address<in_addr>(AF_INET, text);
}

std::optional<in6_addr> addr6(std::string_view text)
{
	return address<in6_addr>(AF_INET6, text);
}

} // namespace

Result<bool> parse_bool(std::string_view text)
{
	for (const std::string_view yes : {"true", "1", "yes", "on"})
		if (text == yes)
			return true;
	for (const std::string_view no : {"false", "0", "no", "off"})
		if (text == no)
			return false;
	return fail(EINVAL, quoted(text) + " is neither true nor false");
}

Result<std::uint32_t> parse_number(std::string_view text, std::uint32_t min, std::uint32_t max)
{
	const std::optional<std::uint64_t> value = digits(text);

	if (!value && (text.empty() || !std::all_of(text.begin(), text.end(),
						    [](char c) { return c >= '0' && c <= '9'; })))
		return fail(EINVAL, quoted(text) + " is not a number");
	if (!value || *value < min || *value > max)
		return fail(ERANGE, quoted(text) + " is out of range, " + std::to_string(min) +
					    " to " + std::to_string(max));
	return static_cast<std::uint32_t>(*value);
}

Result<std::uint32_t> parse_mark(std::string_view text)
{
	constexpr std::uint32_t max = std::numeric_limits<std::uint32_t>::max();

	if (!text.starts_with("0x"))
		return parse_number(text, 1, max);
	const char *end = text.data() + text.size();
	std::uint32_t value = 0;
	const auto [rest, error] = std::from_chars(text.data() + 2, end, value, 16);
	if (error == std::errc::invalid_argument || rest != end)
		return fail(EINVAL, quoted(text) + " is not a number");
	if (error != std::errc() || !value)
		return fail(ERANGE, quoted(text) + " is out of range, 0x1 to 0xffffffff");
	return value;
}

std::string format_mark(std::uint32_t mark)
{
	std::array<char, 8> text{};
	const auto end = std::to_chars(text.data(), text.data() + text.size(), mark, 16).ptr;

	return "0x" + std::string(text.data(), end);
}

Result<std::uint32_t> parse_duration(std::string_view text)
{
	const auto bad = [&](const char *why) {
		return fail(EINVAL, quoted(text) + " is not a time, [[HH:]MM:]SS[.mmm]" + why);
	};
	const auto [clock, fraction] = split(text, '.');
	std::uint64_t ms = 0;

	if (fraction) {
		const std::optional<std::uint64_t> value = digits(*fraction);
		if (!value || fraction->size() > 3)
			return bad(": one to three digits follow the point");
		constexpr std::array<std::uint64_t, 4> scale{0, 100, 10, 1};
		ms = *value * scale.at(fraction->size());
	}

	std::uint64_t seconds = 0;
	std::optional<std::string_view> rest = clock;
	for (int field = 0; rest; field++) {
		const auto [head, tail] = split(*rest, ':');
		const std::optional<std::uint64_t> value = digits(head);
		if (!value || field > 2)
			return bad("");
		if (field > 0 && (*value > 59 || head.size() > 2))
			return bad(": minutes and seconds go from 0 to 59");
		if (*value > std::numeric_limits<std::uint32_t>::max())
			return fail(ERANGE, quoted(text) + " is too long a time");
		seconds = seconds * 60 + *value;
		rest = tail;
	}
	ms += seconds * 1000;
	if (ms > std::numeric_limits<std::uint32_t>::max())
		return fail(ERANGE, quoted(text) + " is too long a time");
	return static_cast<std::uint32_t>(ms);
}

std::string format_duration(std::uint32_t ms)
{
	const std::uint32_t s = ms / 1000;
	std::string out =
		std::to_string(s / 3600) + ":" + two_digits(s / 60 % 60) + ":" + two_digits(s % 60);

	if (ms % 1000)
		out += "." + std::to_string(1000 + ms % 1000).substr(1);
	return out;
}

std::string spell_duration(std::uint32_t ms)
{
	struct Unit {
		std::uint32_t count;
		const char *name;
	};
	const std::uint32_t s = ms / 1000;
	const std::array<Unit, 3> units{Unit{s / 3600, "hour"}, Unit{s / 60 % 60, "minute"},
					Unit{s % 60, "second"}};
	std::string out;

	if (!s)
		return std::to_string(ms) + " milliseconds";
	for (const Unit &unit : units) {
		if (!unit.count)
			continue;
		out += (out.empty() ? "" : ", ") + std::to_string(unit.count) + " " + unit.name +
		       (unit.count == 1 ? "" : "s");
	}
	return out;
}

std::string format_time(std::uint64_t ns)
{
	const auto seconds = static_cast<time_t>(ns / 1000000000);
	const std::string ms = std::to_string(1000 + ns / 1000000 % 1000).substr(1);
	std::array<char, 32> text{};
	tm utc{};

	gmtime_r(&seconds, &utc);
	const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
	return std::string(text.data(), size) + "." + ms + "Z";
}

Result<PortRange> parse_ports(std::string_view text)
{
	const auto [low, high] = split(text, '-');
	const std::optional<std::uint64_t> min = digits(low);
	const std::optional<std::uint64_t> max = high ? digits(*high) : min;

	if (!min || !max)
		return fail(EINVAL, quoted(text) + " is not a port range, MIN-MAX");
	if (*min > 65535 || *max > 65535)
		return fail(EINVAL, quoted(text) + " is not a port range: ports go up to 65535");
	if (*min > *max)
		return fail(EINVAL,
			    quoted(text) + " is not a port range: it ends before it begins");
	return PortRange{static_cast<std::uint16_t>(*min), static_cast<std::uint16_t>(*max)};
}

std::string format_ports(PortRange ports)
{
	if (ports.min == ports.max)
		return std::to_string(ports.min);
	return std::to_string(ports.min) + "-" + std::to_string(ports.max);
}

Result<Prefix4> parse_prefix4(std::string_view text)
{
	const auto [head, tail] = split(text, '/');
	const std::optional<in_addr> addr = addr4(head);
	const std::optional<std::uint64_t> len = tail ? digits(*tail) : 32;

	if (!addr)
		return fail(EINVAL, quoted(text) + " is not an IPv4 address or prefix");
	if (!len || *len > 32)
		return fail(EINVAL, quoted(text) + " is not a prefix: lengths go from 0 to 32");
	std::array<std::uint8_t, 4> bytes{};
	std::memcpy(bytes.data(), &*addr, bytes.size());
	if (!host_bits_zero(bytes, static_cast<unsigned>(*len)))
		return fail(EINVAL, quoted(text) + " is not a prefix: it has host bits");
	return Prefix4{*addr, static_cast<std::uint8_t>(*len)};
}

std::string format_prefix4(Prefix4 prefix)
{
	return format_addr4(prefix.addr) + "/" + std::to_string(prefix.len);
}

Result<hn_prefix6> parse_pool6(std::string_view text)
{
	const auto [head, tail] = split(text, '/');
	const std::optional<in6_addr> addr = addr6(head);
	const std::optional<std::uint64_t> len = tail ? digits(*tail) : std::nullopt;
	hn_prefix6 out{};

	if (!addr || !tail)
		return fail(EINVAL, quoted(text) + " is not an IPv6 prefix, ADDRESS/LENGTH");
	if (!len || *len > 128 || !hn_prefix6_len_valid(static_cast<unsigned>(*len)))
		return fail(EINVAL, quoted(text) + " does not have a length of RFC 6052: "
						   "32, 40, 48, 56, 64 or 96");
	if (!host_bits_zero(addr->s6_addr, static_cast<unsigned>(*len)))
		return fail(EINVAL, quoted(text) + " is not a prefix: it has host bits");
	if (addr->s6_addr[8])
		return fail(EINVAL, quoted(text) + " has bits 64 to 71 set (RFC 6052 section 2.2)");
	out.addr = *addr;
	out.len = static_cast<std::uint8_t>(*len);
	return out;
}

namespace
{

constexpr std::uint8_t mapped_len = 96; // of ::ffff:0:0

}

Result<hn_prefix6> parse_prefix(std::string_view text)
{
	const auto [head, tail] = split(text, '/');
	const std::optional<in6_addr> addr = addr6(head);
	const std::optional<std::uint64_t> len = tail ? digits(*tail) : 128;
	hn_prefix6 out{};

	if (!addr && !addr4(head))
		return fail(EINVAL, quoted(text) + " is not an IPv4 or IPv6 address or prefix");
	if (!addr) {
		const Result<Prefix4> prefix = parse_prefix4(text);
		if (!prefix)
			return fail(prefix.error());
		out.addr = map_addr4(prefix->addr);
		out.len = static_cast<std::uint8_t>(mapped_len + prefix->len);
		return out;
	}
	if (!len || *len > 128)
		return fail(EINVAL, quoted(text) + " is not a prefix: lengths go from 0 to 128");
	if (!host_bits_zero(addr->s6_addr, static_cast<unsigned>(*len)))
		return fail(EINVAL, quoted(text) + " is not a prefix: it has host bits");
	out.addr = *addr;
	out.len = static_cast<std::uint8_t>(*len);
	return out;
}

std::string format_prefix(const hn_prefix6 &prefix)
{
	if (!IN6_IS_ADDR_V4MAPPED(&prefix.addr) || prefix.len < mapped_len)
		return format_prefix6(prefix);
	return format_addr6(prefix.addr) + "/" + std::to_string(prefix.len - mapped_len);
}

std::string format_prefix6(const hn_prefix6 &prefix)
{
	std::array<char, INET6_ADDRSTRLEN> text{};

	// Not as an IPv4 address, even if it is ::ffff:0:0.
	return inet_ntop(AF_INET6, &prefix.addr, text.data(), text.size()) + std::string("/") +
	       std::to_string(prefix.len);
}

std::string format_addr4(in_addr addr)
{
	std::array<char, INET_ADDRSTRLEN> text{};

	return inet_ntop(AF_INET, &addr, text.data(), text.size());
}

std::string format_addr6(const in6_addr &addr)
{
	std::array<char, INET6_ADDRSTRLEN> text{};

	if (IN6_IS_ADDR_V4MAPPED(&addr)) {
		in_addr v4{};
		std::memcpy(&v4, &addr.s6_addr[12], sizeof(v4));
		return format_addr4(v4);
	}
	return inet_ntop(AF_INET6, &addr, text.data(), text.size());
}

in6_addr map_addr4(in_addr addr)
{
	in6_addr out{};

	out.s6_addr[10] = 0xff;
	out.s6_addr[11] = 0xff;
	std::memcpy(&out.s6_addr[12], &addr, sizeof(addr));
	return out;
}

Result<Endpoint> parse_endpoint(std::string_view text)
{
	const auto [head, tail] = split(text, '#');
	const std::optional<in_addr> v4 = addr4(head);
	const std::optional<in6_addr> v6 = v4 ? map_addr4(*v4) : addr6(head);
	const std::optional<std::uint64_t> port = tail ? digits(*tail) : std::nullopt;

	if (!v6 || !tail)
		return fail(EINVAL, quoted(text) + " is not a transport address, ADDRESS#PORT");
	if (!port || *port > 65535)
		return fail(EINVAL, quoted(text) + " has no port from 0 to 65535");
	return Endpoint{*v6, static_cast<std::uint16_t>(*port)};
}

std::string format_endpoint(const Endpoint &endpoint)
{
	return format_addr6(endpoint.addr) + "#" + std::to_string(endpoint.port);
}

namespace
{

// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b)
{
	std::vector<std::size_t> row(b.size() + 1);

	std::iota(row.begin(), row.end(), 0U);
	for (std::size_t i = 1; i <= a.size(); i++) {
		std::size_t diagonal = row[0];
		row[0] = i;
		for (std::size_t j = 1; j <= b.size(); j++) {
			const std::size_t change = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
		}
	}
	return row[b.size()];
}

} // namespace

std::string_view closest(std::string_view word, std::span<const std::string_view> candidates)
{
	std::string_view best;
	// A third of the word may be wrong, and at least one letter.
	std::size_t limit = std::max<std::size_t>(1, word.size() / 3) + 1;

	for (const std::string_view candidate : candidates) {
		const std::size_t d = distance(word, candidate);
		if (d < limit && d < candidate.size()) {
			best = candidate;
			limit = d;
		}
	}
	return best;
}

} // namespace hn
