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
template<class T>
std::vector<Placed<T>> missing(const std::vector<Placed<T>> &items,
			       const std::vector<Placed<T>> &others)
{
	std::set<std::string> there;
	std::vector<Placed<T>> out;

	for (const Placed<T> &other : others)
		there.insert(text_of(other.value));
	for (const Placed<T> &item : items)
		if (!there.contains(text_of(item.value)))
			out.push_back(item);
	return out;
}

template<class T>
void append_removals(std::vector<Change> &out, const std::vector<Placed<T>> &gone)
{
	for (const Placed<T> &item : gone)
		out.push_back(removal(item));
}

template<class T>
void append_additions(std::vector<Change> &out, const std::vector<Placed<T>> &added)
{
	for (const Placed<T> &item : added)
		out.push_back(addition(item));
}

// The kernel drops the static mappings of a range or an inside prefix with it, also those that a
// new one would have.
bool goes_with(const hn_bib_entry &mapping, const std::vector<Placed<hn_pool4_entry>> &ranges,
	       const std::vector<Placed<ListPrefix>> &prefixes)
{
	return std::any_of(ranges.begin(), ranges.end(),
			   [&](const auto &range) { return covers(range.value, mapping); }) ||
	       std::any_of(prefixes.begin(), prefixes.end(), [&](const auto &prefix) {
		       return prefix.value.list == HN_LIST_INSIDE &&
			      covers(prefix.value.prefix, mapping.inside);
	       });
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

		if (old_value == new_value || (is_node_local(info.id) && !after.contains(info.id)))
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
	const auto ranges_gone = missing(old.pool4, wanted.pool4);
	const auto prefixes_gone = missing(old.prefixes, wanted.prefixes);
	std::vector<Placed<hn_bib_entry>> lasting;
	for (const Placed<hn_bib_entry> &mapping : old.bib)
		if (!goes_with(mapping.value, ranges_gone, prefixes_gone))
			lasting.push_back(mapping);
	const auto staying = missing(lasting, missing(lasting, wanted.bib));
	append_removals(out, missing(old.bib, staying));
	append_removals(out, ranges_gone);
	append_removals(out, prefixes_gone);
	append_settings(out, old, wanted);
	append_additions(out, missing(wanted.prefixes, old.prefixes));
	append_additions(out, missing(wanted.pool4, old.pool4));
	append_additions(out, missing(wanted.bib, staying));
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
