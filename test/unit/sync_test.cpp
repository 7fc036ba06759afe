// SPDX-License-Identifier: GPL-2.0-or-later
#include <set>
#include <utility>

#include "hanatd/sync.h"
#include "sync_model.h"

namespace
{

using hn::Bytes;
using hn::Notice;
using hn::test::ModelKernel;
using hn::test::Node;

using SyncTest = hn::test::SyncTest;

using SyncEachWayTest = hn::test::EachWay<SyncTest>;

INSTANTIATE_TEST_SUITE_P(Keys, SyncEachWayTest, testing::Bool(),
			 [](const auto &key) { return key.param ? "Keyed" : "Plain"; });

TEST_P(SyncEachWayTest, SessionsReachEveryNode)
{
	Node &j = add(1);
	Node &k = add(2);
	Node &l = add(3);

	for (Node *node : {&j, &k, &l})
		start(*node);
	run(500);
	for (std::uint16_t port = 1; port <= 100; ++port)
		j.kernel.touch(port);
	k.kernel.touch(1000);
	run(100);
	EXPECT_EQ(k.kernel.table.size(), 101U);
	expect_equal();
	j.kernel.remove(7);
	k.kernel.remove(1000);
	run(100);
	EXPECT_EQ(l.kernel.table.size(), 99U);
	expect_equal();
	EXPECT_EQ(j.counters.gaps + k.counters.gaps + l.counters.gaps, 0U);
	EXPECT_EQ(j.counters.kernel_foreign, 0U);
}

TEST_P(SyncEachWayTest, NoPeriodicTrafficButHeartbeatsAndDigests)
{
	for (const std::uint32_t id : {1U, 2U, 3U})
		start(add(id));
	nodes[0]->kernel.touch(1);
	run(10000);
	sent = 0;
	run(60000);
	EXPECT_LE(sent, 3U * (61 + 2 * 2));
	EXPECT_EQ(nodes[0]->counters.peers, 2U);
}

// Sessions that were there before, on either side, whichever daemon starts first.
TEST_P(SyncEachWayTest, StartOrderDoesNotMatter)
{
	for (const bool swap : {false, true}) {
		nodes.clear();
		add(1).kernel.touch(1);
		add(2).kernel.touch(2);
		add(3).kernel.touch(3);
		if (swap)
			std::reverse(nodes.begin(), nodes.end());
		for (const auto &node : nodes) {
			node->kernel.forget_changes();
			start(*node);
			run(3000);
		}
		EXPECT_EQ(nodes.front()->kernel.table.size(), 3U);
		expect_equal();
	}
}

TEST_P(SyncEachWayTest, LostRequestIsRepeated)
{
	Node &j = add(1);
	Node &k = add(2);

	j.kernel.touch(1);
	j.kernel.forget_changes();
	start(j);
	run(100);
	start(k);
	loss = 1;
	run(100);
	loss = 0;
	run(5000);
	expect_equal();
	EXPECT_EQ(k.kernel.table.size(), 1U);
}

TEST_P(SyncEachWayTest, DaemonRestartIsNoticedAndHealed)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	j.kernel.touch(1);
	run(2000);
	stop(j);
	j.kernel.touch(2);
	j.kernel.forget_changes();
	k.kernel.touch(3);
	run(3000);
	start(j);
	run(3000);
	EXPECT_EQ(k.noticed(Notice::PeerRestarted), 1);
	EXPECT_EQ(j.kernel.table.size(), 3U);
	expect_equal();
}

// A node is installed anew: its peers give back what it owned before, under its old id.
TEST_P(SyncEachWayTest, ReinstalledNodeGetsItsOldSessions)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	for (std::uint16_t port = 1; port <= 50; ++port)
		j.kernel.touch(port);
	k.kernel.touch(100);
	run(2000);
	stop(j);
	run(1000);
	j.kernel = ModelKernel(11);
	start(j);
	run(3000);
	EXPECT_EQ(j.kernel.table.size(), 51U);
	expect_equal();
	j.kernel.touch(5); // and adopts them
	run(100);
	EXPECT_EQ(k.kernel.table.at(5).owner, 11U);
	expect_equal();
}

// As above, but the configuration fixes the id: what the kernel would refuse is not given to it.
TEST_P(SyncEachWayTest, SessionsUnderTheOwnIdAreNotApplied)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	j.kernel.touch(1);
	run(2000);
	recreate(j, 1);
	run(3000);
	EXPECT_TRUE(j.kernel.table.empty());
	EXPECT_GT(j.counters.records_own, 0U);
	run(40000); // J says that it does not have it
	EXPECT_TRUE(k.kernel.table.empty());
}

TEST_P(SyncEachWayTest, RecreatedInstanceResynchronises)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	k.kernel.touch(1);
	run(2000);
	recreate(j, 12);
	j.kernel.touch(2);
	run(3000);
	EXPECT_EQ(j.kernel.table.size(), 2U);
	expect_equal();
}

// Of a new session, and of one that is gone, which no table would tell.
TEST_P(SyncEachWayTest, LostFramesAreSentAgain)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	run(2000);
	j.kernel.touch(1);
	run(50);
	const std::uint64_t requests = k.counters.requests_sent;
	loss = 1;
	j.kernel.touch(2);
	run(10);
	j.kernel.remove(1);
	run(10);
	loss = 0;
	j.kernel.touch(3);
	run(100);
	EXPECT_EQ(k.kernel.table.size(), 2U);
	expect_equal();
	EXPECT_EQ(k.counters.gaps, 0U);
	EXPECT_EQ(k.counters.frames_lost, 0U);
	EXPECT_EQ(k.counters.requests_sent, requests);
	EXPECT_EQ(j.counters.frames_repeated, 2U);
}

TEST_P(SyncEachWayTest, TheLastFrameBeforeAPauseIsMissedSoon)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	run(2500); // between two heartbeats
	loss = 1;
	j.kernel.touch(2);
	run(20);
	loss = 0;
	run(200);
	expect_equal();
	EXPECT_EQ(k.counters.gaps, 0U);
}

// The first of them to ask does so for all.
TEST_P(SyncEachWayTest, ALossThatManySeeIsAskedForOnce)
{
	Node &j = add(1);
	std::uint64_t nacks = 0;

	for (const std::uint32_t id : {2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U})
		add(id);
	for (const auto &node : nodes)
		start(*node);
	run(3000);
	for (std::uint16_t port = 1; port <= 20; ++port) {
		loss = 1;
		j.kernel.touch(port);
		run(10);
		loss = 0;
		j.kernel.touch(1000);
		run(200);
	}
	expect_equal();
	for (const auto &node : nodes)
		nacks += node->counters.nacks_sent;
	EXPECT_GE(nacks, 20U);
	EXPECT_LE(nacks, 20U * 5) << "of eight";
	EXPECT_EQ(j.counters.frames_repeated, 20U);
}

// A loss in an answer is one in stream TABLE.
TEST_P(SyncEachWayTest, LossInATableIsRepaired)
{
	Node &k = add(2);
	Node &l = add(3);
	int losses = 2; // to both nodes

	for (std::uint16_t port = 1; port <= 60; ++port) {
		l.kernel.touch(port);
		k.kernel.table[port] = l.kernel.table[port];
	}
	nodes.pop_back(); // node 3 died long ago
	start(k);
	Node &j = add(1);
	drop = [&](const Bytes &frame) {
		return frame[5] == std::byte{hn::StreamTable} && frame[35] == std::byte{2} &&
		       losses-- > 0;
	};
	start(j);
	run(6000);
	EXPECT_LE(losses, 0);
	EXPECT_EQ(j.kernel.table.size(), 60U);
	EXPECT_EQ(j.counters.gaps, 0U);
	EXPECT_EQ(k.counters.frames_repeated, 1U);
}

// L has not heard yet that a session of J has ended, and tells M, who is new, of it.
TEST_P(SyncEachWayTest, WhatAnOwnerTellsItselfIsNotTakenFromOthers)
{
	Node &j = add(1);
	Node &k = add(2);
	Node &l = add(3);
	bool back = false;

	start(l); // the longest
	run(2000);
	start(j);
	start(k);
	j.kernel.touch(5);
	run(4000);
	l.linked = false;
	j.kernel.remove(5);
	run(20);
	EXPECT_FALSE(k.kernel.table.contains(5));
	EXPECT_TRUE(l.kernel.table.contains(5));
	l.linked = true;
	k.applied = [&](const hn_record &, const auto &, hn_apply_fate fate) {
		back |= fate == HN_APPLY_INSERTED;
	};
	start(add(4));
	run(hn::OwnDigest::period_ms + 5000);
	EXPECT_FALSE(back);
	EXPECT_GE(k.counters.records_hearsay, 1U);
	for (const auto &node : nodes)
		EXPECT_TRUE(node->kernel.table.empty());
}

// Answers that were lost do not make what is asked for rarer.
TEST_P(SyncEachWayTest, AThirdIsLostForMinutesAndNothingForGood)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	run(2000);
	loss = 0.3;
	for (int i = 0; i < 12000; ++i) {
		j.kernel.touch(static_cast<std::uint16_t>(1 + i % 500));
		run(20);
	}
	EXPECT_LE(k.counters.gaps, 1U);
	loss = 0;
	run(5000);
	expect_equal();
}

// What was buried for the sake of frames that never came need not be kept.
TEST_P(SyncEachWayTest, GravesAreForgottenWithFramesThatAreGivenUp)
{
	Node &j = add(1);
	Node &k = add(2);
	Bytes lost;

	start(j);
	start(k);
	j.kernel.touch(1);
	run(3000);
	drop = [&](const Bytes &frame) {
		if (lost.empty() && frame[5] == std::byte{hn::StreamDelta} &&
		    frame[11] == std::byte{1})
			lost = frame;
		return frame == lost;
	};
	j.kernel.touch(2);
	run(50);
	j.kernel.remove(1);
	run(50);
	EXPECT_FALSE(k.kernel.table.contains(1));
	EXPECT_EQ(k.sync->size().graves, 1U);
	stop(j);
	run(5000);
	EXPECT_EQ(k.counters.gaps, 1U);
	EXPECT_EQ(k.sync->size().graves, 0U);
}

// More is lost than anybody keeps: it is a gap, and what differs is found.
TEST_P(SyncEachWayTest, GapBeyondTheRingIsRepairedByComparison)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	run(2000);
	const std::uint64_t requests = k.counters.requests_sent;
	k.linked = false;
	for (std::size_t i = 0; i < hn::FrameRing::max_frames + 500; ++i) {
		j.kernel.touch(static_cast<std::uint16_t>(1 + i % 50));
		run(10);
	}
	k.linked = true;
	run(5000);
	EXPECT_GE(k.counters.frames_lost, 500U);
	EXPECT_GE(k.counters.gaps, 1U);
	EXPECT_GE(k.noticed(Notice::Gap), 1);
	EXPECT_EQ(k.counters.requests_sent, requests);
	EXPECT_EQ(k.kernel.table.size(), 50U);
	expect_equal();
}

TEST_F(SyncTest, RepeatedFramesAreRateLimited)
{
	Node &j = add(1);

	start(j);
	for (std::size_t i = 0; i < 3000; ++i) {
		j.kernel.touch(1);
		run(10);
	}
	std::uint64_t sequence = 0;
	const std::uint64_t start = now;
	while (now - start < 5000) {
		hn::FrameWriter writer(512);
		hn::FrameHeader header{.node = 9, .epoch = {std::byte{1}}, .sequence = ++sequence};

		EXPECT_TRUE(writer.add(
			hn::Nack{.target = 1, .stream = hn::StreamDelta, .ranges = {{1, 3000}}}));
		j.sync->receive(now, writer.finish(header));
		run(10);
	}
	EXPECT_GE(j.counters.frames_repeated, 5 * hn::Sender::repeat_rate);
	EXPECT_LE(j.counters.frames_repeated,
		  5 * hn::Sender::repeat_rate + hn::Sender::repeat_burst);
	EXPECT_GT(j.counters.repairs_held, 0U);
}

TEST_P(SyncEachWayTest, ReorderedAndDuplicatedFramesAreNoGap)
{
	Node &j = add(1);
	Node &k = add(2);

	jitter = 60;
	duplication = 0.3;
	start(j);
	start(k);
	run(1000);
	for (std::uint16_t i = 0; i < 300; ++i) {
		j.kernel.touch(static_cast<std::uint16_t>(1 + i % 20));
		run(10);
	}
	run(1000);
	expect_equal();
	EXPECT_EQ(k.counters.gaps, 0U);
	EXPECT_GT(k.counters.reordered, 50U);
	EXPECT_GT(k.counters.duplicates, 50U);
}

// Sessions come, change and go on three nodes, while frames are lost, repeated and overtake each
// other: soon after, the tables are equal, and nobody had to ask for one.
TEST_P(SyncEachWayTest, ConvergesAfterHeavyLoss)
{
	for (unsigned seed = 1; seed <= 20; ++seed) {
		std::set<std::uint16_t> ended; // which may not begin anew in the same second

		SCOPED_TRACE(seed);
		restart(seed);
		for (const std::uint32_t id : {1U, 2U, 3U})
			start(add(id));
		run(2000);
		loss = 0.3;
		duplication = 0.1;
		jitter = 40;
		for (int i = 0; i < 300; ++i) {
			Node &node = *nodes[random() % nodes.size()];
			const auto port = static_cast<std::uint16_t>(
				1 + random() % 60 + std::size_t{100} * node.kernel.node);

			if (random() % 4 == 0 && node.kernel.table.contains(port)) {
				node.kernel.remove(port);
				ended.insert(port);
			} else if (!ended.contains(port)) {
				node.kernel.touch(port);
			}
			run(10);
		}
		loss = 0;
		run(3000);
		expect_equal();
		for (const auto &node : nodes)
			EXPECT_EQ(node->counters.gaps, 0U);
	}
}

TEST_P(SyncEachWayTest, PartitionHeals)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	run(2000);
	j.linked = false;
	j.kernel.touch(1);
	k.kernel.touch(2);
	run(20000);
	EXPECT_EQ(k.noticed(Notice::PeerSilent), 1);
	EXPECT_EQ(k.counters.peers, 0U);
	j.linked = true;
	run(5000);
	EXPECT_EQ(k.noticed(Notice::PeerBack), 1);
	expect_equal();
}

// One of those that are ready is asked, and another one if it dies.
TEST_P(SyncEachWayTest, OnePeerIsAskedForWhatTheDeadHadAndTheBest)
{
	Node &dead = add(5);
	Node &k = add(2);
	Node &l = add(3);
	Node &m = add(4);

	start(l);
	start(dead);
	for (std::uint16_t port = 1; port <= 100; ++port)
		dead.kernel.touch(port);
	run(2000);
	start(k);
	k.kernel.touch(200);
	run(8000);
	stop(dead);
	run(10000);
	EXPECT_EQ(k.kernel.table.size(), 101U);
	k.counters = l.counters = {};
	drop = [](const Bytes &frame) { return frame[5] != std::byte{hn::StreamControl}; };
	start(m);
	run(2000);
	EXPECT_EQ(l.counters.tables_sent, 1U);
	EXPECT_EQ(k.counters.tables_sent, 0U);
	stop(l);
	run(2000);
	EXPECT_TRUE(m.kernel.table.empty());
	drop = [](const Bytes &) { return false; };
	run(10000);
	EXPECT_EQ(k.counters.tables_sent, 1U);
	EXPECT_EQ(m.kernel.table.size(), 101U);
}

// J does not hear K: nothing is sent again.
TEST_P(SyncEachWayTest, SumsAreAskedForLessAndLessOften)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	run(2000);
	unsigned asked = 0;
	tap = [&](const Node &from, const Bytes &bytes) {
		hn::Frame frame;

		if (&from == &k && hn::decode(bytes, frame, keys) == hn::DecodeError::None)
			asked += static_cast<unsigned>(frame.sums_requests.size());
	};
	drop = [](const Bytes &frame) { return frame[11] == std::byte{2}; };
	for (int i = 0; i < 1200; ++i) { // each second frame is lost, for two minutes
		loss = i % 2;
		j.kernel.touch(1);
		run(100);
	}
	EXPECT_GT(k.counters.gaps, 5U);
	EXPECT_LE(asked, 40U);
	EXPECT_GE(asked, 5U);
}

TEST_P(SyncEachWayTest, WhatTheKernelDidNotTakeIsRequestedAgain)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	run(2000);
	k.kernel.starving = true;
	for (std::uint16_t port = 1; port <= 5; ++port)
		j.kernel.touch(port);
	run(30000);
	EXPECT_TRUE(k.kernel.table.empty());
	EXPECT_LE(k.counters.requests_sent, 12U); // and pauses
	k.kernel.starving = false;
	run(35000);
	EXPECT_EQ(k.kernel.table.size(), 5U);
	const std::uint64_t requests = k.counters.requests_sent;
	run(60000);
	EXPECT_EQ(k.counters.requests_sent, requests);
}

TEST_P(SyncEachWayTest, OrderlyStopIsNoGapAndNoSilence)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	j.kernel.touch(1);
	run(2000);
	j.sync->stop();
	const hn::SyncActions last = j.sync->take();
	ASSERT_EQ(last.frames.size(), 1U);
	k.sync->receive(now, last.frames[0].frame);
	stop(j);
	run(20000);
	EXPECT_EQ(k.noticed(Notice::PeerLeft), 1);
	EXPECT_EQ(k.noticed(Notice::PeerSilent), 0);
	EXPECT_EQ(k.counters.peers, 0U);
	EXPECT_EQ(k.kernel.table.size(), 1U);
	start(j);
	run(3000);
	EXPECT_EQ(k.counters.peers, 1U);
}

TEST_P(SyncEachWayTest, NodeIdClashIsNoticed)
{
	Node &j = add(1);
	Node &k = add(1);

	start(j);
	start(k);
	k.kernel.touch(1);
	run(1000);
	EXPECT_GT(j.noticed(Notice::NodeClash), 0);
	EXPECT_TRUE(j.kernel.table.empty());
}

TEST_P(SyncEachWayTest, ClashOfTwoPeersIsNoticed)
{
	Node &k = add(2);

	start(k);
	start(add(1));
	run(100);
	start(add(1));
	run(1000);
	EXPECT_EQ(k.noticed(Notice::PeerRestarted), 1);
	EXPECT_EQ(k.noticed(Notice::PeerClash), 0);
	run(5000);
	EXPECT_GT(k.noticed(Notice::PeerClash), 0);
	EXPECT_EQ(k.noticed(Notice::PeerRestarted), 1);
}

TEST_P(SyncEachWayTest, DisabledNodeIsQuietAndCatchesUp)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	run(2000);
	k.sync->down();
	j.kernel.touch(1);
	k.kernel.touch(2);
	sent = 0;
	run(4000);
	EXPECT_LE(sent, 6U); // of node 1
	EXPECT_TRUE(!k.kernel.table.contains(1));
	EXPECT_GT(k.counters.records_unapplied, 0U);
	k.sync->up(now, 2);
	run(3000);
	EXPECT_EQ(j.kernel.table.size(), 2U);
	expect_equal();
}

TEST_P(SyncEachWayTest, MissedKernelMessagesAreAskedForAgain)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	j.kernel.touch(3);
	run(2000);
	const std::uint64_t before = j.counters.advertisements;
	j.kernel.touch(1);
	j.kernel.deltas(10);
	j.kernel.sequence += 1; // a message that never came
	j.kernel.touch(2);
	run(2000);
	EXPECT_EQ(j.counters.kernel_gaps, 1U);
	EXPECT_EQ(k.kernel.table.size(), 3U);
	j.sync->changed(j.kernel.epoch, ++j.kernel.sequence, 5, {});
	run(2000);
	EXPECT_EQ(j.counters.kernel_lost, 5U);
	EXPECT_EQ(j.counters.advertisements, before + 2);
}

TEST_F(SyncTest, AnswersAreRateLimitedAndNoneIsForgotten)
{
	Node &j = add(1);

	start(j);
	j.kernel.touch(1);
	run(2000);
	for (std::uint32_t i = 1; i <= 500; ++i) {
		hn::FrameWriter writer(512);

		EXPECT_TRUE(writer.add(
			hn::TableRequest{.target = i % 2, .request = i, .parts = hn::PartAll}));
		j.sync->receive(now,
				writer.finish({.node = 9, .epoch = {std::byte{1}}, .sequence = i}));
		run(10);
	}
	run(3000);
	EXPECT_EQ(j.counters.requests_received, 500U);
	EXPECT_LE(j.counters.tables_sent, 7U);
	EXPECT_GE(j.counters.tables_sent, 5U);
	EXPECT_LE(j.counters.advertisements, 7U);
}

TEST_F(SyncTest, PeersAreBounded)
{
	Node &k = add(2);

	start(k);
	const auto hello = [&](std::uint32_t node) {
		hn::FrameWriter writer(512);
		hn::FrameHeader header;

		header.node = node;
		header.epoch[0] = std::byte{1};
		header.sequence = 1;
		k.sync->receive(now, writer.finish(header));
	};
	for (std::uint32_t id = 100; id < 100 + hn::Peers::max_peers; ++id)
		hello(id);
	EXPECT_EQ(k.counters.peers_full, 0U);
	hello(5000);
	EXPECT_EQ(k.counters.peers_full, 1U);
	run(6000);
	hello(5000);
	EXPECT_EQ(k.counters.peers_full, 1U);
	now += hn::Peers::forget_ms;
	run(100);
	EXPECT_EQ(k.counters.peers, 0U);
}

TEST_F(SyncTest, MalformedFramesAreCountedByCauseAndNeverAnswered)
{
	Node &k = add(2);

	start(k);
	run(100);
	sent = 0;
	Bytes frame(36);
	k.sync->receive(now, std::span(frame).first(3));
	k.sync->receive(now, frame);
	frame[0] = std::byte{0x48};
	frame[1] = std::byte{0x4e};
	frame[2] = std::byte{9};
	k.sync->receive(now, frame);
	run(100);
	using hn::DecodeError;
	EXPECT_EQ(k.counters.malformed[static_cast<std::size_t>(DecodeError::Short)], 1U);
	EXPECT_EQ(k.counters.malformed[static_cast<std::size_t>(DecodeError::Magic)], 1U);
	EXPECT_EQ(k.counters.malformed[static_cast<std::size_t>(DecodeError::Version)], 1U);
	EXPECT_EQ(k.noticed(Notice::OtherVersion), 1);
	EXPECT_EQ(sent, 0U);
	EXPECT_NE(hn::counters_json(k.counters).find("\"malformed-short\":1"), std::string::npos);
}

} // namespace
