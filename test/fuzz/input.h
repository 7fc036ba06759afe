// SPDX-License-Identifier: GPL-2.0-or-later
// A fuzzer's bytes, taken from the front as values. What is missing at the end reads as zero.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace hn::fuzz
{

class Input
{
public:
	Input(const std::uint8_t *data, std::size_t size) : left_(data, size) {}

	[[nodiscard]] bool empty() const { return left_.empty(); }

	std::span<const std::uint8_t> bytes(std::size_t n)
	{
		const std::span<const std::uint8_t> front = left_.first(std::min(n, left_.size()));

		left_ = left_.subspan(front.size());
		return front;
	}

	std::span<const std::uint8_t> rest() { return bytes(left_.size()); }

	// A number, an enumeration or a plain struct, in the machine's byte order.
	template<class T>
	T take()
	{
		static_assert(std::is_trivially_copyable_v<T>);
		const std::span<const std::uint8_t> from = bytes(sizeof(T));
		T out{};

		if (!from.empty())
			std::memcpy(&out, from.data(), from.size());
		return out;
	}

	// One of 0 .. n - 1; n is at most 256.
	unsigned below(unsigned n) { return take<std::uint8_t>() % n; }

private:
	std::span<const std::uint8_t> left_;
};

inline std::string_view as_text(std::span<const std::uint8_t> bytes)
{
	return {static_cast<const char *>(static_cast<const void *>(bytes.data())), bytes.size()};
}

} // namespace hn::fuzz
