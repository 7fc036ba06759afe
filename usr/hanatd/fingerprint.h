// SPDX-License-Identifier: GPL-2.0-or-later
// What nodes must have configured alike (docs/protocol.md, section 11).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "hanat.h"
#include "lib/family.h"

namespace hn
{

// An item that differs between two nodes is fatal below FingerprintWarn: they do not apply each
// other's sessions. From there on it is only told.
enum FingerprintItem : std::uint8_t {
	FingerprintPool6 = 1,
	FingerprintWarn = 64,
	FingerprintPool4 = FingerprintWarn,
	FingerprintTimeouts = 65,
	FingerprintSettings = 66,
	FingerprintFilters = 67,
	FingerprintShares = 68,
	FingerprintAdmission = 69,
	FingerprintTos = 70,
	FingerprintBib = 71,
	FingerprintHandling = 72,
	FingerprintInside = 73,
};

// A hash of each item, by FingerprintItem or what later versions have.
using Fingerprint = std::map<std::uint8_t, std::uint64_t>;

// By hn_list.
using PrefixLists = std::array<std::vector<hn_prefix6>, HN_LIST_COUNT>;

// Equal for configurations that mean the same, however they were entered. Of the instance, pool6
// and the static mappings. The program has called sodium_init().
Fingerprint fingerprint_of(const Instance &instance, std::span<const hn_pool4_entry> pool4,
			   const PrefixLists &lists, const Globals &globals);

// The items that both have and that differ, in ascending order.
std::vector<std::uint8_t> drift(const Fingerprint &a, const Fingerprint &b);

constexpr bool is_fatal(std::uint8_t item)
{
	return item < FingerprintWarn;
}

std::string_view fingerprint_name(std::uint8_t item); // "?" for what this version does not know

} // namespace hn
