// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/sequence.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace hn
{

void SequenceWindow::begin(std::uint64_t last)
{
	started_ = true;
	highest_ = last;
	floor_ = last;
}

// After the window moved, or the oldest came.
void SequenceWindow::find_oldest(std::uint64_t now)
{
	const std::uint64_t was = oldest_;
	const std::uint64_t bottom = highest_ < window_size ? 0 : highest_ - window_size;

	oldest_ = std::max({oldest_, bottom + 1, floor_ + 1});
	while (missing_ > 0 && seen(oldest_))
		++oldest_;
	if (oldest_ != was)
		since_ = now;
}

// The next higher sequence takes the place of the lowest in the window.
void SequenceWindow::make_room()
{
	const std::uint64_t next = highest_ + 1;

	if (next > window_size && next - window_size > floor_ && !seen(next)) {
		++lost_;
		--missing_;
	}
	seen_.reset(next % window_size);
	highest_ = next;
	++missing_;
}

// Makes this the highest; it and all above the old highest are missing.
void SequenceWindow::advance(std::uint64_t to, std::uint64_t now)
{
	const bool whole = missing_ == 0;

	if (whole)
		oldest_ = highest_ + 1;
	if (to - highest_ >= window_size) {
		lost_ += missing_ + (to - highest_ - window_size);
		missing_ = window_size;
		highest_ = to;
		seen_.reset();
	}
	while (highest_ != to)
		make_room();
	if (whole)
		since_ = now;
	find_oldest(now);
}

Arrival SequenceWindow::accept(std::uint64_t sequence, std::uint64_t now)
{
	if (!started_) {
		begin(sequence);
		seen_.set(sequence % window_size);
		return Arrival::Fresh;
	}
	const bool fresh = sequence > highest_;
	if (fresh)
		advance(sequence, now);
	else if (sequence <= floor_ || highest_ - sequence >= window_size)
		return Arrival::Old;
	else if (seen(sequence))
		return Arrival::Duplicate;
	seen_.set(sequence % window_size);
	--missing_;
	find_oldest(now);
	return fresh ? Arrival::Fresh : Arrival::Reordered;
}

void SequenceWindow::announce(std::uint64_t last, std::uint64_t now)
{
	if (!started_)
		begin(last);
	else if (last > highest_)
		advance(last, now);
}

void SequenceWindow::abandon(std::uint64_t first, std::uint64_t now)
{
	if (first == 0)
		return;
	for (std::uint64_t s = oldest_; missing_ > 0 && s <= highest_ && s < first; ++s)
		if (!seen(s)) {
			++lost_;
			--missing_;
		}
	floor_ = std::max(floor_, std::min(first - 1, highest_));
	find_oldest(now);
}

std::vector<SequenceRange> SequenceWindow::missing(std::size_t max_ranges) const
{
	std::vector<SequenceRange> ranges;
	std::uint64_t left = missing_;

	static_assert(window_size <= std::numeric_limits<std::uint16_t>::max());
	for (std::uint64_t s = oldest_; left > 0; ++s) {
		if (seen(s))
			continue;
		--left;
		if (!ranges.empty() && ranges.back().first + ranges.back().count == s)
			++ranges.back().count;
		else if (ranges.size() == max_ranges)
			break;
		else
			ranges.push_back({.first = s, .count = 1});
	}
	return ranges;
}

std::uint64_t SequenceWindow::settle(std::uint64_t now)
{
	if (missing_ > 0 && now >= since_ + patience_ms) {
		lost_ += missing_;
		missing_ = 0;
		floor_ = highest_;
	}
	return std::exchange(lost_, 0);
}

std::optional<std::uint64_t> SequenceWindow::deadline() const
{
	if (lost_ > 0)
		return 0;
	if (missing_ == 0)
		return std::nullopt;
	return since_ + patience_ms;
}

} // namespace hn
