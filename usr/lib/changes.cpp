// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/changes.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "lib/model.h"
#include "lib/units.h"

namespace hn
{

namespace
{

std::string text_of(const ListPrefix &prefix)
{
	const auto *const list =
		std::find_if(list_keys.begin(), list_keys.end(),
			     [&](const ListKey &k) { return k.list == prefix.list; });

	return std::string(list->key) + " " + format_prefix(prefix.prefix);
}

std::string text_of(const hn_pool4_entry &range)
{
	return "pool4 " + format_prefix4({in_addr{range.addr}, range.len}) + " " +
	       format_protos(range.protos) + " " + format_ports({range.port_min, range.port_max}) +
	       (range.share ? " share " + std::to_string(range.share) : "") +
	       (range.mark ? " mark " + format_mark(range.mark) : "");
}

std::string text_of(const hn_bib_entry &mapping)
{
	return "bib " + format_protos(mapping.protos) + " " +
	       format_endpoint({mapping.inside, ntohs(mapping.inside_port)}) + " " +
	       format_endpoint({map_addr4({mapping.ext}), ntohs(mapping.ext_port)});
}

Result<void> add(FamilyLink &link, const ListPrefix &prefix)
{
	return link.prefixes_add(prefix.list, std::span(&prefix.prefix, 1));
}

Result<void> remove(FamilyLink &link, const ListPrefix &prefix)
{
	return link.prefixes_remove(prefix.list, std::span(&prefix.prefix, 1));
}

Result<void> add(FamilyLink &link, const hn_pool4_entry &range)
{
	return link.pool4_add(range);
}

Result<void> remove(FamilyLink &link, const hn_pool4_entry &range)
{
	return link.pool4_remove(range, false);
}

Result<void> add(FamilyLink &link, const hn_bib_entry &mapping)
{
	return link.bib_add(mapping);
}

Result<void> remove(FamilyLink &link, const hn_bib_entry &mapping)
{
	return link.bib_remove(mapping, false);
}

template<class T>
Change addition(const Placed<T> &item)
{
	return {.text = "+ " + text_of(item.value),
		.where = item.where,
		.make = [value = item.value](FamilyLink &link) { return add(link, value); },
		.undo = [value = item.value](FamilyLink &link) { return remove(link, value); }};
}

template<class T>
Change removal(const Placed<T> &item)
{
	return {.text = "- " + text_of(item.value),
		.where = {},
		.make = [value = item.value](FamilyLink &link) { return remove(link, value); },
		.undo = [value = item.value](FamilyLink &link) { return add(link, value); }};
}

// Those of `items` that `others` does not have.
template<class T, class ToChange>
void append_missing(std::vector<Change> &out, const std::vector<Placed<T>> &items,
		    const std::vector<Placed<T>> &others, ToChange to_change)
{
	std::set<std::string> there;

	for (const Placed<T> &other : others)
		there.insert(text_of(other.value));
	for (const Placed<T> &item : items)
		if (!there.contains(text_of(item.value)))
			out.push_back(to_change(item));
}

template<class T>
void append_removals(std::vector<Change> &out, const std::vector<Placed<T>> &now,
		     const std::vector<Placed<T>> &wanted)
{
	append_missing(out, now, wanted, removal<T>);
}

template<class T>
void append_additions(std::vector<Change> &out, const std::vector<Placed<T>> &now,
		      const std::vector<Placed<T>> &wanted)
{
	append_missing(out, wanted, now, addition<T>);
}

// One request for all of them: some are checked against each other.
void append_settings(std::vector<Change> &out, const InstanceConfig &now,
		     const InstanceConfig &wanted)
{
	std::map<hn_global, Placed<GlobalValue>> after;
	std::map<hn_global, GlobalValue> before;
	std::vector<Setting> olds;
	std::vector<Setting> news;
	Change change;

	for (const auto &[setting, where] : now.settings)
		before[setting.first] = setting.second;
	for (const auto &[setting, where] : wanted.settings)
		after[setting.first] = {setting.second, where};
	for (const GlobalInfo &info : globals_info()) {
		const GlobalValue old_value =
			before.contains(info.id) ? before[info.id] : default_value(info);
		const GlobalValue new_value =
			after.contains(info.id) ? after[info.id].value : default_value(info);

		if (old_value == new_value || (is_drawn(info.id) && !after.contains(info.id)))
			continue;
		olds.emplace_back(info.id, old_value);
		news.emplace_back(info.id, new_value);
		change.text += (change.text.empty() ? "" : "\n") + std::string(info.name) + ": " +
			       format_global(info, old_value) + " -> " +
			       format_global(info, new_value);
	}
	if (news.empty())
		return;
	change.where = "/settings";
	change.make = [news](FamilyLink &link) { return link.set_globals(news); };
	change.undo = [olds](FamilyLink &link) { return link.set_globals(olds); };
	out.push_back(std::move(change));
}

Change instance_addition(const InstanceConfig &wanted)
{
	return {.text = "+ instance " + format_prefix6(wanted.pool6),
		.where = "/pool6",
		.make = [pool6 = wanted.pool6](
				FamilyLink &link) { return link.instance_add(pool6); },
		.undo = [](FamilyLink &link) { return link.instance_remove(); }};
}

} // namespace

Result<std::vector<Change>> changes(const InstanceConfig *now, const InstanceConfig &wanted)
{
	const InstanceConfig nothing{};
	std::vector<Change> out;

	if (!now)
		out.push_back(instance_addition(wanted));
	else if (format_prefix6(now->pool6) != format_prefix6(wanted.pool6))
		return fail(EBUSY,
			    "/pool6: the instance has " + format_prefix6(now->pool6) +
				    ", and sessions with it: \"hactl instance remove\" first");
	const InstanceConfig &old = now ? *now : nothing;
	append_removals(out, old.bib, wanted.bib);
	append_removals(out, old.pool4, wanted.pool4);
	append_removals(out, old.prefixes, wanted.prefixes);
	append_settings(out, old, wanted);
	append_additions(out, old.prefixes, wanted.prefixes);
	append_additions(out, old.pool4, wanted.pool4);
	append_additions(out, old.bib, wanted.bib);
	return out;
}

Result<void> make_changes(FamilyLink &link, const std::vector<Change> &list)
{
	for (auto change = list.begin(); change != list.end(); ++change) {
		const Result<void> made = change->make(link);

		if (made)
			continue;
		Error error = made.error();
		if (!change->where.empty())
			error.what = change->where + ": " + error.what;
		while (change != list.begin())
			if (const Result<void> undone = (--change)->undo(link); !undone)
				error.what += "; \"" + change->text +
					      "\" could not be undone: " + undone.error().what;
		return fail(error);
	}
	return {};
}

} // namespace hn
