// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/config_text.h"

#include <algorithm>

#include "hanatd/hash.h"

namespace hn
{

std::uint64_t config_hash(std::string_view text)
{
	Hash hash;

	hash.add(text.data(), text.size());
	return std::max<std::uint64_t>(hash.finish(), 1);
}

} // namespace hn
