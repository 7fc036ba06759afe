// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "hanatd/wire.h"

namespace hn
{

// How far a peer is behind what this node sends, as it says itself (docs/protocol.md, section 6).
// One that never said so holds nobody up. Pure.
class Lag
{
public:
	// Frames on their way to it, which a receive buffer of the default size holds twice over.
	static constexpr std::uint64_t window = 1024;
	// So long the others wait for one that is slower than they are, or says nothing at all.
	static constexpr std::uint64_t patience_ms = 500;
	// With one for which nobody else waits: nearly until it counts as silent. What it does not
	// get now it would have to get again.
	static constexpr std::uint64_t alone_patience_ms = 4000;

	// It has all of the stream up to there.
	void acknowledged(std::uint64_t now, const StreamPosition &position);

	// Whether it acknowledges at all.
	[[nodiscard]] bool known() const { return known_; }

	// Of what was sent, the frames that it does not have.
	[[nodiscard]] std::uint64_t frames(std::span<const StreamPosition> sent) const;

	// Whether no more is to be sent for its sake. Alone: nobody else would wait with it, and it
	// is enough that words of it keep coming.
	bool holds(std::uint64_t now, std::span<const StreamPosition> sent, bool alone);

	// It was waited for long enough, and is still behind.
	[[nodiscard]] bool left_behind() const { return left_behind_; }

	// When that may come to an end without a word of it; nothing: it does not hold.
	[[nodiscard]] std::optional<std::uint64_t> until() const
	{
		return full_ && !left_behind_ ? std::optional(until_) : std::nullopt;
	}

private:
	std::array<std::uint64_t, wire_streams> has_{};
	bool known_ = false;
	bool full_ = false; // a window is on its way, and since then more than half of one
	bool left_behind_ = false;
	std::uint64_t heard_ = 0; // when it had more than before
	std::uint64_t since_ = 0; // it is full
	std::uint64_t until_ = 0; // holds() that long
};

} // namespace hn
