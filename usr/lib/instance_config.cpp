// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/instance_config.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include "lib/model.h"
#include "lib/units.h"

namespace hn
{

namespace
{

constexpr std::size_t file_max_bytes = 16U << 20;
constexpr std::size_t pool4_max = 4096;
constexpr unsigned min_prefix_len = 16;

std::string pointer(const std::string &key, std::size_t index)
{
	return "/" + key + "/" + std::to_string(index);
}

// The value of a string that must be there, by one of the parsers of lib/units.h.
template<class T>
std::optional<T> parsed(JsonObject &object, const std::string &key,
			Result<T> (*parse)(std::string_view))
{
	const std::optional<std::string> text = object.string(key);

	if (!text) {
		object.reject(key, "missing: expected a string");
		return std::nullopt;
	}
	const Result<T> value = parse(*text);
	if (value)
		return *value;
	object.reject(key, value.error().what);
	return std::nullopt;
}

std::uint8_t read_protos(JsonObject &object)
{
	static const char *const key = "protocols";

	if (!object.has(key))
		return HN_PROTO_ALL;
	return parsed<std::uint8_t>(object, key, parse_protos).value_or(0);
}

template<class T>
void append_each_proto(std::vector<Placed<T>> &out, T value, std::uint8_t protos,
		       const std::string &where)
{
	for (unsigned proto = 0; proto < HN_PROTO_COUNT; proto++) {
		value.protos = static_cast<std::uint8_t>(HN_PROTO_BIT(proto));
		if (protos & value.protos)
			out.push_back({value, where});
	}
}

void read_settings(JsonObject &object, const Json &settings, const std::string &file,
		   InstanceConfig &config)
{
	JsonObject in(settings, file, "/settings");

	for (const GlobalInfo &info : globals_info()) {
		const std::string key(info.name);
		const std::optional<std::string> text = in.scalar(key);

		if (!text)
			continue;
		const Result<GlobalValue> value = parse_global(info, *text);
		if (value)
			config.settings.push_back({{info.id, *value}, "/settings/" + key});
		else
			in.reject(key, value.error().what);
	}
	if (const Result<void> result = in.finish(); !result)
		object.reject(result.error());
}

void read_prefixes(JsonObject &object, const ListKey &list, InstanceConfig &config)
{
	const auto texts = object.strings(list.key, HN_PREFIXES_MAX);

	for (std::size_t i = 0; texts && i < texts->size(); ++i) {
		const Result<hn_prefix6> prefix = parse_prefix((*texts)[i]);

		if (!prefix)
			object.reject(list.key, i, prefix.error().what);
		else
			config.prefixes.push_back({{list.list, *prefix}, pointer(list.key, i)});
	}
}

void read_range(JsonObject &in, const std::string &where, InstanceConfig &config)
{
	const std::uint8_t protos = read_protos(in);
	const auto prefix = parsed<Prefix4>(in, "prefix", parse_prefix4);
	const auto ports = parsed<PortRange>(in, "ports", parse_ports);
	hn_pool4_entry entry{};

	entry.share = static_cast<std::uint16_t>(in.number("share", 1, HN_SHARES_MAX).value_or(0));
	if (in.has("mark"))
		entry.mark = parsed<std::uint32_t>(in, "mark", parse_mark).value_or(0);
	if (!prefix || !ports)
		return;
	if (prefix->len < min_prefix_len)
		in.reject("prefix", "too large a prefix: lengths go from 16 to 32");
	if (!ports->min && protos != HN_PROTO_BIT(HN_PROTO_ICMP))
		in.reject("ports", "port 0 is of ICMP only");
	entry.addr = prefix->addr.s_addr;
	entry.len = prefix->len;
	entry.port_min = ports->min;
	entry.port_max = ports->max;
	append_each_proto(config.pool4, entry, protos, where);
}

void read_mapping(JsonObject &in, const std::string &where, InstanceConfig &config)
{
	const std::uint8_t protos = read_protos(in);
	const auto inside = parsed<Endpoint>(in, "inside", parse_endpoint);
	const auto external = parsed<Endpoint>(in, "external", parse_endpoint);
	hn_bib_entry entry{};

	if (!inside || !external)
		return;
	if (!IN6_IS_ADDR_V4MAPPED(&external->addr))
		in.reject("external", "expected an IPv4 transport address");
	for (const auto &[key, end] :
	     {std::pair("inside", *inside), std::pair("external", *external)})
		if (!end.port && protos != HN_PROTO_BIT(HN_PROTO_ICMP))
			in.reject(key, "port 0 is of ICMP only");
	entry.inside = inside->addr;
	entry.inside_port = htons(inside->port);
	std::memcpy(&entry.ext, &external->addr.s6_addr[12], sizeof(entry.ext));
	entry.ext_port = htons(external->port);
	append_each_proto(config.bib, entry, protos, where);
}

using ReadElement = void (*)(JsonObject &, const std::string &, InstanceConfig &);

void read_elements(JsonObject &object, const std::string &key, std::size_t max, ReadElement read,
		   const std::string &file, InstanceConfig &config)
{
	const JsonList *list = object.list(key, max);

	for (std::size_t i = 0; list && i < list->size(); ++i) {
		JsonObject element((*list)[i], file, pointer(key, i));

		read(element, pointer(key, i), config);
		if (const Result<void> result = element.finish(); !result)
			object.reject(result.error());
	}
}

std::uint32_t mask_of(unsigned len)
{
	return len ? ~std::uint32_t{0} << (32 - len) : 0;
}

bool has_address(const hn_pool4_entry &range, __be32 addr)
{
	return (ntohl(range.addr) & mask_of(range.len)) == (ntohl(addr) & mask_of(range.len));
}

bool overlap(const hn_pool4_entry &a, const hn_pool4_entry &b)
{
	return a.protos == b.protos && a.port_min <= b.port_max && b.port_min <= a.port_max &&
	       (has_address(a, b.addr) || has_address(b, a.addr));
}

bool has_inside(const InstanceConfig &config, const in6_addr &addr)
{
	return !IN6_IS_ADDR_V4MAPPED(&addr) ||
	       std::any_of(config.prefixes.begin(), config.prefixes.end(), [&](const auto &p) {
		       return p.value.list == HN_LIST_INSIDE && covers(p.value.prefix, addr);
	       });
}

bool has_external(const InstanceConfig &config, const hn_bib_entry &mapping)
{
	return std::any_of(config.pool4.begin(), config.pool4.end(),
			   [&](const auto &range) { return covers(range.value, mapping); });
}

std::uint32_t setting_of(const InstanceConfig &config, hn_global id)
{
	for (const Placed<Setting> &setting : config.settings)
		if (setting.value.first == id)
			return number(setting.value.second);
	return number(default_value(global_info(id)));
}

// What belongs together: the kernel would find out only when half of it is done.
void check_pool4(JsonObject &object, const InstanceConfig &config)
{
	const std::uint32_t shares = setting_of(config, HN_G_SS_SHARES);

	for (auto range = config.pool4.begin(); range != config.pool4.end(); ++range) {
		const auto before =
			std::find_if(config.pool4.begin(), range, [&](const auto &other) {
				return overlap(other.value, range->value);
			});

		if (before != range)
			object.reject_at(range->where, "overlaps " + before->where);
		if (range->value.share > shares)
			object.reject_at(range->where + "/share",
					 "there are " + std::to_string(shares) + " (ss-shares)");
	}
	if (setting_of(config, HN_G_SS_SHARE) > shares)
		object.reject_at("/settings/ss-share", "is above ss-shares");
}

// The first of a key; the place of that for each other one.
template<class Key>
class Places
{
public:
	const std::string *add(const Key &key, const std::string &where)
	{
		const auto [at, is_new] = places_.emplace(key, where);

		return is_new ? nullptr : &at->second;
	}

private:
	std::map<Key, std::string> places_;
};

using EndKey = std::tuple<std::uint8_t, std::string, std::uint16_t>;

void check_bib(JsonObject &object, const InstanceConfig &config)
{
	Places<EndKey> insides;
	Places<EndKey> externals;

	for (const Placed<hn_bib_entry> &mapping : config.bib) {
		const hn_bib_entry &entry = mapping.value;
		const EndKey inside{entry.protos, format_addr6(entry.inside), entry.inside_port};
		const EndKey external{entry.protos, format_addr4({entry.ext}), entry.ext_port};

		if (!has_external(config, entry))
			object.reject_at(mapping.where + "/external",
					 "not in /pool4 for that protocol");
		if (!has_inside(config, entry.inside))
			object.reject_at(mapping.where + "/inside", "not in /inside");
		if (const std::string *other = insides.add(inside, mapping.where))
			object.reject_at(mapping.where + "/inside", "is that of " + *other);
		if (const std::string *other = externals.add(external, mapping.where))
			object.reject_at(mapping.where + "/external", "is that of " + *other);
	}
}

void check_prefixes(JsonObject &object, const InstanceConfig &config)
{
	Places<std::pair<hn_list, std::string>> prefixes;

	for (const Placed<ListPrefix> &prefix : config.prefixes) {
		const std::pair key(prefix.value.list, format_prefix(prefix.value.prefix));

		if (const std::string *other = prefixes.add(key, prefix.where))
			object.reject_at(prefix.where, "is that of " + *other);
	}
}

} // namespace

bool covers(const hn_prefix6 &prefix, const in6_addr &addr)
{
	const std::size_t bytes = prefix.len / 8;
	const unsigned bits = prefix.len % 8;
	const unsigned mask = 0xff00U >> bits & 0xffU;

	return std::equal(&addr.s6_addr[0], &addr.s6_addr[bytes], &prefix.addr.s6_addr[0]) &&
	       (!bits || !((addr.s6_addr[bytes] ^ prefix.addr.s6_addr[bytes]) & mask));
}

bool covers(const hn_pool4_entry &range, const hn_bib_entry &mapping)
{
	const std::uint16_t port = ntohs(mapping.ext_port);

	return range.protos == mapping.protos && has_address(range, mapping.ext) &&
	       port >= range.port_min && port <= range.port_max;
}

Result<InstanceConfig> instance_config_from_json(const Json &json, const std::string &file)
{
	JsonObject object(json, file);
	InstanceConfig config;

	config.pool6 = parsed<hn_prefix6>(object, "pool6", parse_pool6).value_or(hn_prefix6{});
	if (const Json *settings = object.any("settings"))
		read_settings(object, *settings, file, config);
	for (const ListKey &list : list_keys)
		read_prefixes(object, list, config);
	read_elements(object, "pool4", pool4_max, read_range, file, config);
	read_elements(object, "bib", HN_STATIC_MAX, read_mapping, file, config);
	check_prefixes(object, config);
	check_pool4(object, config);
	check_bib(object, config);
	if (const Result<void> result = object.finish(); !result)
		return fail(result.error());
	return config;
}

Result<InstanceConfig> instance_config_read(const std::string &file)
{
	const Result<Json> json = json_read_file(file, file_max_bytes);

	if (!json)
		return fail(json.error());
	return instance_config_from_json(*json, file);
}

Result<InstanceConfig> instance_config_parse(const std::string &text)
{
	const Result<Json> json = json_parse(text);

	if (!json)
		return fail(json.error());
	return instance_config_from_json(*json, "configuration");
}

} // namespace hn
