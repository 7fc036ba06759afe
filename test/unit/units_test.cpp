// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <utility>

#include "lib/units.h"

namespace hn
{
namespace
{

using namespace std::string_view_literals;

TEST(Units, Durations)
{
	constexpr std::array<std::pair<const char *, std::uint32_t>, 14> good{{
		{"0", 0},
		{"59", 59000},
		{"300", 300000},
		{"6:00", 360000},
		{"6:5", 365000},
		{"90:00", 5400000},
		{"2:04:00", 7440000},
		{"02:04:00", 7440000},
		{"0.5", 500},
		{"0.05", 50},
		{"0.005", 5},
		{"1:00.250", 60250},
		{"240:00:00", 864000000},
		{"4294967.295", 4294967295},
	}};

	for (const auto &[text, ms] : good) {
		const Result<std::uint32_t> r = parse_duration(text);
		ASSERT_TRUE(r) << text;
		EXPECT_EQ(*r, ms) << text;
	}
	for (const char *text :
	     {"",   ":",      "4:99", "4:60",  "1:2:3:4", "1:",	  ":30",
	      "-1", "+1",     " 1",   "1 ",    "1s",	  "0x10", "1.",
	      ".5", "1.2345", "1.x",  "1:000", "5:60:00", "1..2", "99999999999999999999"})
		EXPECT_FALSE(parse_duration(text)) << text;
	EXPECT_EQ(parse_duration("4294967.296").error().code, ERANGE);
	EXPECT_EQ(parse_duration("4294967295:59:59").error().code, ERANGE);
	EXPECT_EQ(parse_duration("4:99").error().what,
		  "'4:99' is not a time, [[HH:]MM:]SS[.mmm]: minutes and seconds go from 0 to 59");
}

TEST(Units, DurationsRoundTrip)
{
	std::uint32_t ms = 0;

	for (std::uint32_t i = 0; i < 20000; i++) {
		const Result<std::uint32_t> r = parse_duration(format_duration(ms));
		ASSERT_TRUE(r) << format_duration(ms);
		ASSERT_EQ(*r, ms);
		ms = ms * 1664525U + 1013904223U;
	}
	EXPECT_EQ(format_duration(0), "0:00:00");
	EXPECT_EQ(format_duration(7440000), "2:04:00");
	EXPECT_EQ(format_duration(2050), "0:00:02.050");
	EXPECT_EQ(format_duration(UINT32_MAX), "1193:02:47.295");
}

TEST(Units, SpelledDurations)
{
	EXPECT_EQ(spell_duration(59000), "59 seconds");
	EXPECT_EQ(spell_duration(59999), "59 seconds");
	EXPECT_EQ(spell_duration(1000), "1 second");
	EXPECT_EQ(spell_duration(7439000), "2 hours, 3 minutes, 59 seconds");
	EXPECT_EQ(spell_duration(7440000), "2 hours, 4 minutes");
	EXPECT_EQ(spell_duration(3661000), "1 hour, 1 minute, 1 second");
	EXPECT_EQ(spell_duration(12), "12 milliseconds");
	EXPECT_EQ(spell_duration(0), "0 milliseconds");
}

TEST(Units, Times)
{
	EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000Z");
	EXPECT_EQ(format_time(1709164799007999999U), "2024-02-28T23:59:59.007Z");
	EXPECT_EQ(format_time(1709164800000000000U), "2024-02-29T00:00:00.000Z");
	EXPECT_EQ(format_time(UINT64_MAX), "2554-07-21T23:34:33.709Z");
}

TEST(Units, Bools)
{
	for (const char *text : {"true", "1", "yes", "on"})
		EXPECT_TRUE(parse_bool(text).value()) << text;
	for (const char *text : {"false", "0", "no", "off"})
		EXPECT_FALSE(parse_bool(text).value()) << text;
	for (const char *text : {"", "True", "2", "maybe"})
		EXPECT_FALSE(parse_bool(text).has_value()) << text;
}

TEST(Units, Numbers)
{
	EXPECT_EQ(parse_number("0", 0, 10).value(), 0U);
	EXPECT_EQ(parse_number("4294967295", 0, UINT32_MAX).value(), UINT32_MAX);
	EXPECT_EQ(parse_number("11", 0, 10).error().what, "'11' is out of range, 0 to 10");
	EXPECT_EQ(parse_number("4294967296", 0, UINT32_MAX).error().code, ERANGE);
	EXPECT_EQ(parse_number("99999999999999999999999", 0, 1).error().code, ERANGE);
	for (const char *text : {"", "-1", "+1", "1.0", "0x1", " 1", "one"})
		EXPECT_EQ(parse_number(text, 0, 10).error().code, EINVAL) << text;
}

TEST(Units, Marks)
{
	EXPECT_EQ(parse_mark("31").value(), 31U);
	EXPECT_EQ(parse_mark("0x1F").value(), 31U);
	EXPECT_EQ(parse_mark("0xffffffff").value(), UINT32_MAX);
	EXPECT_EQ(format_mark(UINT32_MAX), "0xffffffff");
	EXPECT_EQ(format_mark(31), "0x1f");
	for (const char *text : {"0", "0x0", "4294967296", "0x100000000"})
		EXPECT_EQ(parse_mark(text).error().code, ERANGE) << text;
	for (const char *text : {"", "0x", "0x-1", "0x1g", "x1", "1f", "0x0x1"})
		EXPECT_EQ(parse_mark(text).error().code, EINVAL) << text;
}

TEST(Units, Ports)
{
	EXPECT_EQ(parse_ports("61001-65535").value(), (PortRange{61001, 65535}));
	EXPECT_EQ(parse_ports("0-65535").value(), (PortRange{0, 65535}));
	EXPECT_EQ(parse_ports("80").value(), (PortRange{80, 80}));
	EXPECT_EQ(format_ports({80, 80}), "80");
	EXPECT_EQ(format_ports({1, 2}), "1-2");
	EXPECT_EQ(parse_ports("70000").error().what,
		  "'70000' is not a port range: ports go up to 65535");
	EXPECT_EQ(parse_ports("5-3").error().what,
		  "'5-3' is not a port range: it ends before it begins");
	for (const char *text : {"", "-", "1-", "-1", "1-2-3", "a", "1 -2", "65536", "1-65536"})
		EXPECT_FALSE(parse_ports(text)) << text;
}

TEST(Units, Prefixes4)
{
	EXPECT_EQ(format_prefix4(parse_prefix4("192.0.2.1").value()), "192.0.2.1/32");
	EXPECT_EQ(format_prefix4(parse_prefix4("192.0.2.0/24").value()), "192.0.2.0/24");
	EXPECT_EQ(format_prefix4(parse_prefix4("0.0.0.0/0").value()), "0.0.0.0/0");
	EXPECT_EQ(parse_prefix4("192.0.2.1/24").error().what,
		  "'192.0.2.1/24' is not a prefix: it has host bits");
	EXPECT_FALSE(parse_prefix4("192.0.2.1/31"));
	EXPECT_TRUE(parse_prefix4("192.0.2.2/31"));
	for (const char *text : {"", "192.0.2", "192.0.2.256", "192.0.2.0/33", "192.0.2.0/",
				 "192.0.2.0/-1", "::1", "x"})
		EXPECT_FALSE(parse_prefix4(text)) << text;
	EXPECT_FALSE(parse_prefix4("192.0.2.1\0x"sv));
}

TEST(Units, Prefixes)
{
	for (const char *text : {"192.0.2.0/24", "192.0.2.1/32", "0.0.0.0/0", "2001:db8::/32",
				 "2001:db8::1/128", "::/0", "2000::/3"})
		EXPECT_EQ(format_prefix(parse_prefix(text).value()), text);
	EXPECT_EQ(format_prefix(parse_prefix("192.0.2.1").value()), "192.0.2.1/32");
	EXPECT_EQ(format_prefix(parse_prefix("2001:db8::1").value()), "2001:db8::1/128");
	EXPECT_EQ(format_prefix(parse_prefix("::ffff:192.0.2.0/120").value()), "192.0.2.0/24");
	EXPECT_EQ(parse_prefix("10.0.0.0/8").value().len, 104);
	for (const char *text :
	     {"", "x", "192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/", "2001:db8::1/32",
	      "2001:db8::/129", "2001:db8::/", "2001:db8::/x", "/0"})
		EXPECT_FALSE(parse_prefix(text)) << text;
	EXPECT_EQ(parse_prefix("2001:db8::1/32").error().what,
		  "'2001:db8::1/32' is not a prefix: it has host bits");
}

TEST(Units, Pool6)
{
	for (const char *text : {"64:ff9b::/96", "2001:db8::/32", "2001:db8:100::/40",
				 "2001:db8:1::/48", "2001:db8:1:100::/56", "2001:db8:1:1::/64"})
		EXPECT_EQ(format_prefix6(parse_pool6(text).value()), text);
	for (const char *text : {"", "64:ff9b::", "64:ff9b::/95", "64:ff9b::/0", "64:ff9b::/128",
				 "64:ff9b::1/96", "2001:db8:0:0:100::/96", "192.0.2.0/24", "x/96",
				 "64:ff9b::/", "64:ff9b::/18446744073709551712"})
		EXPECT_FALSE(parse_pool6(text)) << text;
	EXPECT_EQ(format_prefix6(parse_pool6("::ffff:0:0/96").value()), "::ffff:0.0.0.0/96");
	EXPECT_EQ(parse_pool6("64:ff9b::1/96").error().what,
		  "'64:ff9b::1/96' is not a prefix: it has host bits");
}

TEST(Units, Endpoints)
{
	for (const char *text : {"192.0.2.8#39214", "2001:db8::8#5831", "::#0", "::1#65535"})
		EXPECT_EQ(format_endpoint(parse_endpoint(text).value()), text);
	for (const char *text : {"", "192.0.2.8", "#1", "192.0.2.8#", "192.0.2.8#65536",
				 "192.0.2.8#x", "192.0.2.8:80", "1#2#3"})
		EXPECT_FALSE(parse_endpoint(text)) << text;
}

TEST(Units, Closest)
{
	constexpr std::array words{"udp-timeout"sv, "icmp-timeout"sv, "ss-enabled"sv, "add"sv};

	EXPECT_EQ(closest("ss-enable", words), "ss-enabled");
	EXPECT_EQ(closest("upd-timeout", words), "udp-timeout");
	EXPECT_EQ(closest("ad", words), "add");
	EXPECT_EQ(closest("x", words), "");
	EXPECT_EQ(closest("", words), "");
	EXPECT_EQ(closest("completely-else", words), "");
}

} // namespace
} // namespace hn
