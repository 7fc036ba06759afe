// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "hanatd/wire.h"

namespace hn
{

// The last frames of one stream of this node, as they were sent, for peers that miss some.
class FrameRing
{
public:
	static constexpr std::size_t max_frames = SequenceWindow::window_size;
	static constexpr std::size_t max_bytes = 8U << 20;
	static constexpr std::uint64_t again_ms = 20; // between two copies of one frame

	// The next one; sequences have no gap.
	void add(std::uint64_t sequence, const Bytes &frame);
	void clear();

	[[nodiscard]] std::size_t size() const { return frames_.size(); }
	[[nodiscard]] std::size_t bytes() const { return bytes_; }

	// The lowest sequence that is kept; one above the last if none is.
	[[nodiscard]] std::uint64_t first() const { return next_ - frames_.size(); }

	// To be sent once more: null if it is not kept, or was sent less than again_ms ago.
	const Bytes *again(std::uint64_t sequence, std::uint64_t now);

private:
	struct Sent {
		Bytes frame;
		std::uint64_t again_at = 0; // not before
	};

	std::deque<Sent> frames_;
	std::size_t bytes_ = 0;
	std::uint64_t next_ = 1;
};

} // namespace hn
