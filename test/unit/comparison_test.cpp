// SPDX-License-Identifier: GPL-2.0-or-later
// How often a node looks whether it has what a peer owns (docs/protocol.md, sections 10 and 12).
#include <cstdint>
#include <gtest/gtest.h>
#include <optional>

#include "hanatd/comparison.h"

namespace
{

using hn::Comparison;

constexpr std::uint32_t theirs = 1000000;

// Of a peer whose sums are 1 each; this node's are another number as long as it has not all.
class ComparisonTest : public testing::Test
{
protected:
	ComparisonTest() { comparison.begin(0); }

	// The peer is asked at this time, and answers; this node has so many of its sessions.
	Comparison::Due look(std::uint64_t now, std::uint64_t sessions)
	{
		hn::DigestSums mine{};
		hn::Digest digest{
			.first = 0, .span = hn::wire_digest_sums, .sessions = theirs, .sums = {}};

		EXPECT_TRUE(comparison.take(now, deltas, 1).sums) << now;
		digest.sums.assign(hn::group_sums(mine).size(), 1);
		comparison.digest(digest);
		EXPECT_TRUE(comparison.wants_sums());
		mine[0] = sessions;
		comparison.compare(now, mine, sessions);
		return comparison.take(now, deltas, 2);
	}

	Comparison comparison;
	hn::SequenceWindow deltas;
};

TEST_F(ComparisonTest, FewLooksWhileMuchIsOnItsWay)
{
	EXPECT_TRUE(look(0, 0).whole);
	EXPECT_EQ(comparison.deadline(), Comparison::prove_pause_ms);
	// A second for 25,000: 39 more of them.
	Comparison::Due due = look(1000, 25000);
	EXPECT_FALSE(due.whole);
	EXPECT_TRUE(due.ask.groups.empty());
	EXPECT_EQ(comparison.deadline(), 1000 + Comparison::coming_pause_max_ms);
	due = look(6000, 800000);
	EXPECT_TRUE(due.ask.groups.empty());
	// Then 155,000 a second: 1.3 more of them.
	EXPECT_EQ(comparison.deadline(), 7000U);
	due = look(7000, 990000);
	EXPECT_FALSE(due.ask.groups.empty());
}

TEST_F(ComparisonTest, WhatDoesNotComeIsAskedForAgain)
{
	Comparison::Due due = look(0, 0);
	EXPECT_TRUE(due.whole);
	EXPECT_EQ(due.missing, 1000000U);
	due = look(1000, 100000);
	EXPECT_EQ(due.missing, 0U);
	EXPECT_EQ(comparison.deadline(), 1000 + 4500);
	due = look(5500, 100001);
	EXPECT_TRUE(due.whole);
	EXPECT_EQ(due.missing, 899999U);
	EXPECT_EQ(comparison.deadline(), 5500 + Comparison::prove_pause_ms);
}

} // namespace
