// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "hactl/nouns.h"
#include "lib/model.h"

namespace hn
{

void print_stats(const Invocation &inv, Out &out, std::span<const std::uint64_t> stats)
{
	std::vector<Field> fields;

	for (std::size_t i = 0; i < std::min(stats.size(), stats_info().size()); i++)
		fields.push_back({stats_info()[i].name, stats[i], {}});
	print_fields(out, inv.format, inv.headers, fields);
}

Result<void> stats_display(const Invocation &inv, Out &out)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	const Result<std::vector<std::uint64_t>> stats = link->stats();
	if (!stats)
		return fail(stats.error());
	print_stats(inv, out, *stats);
	return {};
}

} // namespace hn
