// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "hanatd/wire.h"

namespace hn
{

// Gets what one node is configured with, piece by piece (docs/protocol.md, section 11, who
// fetches). Pure.
class ConfigFetch
{
public:
	static constexpr std::uint64_t repeat_ms = 100;
	static constexpr std::uint64_t restart_ms = 1000;
	static constexpr std::uint64_t patience_ms = 5000;

	// What it has now; or this text.
	ConfigFetch(std::uint64_t now, std::uint32_t node) : node_(node), progress_at_(now) {}
	ConfigFetch(std::uint64_t now, std::uint32_t node, const ConfigOffer &offer)
		: node_(node), any_(false), hash_(offer.hash), size_(offer.size), progress_at_(now)
	{
	}

	void part(std::uint64_t now, std::uint32_t from, const ConfigPart &part);

	// What is to be asked now; nothing before deadline(), or when it is at an end.
	std::optional<ConfigRequest> due(std::uint64_t now);
	[[nodiscard]] std::optional<std::uint64_t> deadline() const;

	[[nodiscard]] bool whole() const { return size_ > 0 && text_.size() == size_ && !failed_; }
	[[nodiscard]] bool failed() const { return failed_; }
	[[nodiscard]] bool ended() const { return whole() || failed_; }
	[[nodiscard]] const std::string &text() const { return text_; }

private:
	std::uint32_t node_;
	bool any_ = true; // whatever text it has
	std::uint64_t hash_ = 0;
	std::uint32_t size_ = 0; // 0: not known yet
	std::string text_;
	std::map<std::uint32_t, std::string> early_; // pieces behind one that is missing, by offset
	bool failed_ = false;
	std::uint64_t progress_at_;
	std::uint64_t ask_at_ = 0;
	unsigned coming_ = 0; // pieces, of those asked for last
};

} // namespace hn
