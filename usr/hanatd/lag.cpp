// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/lag.h"

#include <algorithm>

namespace hn
{

void Lag::acknowledged(std::uint64_t now, const StreamPosition &position)
{
	std::uint64_t &has = has_[position.stream];

	known_ = true;
	if (position.last > has) {
		has = position.last;
		heard_ = now;
	}
}

std::uint64_t Lag::frames(std::span<const StreamPosition> sent) const
{
	std::uint64_t n = 0;

	for (const StreamPosition &position : sent)
		n += position.last - std::min(position.last, has_[position.stream]);
	return n;
}

// Once full, until half of it has arrived: a peer that takes little by little is seen to be slow.
bool Lag::holds(std::uint64_t now, std::span<const StreamPosition> sent, bool alone)
{
	const std::uint64_t behind = known_ ? frames(sent) : 0;
	const bool was = full_;

	full_ = behind >= (was ? window / 2 : window);
	if (full_ && !was)
		since_ = now;
	until_ = alone ? std::max(since_, heard_) + alone_patience_ms : since_ + patience_ms;
	left_behind_ = full_ && (left_behind_ || now >= until_);
	return full_ && !left_behind_;
}

} // namespace hn
