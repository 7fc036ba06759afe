// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <arpa/inet.h>
#include <iterator>
#include <tuple>
#include <utility>

#include "lib/instance_config.h"
#include "lib/json_writer.h"
#include "lib/model.h"
#include "lib/units.h"

namespace hn
{

namespace
{

Result<void> read_settings_now(FamilyLink &link, InstanceConfig &config)
{
	const Result<Globals> globals = link.globals();

	if (!globals)
		return fail(globals.error());
	for (const GlobalInfo &info : globals_info())
		if (globals->at(info.id) != default_value(info))
			config.settings.push_back({{info.id, globals->at(info.id)}, {}});
	return {};
}

Result<void> read_prefixes_now(FamilyLink &link, InstanceConfig &config)
{
	for (const ListKey &list : list_keys) {
		const Result<std::vector<hn_prefix6>> prefixes = link.prefixes(list.list);

		if (!prefixes)
			return fail(prefixes.error());
		for (const hn_prefix6 &prefix : *prefixes)
			config.prefixes.push_back({{list.list, prefix}, {}});
	}
	return {};
}

Result<void> read_pool4_now(FamilyLink &link, InstanceConfig &config)
{
	const Result<std::vector<hn_pool4_entry>> entries = link.pool4_list();

	if (!entries)
		return fail(entries.error());
	for (hn_pool4_entry entry : *entries) {
		entry.used = entry.held_down = 0;
		config.pool4.push_back({entry, {}});
	}
	return {};
}

Result<void> read_bib_now(FamilyLink &link, InstanceConfig &config)
{
	const Result<DumpEnd> end = link.bib({}, [&](std::span<const hn_bib_record> records) {
		for (const hn_bib_record &record : records) {
			if (!(record.flags & HN_BF_STATIC))
				continue;
			hn_bib_entry entry{};
			entry.inside = record.inside;
			entry.ext = record.ext;
			entry.inside_port = record.inside_port;
			entry.ext_port = record.ext_port;
			entry.protos = static_cast<std::uint8_t>(HN_PROTO_BIT(record.proto));
			config.bib.push_back({entry, {}});
		}
		return DumpNext::Continue;
	});

	if (!end)
		return fail(end.error());
	std::sort(config.bib.begin(), config.bib.end(), [](const auto &a, const auto &b) {
		const auto key = [](const hn_bib_entry &entry) {
			return std::tuple(ntohl(entry.ext), ntohs(entry.ext_port), entry.protos);
		};
		return key(a.value) < key(b.value);
	});
	return {};
}

// Neighbours that differ in nothing but the protocol are one element of a list.
template<class T>
std::vector<T> merged(const std::vector<Placed<T>> &items, bool (*same)(const T &, const T &))
{
	std::vector<T> out;

	for (const Placed<T> &item : items) {
		const auto at = std::find_if(out.begin(), out.end(), [&](const T &other) {
			return same(other, item.value);
		});

		if (at == out.end())
			out.push_back(item.value);
		else
			at->protos = static_cast<std::uint8_t>(at->protos | item.value.protos);
	}
	return out;
}

bool same_range(const hn_pool4_entry &a, const hn_pool4_entry &b)
{
	return a.addr == b.addr && a.len == b.len && a.port_min == b.port_min &&
	       a.port_max == b.port_max && a.share == b.share && a.mark == b.mark;
}

bool same_ends(const hn_bib_entry &a, const hn_bib_entry &b)
{
	return IN6_ARE_ADDR_EQUAL(&a.inside, &b.inside) && a.ext == b.ext &&
	       a.inside_port == b.inside_port && a.ext_port == b.ext_port;
}

void write_settings(JsonWriter &json, const InstanceConfig &config)
{
	if (config.settings.empty())
		return;
	json.key("settings");
	json.begin_object();
	for (const Placed<Setting> &setting : config.settings) {
		const auto &[id, value] = setting.value;
		const GlobalInfo &info = global_info(id);

		if (is_node_local(id))
			continue;
		if (info.type == HN_GT_BOOL)
			json.member(info.name, number(value) != 0);
		else if (info.type == HN_GT_NUM)
			json.member(info.name, std::uint64_t{number(value)});
		else
			json.member(info.name, format_global(info, value));
	}
	json.end_object();
}

void write_prefixes(JsonWriter &json, const ListKey &list, const InstanceConfig &config)
{
	bool any = false;

	for (const Placed<ListPrefix> &prefix : config.prefixes) {
		if (prefix.value.list != list.list)
			continue;
		if (!std::exchange(any, true)) {
			json.key(list.key);
			json.begin_list();
		}
		json.value(format_prefix(prefix.value.prefix));
	}
	if (any)
		json.end_list();
}

void write_pool4(JsonWriter &json, const InstanceConfig &config)
{
	if (config.pool4.empty())
		return;
	json.key("pool4");
	json.begin_list();
	for (const hn_pool4_entry &entry : merged(config.pool4, same_range)) {
		json.begin_object();
		json.member("protocols", format_protos(entry.protos));
		json.member("prefix", format_prefix4({in_addr{entry.addr}, entry.len}));
		json.member("ports", format_ports({entry.port_min, entry.port_max}));
		if (entry.share)
			json.member("share", std::uint64_t{entry.share});
		if (entry.mark)
			json.member("mark", format_mark(entry.mark));
		json.end_object();
	}
	json.end_list();
}

void write_bib(JsonWriter &json, const InstanceConfig &config)
{
	if (config.bib.empty())
		return;
	json.key("bib");
	json.begin_list();
	for (const hn_bib_entry &entry : merged(config.bib, same_ends)) {
		json.begin_object();
		json.member("protocols", format_protos(entry.protos));
		json.member("inside", format_endpoint({entry.inside, ntohs(entry.inside_port)}));
		json.member("external",
			    format_endpoint({map_addr4({entry.ext}), ntohs(entry.ext_port)}));
		json.end_object();
	}
	json.end_list();
}

} // namespace

Result<std::optional<InstanceConfig>> instance_config_now(FamilyLink &link)
{
	const Result<Instance> instance = link.instance();
	InstanceConfig config;

	if (!instance && instance.error().code == ENODEV)
		return std::optional<InstanceConfig>();
	if (!instance)
		return fail(instance.error());
	config.pool6 = instance->pool6;
	for (const auto read : {read_settings_now, read_prefixes_now, read_pool4_now})
		if (const Result<void> result = read(link, config); !result)
			return fail(result.error());
	// Static mappings are among all others: a walk through the table, unless there are none.
	if (instance->static_digest.value_or(1) != 0)
		if (const Result<void> result = read_bib_now(link, config); !result)
			return fail(result.error());
	return std::optional(config);
}

Result<InstanceConfig> instance_config_present(FamilyLink &link)
{
	const Result<std::optional<InstanceConfig>> now = instance_config_now(link);

	if (!now)
		return fail(now.error());
	if (!now->has_value())
		return fail(ENODEV, "there is no instance");
	return **now;
}

InstanceConfig with_unshared(const InstanceConfig &config, const InstanceConfig &of)
{
	InstanceConfig out = config;

	std::erase_if(out.settings,
		      [](const auto &setting) { return !is_shared(setting.value.first); });
	std::copy_if(of.settings.begin(), of.settings.end(), std::back_inserter(out.settings),
		     [](const auto &setting) { return !is_shared(setting.value.first); });
	return out;
}

std::string instance_config_text(const InstanceConfig &config)
{
	JsonWriter json;

	json.begin_object();
	json.member("pool6", format_prefix6(config.pool6));
	write_settings(json, config);
	for (const ListKey &list : list_keys)
		write_prefixes(json, list, config);
	write_pool4(json, config);
	write_bib(json, config);
	json.end_object();
	return json.text();
}

} // namespace hn
