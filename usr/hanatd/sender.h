// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "hanatd/counters.h"
#include "hanatd/frame_ring.h"
#include "hanatd/frame_writer.h"
#include "hanatd/wire.h"
#include "lib/keys.h"

namespace hn
{

// A frame, and whom it is for. Others may get it as well, where the network has no way to one
// alone.
struct Outgoing {
	Bytes frame;
	std::uint32_t to = 0; // node; 0: everybody
};

// The frames of this node, in one epoch: filled, numbered, sealed, and kept for a while so that
// they can be sent again. Pure.
class Sender
{
public:
	static constexpr std::size_t default_payload = 1452;
	// Frames sent once more: in a second, and at once.
	static constexpr std::uint64_t repeat_rate = 2000;
	static constexpr std::uint64_t repeat_burst = 512;

	Sender(const Epoch &epoch, Counters &counters);

	// From the next frame on.
	void set_node(std::uint32_t node);
	void set_keys(const Keyring &keys);
	void set_max_payload(std::size_t bytes);

	// Adds to the frame of the stream that is being written, or to the next one, by a call
	// add(FrameWriter &).
	template<class Add>
	void write(Stream stream, const Add &add)
	{
		if (add(writers_[stream]))
			return;
		flush(stream);
		add(writers_[stream]);
	}

	// A message of CONTROL.
	template<class Message>
	void say(const Message &message)
	{
		write(StreamControl, [&](FrameWriter &w) { return w.add(message); });
	}

	// Closes that frame, if anything is in it.
	void flush(Stream stream);
	void flush_all();

	// The last frame of the stream; one that is being written counts when it is closed.
	[[nodiscard]] std::uint64_t last(Stream stream) const { return sequences_[stream]; }
	[[nodiscard]] std::array<StreamPosition, 2> positions() const; // of DELTA and TABLE
	[[nodiscard]] bool sessions_pending() const;

	// Of a text, how much one message has room for.
	[[nodiscard]] std::size_t config_room() const
	{
		return writers_[StreamControl].config_room();
	}

	// Sends what that node misses once more, as far as it is kept.
	void repeat(std::uint64_t now, std::uint32_t requester, const Nack &nack);

	// Frames that are kept to be sent again.
	[[nodiscard]] std::size_t kept() const;
	[[nodiscard]] std::size_t kept_bytes() const;

	// All that is to be sent, in this order; closes what is being written.
	std::vector<Outgoing> take();

private:
	void limit_frames();
	void forget_frames();
	bool may_repeat();

	Epoch epoch_;
	Counters &counters_;
	std::uint32_t node_ = 0;
	Keyring keys_;
	std::size_t max_payload_ = default_payload;
	std::array<FrameWriter, 3> writers_;
	std::array<std::uint64_t, 3> sequences_{}; // last used
	std::array<FrameRing, 3> rings_;	   // that of CONTROL stays empty
	std::uint64_t repeats_ = repeat_burst;	   // frames that may be sent once more now
	std::uint64_t repeats_at_ = 0;		   // as of then
	std::vector<Outgoing> frames_;
};

} // namespace hn
