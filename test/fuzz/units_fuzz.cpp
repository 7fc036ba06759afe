// SPDX-License-Identifier: GPL-2.0-or-later
// Values as people write them: what is understood is printed as something that means the same, and
// is printed the same again. The rest is an error of one line.
#include <array>
#include <cstring>
#include <limits>

#include "expect.h"
#include "input.h"
#include "lib/model.h"
#include "lib/units.h"
#include "rfc6052.h"
#include "setting.h"
#include "target.h"

namespace
{

bool same(std::uint32_t a, std::uint32_t b)
{
	return a == b;
}

bool same(const hn::GlobalValue &a, const hn::GlobalValue &b)
{
	return a == b;
}

bool same(hn::PortRange a, hn::PortRange b)
{
	return a == b;
}

bool same(hn::Prefix4 a, hn::Prefix4 b)
{
	return a.addr.s_addr == b.addr.s_addr && a.len == b.len;
}

bool same(const hn_prefix6 &a, const hn_prefix6 &b)
{
	return std::memcmp(&a, &b, sizeof(a)) == 0;
}

bool same(const hn::Endpoint &a, const hn::Endpoint &b)
{
	return IN6_ARE_ADDR_EQUAL(&a.addr, &b.addr) && a.port == b.port;
}

template<class Parse, class Format>
void expect_stable(std::string_view text, const Parse &parse, const Format &format)
{
	const auto value = parse(text);

	if (!value) {
		HN_EXPECT(hn::fuzz::is_one_line(value.error().what));
		HN_EXPECT(value.error().code == EINVAL || value.error().code == ERANGE);
		return;
	}
	const std::string printed = format(*value);
	HN_EXPECT(hn::fuzz::is_one_line(printed));
	const auto again = parse(printed);
	HN_EXPECT(again && same(*again, *value));
	HN_EXPECT(format(*again) == printed);
}

std::string decimal(std::uint32_t n)
{
	return std::to_string(n);
}

void settings(std::string_view text)
{
	for (const hn::GlobalInfo &info : hn::globals_info()) {
		expect_stable(
			text, [&](std::string_view t) { return hn::parse_global(info, t); },
			[&](const hn::GlobalValue &value) {
				HN_EXPECT(hn::fuzz::in_range(info, value));
				return hn::format_global(info, value);
			});
	}
}

void numbers(std::string_view text)
{
	expect_stable(
		text,
		[](std::string_view t) {
			return hn::parse_number(t, 0, std::numeric_limits<std::uint32_t>::max());
		},
		decimal);
	expect_stable(text, hn::parse_duration, [](std::uint32_t ms) {
		HN_EXPECT(hn::fuzz::is_one_line(hn::spell_duration(ms)));
		return hn::format_duration(ms);
	});
	expect_stable(text, hn::parse_ports, [](hn::PortRange ports) {
		HN_EXPECT(ports.min <= ports.max);
		return hn::format_ports(ports);
	});
}

void addresses(std::string_view text)
{
	expect_stable(text, hn::parse_endpoint, hn::format_endpoint);
	expect_stable(text, hn::parse_pool6, [](const hn_prefix6 &prefix) {
		HN_EXPECT(hn_prefix6_valid(&prefix));
		return hn::format_prefix6(prefix);
	});
	expect_stable(text, hn::parse_prefix, [](const hn_prefix6 &prefix) {
		HN_EXPECT(prefix.len <= 128);
		return hn::format_prefix(prefix);
	});
	expect_stable(text, hn::parse_prefix4, [](hn::Prefix4 prefix) {
		HN_EXPECT(prefix.len <= 32);
		return hn::format_prefix4(prefix);
	});
}

// What is close to a word is one of the words that there are.
void suggestion(std::string_view text)
{
	std::array<std::string_view, HN_G_MAX> names;

	std::transform(hn::globals_info().begin(), hn::globals_info().end(), names.begin(),
		       [](const hn::GlobalInfo &info) { return info.name; });
	const std::string_view meant = hn::closest(text.substr(0, 64), names);
	HN_EXPECT(meant.empty() || hn::find_global(meant));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	const std::string_view text = hn::fuzz::as_text({data, size});

	static_cast<void>(hn::parse_bool(text));
	numbers(text);
	addresses(text);
	settings(text);
	suggestion(text);
	return 0;
}
