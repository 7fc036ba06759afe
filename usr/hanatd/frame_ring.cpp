// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/frame_ring.h"

namespace hn
{

void FrameRing::add(std::uint64_t sequence, const Bytes &frame)
{
	frames_.push_back({.frame = frame});
	bytes_ += frame.size();
	next_ = sequence + 1;
	while (frames_.size() > max_frames || bytes_ > max_bytes) {
		bytes_ -= frames_.front().frame.size();
		frames_.pop_front();
	}
}

void FrameRing::clear()
{
	frames_.clear();
	bytes_ = 0;
}

const Bytes *FrameRing::again(std::uint64_t sequence, std::uint64_t now)
{
	if (sequence < first() || sequence >= next_)
		return nullptr;
	Sent &sent = frames_[sequence - first()];
	if (now < sent.again_at)
		return nullptr;
	sent.again_at = now + again_ms;
	return &sent.frame;
}

} // namespace hn
