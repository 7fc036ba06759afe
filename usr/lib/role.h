// SPDX-License-Identifier: GPL-2.0-or-later
// What this node is to whatever moves the addresses (keepalived, Pacemaker, an operator), and since
// when. For people only: any node translates what comes to it. Kept in a file, so that it is known
// whether or not hanatd ran when it changed; each network namespace has one of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/result.h"

namespace hn
{

constexpr const char *role_directory = "/run/hanat"; // made if need be, for root to write in

struct Role {
	std::string name;	 // "master", "backup", "fault" or "stop"
	std::uint64_t since = 0; // seconds of the wall clock
};

// Names of roles are these, and nothing else.
bool is_role(std::string_view name);

// Whether it is the one with the addresses, as far as anybody said.
bool is_master(const std::optional<Role> &role);

// Replaces it, at once; the time stays if the role does. Of processes that do so at the same time
// the one prevails that was started last: keepalived starts its scripts in order, and does not wait
// for them.
Result<void> role_write(std::string_view name);

// The same for a process that stays, and writes them in order: now counts.
Result<void> role_write_now(std::string_view name);

// Nothing: it was never said since the machine started, or the file makes no sense.
std::optional<Role> role_read();

} // namespace hn
