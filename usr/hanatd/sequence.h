// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace hn
{

enum class Arrival {
	Fresh,	   // the highest so far
	Reordered, // lower, for the first time
	Duplicate,
	Old, // below the window: seen or not, nobody knows
};

// What came of one stream of one (node, epoch), and what is missing.
class SequenceWindow
{
public:
	static constexpr std::size_t window_size = 1024;
	static constexpr std::uint64_t reorder_ms = 100;

	// Nothing up to this sequence is accepted or missing, before anything else is.
	void begin(std::uint64_t last);

	// A frame with this sequence is here; the first one ever is no gap.
	Arrival accept(std::uint64_t sequence, std::uint64_t now);

	// The sender says that this was its last: what is between is missing. 0 is nothing sent
	// yet.
	void announce(std::uint64_t last, std::uint64_t now);

	// How many frames have been missing for reorder_ms; they are given up, and counted no more.
	std::uint64_t settle(std::uint64_t now);

	// When settle() may have something; nothing while nothing is missing.
	[[nodiscard]] std::optional<std::uint64_t> deadline() const;

private:
	void advance(std::uint64_t to, std::uint64_t missing, std::uint64_t now);

	// By sequence % window_size; valid for the last window_size up to highest_.
	std::bitset<window_size> seen_;
	std::uint64_t highest_ = 0;
	std::uint64_t settled_ = 0; // missing_ counts only sequences above
	std::uint64_t missing_ = 0;
	std::uint64_t since_ = 0; // missing_ is not 0 since
	bool started_ = false;
};

} // namespace hn
