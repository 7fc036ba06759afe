// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <arpa/inet.h>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "document.h"
#include "hanatd/frame_writer.h"

namespace
{

using hn::Bytes;
using hn::DecodeError;
using hn::Frame;
using hn::FrameWriter;
using hn::test::document_epoch;
using hn::test::record;
using hn::test::tcp_record;

// The hex dumps of docs/protocol.md, in order.
std::vector<Bytes> examples()
{
	std::ifstream doc(HN_SOURCE_DIR "/docs/protocol.md");
	std::vector<Bytes> all;
	std::string line;

	while (std::getline(doc, line)) {
		if (line.find(' ') != 4 || line.compare(4, 2, "  ") != 0 ||
		    line.find_first_not_of("0123456789abcdef ") != std::string::npos)
			continue;
		if (line.compare(0, 4, "0000") == 0)
			all.emplace_back();
		std::istringstream hex(line.substr(6));
		for (std::string byte; hex >> byte;)
			all.back().push_back(static_cast<std::byte>(std::stoi(byte, nullptr, 16)));
	}
	return all;
}

std::vector<Bytes> plain_examples()
{
	std::vector<Bytes> all = examples();

	all.resize(3);
	return all;
}

hn::FrameHeader header(std::uint8_t stream, std::uint64_t sequence)
{
	return {.stream = stream, .node = 7, .epoch = document_epoch(), .sequence = sequence};
}

hn_record udp_record()
{
	hn_record r = record("::ffff:10.0.0.5");

	r.inside_port = htons(4660);
	r.ext_port = htons(61002);
	r.remote_port = htons(53);
	r.proto = HN_PROTO_UDP;
	r.state = HN_TCP_ESTABLISHED;
	r.lifetime = 300000;
	r.owner = 9;
	r.version = 1;
	return r;
}

// Writes a decoded frame again; all its records are own ones, or none.
Bytes encode(const Frame &frame)
{
	FrameWriter writer(hn::wire_frame_max);

	for (const hn_record &r : frame.records)
		EXPECT_TRUE(frame.header.stream == hn::StreamTable ? writer.add_owned(r)
								   : writer.add_own(r));
	if (!frame.positions.empty()) {
		EXPECT_TRUE(frame.bye ? writer.add_bye(frame.positions)
				      : writer.add_heartbeat(frame.positions));
	}
	for (const hn::TableRequest &r : frame.requests)
		EXPECT_TRUE(writer.add(r));
	for (const hn::TablePromise &p : frame.promises)
		EXPECT_TRUE(writer.add(p));
	for (const hn::TableSent &s : frame.tables_sent)
		EXPECT_TRUE(writer.add(s));
	return writer.finish(frame.header);
}

void put16(Bytes &frame, std::size_t at, std::size_t value)
{
	frame[at] = static_cast<std::byte>(value >> 8);
	frame[at + 1] = static_cast<std::byte>(value & 0xff);
}

// A frame of one TLV with this value.
Bytes with_tlv(std::uint16_t type, std::size_t length)
{
	Bytes frame = FrameWriter(512).finish(header(hn::StreamControl, 1));

	frame.resize(hn::wire_header_size + 4 + length);
	put16(frame, 6, frame.size());
	put16(frame, hn::wire_header_size, type);
	put16(frame, hn::wire_header_size + 2, length);
	return frame;
}

DecodeError error_of(const Bytes &bytes, const hn::Keyring &keys = {})
{
	Frame frame;

	return decode(bytes, frame, keys);
}

// The key file of docs/protocol.md.
hn::Keyring example_keys()
{
	std::ifstream doc(HN_SOURCE_DIR "/docs/protocol.md");

	for (std::string line; std::getline(doc, line);) {
		if (line.compare(0, 6, "    5 ") != 0)
			continue;
		const hn::Result<hn::Keyring> keys = hn::keys_parse(line.substr(4), "protocol.md");
		if (keys)
			return *keys;
	}
	ADD_FAILURE() << "docs/protocol.md has no example of a key file";
	return {};
}

TEST(Wire, EncodesTheExamples)
{
	const std::vector<Bytes> pinned = examples();
	FrameWriter writer(1452);

	ASSERT_EQ(pinned.size(), 4U);
	EXPECT_TRUE(writer.add_own(tcp_record()));
	EXPECT_EQ(writer.finish(header(hn::StreamDelta, 258)), pinned[0]);
	EXPECT_TRUE(writer.empty());
	EXPECT_TRUE(writer.add_owned(udp_record()));
	EXPECT_EQ(writer.finish(header(hn::StreamTable, 3)), pinned[1]);

	const std::vector<hn::StreamPosition> positions{{1, 258}, {2, 3}};
	EXPECT_TRUE(writer.add_heartbeat(positions));
	EXPECT_TRUE(writer.add(hn::TableRequest{.target = 9, .request = 0x1234, .parts = 3}));
	Bytes third = writer.finish(header(hn::StreamControl, 5));
	for (const int b : {0xff, 0x00, 0x00, 0x01, 0x2a})
		third.push_back(static_cast<std::byte>(b));
	put16(third, 6, third.size());
	EXPECT_EQ(third, pinned[2]);

	const hn::Keyring keys = example_keys();
	EXPECT_TRUE(writer.add_own(tcp_record()));
	EXPECT_EQ(writer.finish(header(hn::StreamDelta, 258), keys.sending()), pinned[3]);
}

TEST(Wire, DecodesTheExamples)
{
	const std::vector<Bytes> pinned = examples();
	Frame frame;

	ASSERT_EQ(decode(pinned[0], frame), DecodeError::None);
	EXPECT_EQ(frame.header.node, 7U);
	EXPECT_EQ(frame.header.stream, hn::StreamDelta);
	EXPECT_EQ(frame.header.sequence, 258U);
	EXPECT_EQ(frame.header.epoch, header(0, 0).epoch);
	hn_record expected = tcp_record();
	expected.lifetime = 7440384;
	ASSERT_EQ(frame.records.size(), 1U);
	EXPECT_EQ(memcmp(&frame.records[0], &expected, sizeof(expected)), 0);

	ASSERT_EQ(decode(pinned[1], frame), DecodeError::None);
	expected = udp_record();
	expected.lifetime = 300032;
	ASSERT_EQ(frame.records.size(), 1U);
	EXPECT_EQ(memcmp(&frame.records[0], &expected, sizeof(expected)), 0);

	ASSERT_EQ(decode(pinned[2], frame), DecodeError::None);
	EXPECT_TRUE(frame.records.empty());
	EXPECT_EQ(frame.skipped, 1U);
	ASSERT_EQ(frame.requests.size(), 1U);
	EXPECT_EQ(frame.requests[0].target, 9U);
	EXPECT_EQ(frame.requests[0].request, 0x1234U);
	EXPECT_EQ(frame.requests[0].parts, hn::PartAll);
	ASSERT_EQ(frame.positions.size(), 2U);
	EXPECT_EQ(frame.positions[0].last, 258U);
	EXPECT_FALSE(frame.bye);
}

TEST(Wire, EncodeDecodeEncodeIsIdentity)
{
	std::mt19937 random(1);
	Frame frame;

	for (int round = 0; round < 200; ++round) {
		FrameWriter writer(1452);
		const bool table = round % 2;

		for (;;) {
			hn_record r = record(random() % 2 ? "::ffff:10.0.0.1" : "2001:db8::1");
			r.inside.s6_addr[15] = static_cast<std::uint8_t>(random());
			r.ext_port = static_cast<std::uint16_t>(random());
			r.proto = static_cast<std::uint8_t>(random() % HN_PROTO_COUNT);
			r.state = static_cast<std::uint8_t>(random() % HN_TCP_COUNT);
			r.lifetime = static_cast<std::uint32_t>(random() >> random() % 32);
			r.owner = table ? static_cast<std::uint32_t>(1 + random() % 3) : 7;
			r.version = static_cast<std::uint16_t>(random());
			r.flags = random() % 4 ? 0 : HN_RF_DELETE;
			if (!(table ? writer.add_owned(r) : writer.add_own(r)))
				break;
		}
		const Bytes first =
			writer.finish(header(table ? hn::StreamTable : hn::StreamDelta, 9));
		EXPECT_LE(first.size(), 1452U);
		ASSERT_EQ(decode(first, frame), DecodeError::None);
		EXPECT_EQ(encode(frame), first);
	}
}

TEST(Wire, EveryControlMessageRoundTrips)
{
	const std::vector<hn::StreamPosition> positions{
		{1, 0}, {2, std::numeric_limits<std::uint64_t>::max()}};
	FrameWriter writer(512);
	Frame frame;

	EXPECT_TRUE(writer.add_bye(positions));
	EXPECT_TRUE(writer.add(hn::TableRequest{.target = 0, .request = 1, .parts = 2}));
	EXPECT_TRUE(writer.add(hn::TableRequest{.target = 5, .request = 2, .parts = 1}));
	EXPECT_TRUE(writer.add(hn::TablePromise{.requester = 8, .request = 3}));
	EXPECT_TRUE(writer.add(hn::TableSent{.requester = 9, .request = 4}));
	const Bytes first = writer.finish(header(hn::StreamControl, 1));
	ASSERT_EQ(decode(first, frame), DecodeError::None);
	EXPECT_TRUE(frame.bye);
	EXPECT_EQ(frame.promises[0].requester, 8U);
	EXPECT_EQ(frame.tables_sent[0].requester, 9U);
	EXPECT_EQ(encode(frame), first);
}

// The budget of the design: bytes per session in a full frame.
TEST(Wire, FullFrameHasRoomForEnoughSessions)
{
	const auto count = [](const hn_record &r, std::size_t limit) {
		FrameWriter writer(limit);
		std::size_t n = 0;
		while (writer.add_own(r))
			++n;
		EXPECT_LE(writer.finish(header(1, 1)).size(), limit);
		return n;
	};

	EXPECT_EQ(count(tcp_record(), 1452), 38U);
	EXPECT_EQ(count(tcp_record(), 1452 - hn::wire_tag_size), 37U);
	EXPECT_EQ(count(udp_record(), 1452), 56U);
	EXPECT_EQ(count(udp_record(), 65000), 2598U);
}

TEST(Wire, EveryTruncationIsRejected)
{
	for (Bytes frame : plain_examples()) {
		while (!frame.empty()) {
			frame.pop_back();
			EXPECT_NE(error_of(frame), DecodeError::None);
			// Even if the length tells the truth, unless the cut falls between two
			// TLVs.
			if (frame.size() < hn::wire_header_size)
				continue;
			Bytes shorter = frame;
			put16(shorter, 6, shorter.size());
			const DecodeError error = error_of(shorter);
			if (error == DecodeError::None) {
				const std::vector<std::size_t> cuts{36, 58, 71};
				EXPECT_NE(std::find(cuts.begin(), cuts.end(), shorter.size()),
					  cuts.end());
			}
		}
	}
}

TEST(Wire, NoBitFlipFaults)
{
	for (const Bytes &good : plain_examples()) {
		for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
			Bytes frame = good;
			Frame out;

			frame[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
			if (decode(frame, out) != DecodeError::None) {
				EXPECT_TRUE(out.records.empty());
				EXPECT_EQ(out.header.node, 0U);
			}
		}
	}
}

TEST(Wire, NoRandomBytesFault)
{
	const Bytes good = examples()[0];
	std::mt19937 random(7);

	for (int round = 0; round < 20000; ++round) {
		Bytes frame = good;
		frame.resize(hn::wire_header_size + random() % 64);
		for (std::size_t i = hn::wire_header_size; i < frame.size(); ++i)
			frame[i] = static_cast<std::byte>(random() % (random() % 2 ? 256 : 4));
		put16(frame, 6, frame.size());
		error_of(frame);
	}
}

TEST(Wire, HeaderErrors)
{
	const Bytes good = examples()[0];
	const auto changed = [&](std::size_t at, int value) {
		Bytes frame = good;
		frame[at] = static_cast<std::byte>(value);
		return error_of(frame);
	};

	EXPECT_EQ(error_of({}), DecodeError::Short);
	EXPECT_EQ(changed(0, 0x49), DecodeError::Magic);
	EXPECT_EQ(changed(2, 0), DecodeError::Version);
	EXPECT_EQ(changed(2, 2), DecodeError::Version);
	EXPECT_EQ(changed(3, 2), DecodeError::Flags);
	EXPECT_EQ(changed(4, 1), DecodeError::Flags);
	EXPECT_EQ(changed(3, 1), DecodeError::Flags);
	EXPECT_EQ(changed(5, 16), DecodeError::Header);
	EXPECT_EQ(changed(5, 15), DecodeError::None);
	EXPECT_EQ(changed(7, 0x4e), DecodeError::Length);
	EXPECT_EQ(changed(11, 0), DecodeError::Header); // node 0
	Bytes zero_sequence = good;
	std::fill_n(zero_sequence.begin() + 28, 8, std::byte{0});
	EXPECT_EQ(error_of(zero_sequence), DecodeError::Header);
}

TEST(Wire, FramesHaveALimit)
{
	for (const std::size_t size : {hn::wire_frame_max, hn::wire_frame_max + 1}) {
		Bytes frame = with_tlv(0xff00, size - hn::wire_header_size - 4);

		ASSERT_EQ(frame.size(), size);
		EXPECT_EQ(error_of(frame),
			  size == hn::wire_frame_max ? DecodeError::None : DecodeError::Length);
	}
}

TEST(Wire, TrailingGarbageIsRejected)
{
	Bytes frame = examples()[0];

	frame.push_back(std::byte{0});
	EXPECT_EQ(error_of(frame), DecodeError::Length);
	for (int i = 0; i < 3; ++i) {
		put16(frame, 6, frame.size());
		EXPECT_EQ(error_of(frame), DecodeError::Tlv);
		frame.push_back(std::byte{0});
	}
	put16(frame, 6, frame.size());
	EXPECT_EQ(error_of(frame), DecodeError::None); // an empty TLV of the unknown type 0
}

TEST(Wire, UnknownTlvsAreSkipped)
{
	for (const int type : {0x0005, 0x0033, 0x0046, 0x0050, 0x0055, 0x7fff, 0xffff})
		for (const std::size_t length : {0U, 1U, 100U})
			EXPECT_EQ(error_of(with_tlv(static_cast<std::uint16_t>(type), length)),
				  DecodeError::None);
	EXPECT_EQ(error_of(FrameWriter(512).finish(header(0, 1))), DecodeError::None);
}

TEST(Wire, KnownTlvsHaveTheirLength)
{
	struct Case {
		std::uint16_t type;
		std::size_t good;
	};

	for (const Case c : {Case{0x01, 37},
			     {0x02, 25},
			     {0x03, 41},
			     {0x04, 29},
			     {0x10, 9},
			     {0x11, 8},
			     {0x20, 9},
			     {0x21, 9}}) {
		for (std::size_t length = 0; length <= 60; ++length) {
			const DecodeError error = error_of(with_tlv(c.type, length));
			const std::size_t unit = c.type == 0x20 || c.type == 0x21 ? 9
						 : c.type == 0x02		  ? 25
										  : 1000;

			if (length == c.good || (length > 0 && length % unit == 0))
				EXPECT_NE(error, DecodeError::TlvLength) << c.type << " " << length;
			else
				EXPECT_EQ(error, length == 54 && c.type == 0x04
							 ? DecodeError::Value
							 : DecodeError::TlvLength)
					<< c.type << " " << length;
		}
	}
	Bytes beyond = with_tlv(0x10, 9);
	put16(beyond, hn::wire_header_size + 2, 10);
	EXPECT_EQ(error_of(beyond), DecodeError::Tlv);
}

TEST(Wire, ValuesOutOfRange)
{
	const std::size_t value = hn::wire_header_size + 4;
	const auto changed = [](Bytes frame, std::size_t at, int byte) {
		frame[at] = static_cast<std::byte>(byte);
		return error_of(frame);
	};
	const Bytes session = examples()[0];

	EXPECT_EQ(changed(session, value + 30, 0x0f), DecodeError::Value); // protocol 3
	EXPECT_EQ(changed(session, value + 30, 0x40), DecodeError::Value);
	EXPECT_EQ(changed(session, value + 30, 0x80), DecodeError::Value);
	EXPECT_EQ(changed(session, value + 30, 0x3e), DecodeError::None);
	EXPECT_EQ(changed(examples()[1], value + 3, 0), DecodeError::Value); // owner 0
	EXPECT_EQ(changed(with_tlv(0x10, 9), value + 8, 0), DecodeError::Value);
	EXPECT_EQ(changed(with_tlv(0x10, 9), value + 8, 3), DecodeError::None);
	EXPECT_EQ(changed(with_tlv(0x10, 9), value + 8, 4), DecodeError::Value);
	EXPECT_EQ(changed(with_tlv(0x20, 9), value, 15), DecodeError::None);
	EXPECT_EQ(changed(with_tlv(0x20, 9), value, 16), DecodeError::Value);

	Bytes mapped = session; // ::ffff:c000:0208 in the long form
	std::fill_n(mapped.begin() + static_cast<std::ptrdiff_t>(value), 10, std::byte{0});
	mapped[value + 10] = mapped[value + 11] = std::byte{0xff};
	EXPECT_EQ(error_of(mapped), DecodeError::Value);
}

TEST(Wire, DeletionsHaveNoLifetime)
{
	FrameWriter writer(512);
	hn_record r = tcp_record();
	Frame frame;

	r.flags = HN_RF_DELETE;
	EXPECT_TRUE(writer.add_own(r));
	Bytes bytes = writer.finish(header(1, 1));
	EXPECT_EQ(bytes[hn::wire_header_size + 4 + 31], std::byte{0});
	bytes[hn::wire_header_size + 4 + 31] = std::byte{0x12};
	ASSERT_EQ(decode(bytes, frame), DecodeError::None);
	EXPECT_EQ(frame.records[0].lifetime, 0U);
	EXPECT_EQ(frame.records[0].flags, HN_RF_DELETE);
}

TEST(Lifetime, ErrorIsBounded)
{
	const auto check = [](std::uint64_t ms) {
		const auto in = static_cast<std::uint32_t>(ms);
		const std::uint64_t out = hn::lifetime_decode(hn::lifetime_encode(in));

		if (in > 2146959360U) {
			EXPECT_EQ(out, 2146959360U);
			return;
		}
		EXPECT_GE(out, in);
		EXPECT_LT(out - in, std::max<std::uint64_t>(16, in / 2048 + 16)) << in;
		EXPECT_EQ(hn::lifetime_encode(static_cast<std::uint32_t>(out)),
			  hn::lifetime_encode(in));
	};

	for (std::uint64_t ms = 0; ms < 300000; ++ms)
		check(ms);
	for (std::uint64_t ms = 300000; ms <= std::numeric_limits<std::uint32_t>::max();
	     ms += ms / 1000)
		check(ms);
	for (unsigned shift = 4; shift < 32; ++shift)
		for (const std::uint64_t edge : {0U, 1U, 2U})
			check((std::uint64_t{4095} << shift & 0xffffffff) + edge - 1);
	EXPECT_EQ(hn::lifetime_encode(0), 0);
	EXPECT_EQ(hn::lifetime_encode(1), 1);
	EXPECT_EQ(hn::lifetime_encode(std::numeric_limits<std::uint32_t>::max()), 0xffff);
}

TEST(Lifetime, IsMonotone)
{
	std::uint32_t last = 0;

	for (std::uint64_t ms = 0; ms <= std::numeric_limits<std::uint32_t>::max();
	     ms += 1 + ms / 5000) {
		const std::uint32_t now =
			hn::lifetime_decode(hn::lifetime_encode(static_cast<std::uint32_t>(ms)));
		EXPECT_GE(now, last);
		last = now;
	}
}

TEST(Wire, SealedFramesAreWhatWasSealed)
{
	const hn::Keyring keys = example_keys();
	const Bytes sealed = examples()[3];
	Frame frame;

	ASSERT_EQ(decode(sealed, frame, keys), DecodeError::None);
	EXPECT_EQ(frame.header.key, 5U);
	EXPECT_EQ(frame.header.sequence, 258U);
	ASSERT_EQ(frame.records.size(), 1U);
	EXPECT_EQ(frame.records[0].ext_port, htons(61001));
}

TEST(Wire, NoBitOfASealedFrameCanBeChanged)
{
	const hn::Keyring keys = example_keys();
	const Bytes sealed = examples()[3];

	for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
		Bytes frame = sealed;
		Frame out;

		frame[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
		EXPECT_NE(decode(frame, out, keys), DecodeError::None) << "bit " << bit;
		EXPECT_TRUE(out.records.empty() && out.plain.empty());
	}
}

TEST(Wire, NoSealedFrameCanBeCut)
{
	const hn::Keyring keys = example_keys();

	for (Bytes frame = examples()[3]; frame.size() > hn::wire_header_size;) {
		frame.pop_back();
		put16(frame, 6, frame.size());
		EXPECT_EQ(error_of(frame, keys), DecodeError::Forged) << frame.size();
	}
}

TEST(Wire, KeysDecideWhatIsAFrame)
{
	const hn::Keyring keys = example_keys();
	const std::vector<Bytes> frames = examples();
	hn::Keyring other;
	hn::Keyring changed;

	EXPECT_TRUE(other.add(hn::Key(6, keys.sending()->secret())));
	EXPECT_TRUE(changed.add(hn::Key(5, {1})));
	EXPECT_EQ(error_of(frames[3]), DecodeError::Authenticated);
	EXPECT_EQ(error_of(frames[0], keys), DecodeError::Unauthenticated);
	EXPECT_EQ(error_of(frames[3], other), DecodeError::Key);
	EXPECT_EQ(error_of(frames[3], changed), DecodeError::Forged);
	EXPECT_TRUE(changed.add(hn::Key(6, {1})));
	EXPECT_TRUE(other.add(*keys.sending()));
	EXPECT_EQ(error_of(frames[3], other), DecodeError::None) << "the second key counts as well";
}

TEST(Wire, EmptySealedFramesAreFrames)
{
	const hn::Keyring keys = example_keys();
	const Bytes frame = FrameWriter(512).finish(header(0, 1), keys.sending());

	EXPECT_EQ(frame.size(), hn::wire_header_size + hn::wire_tag_size);
	EXPECT_EQ(error_of(frame, keys), DecodeError::None);
}

TEST(Wire, ChallengesAndAnswersComeBack)
{
	const hn::Challenge challenge{
		.node = 9, .epoch = header(0, 1).epoch, .nonce = 0x1122334455};
	hn::ChallengeAnswer answer{.nonce = 77, .last = {}};
	FrameWriter writer(512);
	Frame frame;

	answer.last[hn::StreamDelta] = 258;
	EXPECT_TRUE(writer.add(challenge));
	EXPECT_TRUE(writer.add(answer));
	const Bytes bytes = writer.finish(header(hn::StreamControl, 1));
	EXPECT_EQ(bytes.size(), hn::wire_header_size + 4 + 28 + 4 + 8 + 9);
	ASSERT_EQ(decode(bytes, frame), DecodeError::None);
	ASSERT_EQ(frame.challenges.size(), 1U);
	EXPECT_EQ(frame.challenges[0], challenge);
	ASSERT_EQ(frame.answers.size(), 1U);
	EXPECT_EQ(frame.answers[0].nonce, 77U);
	EXPECT_EQ(frame.answers[0].last, answer.last);
	EXPECT_EQ(error_of(with_tlv(0x0070, 27)), DecodeError::TlvLength);
	EXPECT_EQ(error_of(with_tlv(0x0071, 7)), DecodeError::TlvLength);
	EXPECT_EQ(error_of(with_tlv(0x0071, 8)), DecodeError::None);
	EXPECT_EQ(error_of(with_tlv(0x0071, 16)), DecodeError::TlvLength);
}

TEST(Wire, DigestsComeBack)
{
	const hn::Digest groups{
		.first = 1024, .span = 32, .sessions = 77, .sums = std::vector(32, ~0UL)};
	const hn::Digest buckets{.first = 2047, .span = 1, .sums = {0x0123456789abcdef}};
	FrameWriter writer(512);
	Frame frame;

	EXPECT_TRUE(writer.add(groups));
	EXPECT_TRUE(writer.add(buckets));
	const Bytes bytes = writer.finish(header(hn::StreamControl, 1));
	EXPECT_EQ(bytes.size(), hn::wire_header_size + 2UL * (4 + 8) + 33UL * 8);
	ASSERT_EQ(decode(bytes, frame), DecodeError::None);
	ASSERT_EQ(frame.digests.size(), 2U);
	EXPECT_EQ(frame.digests[0].first, 1024U);
	EXPECT_EQ(frame.digests[0].span, 32U);
	EXPECT_EQ(frame.digests[0].sessions, 77U);
	EXPECT_EQ(frame.digests[0].sums, groups.sums);
	EXPECT_EQ(frame.digests[1].sums, buckets.sums);
	for (const std::size_t length : {0U, 4U, 8U, 15U, 17U})
		EXPECT_EQ(error_of(with_tlv(0x0058, length)), DecodeError::TlvLength) << length;
	EXPECT_EQ(error_of(with_tlv(0x0058, 16)), DecodeError::Value) << "span 0";

	const auto error_with = [](const hn::Digest &digest) {
		FrameWriter w(1452);

		EXPECT_TRUE(w.add(digest));
		return error_of(w.finish(header(hn::StreamControl, 1)));
	};
	EXPECT_EQ(error_with({.first = 0, .span = 1, .sums = std::vector<std::uint64_t>(33)}),
		  DecodeError::Value);
	EXPECT_EQ(error_with({.first = 0, .span = 2, .sums = {0}}), DecodeError::Value);
	EXPECT_EQ(error_with({.first = 16, .span = 32, .sums = {0}}), DecodeError::Value);
	EXPECT_EQ(error_with({.first = 2047, .span = 1, .sums = {0, 0}}), DecodeError::Value);
	EXPECT_EQ(error_with({.first = 2016, .span = 32, .sums = {0, 0}}), DecodeError::Value);
	EXPECT_EQ(error_with({.first = 65504, .span = 32, .sums = {0}}), DecodeError::Value);
}

TEST(Wire, RequestsForDigestsAndBucketsComeBack)
{
	const hn::DigestRequest digests{.target = 9, .groups = {0, 63}};
	const hn::BucketsRequest buckets{.target = 9, .request = 5, .buckets = {2047, 0}};
	const hn::BucketsSent sent{.requester = 9, .request = 5, .last = 1ULL << 40};
	FrameWriter writer(512);
	Frame frame;

	EXPECT_TRUE(writer.add(digests));
	EXPECT_TRUE(writer.add(buckets));
	EXPECT_TRUE(writer.add(sent));
	ASSERT_EQ(decode(writer.finish(header(hn::StreamControl, 1)), frame), DecodeError::None);
	ASSERT_EQ(frame.digest_requests.size(), 1U);
	EXPECT_EQ(frame.digest_requests[0].groups, digests.groups);
	ASSERT_EQ(frame.buckets_requests.size(), 1U);
	EXPECT_EQ(frame.buckets_requests[0].request, 5U);
	EXPECT_EQ(frame.buckets_requests[0].buckets, buckets.buckets);
	ASSERT_EQ(frame.buckets_sent.size(), 1U);
	EXPECT_EQ(frame.buckets_sent[0].last, sent.last);

	for (const std::size_t length : {0U, 4U})
		EXPECT_EQ(error_of(with_tlv(0x0059, length)), DecodeError::TlvLength) << length;
	EXPECT_EQ(error_of(with_tlv(0x0059, 5)), DecodeError::Value) << "target 0";
	for (const std::size_t length : {0U, 8U, 9U})
		EXPECT_EQ(error_of(with_tlv(0x005a, length)), DecodeError::TlvLength) << length;
	EXPECT_EQ(error_of(with_tlv(0x005a, 10)), DecodeError::Value) << "target 0";
	for (const std::size_t length : {0U, 15U, 17U})
		EXPECT_EQ(error_of(with_tlv(0x005b, length)), DecodeError::TlvLength) << length;

	const auto error_with = [](const auto &request) {
		FrameWriter w(1452);

		EXPECT_TRUE(w.add(request));
		return error_of(w.finish(header(hn::StreamControl, 1)));
	};
	using Groups = std::vector<std::uint8_t>;
	using Buckets = std::vector<std::uint16_t>;
	EXPECT_EQ(error_with(hn::DigestRequest{.target = 1, .groups = {64}}), DecodeError::Value);
	EXPECT_EQ(error_with(hn::DigestRequest{.target = 1, .groups = Groups(64)}),
		  DecodeError::None);
	EXPECT_EQ(error_with(hn::DigestRequest{.target = 1, .groups = Groups(65)}),
		  DecodeError::Value);
	EXPECT_EQ(error_with(hn::BucketsRequest{.target = 1, .request = 1, .buckets = {2048}}),
		  DecodeError::Value);
	EXPECT_EQ(
		error_with(hn::BucketsRequest{.target = 1, .request = 1, .buckets = Buckets(128)}),
		DecodeError::None);
	EXPECT_EQ(
		error_with(hn::BucketsRequest{.target = 1, .request = 1, .buckets = Buckets(129)}),
		DecodeError::Value);
}

TEST(Wire, ConfigurationsComeBack)
{
	const hn::ConfigRequest request{.target = 9, .hash = 1ULL << 40, .offset = 5, .parts = 32};
	const hn::ConfigPart part{
		.requester = 9, .hash = 1, .size = 8, .offset = 5, .bytes = {'a', '\0', 'c'}};
	const hn::ConfigOffer offer{
		.target = 9, .request = 3, .hash = 2, .size = hn::wire_config_max};
	const hn::ConfigAnswer answer{.requester = 9,
				      .request = 3,
				      .outcome = hn::ConfigOutcome::Failed,
				      .changes = 4,
				      .why = "/pool6: no"};
	FrameWriter writer(512);
	Frame frame;

	EXPECT_TRUE(writer.add(request));
	EXPECT_TRUE(writer.add(part));
	EXPECT_TRUE(writer.add(offer));
	EXPECT_TRUE(writer.add(answer));
	ASSERT_EQ(decode(writer.finish(header(hn::StreamControl, 1)), frame), DecodeError::None);
	ASSERT_EQ(frame.config_requests.size(), 1U);
	EXPECT_EQ(frame.config_requests[0].hash, request.hash);
	EXPECT_EQ(frame.config_requests[0].offset, request.offset);
	EXPECT_EQ(frame.config_requests[0].parts, request.parts);
	ASSERT_EQ(frame.config_parts.size(), 1U);
	EXPECT_EQ(frame.config_parts[0].hash, part.hash);
	EXPECT_EQ(frame.config_parts[0].size, part.size);
	EXPECT_EQ(frame.config_parts[0].offset, part.offset);
	EXPECT_EQ(frame.config_parts[0].bytes, part.bytes);
	ASSERT_EQ(frame.config_offers.size(), 1U);
	EXPECT_EQ(frame.config_offers[0].request, offer.request);
	EXPECT_EQ(frame.config_offers[0].size, offer.size);
	ASSERT_EQ(frame.config_answers.size(), 1U);
	EXPECT_EQ(frame.config_answers[0].outcome, answer.outcome);
	EXPECT_EQ(frame.config_answers[0].changes, answer.changes);
	EXPECT_EQ(frame.config_answers[0].why, answer.why);

	for (const std::size_t length : {0U, 16U, 18U})
		EXPECT_EQ(error_of(with_tlv(0x0042, length)), DecodeError::TlvLength) << length;
	for (const std::size_t length : {0U, 20U, 1045U})
		EXPECT_EQ(error_of(with_tlv(0x0043, length)), DecodeError::TlvLength) << length;
	for (const std::size_t length : {0U, 19U, 21U})
		EXPECT_EQ(error_of(with_tlv(0x0044, length)), DecodeError::TlvLength) << length;
	for (const std::size_t length : {0U, 12U, 270U})
		EXPECT_EQ(error_of(with_tlv(0x0045, length)), DecodeError::TlvLength) << length;
}

TEST(Wire, ConfigurationsOutOfRange)
{
	const auto error_with = [](const auto &message) {
		FrameWriter w(1452);

		EXPECT_TRUE(w.add(message));
		return error_of(w.finish(header(hn::StreamControl, 1)));
	};
	const auto answer = [&](std::uint8_t outcome, const std::string &why) {
		return error_with(
			hn::ConfigAnswer{.requester = 1,
					 .request = 1,
					 .outcome = static_cast<hn::ConfigOutcome>(outcome),
					 .why = why});
	};
	hn::ConfigPart part{.requester = 1, .hash = 1, .size = 4, .offset = 2, .bytes = "ab"};

	EXPECT_EQ(error_with(hn::ConfigRequest{.target = 0, .parts = 1}), DecodeError::Value);
	EXPECT_EQ(error_with(hn::ConfigRequest{.target = 1, .parts = 0}), DecodeError::Value);
	EXPECT_EQ(error_with(hn::ConfigRequest{.target = 1, .parts = 33}), DecodeError::Value);
	EXPECT_EQ(error_with(part), DecodeError::None);
	part.offset = 3;
	EXPECT_EQ(error_with(part), DecodeError::Value) << "beyond the end";
	part.offset = 0xffffffff;
	EXPECT_EQ(error_with(part), DecodeError::Value) << "so that it seems before it";
	part.offset = 2;
	part.hash = 0;
	EXPECT_EQ(error_with(part), DecodeError::Value);
	part = {.requester = 1, .hash = 1, .size = hn::wire_config_max + 1, .bytes = "a"};
	EXPECT_EQ(error_with(part), DecodeError::Value);
	EXPECT_EQ(error_with(hn::ConfigOffer{.target = 0, .hash = 1, .size = 1}),
		  DecodeError::Value);
	EXPECT_EQ(error_with(hn::ConfigOffer{.target = 1, .hash = 0, .size = 1}),
		  DecodeError::Value);
	EXPECT_EQ(error_with(hn::ConfigOffer{.target = 1, .hash = 1, .size = 0}),
		  DecodeError::Value);
	EXPECT_EQ(answer(2, "~ "), DecodeError::None);
	EXPECT_EQ(answer(3, ""), DecodeError::Value);
	EXPECT_EQ(answer(2, "\x1b[2J"), DecodeError::Value);
	EXPECT_EQ(answer(2, "\xc3\xa4"), DecodeError::Value);
}

TEST(Wire, NacksAndOldestComeBack)
{
	const hn::Nack nack{
		.target = 9, .stream = hn::StreamDelta, .ranges = {{1, 65535}, {99999, 1}}};
	FrameWriter writer(512);
	Frame frame;

	EXPECT_TRUE(writer.add(nack));
	EXPECT_TRUE(writer.add_oldest({.stream = hn::StreamTable, .last = 77}));
	const Bytes bytes = writer.finish(header(hn::StreamControl, 1));
	EXPECT_EQ(bytes.size(), hn::wire_header_size + 4 + 5 + 2UL * 10 + 4 + 9);
	ASSERT_EQ(decode(bytes, frame), DecodeError::None);
	ASSERT_EQ(frame.nacks.size(), 1U);
	EXPECT_EQ(frame.nacks[0].target, 9U);
	EXPECT_EQ(frame.nacks[0].stream, hn::StreamDelta);
	EXPECT_EQ(frame.nacks[0].ranges, nack.ranges);
	ASSERT_EQ(frame.oldest.size(), 1U);
	EXPECT_EQ(frame.oldest[0].last, 77U);
	for (const std::size_t length : {0U, 4U, 5U, 14U, 16U, 24U})
		EXPECT_EQ(error_of(with_tlv(0x0031, length)), DecodeError::TlvLength) << length;
	EXPECT_EQ(error_of(with_tlv(0x0031, 15)), DecodeError::Value) << "target 0";
	EXPECT_EQ(error_of(with_tlv(0x0032, 8)), DecodeError::TlvLength);
}

} // namespace
