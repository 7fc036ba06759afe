// SPDX-License-Identifier: GPL-2.0-or-later
// What the value of a setting can be.
#pragma once

#include <algorithm>
#include <variant>

#include "lib/model.h"

namespace hn::fuzz
{

inline bool in_range(const GlobalInfo &info, const GlobalValue &value)
{
	const auto fits = [&](std::uint32_t n) { return n >= info.min && n <= info.max; };
	const auto *mtus = std::get_if<Mtus>(&value);

	if (!mtus)
		return info.type != HN_GT_MTUS && fits(number(value));
	return info.type == HN_GT_MTUS && !mtus->empty() && mtus->size() <= HN_PLATEAUS_MAX &&
	       std::all_of(mtus->begin(), mtus->end(), fits);
}

} // namespace hn::fuzz
