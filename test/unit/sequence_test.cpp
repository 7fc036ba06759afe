// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <limits>

#include "hanatd/sequence.h"

namespace
{

using hn::Arrival;
using hn::SequenceWindow;

TEST(SequenceWindow, FirstFrameIsNoGap)
{
	SequenceWindow window;

	EXPECT_EQ(window.accept(500, 0), Arrival::Fresh);
	EXPECT_FALSE(window.deadline());
	EXPECT_EQ(window.accept(500, 0), Arrival::Duplicate);
	EXPECT_EQ(window.accept(499, 0), Arrival::Reordered); // from before, and not missed
	EXPECT_EQ(window.accept(501, 0), Arrival::Fresh);
	EXPECT_EQ(window.settle(10000), 0U);
}

// Nothing comes after it, but it can be sent by anyone.
TEST(SequenceWindow, TheHighestNumberThereIs)
{
	constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
	SequenceWindow window;

	EXPECT_EQ(window.accept(last - 10, 0), Arrival::Fresh);
	EXPECT_EQ(window.accept(last, 0), Arrival::Fresh);
	EXPECT_EQ(window.accept(last, 0), Arrival::Duplicate);
	EXPECT_EQ(window.settle(SequenceWindow::reorder_ms), 9U);
}

TEST(SequenceWindow, AnnouncedNothingMeansTheFirstCanBeMissed)
{
	SequenceWindow window;

	window.announce(0, 0);
	EXPECT_EQ(window.accept(2, 0), Arrival::Fresh);
	EXPECT_EQ(window.settle(SequenceWindow::reorder_ms), 1U);
}

TEST(SequenceWindow, MissingFramesMayStillCome)
{
	SequenceWindow window;

	window.accept(1, 0);
	EXPECT_EQ(window.accept(4, 10), Arrival::Fresh);
	EXPECT_EQ(window.deadline(), 10 + SequenceWindow::reorder_ms);
	EXPECT_EQ(window.settle(50), 0U);
	EXPECT_EQ(window.accept(3, 60), Arrival::Reordered);
	EXPECT_EQ(window.accept(3, 60), Arrival::Duplicate);
	EXPECT_EQ(window.settle(110), 1U);
	EXPECT_FALSE(window.deadline());
	EXPECT_EQ(window.accept(2, 200), Arrival::Reordered); // too late to count
	EXPECT_FALSE(window.deadline());
	EXPECT_EQ(window.settle(10000), 0U);
}

TEST(SequenceWindow, AnnouncedFramesAreMissingUntilTheyCome)
{
	SequenceWindow window;

	window.accept(1, 0);
	window.announce(3, 0);
	window.announce(2, 0);
	EXPECT_EQ(window.accept(3, 1), Arrival::Reordered);
	EXPECT_EQ(window.accept(2, 1), Arrival::Reordered);
	EXPECT_FALSE(window.deadline());
}

TEST(SequenceWindow, BelowTheWindowIsOld)
{
	SequenceWindow window;

	window.accept(1, 0);
	window.accept(SequenceWindow::window_size, 0);
	EXPECT_EQ(window.accept(1, 0), Arrival::Duplicate);
	window.accept(SequenceWindow::window_size + 1, 0);
	EXPECT_EQ(window.accept(1, 0), Arrival::Old);
	EXPECT_EQ(window.accept(2, 0), Arrival::Reordered);
	EXPECT_EQ(window.settle(1000), SequenceWindow::window_size - 3);
}

TEST(SequenceWindow, JumpsOfAnySize)
{
	constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
	SequenceWindow window;

	window.accept(1, 0);
	EXPECT_EQ(window.accept(1000000, 0), Arrival::Fresh);
	EXPECT_EQ(window.accept(999999, 0), Arrival::Reordered);
	EXPECT_EQ(window.settle(1000), 1000000U - 3);
	window.announce(last, 2000);
	EXPECT_EQ(window.accept(last, 2000), Arrival::Reordered);
	EXPECT_EQ(window.settle(3000), last - 1000000 - 1);
}

} // namespace
