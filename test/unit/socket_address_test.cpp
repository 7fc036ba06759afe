// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <string>

#include "hanatd/socket_address.h"

namespace
{

using hn::SocketAddress;

SocketAddress of(const std::string &text)
{
	return SocketAddress::parse(text, 6464).value_or(SocketAddress());
}

TEST(SocketAddress, ParsesWithAndWithoutPort)
{
	EXPECT_EQ(of("192.0.2.1").text(), "192.0.2.1#6464");
	EXPECT_EQ(of("192.0.2.1#10439").text(), "192.0.2.1#10439");
	EXPECT_EQ(of("2001:DB8:0::1").text(), "2001:db8::1#6464");
	EXPECT_EQ(of("fe80::1#1").text(), "fe80::1#1");
	EXPECT_EQ(of("192.0.2.1").family(), AF_INET);
	EXPECT_EQ(of("2001:db8::1").family(), AF_INET6);
}

TEST(SocketAddress, RefusesEverythingElse)
{
	for (const std::string text :
	     {"", "#", "#1", "192.0.2.1#", "192.0.2.1#0", "192.0.2.1#65536", "192.0.2.1#1x",
	      "192.0.2.1# 1", "192.0.2.1#1#2", "192.0.2", "192.0.2.01", "host",
	      "2001:db8::1::", "[2001:db8::1]#1", "fe80::1%lo", "::ffff:192.0.2.1", " 192.0.2.1"})
		EXPECT_FALSE(SocketAddress::parse(text, 6464)) << text;
	EXPECT_FALSE(SocketAddress::parse(std::string("192.0.2.1\0", 10), 6464));
}

TEST(SocketAddress, KnowsKinds)
{
	EXPECT_TRUE(of("0.0.0.0").is_any() && of("::").is_any());
	EXPECT_FALSE(of("0.0.0.1").is_any() || of("::1").is_any());
	EXPECT_TRUE(of("224.0.0.1").is_multicast() && of("ff08::1").is_multicast());
	EXPECT_FALSE(of("223.0.0.1").is_multicast() || of("fe80::1").is_multicast());
	EXPECT_TRUE(of("255.255.255.255").is_broadcast());
	EXPECT_TRUE(of("224.0.0.9").is_link_local() && of("fe80::1").is_link_local());
	EXPECT_TRUE(of("ff02::1").is_link_local() && of("ff12::1").is_link_local());
	EXPECT_FALSE(of("224.0.1.9").is_link_local() || of("ff05::1").is_link_local());
	EXPECT_TRUE(SocketAddress::any(AF_INET, 7) == of("0.0.0.0#7"));
	EXPECT_TRUE(SocketAddress::any(AF_INET6, 7) == of("::#7"));
}

TEST(SocketAddress, ComparesHostsAndPorts)
{
	EXPECT_TRUE(of("192.0.2.1#1").same_host(of("192.0.2.1#2")));
	EXPECT_FALSE(of("192.0.2.1#1") == of("192.0.2.1#2"));
	EXPECT_FALSE(of("192.0.2.1").same_host(of("192.0.2.2")));
	EXPECT_FALSE(of("2001:db8::1").same_host(of("2001:db8::2")));
	EXPECT_FALSE(of("0.0.0.0").same_host(of("::")));
	EXPECT_EQ(of("2001:db8::1"), of("2001:db8::1"));
}

} // namespace
