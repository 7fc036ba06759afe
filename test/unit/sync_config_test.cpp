// SPDX-License-Identifier: GPL-2.0-or-later
// What peers are configured with is read, and handed on (docs/protocol.md, section 11).
#include <string>

#include "hanatd/frame_writer.h"
#include "hanatd/sync.h"
#include "sync_model.h"

namespace
{

using hn::Bytes;
using hn::ConfigAnswer;
using hn::ConfigFetch;
using hn::ConfigOutcome;
using hn::Notice;
using hn::test::Node;

// Of so many bytes, and like no other one.
std::string text(std::size_t size, char mark)
{
	std::string out;

	while (out.size() < size)
		out += mark + std::to_string(out.size());
	out.resize(size);
	return out;
}

class SyncConfigTest : public hn::test::SyncTest
{
protected:
	SyncConfigTest()
	{
		keys = keyring(7);
		for (const std::uint32_t id : {1U, 2U})
			start(add(id));
		j().config = text(30000, 'j');
		k().config = text(200000, 'k');
		k().sync->set_accepts_config(true);
		run(1000);
	}

	Node &j() { return *nodes[0]; }
	Node &k() { return *nodes[1]; }

	// What J gets of K, or why not.
	std::string fetched(std::uint64_t ms = 60000)
	{
		const auto begun = j().sync->fetch_config(now, 2);

		if (!begun)
			return begun.error().what;
		for (const std::uint64_t end = now + ms; now < end;) {
			run(10);
			if (const auto got = j().sync->config().fetched())
				return *got ? **got : got->error().what;
		}
		return "it is under way";
	}

	// What became of J's configuration on K.
	std::string pushed(std::uint64_t ms = 60000)
	{
		const auto begun = j().sync->offer_config(now, 2, now + ms);

		if (!begun)
			return begun.error().what;
		for (const std::uint64_t end = now + ms + 1000; now < end;) {
			run(10);
			const auto answer = j().sync->config().answered();

			if (answer && !*answer)
				return answer->error().what;
			if (answer && (*answer)->outcome == ConfigOutcome::Refused)
				return "refused";
			if (answer)
				return (*answer)->outcome == ConfigOutcome::Loaded ? "loaded"
										   : (*answer)->why;
		}
		return "it is under way";
	}
};

TEST_F(SyncConfigTest, IsReadWhole)
{
	EXPECT_EQ(fetched(), k().config);
	EXPECT_EQ(k().counters.config_parts_sent, (200000 + 435) / 436);
	k().config = text(10, 'n');
	EXPECT_EQ(fetched(), k().config) << "as of now";
	EXPECT_TRUE(k().loaded.empty());
}

TEST_F(SyncConfigTest, IsReadWholeOnABadNetwork)
{
	loss = 0.2;
	duplication = 0.1;
	jitter = 30;
	EXPECT_EQ(fetched(), k().config);
}

// It changes while it is read, more often than a reading takes for a while: what comes in the end
// is one of them, and not of two.
TEST_F(SyncConfigTest, IsReadWholeWhileItChanges)
{
	const std::string first = k().config;
	const std::string second = text(190000, 's');

	loss = 0.2;
	ASSERT_TRUE(j().sync->fetch_config(now, 2));
	run(100);
	ASSERT_FALSE(j().sync->config().fetched());
	k().config = second;
	// Another one reads it, so that K forgets the first.
	Node &l = add(3);
	start(l);
	run(2000);
	ASSERT_TRUE(l.sync->fetch_config(now, 2));
	run(60000);
	const auto got = j().sync->config().fetched();
	ASSERT_TRUE(got && *got);
	EXPECT_TRUE(**got == first || **got == second);
	const auto other = l.sync->config().fetched();
	ASSERT_TRUE(other && *other);
	EXPECT_EQ(**other, second);
}

TEST_F(SyncConfigTest, OneIsReadAtATime)
{
	ASSERT_TRUE(j().sync->fetch_config(now, 2));
	EXPECT_EQ(fetched(), "another one is being read at the moment");
	run(10000);
	EXPECT_EQ(fetched(), k().config) << "nobody waited for the other one";
}

TEST_F(SyncConfigTest, WhoDoesNotAnswerIsGivenUp)
{
	drop = [](const Bytes &) { return true; };
	EXPECT_EQ(fetched(), "it does not answer");
	drop = [](const Bytes &) { return false; };
	run(3000);
	EXPECT_EQ(fetched(), k().config);
	stop(k());
	run(6000);
	EXPECT_EQ(fetched(), "no such peer is heard; \"hactl sync peers\" lists them");
}

TEST_F(SyncConfigTest, IsHandedOn)
{
	EXPECT_EQ(pushed(), "loaded");
	EXPECT_EQ(k().config, j().config);
	EXPECT_EQ(k().loaded.size(), 1U);
	EXPECT_EQ(k().counters.configs_loaded, 1U);
	EXPECT_EQ(k().noticed(Notice::ConfigLoaded), 1);
	EXPECT_EQ(pushed(), "loaded") << "once more";
	EXPECT_EQ(k().loaded.size(), 2U);
}

// Whatever of it is lost or comes twice, it is loaded once.
TEST_F(SyncConfigTest, IsHandedOnOnceOnABadNetwork)
{
	for (unsigned i = 1; i <= 20; ++i) {
		loss = 0.3;
		duplication = 0.2;
		jitter = 30;
		j().config = text(3000 + i, 'i');
		ASSERT_EQ(pushed(), "loaded");
		EXPECT_EQ(k().config, j().config);
		EXPECT_EQ(k().loaded.size(), i);
	}
}

TEST_F(SyncConfigTest, IsRefusedUnlessItIsAccepted)
{
	k().sync->set_accepts_config(false);
	EXPECT_EQ(pushed(), "refused");
	EXPECT_TRUE(k().loaded.empty());
	EXPECT_EQ(k().counters.configs_refused, 1U);
	EXPECT_EQ(k().noticed(Notice::ConfigRefused), 1);
}

TEST_F(SyncConfigTest, SaysWhyItWasNotLoaded)
{
	const std::string before = k().config;

	k().config_error = "/pool6: \x1b[31mno";
	EXPECT_EQ(pushed(), "/pool6: ?[31mno");
	EXPECT_EQ(k().config, before);
	EXPECT_EQ(k().counters.configs_failed, 1U);
	k().config_error = std::string(5000, 'x');
	EXPECT_EQ(pushed(), std::string(hn::wire_config_why, 'x'));
}

// Who offered dies, and K is not busy with it for ever.
TEST_F(SyncConfigTest, AnOfferThatCannotBeFetchedIsForgotten)
{
	Node &l = add(3);

	start(l);
	l.config = text(100000, 'l');
	run(2000);
	ASSERT_TRUE(l.sync->offer_config(now, 2, now + 60000));
	run(50);
	stop(l);
	EXPECT_EQ(pushed(), "loaded");
	EXPECT_EQ(k().config, j().config);
}

TEST_F(SyncConfigTest, AnOfferEndsWithItsTime)
{
	drop = [](const Bytes &) { return true; };
	EXPECT_EQ(pushed(3000), "it does not answer");
	drop = [](const Bytes &) { return false; };
	run(3000);
	EXPECT_EQ(pushed(), "loaded");
}

TEST_F(SyncConfigTest, NotWithoutAKey)
{
	keys = {};
	nodes.clear();
	for (const std::uint32_t id : {1U, 2U})
		start(add(id));
	k().sync->set_accepts_config(true);
	run(1000);
	EXPECT_EQ(fetched(),
		  "nodes without a key file do not tell each other how they are configured");
	EXPECT_EQ(pushed(),
		  "nodes without a key file do not tell each other how they are configured");

	// Whoever can write a frame says the same.
	hn::FrameWriter writer(512);
	std::uint64_t answered = 0;
	EXPECT_TRUE(writer.add(hn::ConfigRequest{.target = 2, .parts = 32}));
	EXPECT_TRUE(writer.add(hn::ConfigOffer{.target = 2, .request = 1, .hash = 1, .size = 10}));
	tap = [&](const Node &, const Bytes &bytes) {
		hn::Frame frame;

		EXPECT_EQ(hn::decode(bytes, frame), hn::DecodeError::None);
		answered += frame.config_parts.size() + frame.config_requests.size() +
			    frame.config_answers.size();
	};
	k().sync->receive(now, writer.finish({.stream = hn::StreamControl,
					      .node = 1,
					      .epoch = j().epoch,
					      .sequence = 1000000}));
	run(1000);
	EXPECT_EQ(answered, 0U);
	EXPECT_EQ(k().counters.configs_refused + k().counters.config_parts_sent, 0U);
}

// A node that has no key any more tells nothing more, and asks for nothing.
TEST_F(SyncConfigTest, EndsWithTheKey)
{
	ASSERT_TRUE(j().sync->fetch_config(now, 2));
	run(20);
	for (const auto &node : nodes)
		node->sync->set_keys({});
	tap = [](const Node &, const Bytes &bytes) {
		hn::Frame frame;

		EXPECT_EQ(hn::decode(bytes, frame), hn::DecodeError::None);
		EXPECT_TRUE(frame.config_parts.empty() && frame.config_requests.empty());
	};
	run(2000);
	const auto got = j().sync->config().fetched();
	ASSERT_TRUE(got);
	EXPECT_FALSE(*got);
}

// Pieces of a text that is not what its hash says.
TEST(ConfigFetch, TakesNoOtherText)
{
	ConfigFetch fetch(0, 7);
	const auto part = [](std::uint64_t hash, std::uint32_t offset, const char *bytes) {
		return hn::ConfigPart{
			.requester = 1, .hash = hash, .size = 4, .offset = offset, .bytes = bytes};
	};

	ASSERT_TRUE(fetch.due(0));
	fetch.part(1, 8, part(5, 0, "ab"));
	EXPECT_TRUE(fetch.text().empty()) << "of another node";
	fetch.part(1, 7, part(5, 2, "cd"));
	EXPECT_TRUE(fetch.text().empty()) << "not the beginning";
	fetch.part(1, 7, part(6, 0, "xy"));
	EXPECT_TRUE(fetch.text().empty()) << "of another text";
	fetch.part(1, 7, part(5, 0, "ab"));
	EXPECT_EQ(fetch.text(), "abcd") << "what came early is not needed again";
	EXPECT_TRUE(fetch.failed()) << "its hash is not 5";
	EXPECT_FALSE(fetch.whole());
	EXPECT_FALSE(fetch.deadline());
}

} // namespace
