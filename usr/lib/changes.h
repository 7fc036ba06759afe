// SPDX-License-Identifier: GPL-2.0-or-later
// From what an instance is configured as to what it shall be, step by step.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/family.h"
#include "lib/instance_config.h"
#include "lib/result.h"

namespace hn
{

struct Change {
	std::string text;  // "+ inside 10.0.0.0/8", "- ...", or "setting: old -> new"
	std::string where; // JSON pointer into the file; empty for what it does not have
	std::function<Result<void>(FamilyLink &)> make;
	std::function<Result<void>(FamilyLink &)> undo;
};

// In an order in which the kernel takes them: what goes makes room first. Null: there is no
// instance. What is in both stays untouched, with its mappings and sessions.
Result<std::vector<Change>> changes(const InstanceConfig *now, const InstanceConfig &wanted);

// All or nothing. If one fails those before are undone, the last first, and the error tells of that
// too if it fails; but sessions of what was removed and came back are lost.
Result<void> make_changes(FamilyLink &link, const std::vector<Change> &list);

} // namespace hn
