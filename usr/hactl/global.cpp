// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/nouns.h"
#include "lib/model.h"

namespace hn
{

namespace
{

Cell cell_of(const GlobalInfo &info, std::uint32_t value)
{
	switch (info.type) {
	case HN_GT_BOOL:
		return value != 0;
	case HN_GT_PROTOS:
		return format_global(info, value);
	default:
		return std::uint64_t{value};
	}
}

} // namespace

void print_globals(const Invocation &inv, Out &out, const Globals &globals)
{
	std::vector<Field> fields;

	for (const GlobalInfo &info : globals_info()) {
		const std::uint32_t value = globals[info.id];
		fields.push_back({info.name, cell_of(info, value), format_global(info, value)});
	}
	print_fields(out, inv.format, inv.headers, fields);
}

Result<void> global_display(const Invocation &inv, Out &out)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	const Result<Globals> globals = link->globals();
	if (!globals)
		return fail(globals.error());
	print_globals(inv, out, *globals);
	return {};
}

Result<void> global_update_read(Invocation &inv)
{
	for (std::size_t i = 0; i < inv.arguments.size(); i += 2) {
		if (i + 1 == inv.arguments.size())
			return fail(EINVAL, inv.arguments[i] + ": needs a value");
		Result<void> added = add_setting(inv, inv.arguments[i], inv.arguments[i + 1]);
		if (!added)
			return added;
	}
	if (inv.settings.empty())
		return fail(EINVAL, "global update: needs a setting and its value");
	return {};
}

Result<void> global_update(const Invocation &inv, Out & /*out*/)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	return link->set_globals(inv.settings);
}

} // namespace hn
