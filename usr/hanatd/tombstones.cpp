// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/tombstones.h"

#include <cstdint>
#include <utility>

namespace hn
{

namespace
{

// Serial numbers (RFC 1982), the generation first.
bool older(const hn_record &a, const hn_record &b)
{
	const auto before = [](std::uint16_t x, std::uint16_t y) {
		return static_cast<std::int16_t>(static_cast<std::uint16_t>(x - y)) < 0;
	};

	return a.generation == b.generation ? before(a.version, b.version)
					    : before(a.generation, b.generation);
}

} // namespace

bool Tombstones::add(const hn_record &deletion)
{
	const auto it = graves_.find(deletion);

	if (it != graves_.end()) {
		if (!older(*it, deletion))
			return true;
		graves_.erase(it);
	} else if (graves_.size() == max_graves) {
		return false;
	}
	graves_.insert(deletion);
	return true;
}

bool Tombstones::covers(const hn_record &record) const
{
	const auto in = [&](const Graves &graves) {
		const auto it = graves.find(record);

		return it != graves.end() && older(record, *it);
	};

	return in(graves_) || in(former_);
}

void Tombstones::forget(std::uint64_t oldest, std::uint64_t highest)
{
	if (oldest == 0) {
		graves_.clear();
		former_.clear();
		mark_ = highest;
	} else if (oldest > mark_) {
		former_ = std::exchange(graves_, {});
		mark_ = highest;
	}
}

} // namespace hn
