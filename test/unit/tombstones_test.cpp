// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "hanatd/tombstones.h"

namespace
{

using hn::Tombstones;

hn_record record(std::uint16_t port, std::uint16_t generation, std::uint16_t version)
{
	hn_record r{};

	r.inside_port = port;
	r.generation = generation;
	r.version = version;
	return r;
}

TEST(Tombstones, CoverWhatIsOlder)
{
	Tombstones graves;

	EXPECT_FALSE(graves.covers(record(1, 0, 0)));
	EXPECT_TRUE(graves.add(record(1, 5, 7)));
	EXPECT_TRUE(graves.covers(record(1, 5, 6)));
	EXPECT_TRUE(graves.covers(record(1, 4, 9)));
	EXPECT_FALSE(graves.covers(record(1, 5, 7)));
	EXPECT_FALSE(graves.covers(record(1, 5, 8)));
	EXPECT_FALSE(graves.covers(record(1, 6, 0)));
	EXPECT_FALSE(graves.covers(record(2, 0, 0))) << "another session";
	EXPECT_TRUE(graves.add(record(1, 5, 3))) << "an earlier end";
	EXPECT_TRUE(graves.covers(record(1, 5, 6)));
	EXPECT_TRUE(graves.add(record(1, 0x8004, 0))) << "numbers go round";
	EXPECT_TRUE(graves.covers(record(1, 5, 8)));
	graves.forget(0, 100);
	EXPECT_FALSE(graves.covers(record(1, 5, 6)));
}

// With losses all the time something is always missing, but not the same.
TEST(Tombstones, AreForgottenWhenAllBeforeThemCame)
{
	Tombstones graves;

	graves.forget(0, 100);
	EXPECT_TRUE(graves.add(record(1, 5, 7))); // 101 is missing
	graves.forget(101, 110);
	EXPECT_TRUE(graves.covers(record(1, 5, 6)));
	graves.forget(105, 120);
	EXPECT_TRUE(graves.add(record(2, 5, 7)));
	EXPECT_TRUE(graves.covers(record(1, 5, 6))) << "105 may have it";
	graves.forget(111, 130);
	EXPECT_FALSE(graves.covers(record(1, 5, 6)));
	EXPECT_TRUE(graves.covers(record(2, 5, 6)));
	graves.forget(121, 140);
	graves.forget(131, 150);
	EXPECT_FALSE(graves.covers(record(2, 5, 6)));
}

TEST(Tombstones, AreBounded)
{
	Tombstones graves;

	for (std::size_t i = 0; i < Tombstones::max_graves; ++i)
		EXPECT_TRUE(graves.add(record(static_cast<std::uint16_t>(i), 1, 1)));
	hn_record one_more = record(0, 1, 1);
	one_more.remote_port = 1;
	EXPECT_FALSE(graves.add(one_more));
	EXPECT_TRUE(graves.add(record(0, 1, 2))) << "it has a place";
}

} // namespace
