// SPDX-License-Identifier: GPL-2.0-or-later
// The netsocket file, hanatd.conf(5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hanatd/link_config.h"
#include "lib/json.h"
#include "lib/keys.h"
#include "lib/result.h"

namespace hn
{

constexpr std::size_t config_max_bytes = 64U << 10;

struct Config {
	static constexpr std::size_t max_links = 8;

	std::vector<LinkConfig> links;	   // at least one
	std::optional<std::uint32_t> node; // nothing: the kernel's
	std::size_t receive_buffer = 4U << 20;
	std::size_t send_buffer = 1U << 20;
	std::size_t event_buffer = 8U << 20;
	std::uint64_t digest_period = 30;  // seconds
	std::uint64_t ready_alone = 10;	   // likewise
	bool ready_with_drift = true;	   // a peer that is configured otherwise is no reason
	bool accept_configuration = false; // peers may configure this node
	std::string key_file;		   // empty: frames are not authenticated
};

// Errors are one line, "FILE: /key: what".
Result<Config> config_from_json(const Json &json, const std::string &file);
Result<Config> config_read(const std::string &file);

// Of the key file; none if there is no such file in the configuration.
Result<Keyring> config_keys(const Config &config);

} // namespace hn
