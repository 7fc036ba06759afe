// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/sender.h"

#include <algorithm>
#include <numeric>

namespace hn
{

Sender::Sender(const Epoch &epoch, Counters &counters)
	: epoch_(epoch),
	  counters_(counters), writers_{FrameWriter(default_payload), FrameWriter(default_payload),
					FrameWriter(default_payload)}
{
}

// Nobody misses frames of another name.
void Sender::set_node(std::uint32_t node)
{
	if (node != node_)
		forget_frames();
	node_ = node;
}

void Sender::set_keys(const Keyring &keys)
{
	flush_all(); // what is begun may have no room for a tag
	keys_ = keys;
	limit_frames();
}

void Sender::set_max_payload(std::size_t bytes)
{
	bytes = std::min(bytes, wire_frame_max);
	if (bytes < max_payload_) // what was longer does not get through again
		forget_frames();
	max_payload_ = bytes;
	limit_frames();
}

void Sender::limit_frames()
{
	for (FrameWriter &writer : writers_)
		writer.set_limit(max_payload_ - (keys_.empty() ? 0 : wire_tag_size));
}

void Sender::forget_frames()
{
	for (FrameRing &ring : rings_)
		ring.clear();
}

void Sender::flush(Stream stream)
{
	if (writers_[stream].empty())
		return;
	const FrameHeader header{
		.stream = stream, .node = node_, .epoch = epoch_, .sequence = ++sequences_[stream]};
	frames_.push_back({.frame = writers_[stream].finish(header, keys_.sending())});
	if (stream != StreamControl)
		rings_[stream].add(header.sequence, frames_.back().frame);
}

void Sender::flush_all()
{
	for (const Stream stream : {StreamControl, StreamDelta, StreamTable})
		flush(stream);
}

std::array<StreamPosition, 2> Sender::positions() const
{
	return {{{StreamDelta, sequences_[StreamDelta]}, {StreamTable, sequences_[StreamTable]}}};
}

bool Sender::sessions_pending() const
{
	return !writers_[StreamDelta].empty() || !writers_[StreamTable].empty();
}

void Sender::repeat(std::uint64_t now, std::uint32_t requester, const Nack &nack)
{
	FrameRing &ring = rings_[nack.stream];
	const std::uint64_t oldest = ring.first();
	bool gone = false;

	repeats_ = std::min(repeat_burst, repeats_ + (now - repeats_at_) * repeat_rate / 1000);
	repeats_at_ = now;
	for (const SequenceRange &range : nack.ranges) {
		gone |= range.first < oldest;
		for (std::uint64_t i = 0; i < range.count; ++i) {
			const Bytes *frame = ring.again(range.first + i, now);

			if (frame && may_repeat())
				frames_.push_back({.frame = *frame, .to = requester});
		}
	}
	if (gone)
		write(StreamControl, [&](FrameWriter &w) {
			return w.add_oldest({.stream = nack.stream, .last = oldest});
		});
}

bool Sender::may_repeat()
{
	if (repeats_ == 0) {
		++counters_.repairs_held;
		return false;
	}
	--repeats_;
	++counters_.frames_repeated;
	return true;
}

std::size_t Sender::kept() const
{
	return std::accumulate(
		rings_.begin(), rings_.end(), std::size_t{0},
		[](std::size_t sum, const FrameRing &ring) { return sum + ring.size(); });
}

std::size_t Sender::kept_bytes() const
{
	return std::accumulate(
		rings_.begin(), rings_.end(), std::size_t{0},
		[](std::size_t sum, const FrameRing &ring) { return sum + ring.bytes(); });
}

std::vector<Outgoing> Sender::take()
{
	flush_all();
	return std::exchange(frames_, {});
}

} // namespace hn
