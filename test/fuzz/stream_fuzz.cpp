// SPDX-License-Identifier: GPL-2.0-or-later
// The reader of byte streams: the first byte says how long the pieces are, the rest is the stream.
// However it is cut, the frames are the same, one after the other from its first byte on; it is
// kept up with; and it ends where no frame begins.
#include <algorithm>
#include <vector>

#include "expect.h"
#include "hanatd/frame_reader.h"
#include "target.h"

namespace
{

using Span = std::span<const std::byte>;

struct Reading {
	hn::Bytes frames;
	bool bad = false;
};

Reading read(Span stream, std::size_t piece_size)
{
	hn::FrameReader reader;
	Reading reading;

	while (!stream.empty() && !reading.bad) {
		Span piece = stream.first(std::min(piece_size, stream.size()));
		Span frame;
		hn::FrameReader::Next next = hn::FrameReader::Next::Frame;

		stream = stream.subspan(piece.size());
		while ((next = reader.next(piece, frame)) == hn::FrameReader::Next::Frame) {
			HN_EXPECT(hn::decode_length(frame) == frame.size());
			reading.frames.insert(reading.frames.end(), frame.begin(), frame.end());
		}
		reading.bad = next == hn::FrameReader::Next::Bad;
		HN_EXPECT(reading.bad || piece.empty());
	}
	return reading;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	if (size == 0)
		return 0;
	const Span stream = std::as_bytes(std::span(data, size)).subspan(1);
	const Reading whole = read(stream, std::max<std::size_t>(stream.size(), 1));

	for (const std::size_t piece_size : {std::size_t{1}, std::size_t{1} + data[0]}) {
		const Reading pieces = read(stream, piece_size);

		HN_EXPECT(pieces.frames == whole.frames && pieces.bad == whole.bad);
	}
	// What was read is the beginning of what came, and nothing whole is left behind it.
	HN_EXPECT(whole.frames.size() <= stream.size());
	HN_EXPECT(std::equal(whole.frames.begin(), whole.frames.end(), stream.begin()));
	const Span rest = stream.subspan(whole.frames.size());
	const std::optional<std::size_t> length = hn::decode_length(rest);
	HN_EXPECT(whole.bad == !length);
	HN_EXPECT(!length || *length == 0 || *length > rest.size());
	return 0;
}
