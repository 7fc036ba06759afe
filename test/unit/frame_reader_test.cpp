// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "document.h"
#include "hanatd/frame_reader.h"
#include "hanatd/frame_writer.h"

namespace
{

using hn::Bytes;
using hn::FrameReader;

// A frame that is good for nothing but its length.
Bytes frame_of(std::size_t length, std::uint8_t fill = 0)
{
	Bytes frame(length, std::byte{fill});

	frame[0] = std::byte{0x48};
	frame[1] = std::byte{0x4e};
	frame[6] = static_cast<std::byte>(length >> 8);
	frame[7] = static_cast<std::byte>(length & 0xff);
	return frame;
}

// What comes of a stream that is cut at these offsets. One more: where it goes wrong.
struct Stream {
	std::vector<Bytes> frames;
	bool bad = false;

	void read(FrameReader &reader, std::span<const std::byte> piece)
	{
		std::span<const std::byte> frame;
		FrameReader::Next next = reader.next(piece, frame);

		for (; next == FrameReader::Next::Frame; next = reader.next(piece, frame))
			frames.emplace_back(frame.begin(), frame.end());
		bad |= next == FrameReader::Next::Bad;
		EXPECT_TRUE(bad || piece.empty());
	}
};

Stream read_cut(const Bytes &bytes, const std::vector<std::size_t> &cuts)
{
	FrameReader reader;
	Stream stream;
	std::size_t from = 0;

	for (const std::size_t cut : cuts) {
		stream.read(reader, std::span(bytes).subspan(from, cut - from));
		from = cut;
	}
	stream.read(reader, std::span(bytes).subspan(from));
	return stream;
}

Bytes joined(const std::vector<Bytes> &frames)
{
	Bytes bytes;

	for (const Bytes &frame : frames)
		bytes.insert(bytes.end(), frame.begin(), frame.end());
	return bytes;
}

TEST(FrameReader, EveryCutGivesTheSameFrames)
{
	const std::vector<Bytes> frames = {frame_of(36, 1), frame_of(37, 2), frame_of(100, 3)};
	const Bytes bytes = joined(frames);

	EXPECT_EQ(read_cut(bytes, {}).frames, frames);
	for (std::size_t first = 0; first <= bytes.size(); ++first)
		for (std::size_t second = first; second <= bytes.size(); ++second)
			ASSERT_EQ(read_cut(bytes, {first, second}).frames, frames)
				<< first << ", " << second;
}

TEST(FrameReader, ByteByByte)
{
	const std::vector<Bytes> frames = {frame_of(65000, 1), frame_of(36, 2)};
	const Bytes bytes = joined(frames);
	std::vector<std::size_t> cuts(bytes.size() - 1);

	std::generate(cuts.begin(), cuts.end(), [n = std::size_t{0}]() mutable { return ++n; });
	EXPECT_EQ(read_cut(bytes, cuts).frames, frames);
}

TEST(FrameReader, RandomCuts)
{
	std::mt19937 random(1);
	std::vector<Bytes> frames;
	std::vector<std::size_t> cuts;

	for (std::uint8_t i = 0; i < 100; ++i)
		frames.push_back(frame_of(36 + random() % 3000, i));
	const Bytes bytes = joined(frames);
	for (std::size_t at = random() % 2000; at < bytes.size(); at += random() % 2000)
		cuts.push_back(at);
	EXPECT_EQ(read_cut(bytes, cuts).frames, frames);
}

TEST(FrameReader, WhatBeginsNoFrameEndsTheStream)
{
	const Bytes good = frame_of(40);
	Bytes magic = frame_of(40);
	magic[1] = std::byte{0x4f};
	Bytes shorter = frame_of(40);
	shorter[7] = std::byte{35};
	Bytes longer = frame_of(40);
	longer[6] = longer[7] = std::byte{0xff};

	for (const Bytes &bad : {magic, shorter, longer}) {
		const Bytes bytes = joined({good, bad, good});

		for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
			const Stream stream = read_cut(bytes, {cut});

			ASSERT_TRUE(stream.bad) << cut;
			ASSERT_EQ(stream.frames.front(), good) << cut;
		}
	}
}

// Of another version, which the decoder says; the stream goes on.
TEST(FrameReader, LooksAtNothingButMagicAndLength)
{
	Bytes other = frame_of(40);
	other[2] = std::byte{9};
	const std::vector<Bytes> frames = {other, frame_of(36)};

	EXPECT_EQ(read_cut(joined(frames), {3}).frames, frames);
	EXPECT_FALSE(read_cut(joined(frames), {3}).bad);
}

TEST(FrameReader, ReadsWhatIsWritten)
{
	hn::FrameWriter writer(1452);
	ASSERT_TRUE(writer.add_own(hn::test::tcp_record()));
	const Bytes written = writer.finish({.stream = hn::StreamDelta,
					     .node = 7,
					     .epoch = hn::test::document_epoch(),
					     .sequence = 1});

	EXPECT_EQ(read_cut(joined({written, written}), {50}).frames,
		  (std::vector<Bytes>{written, written}));
}

} // namespace
