// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "hactl/nouns.h"
#include "hactl/own_ports.h"

namespace hn
{
namespace
{

hn_pool4_entry entry(unsigned protos, std::uint16_t min, std::uint16_t max)
{
	hn_pool4_entry out{};

	out.addr = htonl(0xc0000201);
	out.len = 32;
	out.protos = static_cast<std::uint8_t>(protos);
	out.port_min = min;
	out.port_max = max;
	return out;
}

TEST(OwnPorts, RangeWithoutWhatIsReserved)
{
	EXPECT_EQ(own_ports("32768\t60999", "").count(), 28232U);
	EXPECT_TRUE(own_ports("32768\t60999", "")[32768]);
	EXPECT_TRUE(own_ports("32768\t60999", "")[60999]);
	EXPECT_EQ(own_ports("1024 2047", "1024-1535,2000").count(), 511U);
	EXPECT_EQ(own_ports("1 65535", "").count(), 65535U);
	EXPECT_EQ(own_ports("", "").count(), 0U);
	EXPECT_EQ(own_ports("x", "y,-,7-").count(), 0U);
}

TEST(OwnPorts, Overlap)
{
	const PortSet own = own_ports("32768 60999", "40000-60999");
	const unsigned all = HN_PROTO_ALL;

	EXPECT_EQ(overlap(entry(all, 61001, 65535), own), std::nullopt);
	EXPECT_EQ(overlap(entry(all, 40000, 65535), own), std::nullopt);
	EXPECT_EQ(overlap(entry(all, 1, 65535), own), (PortRange{32768, 39999}));
	EXPECT_EQ(overlap(entry(HN_PROTO_BIT(HN_PROTO_TCP), 39999, 39999), own),
		  (PortRange{39999, 39999}));
	// Identifiers are no ports.
	EXPECT_EQ(overlap(entry(HN_PROTO_BIT(HN_PROTO_ICMP), 0, 65535), own), std::nullopt);
}

TEST(Advice, WhatAnRfcWouldNotSet)
{
	const std::array<Setting, 3> low{{{HN_G_TCP_EST_TIMEOUT, 7439999U},
					  {HN_G_TCP_TRANS_TIMEOUT, 10000U},
					  {HN_G_UDP_TIMEOUT, 120000U}}};
	const std::array<Setting, 2> fine{
		{{HN_G_TCP_EST_TIMEOUT, 7440000U}, {HN_G_TCP_TRANS_TIMEOUT, 240000U}}};
	const std::vector<std::string> lines = advice(low);

	ASSERT_EQ(lines.size(), 2U);
	EXPECT_TRUE(lines[0].starts_with("tcp-est-timeout is below 2:04:00: "));
	EXPECT_TRUE(lines[1].starts_with("tcp-trans-timeout is below 0:04:00: "));
	EXPECT_TRUE(advice(fine).empty());
}

} // namespace
} // namespace hn
