// SPDX-License-Identifier: GPL-2.0-or-later
// hactl top: what it shows.
#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "hactl/nouns.h"
#include "translator_metrics.h"

namespace hn
{

namespace
{

using Lines = std::vector<std::string>;

using test::udp_range;

Metrics translator()
{
	Metrics out = test::translator_metrics(0);

	out.instance->epoch = 1;
	return out;
}

TEST(TopTest, SaysWhatThereIsNot)
{
	EXPECT_EQ(top_lines({}, {}, 1000),
		  Lines({"translator  none: modprobe hanat; hactl instance add",
			 "pool4       empty", "hanatd      does not answer", "",
			 "  per second            total  counter"}));
}

TEST(TopTest, State)
{
	Metrics before = translator(), now = translator();

	before.instance->sessions = 5000;
	now.instance->sessions = 1234567;
	before.instance->mappings = 90;
	now.instance->mappings = 80;
	now.globals[HN_G_ENABLED] = std::uint32_t{0};
	now.pool4 = {udp_range(1024, 2023, 100, 7), udp_range(61001, 61010, 9, 0)};
	now.status = json_parse(R"({"ready":true,"yielding":true,"role":"master","peers":[)"
				R"({"node":9,"state":"equal","lag-frames":1200},)"
				R"({"node":5,"state":"silent"}],)"
				R"("paths":[{"works":true},{"works":false}]})")
			     .value();
	const Lines lines = top_lines(before, now, 2000);
	EXPECT_EQ(lines[0], "translator  0.1.0, 64:ff9b::/96, switched off; sessions 1,234,567 "
			    "(+614,783/s), mappings 80 (-5/s)");
	EXPECT_EQ(lines[1], "pool4       109 of 1,010 ports used, 7 held down; fullest: UDP "
			    "192.0.2.1/32 61001-61010, 90.0 %");
	EXPECT_EQ(lines[2], "hanatd      ready, yielding, role master; peers: 9 equal (1,200 "
			    "frames behind), 5 silent; paths that work: 1 of 2");
	now.instance->epoch = 2;
	EXPECT_EQ(top_lines(before, now, 2000)[0], "translator  0.1.0, 64:ff9b::/96, switched off; "
						   "sessions 1,234,567, mappings 80");
}

TEST(TopTest, TheBusiestFirst)
{
	Metrics before = translator(), now = translator();

	now.stats[HN_STAT_XLAT_64] = 500;
	before.stats[HN_STAT_XLAT_46] = 1000;
	now.stats[HN_STAT_XLAT_46] = 31000;
	before.status = now.status = Json{};
	before.counters = json_parse(R"({"frames-sent":10,"bytes-sent":7,"ready":0})").value();
	now.counters =
		json_parse(R"({"frames-sent":14010,"bytes-sent":7,"ready":1,"zero":0})").value();
	const Lines lines = top_lines(before, now, 1000);
	const std::string xlat64(stats_info()[HN_STAT_XLAT_64].name);
	const std::string xlat46(stats_info()[HN_STAT_XLAT_46].name);
	EXPECT_EQ(Lines(lines.begin() + 5, lines.end()),
		  Lines({"      30,000           31,000  " + xlat46,
			 "      14,000           14,010  hanatd: frames-sent",
			 "         500              500  " + xlat64,
			 "           0                7  hanatd: bytes-sent"}));
}

// hanatd, or the instance, has begun anew.
TEST(TopTest, CountersThatWentBackHaveNoRate)
{
	Metrics before = translator(), now = translator();

	before.stats[HN_STAT_XLAT_64] = 500;
	now.stats[HN_STAT_XLAT_64] = 20;
	now.instance->epoch = 2;
	before.status = now.status = Json{};
	before.counters = json_parse(R"({"frames-sent":14010})").value();
	now.counters = json_parse(R"({"frames-sent":10})").value();
	const Lines lines = top_lines(before, now, 1000);
	EXPECT_EQ(Lines(lines.begin() + 5, lines.end()),
		  Lines({"           0               20  " +
				 std::string(stats_info()[HN_STAT_XLAT_64].name),
			 "           0               10  hanatd: frames-sent"}));
}

} // namespace

} // namespace hn
