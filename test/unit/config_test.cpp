// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <array>
#include <gtest/gtest.h>
#include <string>
#include <utility>

#include "hanatd/config.h"

namespace
{

using hn::Config;

hn::Result<Config> read(const std::string &text)
{
	const auto json = hn::json_parse(text);

	if (!json)
		return hn::fail(json.error());
	return hn::config_from_json(*json, "F");
}

// The error when these members follow a valid group and port.
std::string error_of(const std::string &members)
{
	const auto config = read(R"({"multicast address": "ff08::1", "multicast port": 6464, )" +
				 members + "}");

	return config ? "" : config.error().what;
}

std::string error_of_group(const std::string &group)
{
	const auto config =
		read(R"({"multicast address": )" + group + R"(, "multicast port": 6464})");

	return config ? "" : config.error().what;
}

TEST(Config, TutorialFileUnchanged)
{
	const auto config = hn::config_read(HN_SOURCE_DIR "/examples/netsocket.json");
	std::array<char, INET6_ADDRSTRLEN> text{};

	ASSERT_TRUE(config) << config.error().what;
	EXPECT_EQ(config->group.family, AF_INET6);
	EXPECT_STREQ(inet_ntop(AF_INET6, &config->group.v6, text.data(), text.size()),
		     "ff08::db8:64:64");
	EXPECT_EQ(config->port, 6464);
	EXPECT_EQ(config->in_interface, "eth2");
	EXPECT_EQ(config->out_interface, "eth2");
	EXPECT_TRUE(config->reuse_address);
	EXPECT_EQ(config->ttl, 1);
	EXPECT_FALSE(config->node);
}

TEST(Config, EveryKey)
{
	const auto config = read(R"({"transport": "multicast", "multicast address": "239.1.2.3",
		"multicast port": 7, "in interface": "a", "reuseaddr": false, "ttl": "3",
		"node": 4294967295, "receive buffer": 4096, "send buffer": 8192,
		"event buffer": 1073741824})");

	ASSERT_TRUE(config) << config.error().what;
	EXPECT_EQ(config->group.family, AF_INET);
	EXPECT_EQ(ntohl(config->group.v4.s_addr), 0xef010203U);
	EXPECT_EQ(config->port, 7);
	EXPECT_EQ(config->out_interface, "a");
	EXPECT_FALSE(config->reuse_address);
	EXPECT_EQ(config->ttl, 3);
	EXPECT_EQ(config->node, 4294967295U);
	EXPECT_EQ(config->receive_buffer, 4096U);
	EXPECT_EQ(config->send_buffer, 8192U);
	EXPECT_EQ(config->event_buffer, 1073741824U);
}

TEST(Config, MissingKeys)
{
	EXPECT_EQ(read("{}").error().what,
		  "F: /multicast address: missing: expected the multicast address to join");
	EXPECT_EQ(read(R"({"multicast address": "ff08::1"})").error().what,
		  "F: /multicast port: missing: expected a UDP port");
	EXPECT_EQ(read("[]").error().what, "F: /: expected an object, found a list");
}

TEST(Config, Groups)
{
	const std::string expected =
		"F: /multicast address: expected an IPv4 or IPv6 multicast address, found ";

	EXPECT_EQ(error_of_group("\"ff08::1\""), "");
	EXPECT_EQ(error_of_group("\"10.0.0.1\""), expected + "\"10.0.0.1\"");
	EXPECT_EQ(error_of_group("\"2001:db8::1\""), expected + "\"2001:db8::1\"");
	EXPECT_EQ(error_of_group("\"group\""), expected + "\"group\"");
	EXPECT_EQ(error_of_group("\"\""), expected + "\"\"");
	EXPECT_EQ(error_of_group("8"), "F: /multicast address: expected a string, found 8");
	EXPECT_EQ(error_of_group("\"ff02::5\""),
		  "F: /in interface: missing: ff02::5 is a link-local "
		  "group, it needs an interface");
	EXPECT_EQ(error_of_group("\"224.0.0.5\""), "F: /in interface: missing: 224.0.0.5 is a "
						   "link-local group, it needs an interface");
	EXPECT_EQ(error_of_group(R"("ff02::5", "out interface": "x")"), "");
	EXPECT_EQ(error_of_group(R"("ff08::1\u0000x")"),
		  "F: /multicast address: expected an IPv4 or IPv6 multicast address, found "
		  "\"ff08::1\\u0000x\"");
	EXPECT_EQ(error_of_group(R"("ff02::5", "in interface": "x", "out interface": "y")"),
		  "F: /out interface: expected that of \"in interface\", for ff02::5 is a "
		  "link-local group");
}

TEST(Config, Ports)
{
	const auto port = [](const std::string &value) {
		const auto config = read(R"({"multicast address": "ff08::1", "multicast port": )" +
					 value + "}");
		return config ? std::to_string(config->port) : config.error().what;
	};
	const std::string expected =
		"F: /multicast port: expected a number from 1 to 65535, found ";

	EXPECT_EQ(port("65535"), "65535");
	EXPECT_EQ(port("\"6464\""), "6464");
	EXPECT_EQ(port("0"), expected + "0");
	EXPECT_EQ(port("65536"), expected + "65536");
	EXPECT_EQ(port("\"64 64\""), expected + "\"64 64\"");
	EXPECT_EQ(port("true"), expected + "a boolean");
}

TEST(Config, OtherErrors)
{
	const std::array<std::pair<const char *, const char *>, 16> cases{{
		{R"("reuseaddr": 2)", "F: /reuseaddr: expected true, false, 0 or 1, found 2"},
		{R"("ttl": 0)", "F: /ttl: expected a number from 1 to 255, found 0"},
		{R"("ttl": 256)", "F: /ttl: expected a number from 1 to 255, found 256"},
		{R"("node": 0)", "F: /node: expected a number from 1 to 4294967295, found 0"},
		{R"("send buffer": 1)",
		 "F: /send buffer: expected a number from 4096 to 1073741824, found 1"},
		{R"("in interface": 5)", "F: /in interface: expected a string, found 5"},
		{R"("in interface": "")",
		 "F: /in interface: expected an interface name, found \"\""},
		{R"("out interface": "interface-name-16")",
		 "F: /out interface: expected an interface name, found \"interface-name-16\""},
		{R"("in interface": "eth0\u0000x")",
		 "F: /in interface: expected an interface name, found \"eth0\\u0000x\""},
		{R"("in interface": "a/b")",
		 "F: /in interface: expected an interface name, found \"a/b\""},
		{R"("transport": "udp")",
		 "F: /transport: \"udp\" is not supported by this version, "
		 "only \"multicast\""},
		{R"("transport": "carrier pigeon")",
		 "F: /transport: expected \"multicast\", found \"carrier pigeon\""},
		{R"("Reuseaddr": 1)", "F: /Reuseaddr: unknown key"},
		{R"("key file": "")", "F: /key file: expected the name of a file"},
		{R"("authentication": "always")",
		 "F: /authentication: expected \"optional\" or \"required\", found \"always\""},
		{R"("authentication": "required")",
		 "F: /key file: missing: \"authentication\" is \"required\""},
	}};

	for (const auto &[members, error] : cases)
		EXPECT_EQ(error_of(members), error);
	EXPECT_EQ(error_of(R"("ttl": 1, "ttl": 2)"), "1:73: duplicate key \"ttl\"");
}

} // namespace
