// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>

#include "hanat.h"
#include "hanatd/flow.h"

namespace hn
{

// Sessions of one peer that are gone, while older frames of it are missing: what comes in those
// must not bring them to life again.
class Tombstones
{
public:
	static constexpr std::size_t max_graves = 65536; // and as many former ones

	// A deletion. False: there is no room.
	bool add(const hn_record &deletion);

	// Whether the record is older than the end of its session.
	[[nodiscard]] bool covers(const hn_record &record) const;

	// The lowest frame that is missing is this one (0: none is), the highest that came that
	// one: what was buried when all missing ones were later has no need to be kept.
	void forget(std::uint64_t oldest, std::uint64_t highest);

	[[nodiscard]] std::size_t size() const { return graves_.size() + former_.size(); }

private:
	using Graves = std::set<hn_record, FlowBefore>;

	Graves graves_; // since highest was mark_
	Graves former_; // from before
	std::uint64_t mark_ = 0;
};

} // namespace hn
