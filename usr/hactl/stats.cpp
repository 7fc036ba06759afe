// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "hactl/nouns.h"
#include "lib/model.h"

namespace hn
{

namespace
{

void print_text(const Invocation &inv, Out &out, std::span<const std::uint64_t> stats)
{
	std::vector<Field> fields;

	for (std::size_t i = 0; i < stats.size(); i++) {
		if (!inv.all && !stats[i])
			continue;
		std::string text = std::to_string(stats[i]);
		if (inv.explain)
			text.append("  ").append(stats_info()[i].help);
		fields.push_back({stats_info()[i].name, stats[i], std::move(text)});
	}
	print_fields(out, inv.format, inv.headers, fields);
	if (fields.empty())
		out.put("(all counters are zero)\n");
}

void print_explained(const Invocation &inv, Out &out, std::span<const std::uint64_t> stats)
{
	static constexpr std::array<std::string_view, 3> columns{"name", "value", "explanation"};
	Rows rows(out, inv.format, inv.headers, columns);

	for (std::size_t i = 0; i < stats.size(); i++) {
		const StatInfo &info = stats_info()[i];
		rows.row(std::array<Cell, 3>{std::string(info.name), stats[i],
					     std::string(info.help)});
	}
	rows.end();
}

void print_plain(const Invocation &inv, Out &out, std::span<const std::uint64_t> stats)
{
	std::vector<Field> fields;

	for (std::size_t i = 0; i < stats.size(); i++)
		fields.push_back({stats_info()[i].name, stats[i], {}});
	print_fields(out, inv.format, inv.headers, fields);
}

} // namespace

void print_stats(const Invocation &inv, Out &out, std::span<const std::uint64_t> stats)
{
	stats = stats.first(std::min(stats.size(), stats_info().size()));
	if (inv.format == Format::Text)
		print_text(inv, out, stats);
	else if (inv.explain)
		print_explained(inv, out, stats);
	else
		print_plain(inv, out, stats);
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
