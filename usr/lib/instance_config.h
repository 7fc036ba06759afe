// SPDX-License-Identifier: GPL-2.0-or-later
// All that is configured of an instance, as a file says it (hanat.json(5)) and as the kernel has
// it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "hanat.h"
#include "lib/family.h"
#include "lib/json.h"
#include "lib/result.h"

namespace hn
{

// With the JSON pointer of where it stands in the file; empty for what the kernel has.
template<class T>
struct Placed {
	T value{};
	std::string where;
};

struct ListKey {
	hn_list list;
	const char *key; // in the file
};

constexpr std::array<ListKey, HN_LIST_COUNT> list_keys{{
	{HN_LIST_INSIDE, "inside"},
	{HN_LIST_NO_TRANSLATE, "no-translate"},
	{HN_LIST_IGNORE, "sync-ignore"},
}};

struct ListPrefix {
	hn_list list{};
	hn_prefix6 prefix{};
};

struct InstanceConfig {
	hn_prefix6 pool6{};
	std::vector<Placed<Setting>> settings; // what is not there has its default
	std::vector<Placed<ListPrefix>> prefixes;
	std::vector<Placed<hn_pool4_entry>> pool4; // each of one protocol, in the order of use
	std::vector<Placed<hn_bib_entry>> bib;	   // static mappings, each of one protocol
};

// Whether a setting is this node's, not the file's, which nodes share: one that does not name it
// leaves it as it is, and it is not exported.
constexpr bool is_node_local(hn_global id)
{
	return id == HN_G_SS_NODE || id == HN_G_SS_SHARE;
}

// Whether a setting goes with what nodes tell each other: not whether one of them works.
constexpr bool is_shared(hn_global id)
{
	return !is_node_local(id) && id != HN_G_ENABLED && id != HN_G_SS_ENABLED;
}

// Whether the address is one of the prefix; IPv4 ones are IPv4-mapped.
bool covers(const hn_prefix6 &prefix, const in6_addr &addr);
// Whether the range has the external end, for the protocol.
bool covers(const hn_pool4_entry &range, const hn_bib_entry &mapping);

// Errors name the file, the JSON pointer and what was expected. What the kernel would refuse of a
// file is refused here: ranges that overlap, mappings that pool4 or the inside prefixes do not
// cover, shares that are not there.
Result<InstanceConfig> instance_config_from_json(const Json &json, const std::string &file);
Result<InstanceConfig> instance_config_read(const std::string &file);
// Of a text that is in no file; errors name the pointer.
Result<InstanceConfig> instance_config_parse(const std::string &text);

// What the kernel has; nothing: there is no instance. Settings at their defaults are left out.
Result<std::optional<InstanceConfig>> instance_config_now(FamilyLink &link);

// The same; that there is none is an error.
Result<InstanceConfig> instance_config_present(FamilyLink &link);

// As a file that says the same.
std::string instance_config_text(const InstanceConfig &config);

// The same, with its own settings of those that are not shared: none, or another one's.
InstanceConfig with_unshared(const InstanceConfig &config, const InstanceConfig &of);

} // namespace hn
