// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hanatd/config_text.h"
#include "hanatd/wire.h"

namespace hn
{

// What this node is configured with, for others to fetch (docs/protocol.md, section 11, who has the
// text). Pure.
class ConfigSource
{
public:
	// A peer asks: of each the last request waits.
	void asked(std::uint32_t requester, const ConfigRequest &request);

	// This text can be had by its hash, whatever the node has by now, until the next one.
	void offer(ConfigText text) { offered_ = std::move(text); }

	// When it has to be read, for those who want it as of now; nothing: nobody does.
	[[nodiscard]] std::optional<std::uint64_t> read_at() const;
	// It was, which took so long; or it could not be, and those who wait ask again.
	void read(std::uint64_t now, std::uint64_t took, const ConfigText &text);
	void failed(std::uint64_t now);

	// What is to be told now, each piece of at most so many bytes.
	std::vector<ConfigPart> take(std::size_t part_max);

	[[nodiscard]] std::size_t waiting() const { return requests_.size(); }

private:
	[[nodiscard]] const ConfigText *find(std::uint64_t hash) const;

	ConfigText own_;
	bool fresh_ = false;	    // it was read after all requests that wait
	std::uint64_t read_at_ = 0; // not before
	ConfigText offered_;
	std::map<std::uint32_t, ConfigRequest> requests_; // by requester
};

} // namespace hn
