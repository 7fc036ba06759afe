// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "hanatd/frame_ring.h"

namespace
{

using hn::Bytes;
using hn::FrameRing;

TEST(FrameRing, KeepsTheLastFrames)
{
	FrameRing ring;

	EXPECT_EQ(ring.first(), 1U);
	EXPECT_EQ(ring.again(1, 0), nullptr);
	for (std::uint64_t s = 1; s <= FrameRing::max_frames + 10; ++s)
		ring.add(s, Bytes(s % 7 + 1));
	EXPECT_EQ(ring.first(), 11U);
	EXPECT_EQ(ring.again(10, 0), nullptr);
	ASSERT_NE(ring.again(11, 0), nullptr);
	ASSERT_NE(ring.again(FrameRing::max_frames + 10, 0), nullptr);
	EXPECT_EQ(ring.again(FrameRing::max_frames + 11, 0), nullptr);
	EXPECT_EQ(ring.again(12, 0)->size(), 12 % 7 + 1U);
}

TEST(FrameRing, IsBoundedByBytes)
{
	FrameRing ring;

	for (std::uint64_t s = 1; s <= 200; ++s)
		ring.add(s, Bytes(65000));
	EXPECT_EQ(ring.first(), 200 - FrameRing::max_bytes / 65000 + 1);
}

TEST(FrameRing, SendsNoFrameTwiceAtATime)
{
	FrameRing ring;

	ring.add(1, Bytes(5));
	EXPECT_NE(ring.again(1, 100), nullptr);
	EXPECT_EQ(ring.again(1, 100 + FrameRing::again_ms - 1), nullptr);
	EXPECT_NE(ring.again(1, 100 + FrameRing::again_ms), nullptr);
}

TEST(FrameRing, GoesOnAfterItWasCleared)
{
	FrameRing ring;

	ring.add(1, Bytes(5));
	ring.clear();
	EXPECT_EQ(ring.first(), 2U);
	EXPECT_EQ(ring.again(1, 0), nullptr);
	ring.add(2, Bytes(6));
	EXPECT_EQ(ring.first(), 2U);
	EXPECT_NE(ring.again(2, 0), nullptr);
}

} // namespace
