// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hn
{

// What a node is configured with, as it goes over the network (docs/protocol.md, section 11).
struct ConfigText {
	std::string text;
	std::uint64_t hash = 0; // 0: there is none
};

// Never 0. The program has called sodium_init().
std::uint64_t config_hash(std::string_view text);

} // namespace hn
