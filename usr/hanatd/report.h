// SPDX-License-Identifier: GPL-2.0-or-later
// What hanatd says of itself and its peers to those who ask, as JSON. hanatd(8) lists the names.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "hanatd/counters.h"
#include "hanatd/kernel_link.h"
#include "hanatd/path.h"
#include "hanatd/sync.h"
#include "lib/role.h"

namespace hn
{

// Who this is, whether it is ready, and how each peer and each path is.
std::string status_report(std::uint64_t now, const std::optional<KernelState> &state,
			  const std::optional<Role> &role, const Sync &sync, std::uint8_t key,
			  bool yielding, std::span<const PathStatus> paths);

// What was exchanged, in all and with each peer.
std::string stats_report(const Sync &sync, const Counters &counters);

// What the last comparison with each peer found.
std::string verify_report(const Sync &sync);

// Whether this node has given up what it was the master of, and what it is now.
std::string yield_report(bool yielded, const std::optional<Role> &role);

// What a peer is configured with; what became of configuring it.
std::string config_report(const std::string &text);
std::string config_answer_report(const ConfigAnswer &answer);

std::string ready_report(const Sync &sync);
std::string error_report(const std::string &why);

} // namespace hn
