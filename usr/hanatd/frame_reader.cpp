// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/frame_reader.h"

#include <algorithm>

namespace hn
{

// Whether so much of the frame is there.
bool FrameReader::take_up_to(std::size_t size, std::span<const std::byte> &piece)
{
	const std::size_t n = std::min(piece.size(), size - std::min(size, begun_.size()));

	begun_.insert(begun_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n));
	piece = piece.subspan(n);
	return begun_.size() >= size;
}

FrameReader::Next FrameReader::next(std::span<const std::byte> &piece,
				    std::span<const std::byte> &frame)
{
	if (taken_)
		begun_.clear();
	taken_ = false;
	if (begun_.empty()) {
		const std::optional<std::size_t> length = decode_length(piece);

		if (!length)
			return Next::Bad;
		// Most are whole: no copy.
		if (*length > 0 && piece.size() >= *length) {
			frame = piece.first(*length);
			piece = piece.subspan(*length);
			return Next::Frame;
		}
	}
	if (!take_up_to(wire_prefix_size, piece))
		return Next::More;
	const std::optional<std::size_t> length = decode_length(begun_);
	if (!length)
		return Next::Bad;
	if (!take_up_to(*length, piece))
		return Next::More;
	frame = begun_;
	taken_ = true;
	return Next::Frame;
}

} // namespace hn
