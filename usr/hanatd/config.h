// SPDX-License-Identifier: GPL-2.0-or-later
// The netsocket file, hanatd.conf(5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>

#include "lib/json.h"
#include "lib/keys.h"
#include "lib/result.h"

namespace hn
{

constexpr std::size_t config_max_bytes = 64U << 10;

// A multicast address of either family.
struct Group {
	int family = AF_UNSPEC;
	in_addr v4{};
	in6_addr v6{};
};

struct Config {
	std::string group_text;
	Group group;
	std::uint16_t port = 0;
	std::string in_interface;  // empty: as the routing table says
	std::string out_interface; // likewise
	bool reuse_address = false;
	std::uint8_t ttl = 1;
	std::optional<std::uint32_t> node; // nothing: the kernel's
	std::size_t receive_buffer = 4U << 20;
	std::size_t send_buffer = 1U << 20;
	std::size_t event_buffer = 8U << 20;
	std::uint64_t digest_period = 30; // seconds
	std::string key_file;		  // empty: frames are not authenticated
};

// Errors are one line, "FILE: /key: what".
Result<Config> config_from_json(const Json &json, const std::string &file);
Result<Config> config_read(const std::string &file);

// Of the key file; none if there is no such file in the configuration.
Result<Keyring> config_keys(const Config &config);

// Nothing if the text is no multicast address.
std::optional<Group> group_parse(const std::string &text);

// Only reachable on one link: 224.0.0.0/24, ff01::/16 and ff02::/16 with their flag variants.
bool group_is_link_local(const Group &group);

} // namespace hn
