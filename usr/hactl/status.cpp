// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/nouns.h"
#include "lib/model.h"

namespace hn
{

void print_status(const Invocation &inv, Out &out, const Instance &instance, const Globals &globals,
		  std::span<const std::uint64_t> stats)
{
	const auto stat = [&](hn_stat id) { return id < stats.size() ? stats[id] : 0; };
	std::uint64_t drops = 0;

	for (std::size_t i = 0; i < stats.size() && i < stats_info().size(); i++)
		if (stats_info()[i].is_drop())
			drops += stats[i];
	const std::vector<Field> fields{
		{"module", instance.version, {}},
		{"pool6", format_prefix6(instance.pool6), {}},
		{"pool4-ports", instance.pool4_ports, {}},
		{"sessions", instance.sessions, {}},
		{"mappings", instance.mappings, {}},
		{"enabled", number(globals[HN_G_ENABLED]) != 0, {}},
		{"ss-enabled", number(globals[HN_G_SS_ENABLED]) != 0, {}},
		{"translated",
		 stat(HN_STAT_XLAT_64) + stat(HN_STAT_XLAT_46) + stat(HN_STAT_XLAT_HAIRPIN),
		 {}},
		{"dropped", drops, {}},
	};
	print_fields(out, inv.format, inv.headers, fields);
}

Result<void> status_display(const Invocation &inv, Out &out)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	const Result<Instance> instance = link->instance();
	if (!instance)
		return fail(instance.error());
	const Result<Globals> globals = link->globals();
	if (!globals)
		return fail(globals.error());
	const Result<std::vector<std::uint64_t>> stats = link->stats();
	if (!stats)
		return fail(stats.error());

	print_status(inv, out, *instance, *globals, *stats);
	if (number((*globals)[HN_G_ENABLED]) == 0)
		return fail(ENETDOWN, "enabled is false: nothing is translated");
	return {};
}

} // namespace hn
