// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "judge.h"
#include "mutant.h"
#include "plan.h"
#include "trace.h"

namespace hn::sim
{

struct Outcome {
	std::optional<Failure> failure;
	std::uint64_t events = 0;
	std::uint64_t frames = 0;
};

// All that the plan says, to its end or to the first failure.
Outcome run(const Plan &plan, Trace &trace, Mutant mutant);

} // namespace hn::sim
