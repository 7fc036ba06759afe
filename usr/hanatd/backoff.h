// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

namespace hn
{

// When to try again what failed: after min_ms, twice as long each time, up to max_ms; and not all
// at once where many fail together.
class Backoff
{
public:
	static constexpr std::uint64_t min_ms = 100;
	static constexpr std::uint64_t max_ms = 5000;

	explicit Backoff(unsigned seed) : random_(seed) {}

	// When to try: 0 at first.
	[[nodiscard]] std::uint64_t at() const { return at_; }

	// Half to one and a half of the pause.
	void failed(std::uint64_t now)
	{
		at_ = now + pause_ / 2 + random_() % pause_;
		pause_ = std::min(2 * pause_, max_ms);
	}

	void succeeded() { pause_ = min_ms; }

private:
	std::minstd_rand random_;
	std::uint64_t at_ = 0;
	std::uint64_t pause_ = min_ms;
};

} // namespace hn
