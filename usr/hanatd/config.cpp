// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/config.h"

#include <algorithm>
#include <arpa/inet.h>
#include <limits>
#include <net/if.h>

namespace hn
{

namespace
{

constexpr std::size_t buffer_min = 4096;
constexpr std::size_t buffer_max = 1U << 30;

void read_group(JsonObject &object, Config &config)
{
	static const char *const key = "multicast address";
	const std::optional<std::string> text = object.string(key);

	if (!text) {
		object.reject(key, "missing: expected the multicast address to join");
		return;
	}
	const std::optional<Group> group = group_parse(*text);
	if (!group) {
		object.reject(key, "expected an IPv4 or IPv6 multicast address, found " +
					   json_quote(text->substr(0, 64)));
		return;
	}
	config.group_text = *text;
	config.group = *group;
}

void read_port(JsonObject &object, Config &config)
{
	static const char *const key = "multicast port";
	const auto port = object.number_or_string(key, 1, 65535);

	if (!port)
		object.reject(key, "missing: expected a UDP port");
	config.port = static_cast<std::uint16_t>(port.value_or(0));
}

// What the kernel's dev_valid_name() takes, without control characters.
bool is_interface_name(const std::string &text)
{
	const auto fits = [](unsigned char c) {
		return c > ' ' && c != 0x7f && c != '/' && c != ':';
	};

	return !text.empty() && text.size() < IF_NAMESIZE && text != "." && text != ".." &&
	       std::all_of(text.begin(), text.end(), fits);
}

void read_interface(JsonObject &object, const std::string &key, std::string &name)
{
	const std::optional<std::string> text = object.string(key);

	if (!text)
		return;
	if (!is_interface_name(*text))
		object.reject(key, "expected an interface name, found " +
					   json_quote(text->substr(0, 64)));
	name = *text;
}

void read_interfaces(JsonObject &object, Config &config)
{
	read_interface(object, "in interface", config.in_interface);
	read_interface(object, "out interface", config.out_interface);
	if (config.in_interface.empty())
		config.in_interface = config.out_interface;
	if (config.out_interface.empty())
		config.out_interface = config.in_interface;
	if (config.group.family == AF_INET6 && group_is_link_local(config.group) &&
	    config.in_interface != config.out_interface)
		object.reject("out interface", "expected that of \"in interface\", for " +
						       config.group_text +
						       " is a link-local group");
	if (config.in_interface.empty() && group_is_link_local(config.group))
		object.reject("in interface",
			      "missing: " + config.group_text +
				      " is a link-local group, it needs an interface");
}

void read_transport(JsonObject &object)
{
	static const char *const key = "transport";
	const std::string transport = object.string(key).value_or("multicast");

	if (transport == "udp" || transport == "tcp")
		object.reject(key, json_quote(transport) +
					   " is not supported by this version, only \"multicast\"");
	else if (transport != "multicast")
		object.reject(key, "expected \"multicast\", found " +
					   json_quote(transport.substr(0, 64)));
}

void read_keys(JsonObject &object, Config &config)
{
	static const char *const key = "authentication";
	const std::string authentication = object.string(key).value_or("optional");
	const std::optional<std::string> file = object.string("key file");

	if (file && (file->empty() || file->find('\0') != std::string::npos))
		object.reject("key file", "expected the name of a file");
	config.key_file = file.value_or("");
	if (authentication != "optional" && authentication != "required")
		object.reject(key, "expected \"optional\" or \"required\", found " +
					   json_quote(authentication.substr(0, 64)));
	if (authentication == "required" && config.key_file.empty())
		object.reject("key file", "missing: \"authentication\" is \"required\"");
}

void read_size(JsonObject &object, const std::string &key, std::size_t &size)
{
	if (const auto bytes = object.number(key, buffer_min, buffer_max))
		size = *bytes;
}

} // namespace

std::optional<Group> group_parse(const std::string &text)
{
	Group group;

	if (text.find('\0') != std::string::npos)
		return std::nullopt;
	if (inet_pton(AF_INET, text.c_str(), &group.v4) == 1) {
		group.family = AF_INET;
		if (IN_MULTICAST(ntohl(group.v4.s_addr)))
			return group;
	} else if (inet_pton(AF_INET6, text.c_str(), &group.v6) == 1) {
		group.family = AF_INET6;
		if (IN6_IS_ADDR_MULTICAST(&group.v6))
			return group;
	}
	return std::nullopt;
}

bool group_is_link_local(const Group &group)
{
	if (group.family == AF_INET)
		return ntohl(group.v4.s_addr) >> 8 == 0xe00000;
	return group.family == AF_INET6 &&
	       (IN6_IS_ADDR_MC_LINKLOCAL(&group.v6) || IN6_IS_ADDR_MC_NODELOCAL(&group.v6));
}

Result<Config> config_from_json(const Json &json, const std::string &file)
{
	JsonObject object(json, file);
	Config config;

	read_transport(object);
	read_group(object, config);
	read_port(object, config);
	read_interfaces(object, config);
	config.reuse_address = object.boolean("reuseaddr").value_or(config.reuse_address);
	config.ttl = static_cast<std::uint8_t>(
		object.number_or_string("ttl", 1, 255).value_or(config.ttl));
	if (const auto node = object.number("node", 1, std::numeric_limits<std::uint32_t>::max()))
		config.node = static_cast<std::uint32_t>(*node);
	config.digest_period =
		object.number("digest period", 1, 3600).value_or(config.digest_period);
	read_size(object, "receive buffer", config.receive_buffer);
	read_size(object, "send buffer", config.send_buffer);
	read_size(object, "event buffer", config.event_buffer);
	read_keys(object, config);
	const Result<void> result = object.finish();
	if (!result)
		return fail(result.error());
	return config;
}

Result<Config> config_read(const std::string &file)
{
	const Result<Json> json = json_read_file(file, config_max_bytes);

	if (!json)
		return fail(json.error());
	return config_from_json(*json, file);
}

Result<Keyring> config_keys(const Config &config)
{
	if (config.key_file.empty())
		return Keyring();
	return keys_read(config.key_file);
}

} // namespace hn
