// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "hanatd/backoff.h"
#include "hanatd/datagram_batch.h"
#include "hanatd/path.h"

namespace
{

using hn::Bytes;
using hn::Path;
using hn::Transport;

hn::SharedFrame frame_of(std::size_t length)
{
	return std::make_shared<const Bytes>(length);
}

hn::PathEnds ends_of(Transport transport, bool accepted = false)
{
	return {.link = 3,
		.transport = transport,
		.interface = "eth1",
		.local = {},
		.remote = *hn::SocketAddress::parse("192.0.2.5", 6464),
		.accepted = accepted};
}

struct PathTest : testing::Test {
	// A path with so many frames.
	Path filled(Transport transport, std::size_t frames, std::size_t length = 100)
	{
		Path path(ends_of(transport), counters);

		for (std::size_t i = 0; i < frames; ++i)
			path.queue(frame_of(length));
		return path;
	}

	hn::Counters counters;
};

TEST_F(PathTest, NamesItsEnds)
{
	EXPECT_EQ(ends_of(Transport::Udp).text(), "udp 192.0.2.5#6464 on eth1");
	EXPECT_EQ(ends_of(Transport::Tcp, true).text(), "tcp from 192.0.2.5#6464 on eth1");
}

TEST_F(PathTest, TheNewestFramesAreDropped)
{
	Path path = filled(Transport::Udp, 1, 36);

	for (std::size_t i = 1; i < Path::queue_max + 5; ++i)
		path.queue(frame_of(100));
	EXPECT_EQ(path.queued(), Path::queue_max);
	EXPECT_EQ(path.waiting(0).size(), 36U);
	EXPECT_EQ(counters.path_full, 5U);
	EXPECT_EQ(path.status(0).dropped, 5U);
	EXPECT_EQ(counters.queue_high, Path::queue_max);
	path.sent(10);
	path.queue(frame_of(100));
	EXPECT_EQ(path.queued(), Path::queue_max - 9);
	EXPECT_EQ(path.status(0).bytes_out, 36U + 9 * 100);
}

TEST_F(PathTest, TheQueueIsBoundInBytes)
{
	Path path = filled(Transport::Udp, 200, 65000);

	EXPECT_EQ(path.queued(), Path::queue_max_bytes / 65000);
	path.give_up();
	path.queue(frame_of(65000));
	EXPECT_EQ(path.queued(), Path::queue_max_bytes / 65000);
	EXPECT_EQ(counters.send_dropped, 1U);
}

TEST_F(PathTest, NotMuchWaitsForWhoWasNeverHeard)
{
	Path path = filled(Transport::Tcp, Path::queue_max);

	EXPECT_EQ(path.queued(), Path::queue_mark);
	path.up(0);
	path.queue(frame_of(100));
	EXPECT_EQ(path.queued(), Path::queue_mark + 1);
}

TEST_F(PathTest, NothingWaitsForAStranger)
{
	Path path(ends_of(Transport::Tcp, true), counters);

	path.queue(frame_of(100));
	EXPECT_EQ(path.queued(), 0U);
	EXPECT_EQ(counters.path_full, 0U);
	path.take();
	path.queue(frame_of(100));
	EXPECT_EQ(path.queued(), 1U);
	EXPECT_FALSE(path.works());
}

TEST_F(PathTest, ReachesNodesThatWereHeardThereLately)
{
	Path path(ends_of(Transport::Multicast), counters);

	path.heard(1000, {.node = 7, .admitted = true}, 50);
	path.heard(2000, {.node = 8, .admitted = false}, 50);
	path.heard(2000, {}, 50);
	EXPECT_TRUE(path.reaches(1000 + Path::reach_ms - 1, 7));
	EXPECT_FALSE(path.reaches(1000 + Path::reach_ms, 7));
	EXPECT_FALSE(path.reaches(2000, 8));
	EXPECT_FALSE(path.reaches(2000, 0));
	const hn::PathStatus status = path.status(2500);
	EXPECT_EQ(status.frames_in, 2U);
	EXPECT_EQ(status.bytes_in, 100U);
	ASSERT_EQ(status.nodes.size(), 1U);
	EXPECT_EQ(status.nodes[0].node, 7U);
	EXPECT_EQ(status.nodes[0].heard_ms, 1500U);
}

TEST_F(PathTest, KeepsTheLatestNodes)
{
	Path path(ends_of(Transport::Multicast), counters);

	for (std::uint32_t node = 1; node <= Path::max_nodes + 1; ++node)
		path.heard(node, {.node = node, .admitted = true}, 50);
	EXPECT_EQ(path.status(100).nodes.size(), Path::max_nodes);
	EXPECT_FALSE(path.reaches(100, 1));
	EXPECT_TRUE(path.reaches(100, 2));
}

TEST_F(PathTest, SaysWhyItDoesNotWork)
{
	Path path(ends_of(Transport::Udp), counters);

	EXPECT_FALSE(path.works());
	EXPECT_EQ(path.status(0).why, "not open yet");
	path.up(0);
	EXPECT_TRUE(path.status(0).works);
	EXPECT_EQ(path.status(0).why, "");
	path.down(0, "why");
	EXPECT_EQ(path.status(0).why, "why");
	path.down(0, "why else");
	EXPECT_EQ(path.status(0).why, "why else");
}

// A batch that goes nowhere: which frames are one message is seen by what it begins with.
bool begins_with_run(const std::vector<std::size_t> &lengths, hn::Counters &counters,
		     bool segment = true)
{
	Path path(ends_of(Transport::Udp), counters);

	for (const std::size_t length : lengths)
		path.queue(frame_of(length));
	return hn::SendBatch(path, path.ends().remote, segment).begins_with_run();
}

TEST_F(PathTest, FramesOfOneLengthAreOneMessage)
{
	EXPECT_TRUE(begins_with_run({100, 100, 100}, counters));
	EXPECT_TRUE(begins_with_run({100, 50}, counters));
	EXPECT_FALSE(begins_with_run({50, 100, 100}, counters));
	EXPECT_FALSE(begins_with_run({100}, counters));
	EXPECT_FALSE(begins_with_run({}, counters));
	EXPECT_FALSE(begins_with_run({40000, 40000}, counters)); // longer than a datagram may be
	EXPECT_FALSE(begins_with_run({100, 100}, counters, false));
}

TEST(Backoff, DoublesUpToALimit)
{
	hn::Backoff backoff(1);
	std::uint64_t pause = hn::Backoff::min_ms;

	EXPECT_EQ(backoff.at(), 0U);
	for (int i = 0; i < 20; ++i) {
		backoff.failed(1000000);
		EXPECT_GE(backoff.at(), 1000000 + pause / 2);
		EXPECT_LT(backoff.at(), 1000000 + pause / 2 + pause);
		pause = std::min<std::uint64_t>(2 * pause, hn::Backoff::max_ms);
	}
	backoff.succeeded();
	backoff.failed(0);
	EXPECT_LT(backoff.at(), 2 * hn::Backoff::min_ms);
}

TEST(Backoff, IsNotTheSameForAll)
{
	std::vector<std::uint64_t> at;

	for (unsigned seed = 1; seed <= 20; ++seed) {
		hn::Backoff backoff(seed);

		backoff.failed(0);
		at.push_back(backoff.at());
	}
	EXPECT_NE(std::adjacent_find(at.begin(), at.end(), std::not_equal_to<>()), at.end());
}

} // namespace
