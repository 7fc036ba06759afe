// SPDX-License-Identifier: GPL-2.0-or-later
// Frames of earlier versions of hanatd, recorded: they mean what they meant (docs/protocol.md,
// section 3). What later versions add they skip, as wire_test shows of unknown TLVs.
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "hanatd/frame_writer.h"
#include "hanatd/sync.h"

namespace
{

using hn::Bytes;
using hn::Frame;
using hn::Sync;
using Recorded = std::vector<std::pair<std::string, Bytes>>; // what it is, frame

Recorded recorded(const std::string &prefix)
{
	std::ifstream file(HN_SOURCE_DIR "/test/unit/frames/before-hello.txt");
	Recorded out;

	for (std::string line; std::getline(file, line);) {
		std::istringstream words(line);
		std::string name;
		std::string hex;

		if (!(words >> name >> hex) || name == "#" ||
		    name.starts_with("keyed-") == prefix.empty())
			continue;
		Bytes &frame = out.emplace_back(name.substr(prefix.size()), Bytes()).second;
		for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
			frame.push_back(
				static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
	}
	return out;
}

hn::Keyring keys()
{
	const auto keys = hn::keys_parse(
		"5 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", "keys");

	EXPECT_TRUE(keys);
	return *keys;
}

TEST(Compat, RecordedFramesAreWhatTheyWere)
{
	Frame frame;
	const Recorded plain = recorded("");
	const Recorded keyed = recorded("keyed-");

	ASSERT_EQ(plain.size(), 9U);
	ASSERT_EQ(keyed.size(), 8U);
	for (const auto &[name, bytes] : plain) {
		EXPECT_EQ(hn::decode(bytes, frame), hn::DecodeError::None) << name;
		EXPECT_EQ(frame.skipped != 0U, name == "digest") << name;
		EXPECT_EQ(frame.records.size(), name == "sessions"   ? 6U
						: name == "deletion" ? 1U
								     : 0U);
		EXPECT_EQ(frame.bye, name == "bye");
		EXPECT_FALSE(frame.hello);
	}
	for (const auto &[name, bytes] : keyed)
		EXPECT_EQ(hn::decode(bytes, frame, keys()), hn::DecodeError::None) << name;
}

// What a node of now makes of a whole conversation of one of then: the same sessions, without
// waiting for acknowledgements that never come, and without comparing by other digests.
TEST(Compat, ANodeOfThenIsFollowed)
{
	hn::Counters counters;
	Sync sync(hn::Epoch{std::byte{9}}, {}, counters);
	std::map<std::uint16_t, hn_record> table;
	std::uint64_t now = 1000;

	sync.up(now, 9);
	for (const auto &[name, bytes] : recorded("")) {
		if (name == "answer") // to another node's request
			continue;
		sync.receive(now, bytes);
		sync.tick(now);
		const hn::SyncActions actions = sync.take();

		for (const hn_record &r : actions.apply) {
			if (r.flags & HN_RF_DELETE)
				table.erase(r.ext_port);
			else
				table[r.ext_port] = r;
		}
		EXPECT_FALSE(actions.sum) << name;
		EXPECT_FALSE(sync.congested());
		now += 300;
	}
	EXPECT_EQ(table.size(), 5U);
	EXPECT_EQ(counters.gaps, 0U);
	EXPECT_TRUE(sync.peers().begin()->second.gone);
}

// It does not answer what it does not know: it is asked for its table, and once that was promised
// there is nothing more to be had.
TEST(Compat, ANodeOfThenIsAskedForItsTable)
{
	hn::Counters counters;
	Sync sync(hn::Epoch{std::byte{9}}, {}, counters);
	const Recorded frames = recorded("");
	const hn::Epoch epoch = [&] {
		Frame frame;

		EXPECT_EQ(hn::decode(frames.front().second, frame), hn::DecodeError::None);
		return frame.header.epoch;
	}();
	std::uint8_t parts = 0;
	Frame frame;

	sync.up(1000, 9);
	for (std::uint64_t now = 1000, sequence = 1; now < 20000; now += 100, ++sequence) {
		hn::FrameWriter writer(512);

		for (const hn::TableRequest &request : frame.requests) {
			EXPECT_TRUE(writer.add(
				hn::TablePromise{.requester = 9, .request = request.request}));
			parts |= request.parts;
		}
		sync.receive(now, writer.finish({.stream = hn::StreamControl,
						 .node = 7,
						 .epoch = epoch,
						 .sequence = sequence}));
		sync.tick(now);
		frame.clear();
		for (const hn::Outgoing &out : sync.take().frames)
			if (hn::decode(out.frame, frame) == hn::DecodeError::None &&
			    !frame.requests.empty())
				break;
		EXPECT_TRUE(parts == hn::PartAll || !sync.ready());
	}
	EXPECT_EQ(parts, hn::PartAll);
	EXPECT_TRUE(sync.ready());
	EXPECT_FALSE(sync.peers().begin()->second.comparison.proven());
}

} // namespace
