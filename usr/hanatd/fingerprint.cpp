// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/fingerprint.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstddef>
#include <initializer_list>
#include <set>
#include <tuple>
#include <utility>

#include "hanatd/hash.h"

namespace hn
{

namespace
{

class ItemHash
{
public:
	void add(std::uint64_t value)
	{
		std::array<unsigned char, 8> bytes{};

		for (unsigned char &byte : bytes) {
			byte = static_cast<unsigned char>(value >> 56);
			value <<= 8;
		}
		hash_.add(bytes.data(), bytes.size());
	}

	void add(const in6_addr &addr) { hash_.add(addr.s6_addr, sizeof(addr.s6_addr)); }

	// A list with its length.
	void add(const GlobalValue &value)
	{
		const auto *mtus = std::get_if<Mtus>(&value);

		if (!mtus)
			return add(std::uint64_t{number(value)});
		add(std::uint64_t{mtus->size()});
		for (const std::uint16_t mtu : *mtus)
			add(std::uint64_t{mtu});
	}

	std::uint64_t finish() { return hash_.finish(); }

private:
	Hash hash_;
};

using Ports = std::pair<unsigned, unsigned>;	// first, last
using Use = std::pair<std::uint32_t, unsigned>; // mark, protocol
// Which ports of an address for which use, in order and without neighbours.
using Profile = std::vector<std::tuple<Use, unsigned, unsigned>>;
using Prefix = std::pair<std::uint32_t, unsigned>; // address, length

std::vector<Ports> joined(std::vector<Ports> ranges)
{
	std::vector<Ports> out;

	std::sort(ranges.begin(), ranges.end());
	for (const Ports &range : ranges) {
		if (!out.empty() && range.first <= out.back().second + 1)
			out.back().second = std::max(out.back().second, range.second);
		else
			out.push_back(range);
	}
	return out;
}

// Halves of a prefix that are both there become that prefix.
std::set<Prefix> joined(std::set<Prefix> prefixes)
{
	for (unsigned len = 32; len > 0; --len) {
		const std::uint32_t half = 1U << (32 - len);

		for (auto it = prefixes.begin(); it != prefixes.end();) {
			const auto sibling = prefixes.find({it->first | half, len});

			if (it->second != len || (it->first & half) != 0 ||
			    sibling == prefixes.end()) {
				++it;
				continue;
			}
			prefixes.insert({it->first, len - 1});
			prefixes.erase(sibling);
			it = prefixes.erase(it);
		}
	}
	return prefixes;
}

std::uint64_t hash_pool4(std::span<const hn_pool4_entry> entries)
{
	std::map<Prefix, std::map<Use, std::vector<Ports>>> ranges;
	std::map<Profile, std::set<Prefix>> profiles;
	ItemHash hash;

	for (const hn_pool4_entry &entry : entries)
		for (unsigned proto = 0; proto < HN_PROTO_COUNT; ++proto)
			if (entry.protos & HN_PROTO_BIT(proto))
				ranges[{ntohl(entry.addr), entry.len}][{entry.mark, proto}]
					.emplace_back(entry.port_min, entry.port_max);
	for (const auto &[prefix, uses] : ranges) {
		Profile profile;

		for (const auto &[use, ports] : uses)
			for (const auto &[first, last] : joined(ports))
				profile.emplace_back(use, first, last);
		profiles[profile].insert(prefix);
	}
	for (const auto &[profile, prefixes] : profiles) {
		for (const auto &[use, first, last] : profile) {
			hash.add(std::uint64_t{use.second} << 32 | first << 16 | last);
			hash.add(std::uint64_t{use.first});
		}
		for (const auto &[addr, len] : joined(prefixes))
			hash.add(std::uint64_t{addr} << 8 | len);
	}
	return hash.finish();
}

std::uint64_t hash_globals(const Globals &globals, std::initializer_list<hn_global> which)
{
	ItemHash hash;

	for (const hn_global id : which)
		hash.add(globals[id]);
	return hash.finish();
}

// In whatever order they were added.
void add_list(ItemHash &hash, std::span<const hn_prefix6> list)
{
	std::set<std::pair<std::vector<std::uint8_t>, unsigned>> prefixes;

	for (const hn_prefix6 &prefix : list)
		prefixes.insert({{std::begin(prefix.addr.s6_addr), std::end(prefix.addr.s6_addr)},
				 prefix.len});
	for (const auto &[addr, len] : prefixes) {
		for (const std::uint8_t byte : addr)
			hash.add(byte);
		hash.add(len);
	}
}

std::uint64_t hash_filters(std::span<const hn_prefix6> ignored, const Globals &globals)
{
	ItemHash hash;

	add_list(hash, ignored);
	hash.add(globals[HN_G_SS_PROTOCOLS]);
	hash.add(globals[HN_G_SS_MIN_AGE]);
	return hash.finish();
}

} // namespace

Fingerprint fingerprint_of(const Instance &instance, std::span<const hn_pool4_entry> pool4,
			   const PrefixLists &lists, const Globals &globals)
{
	ItemHash prefix;
	ItemHash inside;
	ItemHash bib;

	prefix.add(instance.pool6.addr);
	prefix.add(instance.pool6.len);
	add_list(inside, lists[HN_LIST_INSIDE]);
	// Where one list ends.
	inside.add(std::uint64_t{lists[HN_LIST_INSIDE].size()});
	add_list(inside, lists[HN_LIST_NO_TRANSLATE]);
	Fingerprint items{
		{FingerprintInside, inside.finish()},
		{FingerprintFilters, hash_filters(lists[HN_LIST_IGNORE], globals)},
		{FingerprintShares, hash_globals(globals, {HN_G_SS_SHARES, HN_G_BLOCK_SIZE})},
		{FingerprintPool6, prefix.finish()},
		{FingerprintPool4, hash_pool4(pool4)},
		{FingerprintTimeouts,
		 hash_globals(globals, {HN_G_UDP_TIMEOUT, HN_G_ICMP_TIMEOUT, HN_G_TCP_EST_TIMEOUT,
					HN_G_TCP_TRANS_TIMEOUT})},
		{FingerprintSettings,
		 hash_globals(globals, {HN_G_LOWEST_IPV6_MTU, HN_G_UDP_ZERO_CSUM, HN_G_DROP_EXT_TCP,
					HN_G_MAX_SESSIONS})},
		{FingerprintTos,
		 hash_globals(globals, {HN_G_ZERO_TCLASS, HN_G_OVERRIDE_TOS, HN_G_TOS})},
		{FingerprintAdmission,
		 hash_globals(globals,
			      {HN_G_ADDR_FILTERING, HN_G_MAX_SOURCE_SESSIONS, HN_G_SOURCE_PREFIX,
			       HN_G_MAX_SIMULTANEOUS_OPENS, HN_G_TCP_OPEN_TIMEOUT, HN_G_WKP_GLOBAL,
			       HN_G_HOLD_DOWN, HN_G_HOLD_DOWN_MAX, HN_G_MAX_SOURCE_MAPPINGS,
			       HN_G_SOURCE_MAPPING_RATE})},
		{FingerprintHandling,
		 hash_globals(globals, {HN_G_RST_AFTER_FIN, HN_G_DROP_ICMP6_INFO, HN_G_MTU_PLATEAUS,
					HN_G_F_ARGS})},
	};
	if (instance.static_digest) {
		bib.add(*instance.static_digest);
		items[FingerprintBib] = bib.finish();
	}
	return items;
}

std::vector<std::uint8_t> drift(const Fingerprint &a, const Fingerprint &b)
{
	std::vector<std::uint8_t> items;

	for (const auto &[item, hash] : a) {
		const auto other = b.find(item);

		if (other != b.end() && other->second != hash)
			items.push_back(item);
	}
	return items;
}

std::string_view fingerprint_name(std::uint8_t item)
{
	switch (item) {
	case FingerprintPool6:
		return "pool6";
	case FingerprintPool4:
		return "pool4";
	case FingerprintTimeouts:
		return "timeouts";
	case FingerprintSettings:
		return "settings";
	case FingerprintFilters:
		return "filters";
	case FingerprintShares:
		return "shares";
	case FingerprintAdmission:
		return "admission";
	case FingerprintTos:
		return "tos";
	case FingerprintBib:
		return "bib";
	case FingerprintHandling:
		return "handling";
	case FingerprintInside:
		return "inside";
	default:
		return "?";
	}
}

} // namespace hn
