// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <sodium.h>

namespace hn
{

// BLAKE2b with 64 bits of output, big-endian. The program has called sodium_init().
class Hash
{
public:
	Hash() { crypto_generichash_init(&state_, nullptr, 0, sizeof(std::uint64_t)); }

	void add(const void *bytes, std::size_t size)
	{
		crypto_generichash_update(&state_, static_cast<const unsigned char *>(bytes), size);
	}

	// Once.
	std::uint64_t finish()
	{
		std::array<unsigned char, sizeof(std::uint64_t)> bytes{};
		std::uint64_t value = 0;

		crypto_generichash_final(&state_, bytes.data(), bytes.size());
		for (const unsigned char byte : bytes)
			value = value << 8 | byte;
		return value;
	}

private:
	crypto_generichash_state state_{};
};

} // namespace hn
