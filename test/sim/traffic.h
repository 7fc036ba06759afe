// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "world.h"

namespace hn::sim
{

// Packets of some flows, at the node that is active for each: sessions begin, live, change, are
// taken over and end.
class Traffic
{
public:
	explicit Traffic(World &world);

	void stop() { stopped_ = true; }

	// Another node is active from now on.
	void fail_over() { active_ = world_.random().below(world_.machines().size()); }

	// Which nodes see each other: within each part one is active.
	void split(const std::vector<unsigned> &parts) { parts_ = parts; }
	void heal() { parts_.clear(); }

	// A few changes of each kind, when all is well.
	void trickle();

private:
	void next();
	void packet();
	Machine &active(std::uint16_t port);
	[[nodiscard]] bool reaches(const Machine &m, unsigned part) const;

	World &world_;
	bool stopped_ = false;
	std::uint64_t active_ = 0;
	std::vector<unsigned> parts_;
	std::uint16_t fresh_; // a flow that nobody has seen
};

} // namespace hn::sim
