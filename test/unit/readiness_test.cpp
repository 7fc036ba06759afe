// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "hanatd/readiness.h"

namespace
{

using hn::Readiness;

constexpr std::uint64_t start = 1000000;

TEST(Readiness, OfANodeThatIsAlone)
{
	Readiness readiness;

	readiness.set_alone(3000);
	readiness.begin(start);
	EXPECT_FALSE(readiness.update(start + 2999, 0, 0));
	EXPECT_EQ(readiness.deadline(), start + 3000);
	EXPECT_TRUE(readiness.update(start + 3000, 0, 0));
	EXPECT_TRUE(readiness.ready());
	EXPECT_FALSE(readiness.deadline());
	readiness.end();
	EXPECT_FALSE(readiness.ready());
}

TEST(Readiness, NeedsEachPeer)
{
	Readiness readiness;

	readiness.begin(start);
	EXPECT_FALSE(readiness.update(start + 10, 2, 1));
	EXPECT_FALSE(readiness.update(start + 1000000, 2, 1)); // however long
	EXPECT_TRUE(readiness.update(start + 1000001, 2, 2));
	EXPECT_TRUE(readiness.ready());
}

TEST(Readiness, OutlivesItsPeersAndABriefDoubt)
{
	Readiness readiness;

	readiness.begin(start);
	readiness.update(start, 1, 1);
	EXPECT_FALSE(readiness.update(start + 100000, 0, 0));
	EXPECT_TRUE(readiness.ready());
	EXPECT_FALSE(readiness.update(start + 200000, 1, 0)); // a new one
	EXPECT_FALSE(readiness.update(start + 204999, 1, 0));
	EXPECT_EQ(readiness.deadline(), start + 205000);
	EXPECT_FALSE(readiness.update(start + 204999, 1, 1));
	EXPECT_FALSE(readiness.update(start + 206000, 1, 0)); // once more: from now on
	EXPECT_TRUE(readiness.update(start + 211000, 1, 0));
	EXPECT_FALSE(readiness.ready());
}

TEST(Readiness, IsNotThatOfPeersThatDiedTooEarly)
{
	Readiness readiness;

	readiness.begin(start);
	readiness.update(start + 9000, 1, 0);
	EXPECT_FALSE(readiness.update(start + 12000, 0, 0));
	EXPECT_FALSE(readiness.update(start + 21999, 0, 0));
	EXPECT_TRUE(readiness.update(start + 22000, 0, 0));
}

} // namespace
