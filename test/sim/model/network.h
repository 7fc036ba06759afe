// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "hanatd/wire.h"
#include "model/random.h"

namespace hn::test
{

// A frame on its way, to any number of nodes.
using SharedFrame = std::shared_ptr<const Bytes>;

// The way from one node to another, in this direction. Times are in the unit of whoever asks.
struct Link {
	bool up = true;
	double loss = 0;
	double duplication = 0;
	double corruption = 0; // some bits change
	double truncation = 0;
	std::uint64_t delay = 1;
	std::uint64_t jitter = 0; // up to so much more: frames overtake each other
};

// A copy with one to four bits changed.
inline SharedFrame corrupted(Random &random, const Bytes &frame)
{
	Bytes copy = frame;

	for (std::uint64_t bits = random.between(1, 4); bits > 0 && !copy.empty(); --bits)
		copy[random.below(copy.size())] ^= std::byte{1} << random.below(8);
	if (copy == frame) // twice the same bit
		copy[0] ^= std::byte{1};
	return std::make_shared<const Bytes>(std::move(copy));
}

inline SharedFrame truncated(Random &random, const Bytes &frame)
{
	return std::make_shared<const Bytes>(
		frame.begin(),
		frame.begin() + static_cast<std::ptrdiff_t>(random.below(frame.size())));
}

// What becomes of the frame: arrive(time, frame, damaged) for each copy of it that gets there.
template<class Arrive>
void carry(Random &random, const Link &link, const SharedFrame &frame, std::uint64_t now,
	   const Arrive &arrive)
{
	const auto happens = [&](double p) { return p > 0 && random.chance(p); };

	if (!link.up || happens(link.loss))
		return;
	for (int copies = happens(link.duplication) ? 2 : 1; copies > 0; --copies) {
		const std::uint64_t at =
			now + link.delay + (link.jitter > 0 ? random.below(link.jitter) : 0);

		if (happens(link.corruption))
			arrive(at, corrupted(random, *frame), true);
		else if (happens(link.truncation))
			arrive(at, truncated(random, *frame), true);
		else
			arrive(at, frame, false);
	}
}

} // namespace hn::test
