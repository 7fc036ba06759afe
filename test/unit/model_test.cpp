// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "lib/model.h"

namespace hn
{
namespace
{

hn_record record(hn_proto proto, const char *inside, const char *ext, const char *remote)
{
	const Endpoint in = parse_endpoint(inside).value();
	const Endpoint out = parse_endpoint(ext).value();
	const Endpoint to = parse_endpoint(remote).value();
	hn_record r{};

	r.inside = in.addr;
	r.inside_port = htons(in.port);
	r.ext = out.addr.s6_addr32[3];
	r.ext_port = htons(out.port);
	r.remote = to.addr.s6_addr32[3];
	r.remote_port = htons(to.port);
	r.proto = static_cast<__u8>(proto);
	r.state = HN_TCP_ESTABLISHED;
	return r;
}

TEST(Model, AbiSizes)
{
	EXPECT_EQ(sizeof(hn_prefix6), 20U);
	EXPECT_EQ(sizeof(hn_pool4_entry), 24U);
	EXPECT_EQ(sizeof(hn_record), 48U);
	EXPECT_EQ(sizeof(hn_bib_record), 32U);
	EXPECT_EQ(sizeof(hn_bib_entry), 28U);
}

TEST(Model, GlobalsTable)
{
	std::set<std::string_view> names;
	int id = HN_G_UNSPEC;

	for (const GlobalInfo &g : globals_info()) {
		EXPECT_EQ(g.id, ++id);
		EXPECT_TRUE(names.insert(g.name).second) << g.name;
		EXPECT_EQ(find_global(g.name), &g);
		EXPECT_EQ(parse_global(g, format_global(g, default_value(g))).value(),
			  default_value(g));
		EXPECT_LE(g.min, g.max) << g.name;
		if (g.type == HN_GT_MTUS)
			continue;
		EXPECT_LE(g.min, g.def) << g.name;
		EXPECT_LE(g.def, g.max) << g.name;
		for (const std::uint32_t value : {g.min, g.max})
			EXPECT_EQ(number(parse_global(g, format_global(g, value)).value()), value)
				<< g.name;
		if (g.type == HN_GT_TIME) {
			EXPECT_FALSE(parse_global(g, format_duration(g.min - 1))) << g.name;
			EXPECT_FALSE(parse_global(g, format_duration(g.max + 1))) << g.name;
		}
	}
	EXPECT_EQ(id, HN_G_MAX);
	EXPECT_EQ(find_global("nonsense"), nullptr);
	EXPECT_EQ(find_global(""), nullptr);
}

TEST(Model, GlobalErrorsSayTheRange)
{
	EXPECT_EQ(parse_global(*find_global("udp-timeout"), "1:00").error().what,
		  "'1:00' is out of range, 0:02:00 to 24:00:00");
	EXPECT_EQ(parse_global(*find_global("lowest-ipv6-mtu"), "1279").error().what,
		  "'1279' is out of range, 1280 to 65535");
	EXPECT_EQ(parse_global(*find_global("ss-enabled"), "perhaps").error().what,
		  "'perhaps' is neither true nor false");
}

TEST(Model, SetsOfProtocols)
{
	EXPECT_EQ(parse_protos("all").value(), HN_PROTO_ALL);
	EXPECT_EQ(parse_protos("tcp,udp,icmp").value(), HN_PROTO_ALL);
	EXPECT_EQ(parse_protos("udp,tcp,udp").value(),
		  HN_PROTO_BIT(HN_PROTO_TCP) | HN_PROTO_BIT(HN_PROTO_UDP));
	EXPECT_EQ(format_protos(HN_PROTO_ALL), "all");
	EXPECT_EQ(format_protos(HN_PROTO_BIT(HN_PROTO_TCP) | HN_PROTO_BIT(HN_PROTO_ICMP)),
		  "tcp,icmp");
	for (const char *text : {"", ",", "tcp,", ",tcp", "TCP", "tcp udp", "none", "all,tcp", "7"})
		EXPECT_FALSE(parse_protos(text)) << text;
}

TEST(Model, ListsOfMtus)
{
	const GlobalInfo &info = *find_global("mtu-plateaus");
	const auto error = [&](const char *text) { return parse_global(info, text).error().what; };
	std::string most = "68";

	EXPECT_EQ(parse_global(info, "1400,1500").value(), GlobalValue(Mtus{1400, 1500}));
	EXPECT_EQ(parse_global(info, "6000, 5000,  68").value(), GlobalValue(Mtus{6000, 5000, 68}));
	EXPECT_EQ(format_global(info, Mtus{6000, 68}), "6000,68");
	EXPECT_EQ(error("1400,67"), "'67' is out of range, 68 to 65535");
	EXPECT_EQ(error("65536"), "'65536' is out of range, 68 to 65535");
	EXPECT_EQ(error("1400,1500,1400"), "'1400,1500,1400' has 1400 twice");
	for (const char *text :
	     {"", ",", "1400,", ",1400", "1400 1500", "1400;1500", "-1", "0x600"})
		EXPECT_FALSE(parse_global(info, text)) << text;
	for (int mtu = 69; mtu < 68 + HN_PLATEAUS_MAX; mtu++)
		most += "," + std::to_string(mtu);
	EXPECT_TRUE(parse_global(info, most));
	EXPECT_EQ(error((most + ",1500").c_str()), "65 numbers are too many, at most 64");
}

TEST(Model, Shares)
{
	EXPECT_EQ(format_shares(1), "1");
	EXPECT_EQ(format_shares(1U << 1 | std::uint64_t{1} << 63), "2,64");
	EXPECT_EQ(format_shares(0), "none");
}

TEST(Model, StatsTable)
{
	std::set<std::string_view> names;

	EXPECT_EQ(stats_info().size(), static_cast<std::size_t>(HN_STAT_COUNT));
	for (const StatInfo &s : stats_info())
		EXPECT_TRUE(names.insert(s.name).second) << s.name;
	EXPECT_TRUE(stats_info()[HN_STAT_DROP_MTU].is_drop());
	EXPECT_FALSE(stats_info()[HN_STAT_XLAT_64].is_drop());
}

TEST(Model, Names)
{
	EXPECT_EQ(proto_name(HN_PROTO_ICMP), "ICMP");
	EXPECT_EQ(proto_name(200), "?");
	EXPECT_EQ(tcp_state_name(HN_TCP_ESTABLISHED), "ESTABLISHED");
	EXPECT_EQ(tcp_state_name(HN_TCP_TRANS), "TRANS");
	EXPECT_EQ(tcp_state_name(200), "?");
	EXPECT_EQ(protos_names(HN_PROTO_BIT(HN_PROTO_TCP) | HN_PROTO_BIT(HN_PROTO_ICMP)),
		  "TCP, ICMP");
	EXPECT_EQ(protos_names(0), "");
}

TEST(Model, SessionFlowOfTcp)
{
	const hn_record r =
		record(HN_PROTO_TCP, "2001:db8::8#5831", "192.0.2.1#61001", "192.0.2.8#80");
	const SessionFlow flow = session_flow(r, parse_pool6("64:ff9b::/96").value());

	EXPECT_EQ(format_endpoint(flow.inside), "2001:db8::8#5831");
	EXPECT_EQ(format_endpoint(flow.inside_remote), "64:ff9b::c000:208#80");
	EXPECT_EQ(format_endpoint(flow.external), "192.0.2.1#61001");
	EXPECT_EQ(format_endpoint(flow.remote), "192.0.2.8#80");
	EXPECT_EQ(describe(r), "TCP ESTABLISHED 2001:db8::8#5831 192.0.2.1#61001 192.0.2.8#80");
}

TEST(Model, SessionFlowOfIcmpHasTheInsideIdentifier)
{
	const hn_record r =
		record(HN_PROTO_ICMP, "2001:db8::8#5831", "192.0.2.1#39214", "192.0.2.8#39214");
	const SessionFlow flow = session_flow(r, parse_pool6("2001:db8:64::/48").value());

	EXPECT_EQ(format_endpoint(flow.inside_remote), "2001:db8:64:c000:2:800::#5831");
}

TEST(Model, SessionFlowOfNat44)
{
	const hn_record r = record(HN_PROTO_UDP, "10.0.0.7#53", "192.0.2.1#61001", "192.0.2.8#53");
	const SessionFlow flow = session_flow(r, parse_pool6("64:ff9b::/96").value());

	EXPECT_EQ(format_endpoint(flow.inside), "10.0.0.7#53");
	EXPECT_EQ(format_endpoint(flow.inside_remote), "192.0.2.8#53");
}

} // namespace
} // namespace hn
