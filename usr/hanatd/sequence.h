// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace hn
{

enum class Arrival {
	Fresh,	   // the highest so far
	Reordered, // lower, for the first time
	Duplicate,
	Old, // from before the beginning, or given up: perhaps seen, and not wanted
};

// So many sequences from the first on.
struct SequenceRange {
	std::uint64_t first = 0;
	std::uint16_t count = 0;

	bool operator==(const SequenceRange &) const = default;
};

// What came of one stream of one (node, epoch), and what is missing.
class SequenceWindow
{
public:
	static constexpr std::size_t window_size = 4096;
	static constexpr std::uint64_t patience_ms = 5000;

	// Nothing up to this sequence is accepted or missing. Before anything else.
	void begin(std::uint64_t last);

	// A frame with this sequence is here. The first one ever is the beginning.
	Arrival accept(std::uint64_t sequence, std::uint64_t now);

	// The sender says that this was its last: what is between is missing. 0 is nothing sent
	// yet.
	void announce(std::uint64_t last, std::uint64_t now);

	// The sender has none below this any more: what is missing of them is lost.
	void abandon(std::uint64_t first, std::uint64_t now);

	// The lowest missing sequence; 0: none is.
	[[nodiscard]] std::uint64_t oldest() const { return missing_ > 0 ? oldest_ : 0; }

	// All up to this one came, or was given up; 0: nothing came.
	[[nodiscard]] std::uint64_t complete() const
	{
		return missing_ > 0 ? oldest_ - 1 : highest_;
	}

	[[nodiscard]] std::uint64_t highest() const { return highest_; }

	// What is missing, from the lowest on, in so many ranges at most.
	[[nodiscard]] std::vector<SequenceRange> missing(std::size_t max_ranges) const;

	// How many have been lost since the last time: the window has passed them, they were
	// abandoned, or one has been the oldest for patience_ms, when all are given up.
	std::uint64_t settle(std::uint64_t now);

	// When settle() may have something; nothing while nothing is missing or lost.
	[[nodiscard]] std::optional<std::uint64_t> deadline() const;

private:
	[[nodiscard]] bool seen(std::uint64_t sequence) const
	{
		return seen_.test(sequence % window_size);
	}
	void advance(std::uint64_t to, std::uint64_t now);
	void make_room();
	void find_oldest(std::uint64_t now);

	// By sequence % window_size; valid for the last window_size up to highest_.
	std::bitset<window_size> seen_;
	std::uint64_t highest_ = 0;
	std::uint64_t floor_ = 0;   // only sequences above are missing
	std::uint64_t missing_ = 0; // in the window
	std::uint64_t lost_ = 0;    // not settled yet
	std::uint64_t oldest_ = 0;  // the lowest missing one, if any is
	std::uint64_t since_ = 0;   // it is the oldest since
	bool started_ = false;
};

} // namespace hn
