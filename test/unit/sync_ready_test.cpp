// SPDX-License-Identifier: GPL-2.0-or-later
// Acknowledgements and the window, the configuration of peers, and when a node is ready
// (docs/protocol.md, sections 6, 11 and 12).
#include <array>

#include "hanatd/fingerprint.h"
#include "hanatd/sync.h"
#include "sync_model.h"

namespace
{

using hn::Notice;
using hn::test::Node;

class SyncReadyTest : public hn::test::EachWay<hn::test::SyncTest>
{
protected:
	void start_three()
	{
		for (const std::uint32_t id : {1U, 2U, 3U})
			start(add(id));
	}

	Node &j() { return *nodes[0]; }
	Node &k() { return *nodes[1]; }
	Node &l() { return *nodes[2]; }
};

INSTANTIATE_TEST_SUITE_P(Keys, SyncReadyTest, testing::Bool(),
			 [](const auto &key) { return key.param ? "Keyed" : "Plain"; });

TEST_P(SyncReadyTest, WhenAllThatPeersOwnIsHere)
{
	for (const std::uint32_t id : {1U, 2U, 3U}) {
		Node &node = add(id);

		for (unsigned i = 0; i < 2000; ++i)
			node.kernel.touch(static_cast<std::uint16_t>(10000 * id + i));
		node.kernel.forget_changes();
		start(node);
	}
	for (int i = 0; i < 500; ++i) {
		run(10);
		for (const auto &node : nodes) {
			EXPECT_TRUE(!node->sync->ready() || node->kernel.table.size() == 6000U);
		}
	}
	expect_equal();
	for (const auto &node : nodes) {
		EXPECT_TRUE(node->sync->ready());
		EXPECT_EQ(node->counters.ready, 1U);
		EXPECT_EQ(node->noticed(Notice::Ready), 1);
		EXPECT_EQ(node->noticed(Notice::NotReady), 0);
		EXPECT_EQ(node->counters.buckets_different, 0U);
	}
	for (const auto &[node, peer] : j().sync->peers())
		EXPECT_TRUE(peer.hello && peer.hello->ready());
}

TEST_P(SyncReadyTest, AloneAfterAWhile)
{
	start(add(1));
	run(hn::Readiness::alone_ms - 100);
	EXPECT_FALSE(j().sync->ready());
	run(200);
	EXPECT_TRUE(j().sync->ready());
	j().sync->down();
	EXPECT_FALSE(j().sync->ready());
}

TEST_P(SyncReadyTest, AnEmptyNodeThatJoinsChangesNothing)
{
	start(add(1));
	for (std::uint16_t port = 1; port <= 1000; ++port)
		j().kernel.touch(port);
	run(20000);
	start(add(2));
	run(5000);
	EXPECT_TRUE(k().sync->ready());
	EXPECT_TRUE(j().sync->ready());
	EXPECT_EQ(j().noticed(Notice::NotReady), 0);
}

// What K refuses it cannot hold: it says so, and neither asks nor answers without end.
TEST_P(SyncReadyTest, NotWhileSomethingIsMissingForGood)
{
	start_three();
	for (std::uint16_t port = 1; port <= 100; ++port)
		j().kernel.touch(port);
	run(3000);
	EXPECT_TRUE(k().sync->ready());
	for (int i = 0; i < 30000; ++i) {
		k().kernel.table.erase(7);
		run(10);
	}
	EXPECT_FALSE(k().sync->ready());
	EXPECT_TRUE(l().sync->ready());
	EXPECT_GE(k().counters.records_restored, 10U);
	EXPECT_LE(k().counters.records_restored, 60U);
	run(40000);
	EXPECT_TRUE(k().sync->ready());
	expect_equal();
}

// What the dead owned nobody can prove: M waits until L has told all of it, and needs L no more.
TEST_P(SyncReadyTest, NotBeforeWhatTheDeadOwnedIsHere)
{
	Node &dead = add(5);
	Node &source = add(2);
	Node &other = add(3);
	Node &m = add(4);

	start(dead);
	start(source);
	for (std::uint16_t port = 1; port <= 100; ++port)
		dead.kernel.touch(port);
	run(3000);
	start(other);
	run(3000);
	stop(dead);
	run(10000);
	source.counters = {};
	drop = [](const hn::Bytes &frame) { return frame[5] == std::byte{hn::StreamTable}; };
	start(m);
	run(4000);
	EXPECT_EQ(source.counters.tables_sent, 1U);
	EXPECT_FALSE(m.sync->ready());
	EXPECT_TRUE(m.kernel.table.empty());
	drop = [](const hn::Bytes &) { return false; };
	run(2000);
	EXPECT_TRUE(m.sync->ready());
	EXPECT_EQ(m.kernel.table.size(), 100U);
	EXPECT_EQ(m.counters.gaps, 0U);
	other.counters = {};
	m.sync->down();
	m.sync->up(now, 4);
	run(2000);
	stop(source);
	run(10000);
	EXPECT_TRUE(m.sync->ready());
	EXPECT_EQ(other.counters.tables_sent, 0U);
}

// It says that it is ready, promises, and sends nothing: it is asked again, less and less often.
TEST(SyncReady, APromiseIsNotEnough)
{
	hn::Counters counters;
	hn::Sync sync(hn::Epoch{std::byte{9}}, {}, counters);
	hn::Frame frame;
	std::uint64_t asked = 0;

	sync.up(1000, 9);
	for (std::uint64_t now = 1000, sequence = 1; now < 61000; now += 100, ++sequence) {
		const std::array<hn::StreamPosition, 2> nothing{{{1, 0}, {2, 0}}};
		hn::FrameWriter writer(512);
		hn::Hello hello;

		hello.flags = hn::HelloReady;
		hello.features = hn::HelloCompares | hn::HelloTellsEnd;
		EXPECT_TRUE(writer.add_heartbeat(nothing) && writer.add(hello));
		for (const hn::TableRequest &r : frame.requests) {
			EXPECT_TRUE(
				writer.add(hn::TablePromise{.requester = 9, .request = r.request}));
			asked += r.parts == hn::PartForeign;
		}
		sync.receive(now, writer.finish({.stream = hn::StreamControl,
						 .node = 7,
						 .epoch = hn::Epoch{std::byte{1}},
						 .sequence = sequence}));
		sync.tick(now);
		frame.clear();
		for (const hn::Outgoing &out : sync.take().frames)
			if (hn::decode(out.frame, frame) == hn::DecodeError::None &&
			    !frame.requests.empty())
				break;
		EXPECT_FALSE(sync.peers().begin()->second.equal());
	}
	EXPECT_GE(asked, 4U);
	EXPECT_LE(asked, 8U);
}

hn::Fingerprint fingerprint(std::uint64_t pool6, std::uint64_t pool4)
{
	return {{hn::FingerprintPool6, pool6}, {hn::FingerprintPool4, pool4}};
}

TEST_P(SyncReadyTest, SessionsOfAnotherConfigurationAreNotApplied)
{
	start_three();
	for (const auto &node : nodes)
		node->sync->set_digest_period(2000);
	j().kernel.touch(3);
	run(1000);
	j().sync->set_fingerprint(now, fingerprint(1, 1));
	k().sync->set_fingerprint(now, fingerprint(2, 1));
	l().sync->set_fingerprint(now, fingerprint(1, 2));
	run(2000);
	j().kernel.touch(1);
	k().kernel.touch(2);
	j().kernel.remove(3);
	run(10000);
	EXPECT_TRUE(k().kernel.table.contains(3));
	EXPECT_FALSE(l().kernel.table.contains(3));
	EXPECT_FALSE(k().kernel.table.contains(1));
	EXPECT_FALSE(j().kernel.table.contains(2));
	EXPECT_TRUE(l().kernel.table.contains(1));
	EXPECT_FALSE(k().sync->ready());
	EXPECT_FALSE(j().sync->ready());
	EXPECT_EQ(k().noticed(Notice::Mismatch), 2);
	EXPECT_EQ(k().noticed(Notice::Drift), 1);
	EXPECT_EQ(j().noticed(Notice::Mismatch), 1);
	EXPECT_GE(k().counters.records_unapplied, 1U);
	k().sync->set_fingerprint(now, fingerprint(1, 1));
	run(10000);
	expect_equal();
	for (const auto &node : nodes)
		EXPECT_TRUE(node->sync->ready());
	EXPECT_EQ(k().noticed(Notice::Alike), 1);
}

// By default what is no reason not to apply sessions is none not to be ready either.
TEST_P(SyncReadyTest, NotWhileAPeerIsConfiguredOtherwiseIfSoWanted)
{
	start_three();
	k().sync->set_ready_with_drift(false);
	run(3000);
	for (const auto &node : nodes) {
		node->sync->set_fingerprint(now, fingerprint(1, 1));
		EXPECT_TRUE(node->sync->ready());
	}
	j().sync->set_fingerprint(now, fingerprint(1, 2));
	j().kernel.touch(1);
	run(hn::Readiness::grace_ms + 3000);
	EXPECT_TRUE(k().kernel.table.contains(1));
	EXPECT_FALSE(k().sync->ready());
	EXPECT_TRUE(l().sync->ready());
	k().sync->set_fingerprint(now, fingerprint(1, 2));
	l().sync->set_fingerprint(now, fingerprint(1, 2));
	run(3000);
	EXPECT_TRUE(k().sync->ready());
}

// Shares of pool4: one's own, and those of the dead once it is known who lives.
TEST_P(SyncReadyTest, TheDeadAreStoodInFor)
{
	start_three();
	for (const auto &node : nodes)
		node->sync->set_shares(static_cast<std::uint8_t>(node->kernel.node), 4,
				       hn::share_bit(node->kernel.node));
	run(3000);
	EXPECT_EQ(j().held, hn::share_bit(1) | hn::share_bit(4)); // which is nobody's
	EXPECT_EQ(k().held, 0U);				  // never told otherwise
	stop(j());
	run(hn::Peers::silent_ms + 1000);
	EXPECT_EQ(k().held, hn::share_bit(2) | hn::share_bit(1) | hn::share_bit(4));
	EXPECT_EQ(l().held, 0U);
	start(j());
	j().sync->set_shares(1, 4, hn::share_bit(1));
	run(3000);
	EXPECT_EQ(k().held, hn::share_bit(2));
	EXPECT_EQ(k().noticed(Notice::ShareClash), 0);
	l().sync->set_shares(2, 4, hn::share_bit(2));
	run(3000);
	EXPECT_EQ(k().noticed(Notice::ShareClash), 1);
}

// Sessions come and go all the time, and are on their way at every look.
TEST_P(SyncReadyTest, WhatIsOnItsWayIsNoDifference)
{
	start_three();
	for (const auto &node : nodes)
		node->sync->set_digest_period(2000);
	run(1000);
	jitter = 40;
	std::uint16_t next = 1000; // no flow comes twice
	const auto churn = [&](int rounds) {
		for (int i = 0; i < rounds; ++i) {
			for (int n = 0; n < 8; ++n) {
				j().kernel.touch(next);
				if (next >= 5000)
					j().kernel.remove(static_cast<std::uint16_t>(next - 4000));
				++next;
			}
			run(10);
		}
	};

	for (std::uint16_t port = 1; port <= 500; ++port)
		j().kernel.touch(port);
	churn(4000);
	EXPECT_EQ(k().counters.buckets_different, 0U);
	EXPECT_EQ(k().counters.records_pruned, 0U);
	EXPECT_TRUE(k().sync->ready());
	k().kernel.table.erase(123);
	churn(3000);
	EXPECT_TRUE(k().kernel.table.contains(123));
	EXPECT_LE(k().counters.buckets_different, 3U);
	run(5000);
	expect_equal();
}

TEST_P(SyncReadyTest, FramesAreAcknowledged)
{
	start_three();
	for (std::uint16_t port = 1; port <= 10000; ++port)
		j().kernel.touch(port);
	run(2000);
	for (const auto &[node, peer] : j().sync->peers())
		EXPECT_TRUE(peer.lag.known()) << node;
	EXPECT_FALSE(j().sync->congested());
	EXPECT_EQ(j().counters.left_behind, 0U);
	EXPECT_GE(k().counters.acks_sent, 5U);
	expect_equal();
}

// The kernel keeps what a slow peer cannot take, but not for longer than others are worth.
TEST_P(SyncReadyTest, OnePeerThatIsStuckDelaysOthersLittle)
{
	start_three();
	j().kernel.touch(1);
	run(2000);
	l().linked = false;
	for (std::uint16_t port = 1; port <= 60000; ++port)
		j().kernel.touch(port);
	run(100);
	EXPECT_TRUE(j().sync->congested());
	EXPECT_GE(j().kernel.changes(), 30000U);
	run(1000);
	EXPECT_FALSE(j().sync->congested());
	EXPECT_EQ(j().counters.left_behind, 1U);
	EXPECT_EQ(k().kernel.table.size(), 60000U);
	l().linked = true;
	run(20000);
	expect_equal();
}

// What a lone peer does not take for seconds waits in the kernel, and is sent once.
TEST_P(SyncReadyTest, OnePeerAloneMayPause)
{
	for (const std::uint32_t id : {1U, 2U})
		start(add(id));
	j().kernel.touch(1);
	run(2000);
	k().linked = false;
	for (std::uint16_t port = 1; port <= 60000; ++port)
		j().kernel.touch(port);
	run(3000);
	EXPECT_TRUE(j().sync->congested());
	EXPECT_GE(j().kernel.changes(), 30000U);
	k().linked = true;
	run(5000);
	EXPECT_EQ(j().counters.left_behind, 0U);
	EXPECT_LE(j().counters.records_sent, 61000U);
	expect_equal();
}

} // namespace
