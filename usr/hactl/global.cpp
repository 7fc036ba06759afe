// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <cstddef>

#include "hactl/nouns.h"
#include "lib/model.h"

namespace hn
{

namespace
{

Cell cell_of(const GlobalInfo &info, const GlobalValue &value)
{
	switch (info.type) {
	case HN_GT_BOOL:
		return number(value) != 0;
	case HN_GT_PROTOS:
	case HN_GT_MTUS:
		return format_global(info, value);
	default:
		return std::uint64_t{number(value)};
	}
}

// What the operator may do, and an RFC would not.
struct Advice {
	hn_global id;
	std::uint32_t least;
	std::string_view why;
};

constexpr std::array<Advice, 2> advice_table{{
	{HN_G_TCP_EST_TIMEOUT, 7440000, "idle connections end without a word (RFC 5382 REQ-5)"},
	{HN_G_TCP_TRANS_TIMEOUT, 240000,
	 "its ports are given away while hosts may send to them "
	 "still (RFC 5382 REQ-5)"},
}};

} // namespace

std::vector<std::string> advice(std::span<const Setting> settings)
{
	std::vector<std::string> out;

	for (const auto &[id, value] : settings)
		for (const Advice &a : advice_table) {
			if (id != a.id || number(value) >= a.least)
				continue;
			const GlobalInfo &info = global_info(a.id);
			out.push_back(std::string(info.name) + " is below " +
				      format_global(info, a.least) + ": " + std::string(a.why));
		}
	return out;
}

void print_globals(const Invocation &inv, Out &out, const Globals &globals)
{
	std::vector<Field> fields;

	for (const GlobalInfo &info : globals_info()) {
		const GlobalValue &value = globals.at(info.id);
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

Result<void> global_update(const Invocation &inv, Out &out)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	Result<void> set = link->set_globals(inv.settings);
	if (set)
		for (std::string &line : advice(inv.settings))
			out.warn(std::move(line));
	return set;
}

} // namespace hn
