// SPDX-License-Identifier: GPL-2.0-or-later
// Giving up the addresses in good order: what moves them is told that this node is not ready, and
// goes on as it is until it has moved them. Pure.
#pragma once

#include <optional>

#include "hanatd/sync.h"
#include "lib/role.h"

namespace hn
{

// Whether somebody could take over: a peer that is heard and says that it is ready.
bool has_heir(const Sync &sync);

// Whether nothing is left to give up: this node is not the master, as far as it was told, and all
// such peers have what it sent.
bool handed_over(const Sync &sync, const std::optional<Role> &role);

} // namespace hn
