// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "hanatd/sequence.h"

namespace
{

using hn::Arrival;
using hn::SequenceWindow;
using Ranges = std::vector<hn::SequenceRange>;

TEST(SequenceWindow, FirstFrameIsNoGap)
{
	SequenceWindow window;

	EXPECT_EQ(window.accept(500, 0), Arrival::Fresh);
	EXPECT_FALSE(window.deadline());
	EXPECT_EQ(window.accept(500, 0), Arrival::Old);
	EXPECT_EQ(window.accept(499, 0), Arrival::Old);
	EXPECT_EQ(window.accept(501, 0), Arrival::Fresh);
	EXPECT_EQ(window.settle(100000), 0U);
}

// Nothing comes after it, but it can be sent by anyone.
// Nothing comes after it, but it can be sent by anyone.
TEST(SequenceWindow, TheHighestNumberThereIs)
{
	constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
	SequenceWindow window;

	EXPECT_EQ(window.accept(last - 10, 0), Arrival::Fresh);
	EXPECT_EQ(window.accept(last, 0), Arrival::Fresh);
	EXPECT_EQ(window.accept(last, 0), Arrival::Duplicate);
	EXPECT_EQ(window.missing(9), (Ranges{{last - 9, 9}}));
	window.abandon(last, 0);
	EXPECT_EQ(window.oldest(), 0U);
	EXPECT_EQ(window.settle(0), 9U);
}

TEST(SequenceWindow, AnnouncedNothingMeansTheFirstCanBeMissed)
{
	SequenceWindow window;

	window.announce(0, 0);
	EXPECT_EQ(window.accept(2, 0), Arrival::Fresh);
	EXPECT_EQ(window.oldest(), 1U);
	EXPECT_EQ(window.settle(SequenceWindow::patience_ms), 1U);
}

TEST(SequenceWindow, MissingFramesMayStillCome)
{
	constexpr std::uint64_t patience = SequenceWindow::patience_ms;
	SequenceWindow window;

	window.accept(1, 0);
	EXPECT_EQ(window.accept(4, 10), Arrival::Fresh);
	EXPECT_EQ(window.missing(9), (Ranges{{2, 2}}));
	EXPECT_EQ(window.deadline(), 10 + patience);
	EXPECT_EQ(window.settle(50), 0U);
	EXPECT_EQ(window.accept(3, 60), Arrival::Reordered);
	EXPECT_EQ(window.accept(3, 60), Arrival::Duplicate);
	EXPECT_EQ(window.settle(10 + patience), 1U);
	EXPECT_FALSE(window.deadline());
	EXPECT_EQ(window.accept(2, 200), Arrival::Old) << "too late";
	EXPECT_FALSE(window.deadline());
	EXPECT_EQ(window.oldest(), 0U);
	EXPECT_EQ(window.settle(100000), 0U);
}

// Patience is with the oldest: what is missed again and again, and always comes, is never lost.
TEST(SequenceWindow, PatienceBeginsAnewWithEachThatComes)
{
	SequenceWindow window;
	std::uint64_t now = 0;

	window.accept(1, now);
	window.accept(3, now);
	for (std::uint64_t s = 2; s < 200; s += 2) {
		now += SequenceWindow::patience_ms - 1;
		window.accept(s + 3, now);
		EXPECT_EQ(window.oldest(), s);
		EXPECT_EQ(window.settle(now), 0U);
		EXPECT_EQ(window.accept(s, now), Arrival::Reordered);
		EXPECT_EQ(window.oldest(), s + 2);
	}
	EXPECT_EQ(window.settle(now + SequenceWindow::patience_ms), 1U);
}

TEST(SequenceWindow, AnnouncedFramesAreMissingUntilTheyCome)
{
	SequenceWindow window;

	window.accept(1, 0);
	window.announce(3, 0);
	window.announce(2, 0);
	EXPECT_EQ(window.missing(9), (Ranges{{2, 2}}));
	EXPECT_EQ(window.accept(3, 1), Arrival::Reordered);
	EXPECT_EQ(window.accept(2, 1), Arrival::Reordered);
	EXPECT_FALSE(window.deadline());
}

TEST(SequenceWindow, MissingOnesComeInRanges)
{
	SequenceWindow window;

	window.accept(1, 0);
	for (const std::uint64_t s : {4U, 5U, 7U, 11U})
		window.accept(s, 0);
	EXPECT_EQ(window.missing(9), (Ranges{{2, 2}, {6, 1}, {8, 3}}));
	EXPECT_EQ(window.missing(2), (Ranges{{2, 2}, {6, 1}}));
	window.abandon(10, 0);
	EXPECT_EQ(window.settle(0), 5U);
	EXPECT_EQ(window.missing(9), (Ranges{{10, 1}}));
	window.abandon(0, 0);
	window.abandon(10, 0);
	EXPECT_EQ(window.oldest(), 10U);
	EXPECT_EQ(window.accept(10, 0), Arrival::Reordered);
	EXPECT_FALSE(window.deadline());
}

TEST(SequenceWindow, NothingFromBeforeTheBeginning)
{
	SequenceWindow window;

	window.begin(100);
	EXPECT_EQ(window.accept(100, 0), Arrival::Old);
	EXPECT_EQ(window.accept(1, 0), Arrival::Old);
	EXPECT_FALSE(window.deadline());
	EXPECT_EQ(window.accept(102, 0), Arrival::Fresh);
	EXPECT_EQ(window.missing(9), (Ranges{{101, 1}}));
	window.accept(100 + SequenceWindow::window_size, 0);
	EXPECT_EQ(window.settle(0), 0U);
	window.accept(102 + SequenceWindow::window_size, 0);
	EXPECT_EQ(window.settle(0), 1U) << "101 has left the window";
	EXPECT_EQ(window.oldest(), 103U);
}

TEST(SequenceWindow, BelowTheWindowIsOld)
{
	SequenceWindow window;

	window.accept(1, 0);
	window.accept(SequenceWindow::window_size, 0);
	EXPECT_EQ(window.accept(SequenceWindow::window_size, 0), Arrival::Duplicate);
	window.accept(SequenceWindow::window_size + 1, 0);
	EXPECT_EQ(window.accept(1, 0), Arrival::Old);
	EXPECT_EQ(window.accept(2, 0), Arrival::Reordered);
	EXPECT_EQ(window.settle(SequenceWindow::patience_ms), SequenceWindow::window_size - 3);
}

TEST(SequenceWindow, JumpsOfAnySize)
{
	constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
	constexpr std::uint64_t size = SequenceWindow::window_size;
	SequenceWindow window;

	window.accept(1, 0);
	EXPECT_EQ(window.accept(1000000, 0), Arrival::Fresh);
	EXPECT_EQ(window.accept(999999, 0), Arrival::Reordered);
	EXPECT_EQ(window.settle(0), 1000000 - size - 1) << "beyond the window at once";
	EXPECT_EQ(window.settle(SequenceWindow::patience_ms), size - 2);
	window.announce(last, 9000);
	EXPECT_EQ(window.accept(last, 9000), Arrival::Reordered);
	EXPECT_EQ(window.settle(9000), last - 1000000 - size);
	EXPECT_EQ(window.settle(9000 + SequenceWindow::patience_ms), size - 1);
}

} // namespace
