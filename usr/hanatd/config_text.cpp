// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/config_text.h"

#include <algorithm>
#include <array>
#include <sodium.h>
#include <vector>

namespace hn
{

std::uint64_t config_hash(std::string_view text)
{
	const std::vector<unsigned char> from(text.begin(), text.end());
	std::array<unsigned char, 8> bytes{};
	std::uint64_t hash = 0;

	crypto_generichash(bytes.data(), bytes.size(), from.data(), from.size(), nullptr, 0);
	for (const unsigned char byte : bytes)
		hash = hash << 8 | byte;
	return std::max<std::uint64_t>(hash, 1);
}

} // namespace hn
