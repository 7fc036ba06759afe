// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <optional>
#include <vector>

#include "hanatd/fingerprint.h"
#include "lib/model.h"

namespace
{

using hn::Fingerprint;
using Items = std::vector<std::uint8_t>;
using Pool4 = std::vector<hn_pool4_entry>;

hn_pool4_entry entry(const char *addr, unsigned len, unsigned protos, unsigned min, unsigned max)
{
	hn_pool4_entry e{};

	inet_pton(AF_INET, addr, &e.addr);
	e.len = static_cast<std::uint8_t>(len);
	e.protos = static_cast<std::uint8_t>(protos);
	e.port_min = static_cast<std::uint16_t>(min);
	e.port_max = static_cast<std::uint16_t>(max);
	return e;
}

hn::Globals defaults()
{
	hn::Globals globals{};

	for (const hn::GlobalInfo &info : hn::globals_info())
		globals[info.id] = hn::default_value(info);
	return globals;
}

Fingerprint of(const Pool4 &pool4, const hn::Globals &globals = defaults(),
	       const std::vector<hn_prefix6> &ignored = {}, std::optional<std::uint64_t> digest = 0)
{
	hn::Instance instance;

	inet_pton(AF_INET6, "64:ff9b::", &instance.pool6.addr);
	instance.pool6.len = 96;
	instance.static_digest = digest;
	return hn::fingerprint_of(instance, pool4, {{ignored, {}, {}}}, globals);
}

Items pool4_drift(const Pool4 &a, const Pool4 &b)
{
	return hn::drift(of(a), of(b));
}

TEST(Fingerprint, Pool4IsWhatItMeans)
{
	const Pool4 whole{entry("192.0.2.0", 30, HN_PROTO_ALL, 1024, 65535)};
	Pool4 pieces{
		entry("192.0.2.2", 31, HN_PROTO_ALL, 1024, 9999),
		entry("192.0.2.2", 31, HN_PROTO_ALL, 10000, 65535),
		entry("192.0.2.1", 32, HN_PROTO_ALL, 1024, 65535),
		entry("192.0.2.0", 32, HN_PROTO_BIT(HN_PROTO_TCP), 1024, 65535),
		entry("192.0.2.0", 32, HN_PROTO_BIT(HN_PROTO_UDP), 1024, 65535),
		entry("192.0.2.0", 32, HN_PROTO_BIT(HN_PROTO_ICMP), 1024, 65535),
	};
	const Items differs{hn::FingerprintPool4};

	EXPECT_EQ(pool4_drift(whole, pieces), Items{});
	std::reverse(pieces.begin(), pieces.end());
	EXPECT_EQ(pool4_drift(whole, pieces), Items{});
	pieces.pop_back();
	EXPECT_EQ(pool4_drift(whole, pieces), differs);
	EXPECT_EQ(pool4_drift(whole, {}), differs);
	EXPECT_EQ(pool4_drift(whole, {entry("192.0.2.4", 30, HN_PROTO_ALL, 1024, 65535)}), differs);
	EXPECT_EQ(pool4_drift(whole, {entry("192.0.2.0", 29, HN_PROTO_ALL, 1024, 65535)}), differs);
	Pool4 marked = whole;
	marked[0].mark = 1;
	EXPECT_EQ(pool4_drift(whole, marked), differs);
	EXPECT_EQ(pool4_drift(marked, marked), Items{});
	EXPECT_EQ(pool4_drift(whole, {entry("192.0.2.0", 30, HN_PROTO_ALL, 1025, 65535)}), differs);
	// Neighbours that are no halves of one prefix stay apart.
	EXPECT_EQ(pool4_drift({entry("192.0.2.1", 32, 1, 1, 9), entry("192.0.2.2", 32, 1, 1, 9)},
			      {entry("192.0.2.0", 31, 1, 1, 9)}),
		  differs);
}

TEST(Fingerprint, SettingsOfOneNodeAreNotInIt)
{
	const Fingerprint base = of({});
	const auto changed = [&](hn_global id, const hn::GlobalValue &value) {
		hn::Globals globals = defaults();

		globals[id] = value;
		return hn::drift(base, of({}, globals));
	};

	for (const hn_global id :
	     {HN_G_ENABLED, HN_G_SS_ENABLED, HN_G_SS_FLUSH_ASAP, HN_G_SS_NODE, HN_G_SS_MAX_PAYLOAD})
		EXPECT_EQ(changed(id, 77U), Items{}) << id;
	EXPECT_EQ(changed(HN_G_UDP_TIMEOUT, 120000U), Items{hn::FingerprintTimeouts});
	EXPECT_EQ(changed(HN_G_DROP_EXT_TCP, 1U), Items{hn::FingerprintSettings});
	EXPECT_EQ(changed(HN_G_ADDR_FILTERING, 1U), Items{hn::FingerprintAdmission});
	EXPECT_EQ(changed(HN_G_TOS, 1U), Items{hn::FingerprintTos});
	for (const hn_global id : {HN_G_RST_AFTER_FIN, HN_G_DROP_ICMP6_INFO, HN_G_F_ARGS})
		EXPECT_EQ(changed(id, 1U), Items{hn::FingerprintHandling}) << id;
	for (const hn::Mtus &mtus : {hn::Mtus{1500}, hn::Mtus{HN_PLATEAUS, 60}, hn::Mtus{}})
		EXPECT_EQ(changed(HN_G_MTU_PLATEAUS, mtus), Items{hn::FingerprintHandling});
	EXPECT_EQ(changed(HN_G_MTU_PLATEAUS, hn::Mtus{HN_PLATEAUS}), Items{});
	EXPECT_FALSE(hn::is_fatal(hn::FingerprintTimeouts));
	EXPECT_FALSE(hn::is_fatal(hn::FingerprintPool4));
	EXPECT_TRUE(hn::is_fatal(hn::FingerprintPool6));
}

TEST(Fingerprint, IgnoredAddressesHaveNoOrder)
{
	hn_prefix6 a{};
	hn_prefix6 b{};

	a.len = 64;
	b.addr.s6_addr[0] = 0x20;
	b.len = 32;
	const hn::Globals globals = defaults();
	EXPECT_EQ(of({}, globals, {a, b}), of({}, globals, {b, a}));
	EXPECT_EQ(hn::drift(of({}, globals, {a}), of({}, globals, {b})),
		  Items{hn::FingerprintFilters});
}

TEST(Fingerprint, WhoIsInside)
{
	const auto with = [](const std::vector<hn_prefix6> &inside,
			     const std::vector<hn_prefix6> &excluded) {
		return hn::fingerprint_of({}, {}, {{{}, inside, excluded}}, defaults());
	};
	hn_prefix6 a{};
	hn_prefix6 b{};

	a.len = 104;
	b.len = 112;
	EXPECT_EQ(with({a, b}, {}), with({b, a}, {}));
	for (const hn::Fingerprint &other : {with({}, {}), with({}, {a}), with({a, b}, {})})
		EXPECT_EQ(hn::drift(with({a}, {}), other), Items{hn::FingerprintInside});
	EXPECT_FALSE(hn::is_fatal(hn::FingerprintInside));
	EXPECT_EQ(hn::fingerprint_name(hn::FingerprintInside), "inside");
}

TEST(Fingerprint, StaticMappings)
{
	const auto with = [](std::optional<std::uint64_t> digest) {
		return of({}, defaults(), {}, digest);
	};

	EXPECT_EQ(hn::drift(with(1), with(1)), Items{});
	EXPECT_EQ(hn::drift(with(1), with(0)), Items{hn::FingerprintBib});
	EXPECT_FALSE(hn::is_fatal(hn::FingerprintBib));
	EXPECT_EQ(hn::fingerprint_name(hn::FingerprintBib), "bib");
	// Of a module that does not tell it.
	EXPECT_EQ(hn::drift(with(1), with(std::nullopt)), Items{});
}

TEST(Fingerprint, WhatOnlyOneTellsIsNotCompared)
{
	Fingerprint other = of({});

	other.erase(hn::FingerprintPool6);
	other[63] = 1;
	EXPECT_EQ(hn::drift(of({}), other), Items{});
	EXPECT_EQ(hn::drift(other, of({})), Items{});
}

} // namespace
