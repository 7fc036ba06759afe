// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/sequence.h"

namespace hn
{

// Makes `to` the highest; all above the old highest is unseen.
void SequenceWindow::advance(std::uint64_t to, std::uint64_t missing, std::uint64_t now)
{
	if (to - highest_ >= window_size)
		seen_.reset();
	else
		for (std::uint64_t s = highest_; s != to;) // to may be the highest number there is
			seen_.reset(++s % window_size);
	highest_ = to;
	if (!started_) {
		started_ = true;
		settled_ = to;
	} else if (missing > 0) {
		if (missing_ == 0)
			since_ = now;
		missing_ += missing;
	}
}

void SequenceWindow::begin(std::uint64_t last)
{
	seen_.set();
	highest_ = last;
	settled_ = last;
	started_ = true;
}

Arrival SequenceWindow::accept(std::uint64_t sequence, std::uint64_t now)
{
	if (!started_ || sequence > highest_) {
		advance(sequence, sequence - highest_ - 1, now);
		seen_.set(sequence % window_size);
		return Arrival::Fresh;
	}
	if (highest_ - sequence >= window_size)
		return Arrival::Old;
	if (seen_.test(sequence % window_size))
		return Arrival::Duplicate;
	seen_.set(sequence % window_size);
	if (sequence > settled_)
		--missing_;
	return Arrival::Reordered;
}

void SequenceWindow::announce(std::uint64_t last, std::uint64_t now)
{
	if (!started_ || last > highest_)
		advance(last, last - highest_, now);
}

std::uint64_t SequenceWindow::settle(std::uint64_t now)
{
	if (missing_ == 0 || now < since_ + reorder_ms)
		return 0;
	const std::uint64_t lost = missing_;
	missing_ = 0;
	settled_ = highest_;
	return lost;
}

std::optional<std::uint64_t> SequenceWindow::deadline() const
{
	if (missing_ == 0)
		return std::nullopt;
	return since_ + reorder_ms;
}

} // namespace hn
