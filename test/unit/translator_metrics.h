// SPDX-License-Identifier: GPL-2.0-or-later
// A translator for hactl metrics and top: each setting is 1, each counter the same number.
#pragma once

#include <arpa/inet.h>
#include <cstdint>

#include "hactl/nouns.h"
#include "lib/units.h"

namespace hn::test
{

inline Metrics translator_metrics(std::uint64_t counted)
{
	Metrics out;

	out.instance.emplace();
	out.instance->version = "0.1.0";
	out.instance->pool6 = parse_pool6("64:ff9b::/96").value();
	out.globals.fill(std::uint32_t{1});
	out.stats.assign(HN_STAT_COUNT, counted);
	return out;
}

// Of 192.0.2.1, for UDP.
inline hn_pool4_entry udp_range(std::uint16_t min, std::uint16_t max, std::uint32_t used,
				std::uint32_t held_down)
{
	return {.addr = inet_addr("192.0.2.1"),
		.len = 32,
		.protos = HN_PROTO_BIT(HN_PROTO_UDP),
		.port_min = min,
		.port_max = max,
		.share = 0,
		.used = used,
		.held_down = held_down,
		.mark = 0};
}

} // namespace hn::test
