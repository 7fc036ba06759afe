// SPDX-License-Identifier: GPL-2.0-or-later
// Which epoch of a node is the living one.
#include <gtest/gtest.h>

#include "hanatd/peer.h"

namespace
{

using hn::Admission;
using hn::Peers;

constexpr std::uint32_t node = 7;
constexpr hn::Epoch first{std::byte{1}};
constexpr hn::Epoch second{std::byte{2}};

class PeersTest : public testing::Test
{
protected:
	Admission admit(const hn::Epoch &epoch, std::uint64_t now)
	{
		const Admission admission = peers_.admit(node, epoch, now);

		if (hn::Peer *peer = peers_.find(node); peer && peer->epoch == epoch)
			peer->heard_at = now;
		return admission;
	}

	Peers peers_;
};

TEST_F(PeersTest, FramesOfAFormerEpochAreStillOnTheirWay)
{
	EXPECT_EQ(admit(first, 10000), Admission::Found);
	EXPECT_EQ(admit(first, 11000), Admission::Known);
	EXPECT_EQ(admit(second, 12000), Admission::Restarted);
	EXPECT_EQ(admit(first, 12100), Admission::Retired);
	EXPECT_EQ(admit(second, 12200), Admission::Known);
}

TEST_F(PeersTest, TwoEpochsThatLiveAreTwoNodes)
{
	admit(first, 10000);
	admit(second, 12000);
	admit(second, 12000 + Peers::retire_ms);
	EXPECT_EQ(admit(first, 12001 + Peers::retire_ms), Admission::Clash);
	EXPECT_EQ(admit(second, 12002 + Peers::retire_ms), Admission::Known);
}

// A frame of a former life was so late that it seemed to be the new one.
TEST_F(PeersTest, TheLivingEpochReturnsWhenWhatReplacedItIsSilent)
{
	admit(second, 10000);
	EXPECT_EQ(admit(first, 12000), Admission::Restarted);
	EXPECT_EQ(admit(second, 12001 + Peers::retire_ms), Admission::Clash);
	EXPECT_EQ(admit(second, 12000 + Peers::silent_ms), Admission::Restarted);
	EXPECT_EQ(admit(second, 13000 + Peers::silent_ms), Admission::Known);
	EXPECT_EQ(admit(first, 13000 + Peers::silent_ms), Admission::Retired);
}

TEST_F(PeersTest, TheLivingEpochReturnsWhenWhatReplacedItHasLeft)
{
	admit(second, 10000);
	admit(first, 12000);
	peers_.at(node).gone = true;
	EXPECT_EQ(admit(second, 12001 + Peers::retire_ms), Admission::Restarted);
}

} // namespace
