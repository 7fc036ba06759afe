// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace hn::test
{

// A node's clock: milliseconds since it booted, as microseconds of the world go by. It runs fast or
// slow by some parts in a million, and may stand still for a while.
class Clock
{
public:
	// Read as ms at this time of the world.
	void set(std::uint64_t world, std::uint64_t ms, std::int64_t ppm)
	{
		origin_ = world;
		start_ = ms;
		ppm_ = ppm;
	}

	// It stood still for so long until now.
	void stood_still(std::uint64_t us) { origin_ += us; }

	[[nodiscard]] std::uint64_t at(std::uint64_t world) const
	{
		const auto us = static_cast<std::int64_t>(world - origin_);

		return start_ + static_cast<std::uint64_t>((us + us / 1000 * ppm_ / 1000) / 1000);
	}

	// The first microsecond of the world, not before now, at which it reads so much.
	[[nodiscard]] std::uint64_t when(std::uint64_t ms, std::uint64_t now) const
	{
		if (at(now) >= ms)
			return now;
		const auto left = static_cast<std::int64_t>((ms - start_) * 1000);
		std::uint64_t world =
			origin_ + static_cast<std::uint64_t>(left - left / 1000 * ppm_ / 1000);

		while (at(world) < ms)
			world += 10;
		return world > now ? world : now;
	}

private:
	std::uint64_t origin_ = 0;
	std::uint64_t start_ = 0;
	std::int64_t ppm_ = 0;
};

} // namespace hn::test
