// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "hactl/nouns.h"
#include "lib/units.h"

namespace hn
{

Result<void> list_read(Invocation &inv)
{
	const std::string what = inv.command->name();

	if (inv.arguments.empty())
		return fail(EINVAL, what + ": needs addresses or prefixes");
	if (inv.arguments.size() > HN_PREFIXES_MAX)
		return fail(EINVAL, what + ": takes " + std::to_string(HN_PREFIXES_MAX) +
					    " prefixes at most");
	for (const std::string &text : inv.arguments) {
		const Result<hn_prefix6> prefix = parse_prefix(text);
		if (!prefix)
			return fail(what, prefix.error());
		inv.prefixes.push_back(*prefix);
	}
	return {};
}

Result<void> list_add(hn_list list, const Invocation &inv)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	return link->prefixes_add(list, inv.prefixes);
}

Result<void> list_remove(hn_list list, const Invocation &inv)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	return link->prefixes_remove(list, inv.prefixes);
}

Result<void> list_flush(hn_list list)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	return link->prefixes_flush(list);
}

void print_list(const Invocation &inv, Out &out, std::span<const hn_prefix6> prefixes)
{
	static constexpr std::array<std::string_view, 1> columns{"prefix"};

	if (inv.format == Format::Text) {
		for (const hn_prefix6 &prefix : prefixes)
			out.put(format_prefix(prefix) + "\n");
		if (prefixes.empty())
			out.put("  (empty)\n");
		return;
	}
	Rows rows(out, inv.format, inv.headers, columns);
	for (const hn_prefix6 &prefix : prefixes)
		rows.row(std::array<Cell, columns.size()>{format_prefix(prefix)});
	rows.end();
}

Result<void> list_display(hn_list list, const Invocation &inv, Out &out)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	const Result<std::vector<hn_prefix6>> prefixes = link->prefixes(list);
	if (!prefixes)
		return fail(prefixes.error());
	print_list(inv, out, *prefixes);
	return {};
}

} // namespace hn
