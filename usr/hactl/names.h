// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "lib/units.h"

namespace hn
{

// Names of hosts, from the system's resolver. Bounded in time and memory: once the whole output has
// waited `budget`, or `capacity` names are known, unknown addresses are shown as numbers.
class HostNames
{
public:
	std::string text(const Endpoint &endpoint); // NAME#PORT or ADDRESS#PORT

private:
	std::string look_up(const in6_addr &addr) const;

	static constexpr std::chrono::seconds budget{5};
	static constexpr std::size_t capacity = 65536;

	std::map<std::string, std::string> known_; // by the address as text
	std::chrono::steady_clock::duration spent_{};
};

} // namespace hn
