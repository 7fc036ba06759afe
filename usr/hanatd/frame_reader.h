// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <span>

#include "hanatd/wire.h"

namespace hn
{

// Cuts a byte stream, which comes in pieces of any size, into frames. Pure. What is kept between
// pieces is the beginning of one frame, so at most wire_frame_max bytes.
class FrameReader
{
public:
	enum class Next {
		Frame,
		More, // the rest of the piece, if any, is kept: go on with the next one
		Bad,  // no frame begins here, and nobody can say where the next one would
	};

	// The next frame. It goes on from the front of piece, and takes from there what it has
	// read. The frame is valid until the next call, and as long as the piece is.
	Next next(std::span<const std::byte> &piece, std::span<const std::byte> &frame);

private:
	bool take_up_to(std::size_t size, std::span<const std::byte> &piece);

	Bytes begun_;
	bool taken_ = false; // what was begun has been returned
};

} // namespace hn
