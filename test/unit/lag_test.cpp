// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <gtest/gtest.h>

#include "hanatd/lag.h"

namespace
{

using hn::Lag;
using hn::StreamPosition;
using Sent = std::array<StreamPosition, 2>;

Sent sent(std::uint64_t deltas, std::uint64_t tables = 0)
{
	return {{{hn::StreamDelta, deltas}, {hn::StreamTable, tables}}};
}

TEST(Lag, WhoNeverAcknowledgesHoldsNobody)
{
	Lag lag;

	EXPECT_FALSE(lag.known());
	EXPECT_FALSE(lag.holds(1000, sent(1000000), false));
	EXPECT_FALSE(lag.until());
}

TEST(Lag, CountsFramesOfAllStreams)
{
	Lag lag;

	lag.acknowledged(1000, {hn::StreamDelta, 90});
	EXPECT_EQ(lag.frames(sent(100, 7)), 17U);
	lag.acknowledged(1000, {hn::StreamTable, 7});
	EXPECT_EQ(lag.frames(sent(100, 7)), 10U);
	lag.acknowledged(1000, {hn::StreamDelta, 50});	// late
	lag.acknowledged(1000, {hn::StreamDelta, 101}); // of a former life, or a lie
	EXPECT_EQ(lag.frames(sent(100, 7)), 0U);
}

TEST(Lag, HoldsFromAWindowToHalfOfIt)
{
	Lag lag;

	lag.acknowledged(1000, {hn::StreamDelta, 1});
	EXPECT_FALSE(lag.holds(1000, sent(Lag::window), true));
	EXPECT_TRUE(lag.holds(1000, sent(Lag::window + 1), true));
	lag.acknowledged(1100, {hn::StreamDelta, Lag::window / 2 + 1});
	EXPECT_TRUE(lag.holds(1100, sent(Lag::window + 1), true));
	lag.acknowledged(1100, {hn::StreamDelta, Lag::window / 2 + 2});
	EXPECT_FALSE(lag.holds(1100, sent(Lag::window + 1), true));
}

TEST(Lag, OthersDoNotWaitForOneThatIsSlow)
{
	Lag lag;
	const Sent much = sent(3 * Lag::window);

	lag.acknowledged(1000, {hn::StreamDelta, 1});
	EXPECT_TRUE(lag.holds(1000, much, false));
	EXPECT_EQ(lag.until(), 1000 + Lag::patience_ms);
	lag.acknowledged(1400, {hn::StreamDelta, 100});
	EXPECT_TRUE(lag.holds(1499, much, false));
	EXPECT_FALSE(lag.left_behind());
	EXPECT_FALSE(lag.holds(1500, much, false));
	EXPECT_TRUE(lag.left_behind());
	EXPECT_FALSE(lag.until());
	// Until it has caught up by half a window.
	lag.acknowledged(9000, {hn::StreamDelta, 2 * Lag::window + 1});
	EXPECT_FALSE(lag.holds(9000, much, false));
	EXPECT_TRUE(lag.left_behind());
	lag.acknowledged(9000, {hn::StreamDelta, 2 * Lag::window + Lag::window / 2 + 1});
	EXPECT_FALSE(lag.holds(9000, much, false));
	EXPECT_FALSE(lag.left_behind());
	EXPECT_TRUE(lag.holds(9100, sent(4 * Lag::window), false));
}

TEST(Lag, OneAloneIsWaitedForAsLongAsItGoesOn)
{
	Lag lag;
	const Sent much = sent(3 * Lag::window);

	lag.acknowledged(1000, {hn::StreamDelta, 1});
	for (std::uint64_t now = 1000, has = 2; now < 21000; now += Lag::alone_patience_ms - 1) {
		EXPECT_TRUE(lag.holds(now, much, true));
		lag.acknowledged(now, {hn::StreamDelta, ++has});
	}
	EXPECT_FALSE(lag.holds(21000 + Lag::alone_patience_ms, much, true));
	EXPECT_TRUE(lag.left_behind());
}

} // namespace
