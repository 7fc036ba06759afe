// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace hn::fuzz
{

// Numbers that depend on a seed alone, the same everywhere: what fails can be repeated.
class Random
{
public:
	explicit Random(std::uint64_t seed) : state_(seed) {}
	// Number `index` of many independent sequences.
	Random(std::uint64_t seed, std::uint64_t index)
		: state_(seed ^ (index + 1) * 0xd1342543de82ef95)
	{
		next();
	}

	// SplitMix64.
	std::uint64_t next()
	{
		state_ += 0x9e3779b97f4a7c15;
		std::uint64_t z = state_;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		return z ^ z >> 31;
	}

	// 0 to n - 1; n is not 0.
	std::size_t below(std::size_t n) { return next() % n; }
	bool percent(unsigned share) { return below(100) < share; }
	std::uint8_t byte() { return static_cast<std::uint8_t>(next()); }
	std::uint16_t word() { return static_cast<std::uint16_t>(next()); }
	std::uint32_t number() { return static_cast<std::uint32_t>(next()); }

	template<typename Container>
	const auto &pick(const Container &from)
	{
		return from[below(from.size())];
	}

private:
	std::uint64_t state_;
};

} // namespace hn::fuzz
