// SPDX-License-Identifier: GPL-2.0-or-later
// What an attacker who owns the link, and does not have the key, can do. Each replay is shown to
// work where there is no key.
#include <utility>

#include "hanatd/sync.h"
#include "sync_model.h"

namespace
{

using hn::Bytes;
using hn::DecodeError;
using hn::Notice;
using hn::test::Node;

class SyncKeysTest : public hn::test::SyncTest
{
protected:
	// From now on, what this node sends.
	void record(const Node &node)
	{
		recorded.clear();
		tap = [this, &node](const Node &from, const Bytes &frame) {
			if (&from == &node)
				recorded.push_back(frame);
		};
	}

	void replay(Node &to)
	{
		tap = [](const Node &, const Bytes &) {};
		for (const Bytes &frame : recorded) {
			to.sync->receive(now, frame);
			run(10);
		}
	}

	static std::uint64_t malformed(const Node &node, DecodeError error)
	{
		return node.counters.malformed[static_cast<std::size_t>(error)];
	}

	std::vector<Bytes> recorded;
};

// What must fail with a key works without.
using SyncReplayTest = hn::test::EachWay<SyncKeysTest>;

INSTANTIATE_TEST_SUITE_P(Keys, SyncReplayTest, testing::Bool(),
			 [](const auto &key) { return key.param ? "Keyed" : "PlainAsControl"; });

// J is gone for good; K restarts, and hears J's voice from the record.
TEST_P(SyncReplayTest, OfAnEpochFromBeforeAReboot)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	run(500);
	record(j);
	j.kernel.touch(1);
	run(3000);
	EXPECT_EQ(k.kernel.table.size(), 1U);
	stop(j);
	stop(k);
	k.kernel.table.clear();
	start(k);
	run(100);
	replay(k);
	run(3000);
	EXPECT_EQ(k.kernel.table.size(), GetParam() ? 0U : 1U);
	EXPECT_EQ(k.counters.peers, GetParam() ? 0U : 1U);
	if (GetParam()) {
		EXPECT_GE(k.counters.frames_unproven, recorded.size());
	}
}

// J is alive, in the same epoch, but the session that it once announced is not.
TEST_P(SyncReplayTest, OfALivingEpochFromBeforeAReboot)
{
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	run(500);
	j.kernel.touch(1);
	record(j);
	run(100);
	tap = [](const Node &, const Bytes &) {};
	j.kernel.remove(1);
	run(3000);
	EXPECT_EQ(k.kernel.table.size(), 0U);
	stop(k);
	start(k);
	if (GetParam())
		run(3000); // J is believed again
	const std::uint64_t received = k.counters.records_received;
	replay(k);
	EXPECT_EQ(k.counters.records_received == received, GetParam());
	run(100);
	EXPECT_EQ(k.kernel.table.size(), 0U) << "without a key J sends the end again";
}

// With it comes J's own answer to K's challenge, which K has since forgotten.
TEST_F(SyncKeysTest, RecordedAnswersAreVoid)
{
	keys = keyring(7);
	Node &j = add(1);
	Node &k = add(2);

	start(k);
	record(j);
	start(j);
	j.kernel.touch(1);
	run(3000);
	EXPECT_GE(j.counters.challenges_answered, 1U);
	EXPECT_EQ(k.counters.peers, 1U);
	stop(j);
	now += hn::Peers::forget_ms;
	run(100);
	k.kernel.table.clear();
	replay(k);
	run(100);
	EXPECT_EQ(k.counters.peers, 0U);
	EXPECT_EQ(k.kernel.table.size(), 0U);
	EXPECT_GE(k.counters.frames_unproven, recorded.size());
}

TEST_F(SyncKeysTest, ReplayedFramesOfAKnownPeerAreDropped)
{
	keys = keyring(7);
	Node &j = add(1);
	Node &k = add(2);

	start(j);
	start(k);
	run(500);
	record(j);
	for (std::uint16_t port = 1; port <= 100; ++port)
		j.kernel.touch(port);
	run(1000);
	const std::uint64_t applied = k.counters.records_received;
	const std::uint64_t requests = k.counters.requests_sent;
	replay(k);
	EXPECT_EQ(k.counters.duplicates, recorded.size());
	EXPECT_EQ(k.counters.records_received, applied);
	EXPECT_EQ(k.counters.requests_sent, requests);
}

// Two nodes that share an id are worth a warning; the record of one that restarted is not.
TEST_F(SyncKeysTest, RetiredEpochsAreNoClash)
{
	keys = keyring(7);
	Node &j = add(1);
	Node &k = add(2);

	start(k);
	record(j);
	start(j);
	run(3000);
	const std::vector<Bytes> former = recorded;
	stop(j);
	start(j);
	run(5000);
	EXPECT_EQ(k.noticed(Notice::PeerRestarted), 1);
	recorded = former;
	replay(k);
	EXPECT_EQ(k.noticed(Notice::PeerClash), 0);
	EXPECT_EQ(k.noticed(Notice::PeerRestarted), 1);
	EXPECT_GE(k.counters.frames_unproven, former.size());
	EXPECT_EQ(k.counters.peers, 1U);
}

TEST_F(SyncKeysTest, ChangedFramesChangeNothingAndAreNotAnswered)
{
	keys = keyring(7);
	Node &j = add(1);
	Node &k = add(2);

	start(k);
	run(3000);
	record(j);
	start(j);
	j.kernel.touch(1);
	run(20);
	stop(j);
	k.linked = false; // it has not heard J yet
	ASSERT_GE(recorded.size(), 2U);
	stop(k);
	start(k);
	run(500);
	sent = 0;
	std::uint64_t forgeries = 0;
	const std::uint64_t received = k.counters.frames_received;
	const std::uint64_t challenges = k.counters.challenges_sent;
	for (const Bytes &frame : recorded)
		for (std::size_t at = 0; at < frame.size(); ++at) {
			Bytes forged = frame;

			forged[at] ^= std::byte{0x10};
			k.sync->receive(now, forged);
			++forgeries;
		}
	run(200);
	std::uint64_t counted = 0;
	for (const std::uint64_t n : k.counters.malformed)
		counted += n;
	EXPECT_EQ(k.counters.frames_received - received, forgeries);
	EXPECT_EQ(counted, forgeries);
	EXPECT_GT(malformed(k, DecodeError::Forged), forgeries / 2);
	EXPECT_EQ(sent, 0U);
	EXPECT_EQ(k.counters.challenges_sent, challenges);
}

TEST_F(SyncKeysTest, NodesWithOtherKeysOrNoneAreNotHeard)
{
	Node &j = add(1);
	Node &k = add(2);
	Node &plain = add(3);

	j.keys = keyring(7);
	k.keys = keyring(8);
	for (Node *node : {&j, &k, &plain}) {
		start(*node);
		node->kernel.touch(static_cast<std::uint16_t>(node->kernel.node));
	}
	run(5000);
	for (Node *node : {&j, &k, &plain}) {
		EXPECT_EQ(node->kernel.table.size(), 1U);
		EXPECT_EQ(node->counters.peers, 0U);
	}
	EXPECT_GT(malformed(j, DecodeError::Key), 0U);
	EXPECT_GT(j.noticed(Notice::OtherKey), 0);
	EXPECT_GT(malformed(j, DecodeError::Unauthenticated), 0U);
	EXPECT_GT(j.noticed(Notice::PeerHasNoKey), 0);
	EXPECT_GT(malformed(plain, DecodeError::Authenticated), 0U);
	EXPECT_GT(plain.noticed(Notice::PeerHasKey), 0);
	EXPECT_EQ(j.counters.challenges_sent, 0U);
}

// Each step on each node alone, with sessions made between any two of them.
TEST_F(SyncKeysTest, KeysAreChangedWithoutLosingAFrame)
{
	const hn::Key a = *keyring(7).sending();
	const hn::Key b = *keyring(8).sending();
	const std::vector<std::vector<hn::Key>> steps{{a}, {a, b}, {b, a}, {b}};
	std::uint16_t port = 0;

	keys = keyring(7);
	for (const std::uint32_t id : {1U, 2U, 3U})
		start(add(id));
	run(2000);
	for (const std::vector<hn::Key> &step : steps)
		for (const auto &node : nodes) {
			hn::Keyring ring;

			for (const hn::Key &key : step)
				EXPECT_TRUE(ring.add(key));
			node->sync->set_keys(ring);
			for (const auto &from : nodes)
				from->kernel.touch(++port);
			run(200);
			expect_equal();
		}
	EXPECT_EQ(nodes.front()->kernel.table.size(), port);
	for (const auto &node : nodes) {
		EXPECT_EQ(node->counters.gaps, 0U);
		EXPECT_EQ(malformed(*node, DecodeError::Key), 0U);
		EXPECT_EQ(malformed(*node, DecodeError::Forged), 0U);
	}
}

// Strangers cost a frame of challenges now and then, whatever they send.
TEST_F(SyncKeysTest, ChallengesAreRateLimited)
{
	keys = keyring(7);
	Node &k = add(2);

	start(k);
	run(3000);
	sent = 0;
	for (std::uint32_t i = 1; i <= 2000; ++i) {
		hn::FrameWriter writer(512);
		const hn::FrameHeader header{
			.node = 100 + i, .epoch = {std::byte{1}}, .sequence = i};

		k.sync->receive(now, writer.finish(header, keys.sending()));
		if (i % 10 == 0)
			run(10);
	}
	EXPECT_EQ(k.counters.frames_unproven, 2000U);
	EXPECT_LE(sent, 2000U / hn::Challenges::interval_ms + 3); // three heartbeats
	EXPECT_LE(k.counters.challenges_sent,
		  (2000U / hn::Challenges::interval_ms + 1) * hn::Challenges::max_waiting);
	EXPECT_EQ(k.counters.peers, 0U);
}

} // namespace
