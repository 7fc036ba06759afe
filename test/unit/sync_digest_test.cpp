// SPDX-License-Identifier: GPL-2.0-or-later
// Comparison of tables (docs/protocol.md, section 10): what differs is found and mended, what is on
// its way is left alone.
#include <functional>

#include "document.h"
#include "hanatd/digest.h"
#include "hanatd/sync.h"
#include "sync_model.h"

namespace
{

using hn::Notice;
using hn::OwnDigest;
using hn::test::Node;

// A period, two looks and the answer.
constexpr std::uint64_t healed_ms = OwnDigest::period_ms + 3000;

using SyncTest = hn::test::SyncTest;

class SyncDigestTest : public hn::test::EachWay<SyncTest>
{
protected:
	// J owns n sessions, which K and L have got.
	void equal_nodes(std::uint16_t n)
	{
		for (const std::uint32_t id : {1U, 2U, 3U})
			start(add(id));
		run(500);
		for (std::uint16_t port = 1; port <= n; ++port)
			j().kernel.touch(port);
		run(3000);
		expect_equal();
		k().counters = {};
		j().counters = {};
	}

	Node &j() { return *nodes[0]; }
	Node &k() { return *nodes[1]; }
	Node &l() { return *nodes[2]; }
};

INSTANTIATE_TEST_SUITE_P(Keys, SyncDigestTest, testing::Bool(),
			 [](const auto &key) { return key.param ? "Keyed" : "Plain"; });

TEST_P(SyncDigestTest, EqualTablesAreFoundEqual)
{
	equal_nodes(3000);
	run(3 * OwnDigest::period_ms);
	EXPECT_GE(j().counters.digests_sent, 4U); // two parts each time
	EXPECT_GE(k().counters.digests_received, 8U);
	EXPECT_EQ(k().counters.buckets_different, 0U);
	EXPECT_EQ(k().noticed(Notice::Differs), 0);
	EXPECT_EQ(j().counters.records_sent, 0U);
}

using Damage = std::function<void(std::map<std::uint16_t, hn::test::Session> &)>;

// Whatever is done to K's replicas.
TEST_P(SyncDigestTest, DifferencesAreMended)
{
	const std::array<Damage, 8> damages{
		[](auto &table) { table.erase(7); },
		[](auto &table) { // it should have ended
			hn::test::Session extra = table.at(8);

			extra.ext_port = htons(60001);
			table[60001] = extra;
		},
		[](auto &table) { table.at(9).state = HN_TCP_TRANS; },
		[](auto &table) { table.at(10).generation += 3; },
		[](auto &table) { table.at(11).inside_port ^= 1; },
		[](auto &table) { // what was told last got lost
			--table.at(13).version;
		},
		[](auto &table) { // the version is ahead as well
			table.at(12).remote ^= 1;
			table.at(12).version += 1000;
		},
		[](auto &table) {
			for (std::uint16_t port = 100; port < 900; ++port)
				table.erase(port);
		},
	};

	for (const Damage &damage : damages) {
		nodes.clear();
		equal_nodes(3000);
		damage(k().kernel.table);
		EXPECT_NE(digest(k()), digest(j()));
		run(healed_ms);
		expect_equal();
		EXPECT_GE(k().counters.buckets_different, 1U);
		EXPECT_EQ(k().counters.buckets_mended, k().counters.buckets_different);
		EXPECT_EQ(k().noticed(Notice::Differs), 1);
		EXPECT_EQ(l().noticed(Notice::Differs), 0);
		// No table for it.
		EXPECT_EQ(k().counters.requests_sent, 0U);
		EXPECT_EQ(j().counters.advertisements, 0U);
	}
}

// One session costs one bucket, however many there are.
TEST_P(SyncDigestTest, TrafficIsInProportionToTheDifference)
{
	equal_nodes(20000);
	k().kernel.table.erase(7);
	run(healed_ms);
	expect_equal();
	EXPECT_EQ(k().counters.buckets_different, 1U);
	EXPECT_LE(j().counters.records_sent, 40U);
}

// Two nodes mend different things at once.
TEST_P(SyncDigestTest, SeveralNodesMendAtOnce)
{
	equal_nodes(2000);
	k().kernel.touch(5000);
	l().kernel.touch(5001);
	run(1000);
	k().kernel.table.erase(7);
	k().kernel.table.erase(5001);
	l().kernel.table.erase(8);
	l().kernel.table.erase(5000);
	run(healed_ms);
	EXPECT_EQ(k().kernel.table.size(), 2002U);
	expect_equal();
}

// Sessions come, change and go all the time, and frames are lost: nothing that lives is deleted
// anywhere, and once it is quiet all are equal.
TEST_P(SyncDigestTest, WhatIsOnItsWayIsNoDefect)
{
	std::map<std::uint16_t, std::uint64_t> born;
	std::uint16_t port = 1;

	equal_nodes(1);
	loss = 0.1;
	jitter = 30;
	for (int step = 0; step < 700; ++step) {
		for (int n = 0; n < 20; ++n, ++port) {
			j().kernel.touch(port);
			born[port] = now;
			if (port > 3000) {
				const auto old = static_cast<std::uint16_t>(port - 3000);

				j().kernel.remove(old);
				born.erase(old);
			}
		}
		run(100);
		for (const auto &[live, since] : born) {
			if (since + 2000 < now) {
				ASSERT_TRUE(k().kernel.table.contains(live)) << live;
			}
		}
	}
	loss = 0;
	run(2000);
	expect_equal();
	EXPECT_GE(k().counters.digests_received, 4U);
	EXPECT_EQ(k().counters.gaps, 0U);
}

// What is asked for gets lost, and answers do.
TEST_P(SyncDigestTest, LossDelaysButDoesNotStop)
{
	for (unsigned seed = 1; seed <= 5; ++seed) {
		restart(seed);
		equal_nodes(3000);
		for (std::uint16_t port = 100; port < 150; ++port)
			k().kernel.table.erase(port);
		loss = 0.3;
		k().sync->verify(now);
		run(OwnDigest::period_ms - 2000);
		loss = 0;
		EXPECT_GE(k().counters.buckets_mended, 10U) << seed;
		run(10000);
		expect_equal();
	}
}

// K was not there for a while, and has all but the last: nothing else is sent.
TEST_P(SyncDigestTest, AJoinGoesOnFromWhatIsThere)
{
	equal_nodes(20000);
	stop(k());
	for (std::uint16_t port = 30000; port < 30005; ++port)
		j().kernel.touch(port);
	run(1000);
	j().counters = {};
	start(k());
	run(5000);
	expect_equal();
	EXPECT_TRUE(k().sync->ready());
	EXPECT_EQ(j().counters.advertisements, 0U);
	EXPECT_EQ(k().expected, 0U);
	EXPECT_LE(j().counters.records_sent, 5U * 30);
}

// K began empty, and has got half of it when the network fails for longer than anybody waits.
TEST_P(SyncDigestTest, AJoinThatWasCutGoesOn)
{
	for (const std::uint32_t id : {1U, 2U})
		start(add(id));
	for (std::uint16_t port = 1; port <= 20000; ++port)
		j().kernel.touch(port);
	run(3000);
	stop(k());
	k().kernel.table.clear();
	start(k());
	while (k().kernel.table.size() < 12000)
		run(10);
	const std::size_t held = k().kernel.table.size();
	ASSERT_LT(held, 20000U);
	// Less than half was there when all was asked for.
	EXPECT_GT(k().expected, 10000U);
	EXPECT_LE(k().expected, 20000U);
	drop = [](const hn::Bytes &frame) { return frame[5] == std::byte{hn::StreamDelta}; };
	run(7000);
	drop = [](const hn::Bytes &) { return false; };
	j().counters = {};
	run(20000);
	expect_equal();
	EXPECT_GE(k().counters.gaps, 1U);
	EXPECT_EQ(j().counters.advertisements, 0U);
	EXPECT_LE(j().counters.records_sent, 3 * (20000U - held));
}

// More is lost than a stream keeps, the end of a session among it.
TEST_P(SyncDigestTest, DeletionInAGapIsFound)
{
	equal_nodes(100);
	k().linked = false;
	j().kernel.remove(50);
	run(8000);
	for (int n = 0; n < 5000; ++n) {
		j().kernel.touch(1);
		run(10);
	}
	k().linked = true;
	run(100);
	EXPECT_GE(k().counters.gaps, 1U);
	EXPECT_TRUE(k().kernel.table.contains(50));
	run(6000); // without waiting for the next digest
	expect_equal();
}

// The owner is gone in the middle of it: all that there is stays.
TEST_P(SyncDigestTest, NothingIsDeletedWhenTheOwnerIsSilent)
{
	equal_nodes(500);
	k().kernel.table.erase(7);
	drop = [](const hn::Bytes &frame) { // BUCKETS_SENT and what goes before it
		hn::Epoch epoch{};

		return hn::decode_epoch(frame, epoch) && frame[11] == std::byte{1} &&
		       frame[5] == std::byte{1};
	};
	run(healed_ms);
	stop(j());
	run(20000);
	EXPECT_EQ(k().kernel.table.size(), 499U);
	EXPECT_EQ(k().counters.buckets_mended, 0U);
}

// K has read what J does not have; until it knows that J does not, they have ended and begun anew.
TEST_P(SyncDigestTest, ANewLifeOfAFlowIsNotPruned)
{
	equal_nodes(4000);
	for (std::uint16_t port = 1; port <= 20; ++port) {
		j().kernel.table.erase(port);
		k().kernel.table[port].generation = 3;
	}
	drop = [](const hn::Bytes &frame) {
		hn::Epoch epoch{};

		return hn::decode_epoch(frame, epoch) && frame[11] == std::byte{1} &&
		       frame[5] == std::byte{hn::StreamDelta};
	};
	while (k().counters.buckets_different == 0)
		run(10);
	run(500);
	for (std::uint16_t port = 1; port <= 20; ++port) {
		k().kernel.table.erase(port);
		k().kernel.touch(port);
	}
	drop = [](const hn::Bytes &) { return false; };
	run(healed_ms);
	EXPECT_GE(k().counters.buckets_mended, 10U);
	EXPECT_GE(k().counters.records_pruned, 10U);
	for (std::uint16_t port = 1; port <= 20; ++port)
		EXPECT_TRUE(k().kernel.table.contains(port)) << port;
}

class SyncAloneTest : public SyncTest
{
protected:
	SyncAloneTest() { start(j_); }

	// From node 9.
	template<class... Messages>
	void hear(const Messages &...messages)
	{
		hn::FrameWriter writer(1452);

		EXPECT_TRUE((writer.add(messages) && ...));
		j_.sync->receive(now, writer.finish({.stream = hn::StreamControl,
						     .node = 9,
						     .epoch = {std::byte{1}},
						     .sequence = ++sequence_}));
		j_.sync->tick(now);
	}

	// How many walks for digests there are in ms, each of which takes so long, while node 9
	// says whatever makes them wanted.
	std::uint64_t walks(std::uint64_t ms, std::uint64_t each)
	{
		const hn::Digest low{
			.first = 0, .span = 32, .sums = std::vector<std::uint64_t>(32)};
		const hn::Digest high{.first = 1024, .span = 32, .sums = low.sums};
		std::uint64_t count = 0;

		for (const std::uint64_t end = now + ms; now < end; now += 10) {
			hear(low, high);
			if (!j_.sync->take().sum)
				continue;
			now += each;
			j_.sync->sums(now, {}, 0);
			++count;
		}
		return count;
	}

	Node &j_ = add(1);

private:
	std::uint64_t sequence_ = 0;
};

// Whatever a stranger says, the kernel is not kept busy.
TEST_F(SyncAloneTest, WalksForDigestsAreRateLimited)
{
	const std::uint64_t count = walks(10000, 0);

	EXPECT_GE(count, 9000 / hn::Walks::sums_ms);
	EXPECT_LE(count, 10000 / hn::Walks::sums_ms + 1);
}

// Of a million sessions a walk may take a second: a quarter of the time is the most for them.
TEST_F(SyncAloneTest, LongWalksForDigestsAreRarer)
{
	const std::uint64_t count = walks(40000, 1000);

	EXPECT_GE(count, 8U);
	EXPECT_LE(count, 11U);
}

// What is read of the table may be older than what was told meanwhile.
TEST_F(SyncAloneTest, WhatEndsDuringAnAnswerStaysEnded)
{
	std::vector<std::uint16_t> told;
	hn::Frame frame;

	for (const std::uint16_t port : std::array<std::uint16_t, 3>{1, 2, 3})
		j_.kernel.touch(port);
	const std::vector<hn_record> read = j_.kernel.read({.owner = 1});
	hear(hn::BucketsRequest{.target = 1, .request = 5, .buckets = {0, 7}});
	ASSERT_TRUE(j_.sync->take().read_table);
	(void)j_.kernel.deltas(9);
	j_.kernel.remove(2);
	j_.kernel.remove(3);
	j_.kernel.touch(3); // and begins anew
	j_.sync->changed(1, 1, 0, j_.kernel.deltas(9));
	(void)j_.sync->take();
	j_.sync->table(read);
	j_.sync->table_end(now, true);
	for (const hn::Outgoing &out : j_.sync->take().frames) {
		ASSERT_EQ(hn::decode(out.frame, frame), hn::DecodeError::None);
		for (const hn_record &record : frame.records)
			told.push_back(ntohs(record.ext_port));
	}
	EXPECT_EQ(told, (std::vector<std::uint16_t>{1, 3}));
}

// By an implementation of its own (SipHash-2-4, reference code's scheme).
TEST(DigestTest, IsThatOfTheDocument)
{
	constexpr std::uint64_t hash = 0x7c31af0481b0ca49;
	constexpr std::uint64_t digest = 0xafd40adbf267036b;
	hn_record record = hn::test::tcp_record();

	EXPECT_EQ(hn::flow_hash(record, hn::test::document_epoch()), hash);
	EXPECT_EQ(hn::digest_of(record, hash), digest);
	record.state = HN_TCP_V4_FIN; // lives as well
	record.lifetime = 1000;
	EXPECT_EQ(hn::digest_of(record, hash), digest);
	record.state = HN_TCP_TRANS;
	EXPECT_NE(hn::digest_of(record, hash), digest);
	record = hn::test::tcp_record();
	++record.version;
	EXPECT_NE(hn::digest_of(record, hash), digest);
	record = hn::test::tcp_record();
	++record.generation;
	EXPECT_NE(hn::digest_of(record, hash), digest);
	EXPECT_EQ(hn::flow_hash(record, hn::test::document_epoch()), hash);
}

// A node whose comparisons never end, since its kernel lies, still comes to each of its peers.
TEST_P(SyncDigestTest, WhoAlwaysDiffersDoesNotKeepOthersFromIt)
{
	for (const std::uint32_t id : {1U, 2U, 3U, 4U, 5U}) {
		Node &node = add(id);

		node.digest_period = 1000;
		start(node);
	}
	run(1000);
	for (const auto &node : nodes)
		for (std::uint16_t i = 1; i <= 20; ++i)
			node->kernel.touch(static_cast<std::uint16_t>(100 * node->kernel.node + i));
	run(5000);
	expect_equal();
	nodes[4]->faults.lies = true;
	run(5000);
	nodes[4]->kernel.table.erase(401); // of node 4
	run(15000);
	EXPECT_TRUE(nodes[4]->kernel.table.contains(401));
}

} // namespace
