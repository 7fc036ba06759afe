// SPDX-License-Identifier: GPL-2.0-or-later
// Ports that this host gives its own connections, and that pool4 should not have as well.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "hanat.h"
#include "lib/units.h"

namespace hn
{

using PortSet = std::bitset<65536>;

// From net.ipv4.ip_local_port_range and ip_local_reserved_ports, which are not given out. What
// cannot be read is none.
PortSet own_ports(std::string_view range, std::string_view reserved);

// From the first to the last port of the entry's that is one of them.
std::optional<PortRange> overlap(const hn_pool4_entry &entry, const PortSet &ports);

// Those of this network namespace, as far as one of the entry's addresses is of an interface here.
std::optional<PortRange> overlap_here(const hn_pool4_entry &entry);

} // namespace hn
