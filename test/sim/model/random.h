// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace hn::test
{

// SplitMix64: a seed gives the same numbers with every compiler and library, which the
// distributions of <random> do not.
class Random
{
public:
	using result_type = std::uint64_t;

	explicit Random(std::uint64_t seed) : state_(seed) {}

	void seed(std::uint64_t seed) { state_ = seed; }

	static constexpr result_type min() { return 0; }
	static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

	result_type operator()()
	{
		std::uint64_t z = state_ += 0x9e3779b97f4a7c15;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
		z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
		return z ^ (z >> 31);
	}

	// From 0 to below n, which is not 0. The bias is of no matter to a test.
	std::uint64_t below(std::uint64_t n) { return (*this)() % n; }
	std::uint64_t between(std::uint64_t low, std::uint64_t high)
	{
		return low + below(high - low + 1);
	}

	// From 0 to below 1.
	double real() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }
	bool chance(double p) { return real() < p; }

	// Each order of magnitude as often as the next.
	std::uint64_t scale(std::uint64_t low, std::uint64_t high)
	{
		const double ratio = static_cast<double>(high) / static_cast<double>(low);

		return static_cast<std::uint64_t>(static_cast<double>(low) *
						  std::pow(ratio, real()));
	}

	// Until the next of what comes once in so long, on average.
	std::uint64_t wait(std::uint64_t mean)
	{
		return 1 + static_cast<std::uint64_t>(-std::log(1.0 - real()) *
						      static_cast<double>(mean));
	}

private:
	std::uint64_t state_;
};

} // namespace hn::test
