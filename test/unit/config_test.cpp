// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "hanatd/config.h"

namespace
{

using hn::Config;
using hn::LinkConfig;
using hn::Transport;

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

// That there is but one.
LinkConfig link_of(const hn::Result<Config> &config)
{
	EXPECT_TRUE(config) << config.error().what;
	EXPECT_EQ(config->links.size(), 1U);
	return config->links.front();
}

LinkConfig example(const std::string &name)
{
	return link_of(hn::config_read(HN_SOURCE_DIR "/examples/" + name));
}

std::vector<std::string> texts(const std::vector<hn::SocketAddress> &addresses)
{
	std::vector<std::string> texts;

	for (const hn::SocketAddress &address : addresses)
		texts.push_back(address.text());
	return texts;
}

using Texts = std::vector<std::string>;

TEST(Config, TutorialFileUnchanged)
{
	const auto config = hn::config_read(HN_SOURCE_DIR "/examples/netsocket.json");
	const LinkConfig link = link_of(config);

	EXPECT_EQ(link.transport, Transport::Multicast);
	EXPECT_EQ(link.group.text(), "ff08::db8:64:64#6464");
	EXPECT_EQ(link.in_interface, "eth2");
	EXPECT_EQ(link.out_interface, "eth2");
	EXPECT_TRUE(link.reuse_address);
	EXPECT_EQ(link.ttl, 1);
	EXPECT_FALSE(config->node);
}

TEST(Config, ExampleBngsync)
{
	const LinkConfig link = example("bngsync.json");

	EXPECT_EQ(link.transport, Transport::Udp);
	EXPECT_EQ(texts(link.peers), Texts{"172.17.2.102#10439"});
	EXPECT_EQ(texts(link.listen), Texts{"0.0.0.0#10439"});
	EXPECT_EQ(link.interface, "");
}

TEST(Config, ExampleTwoLinks)
{
	const auto config = hn::config_read(HN_SOURCE_DIR "/examples/two-links.json");

	ASSERT_TRUE(config) << config.error().what;
	ASSERT_EQ(config->links.size(), 2U);
	EXPECT_EQ(config->links[0].interface, "eth2");
	EXPECT_EQ(texts(config->links[0].peers),
		  (Texts{"192.168.0.250#6464", "192.168.0.251#6464"}));
	EXPECT_EQ(config->links[1].interface, "eth3");
	EXPECT_EQ(texts(config->links[1].listen), Texts{"0.0.0.0#6464"});
}

TEST(Config, ExampleTwoGroups)
{
	const auto config = hn::config_read(HN_SOURCE_DIR "/examples/two-groups.json");

	ASSERT_TRUE(config) << config.error().what;
	ASSERT_EQ(config->links.size(), 2U);
	EXPECT_EQ(config->links[1].group.text(), "225.0.0.50#3780");
	EXPECT_EQ(config->links[1].out_interface, "eth3");
}

TEST(Config, ExampleTcp)
{
	const LinkConfig link = example("tcp.json");

	EXPECT_EQ(link.transport, Transport::Tcp);
	EXPECT_EQ(texts(link.peers), (Texts{"2001:db8:ff08::5#6464", "2001:db8:ff08::6#16464"}));
	EXPECT_EQ(texts(link.listen), Texts{"2001:db8:ff08::4#6464"});
}

TEST(Config, EveryKey)
{
	const auto config = read(R"({"transport": "multicast", "multicast address": "239.1.2.3",
		"multicast port": 7, "in interface": "a", "reuseaddr": false, "ttl": "3",
		"node": 4294967295, "receive buffer": 4096, "send buffer": 8192,
		"event buffer": 1073741824, "digest period": 7})");
	const LinkConfig link = link_of(config);

	EXPECT_EQ(link.group.text(), "239.1.2.3#7");
	EXPECT_EQ(link.out_interface, "a");
	EXPECT_FALSE(link.reuse_address);
	EXPECT_EQ(link.ttl, 3);
	EXPECT_EQ(config->node, 4294967295U);
	EXPECT_EQ(config->receive_buffer, 4096U);
	EXPECT_EQ(config->send_buffer, 8192U);
	EXPECT_EQ(config->event_buffer, 1073741824U);
	EXPECT_EQ(config->digest_period, 7U);
}

TEST(Config, EveryKeyOfUnicast)
{
	const LinkConfig link = link_of(read(R"({"transport": "tcp", "port": "7",
		"listen": ["0.0.0.0", "fe80::4#8"], "peers": ["fe80::5", "192.0.2.5#9"],
		"interface": "eth2"})"));

	EXPECT_EQ(texts(link.listen), (Texts{"0.0.0.0#7", "fe80::4#8"}));
	EXPECT_EQ(texts(link.peers), (Texts{"fe80::5#7", "192.0.2.5#9"}));
	EXPECT_EQ(link.interface, "eth2");
}

TEST(Config, ListenFollowsTheFamiliesOfPeers)
{
	const auto listen = [](const std::string &peers) {
		return texts(
			link_of(read(R"({"transport": "udp", "peers": [)" + peers + "]}")).listen);
	};

	EXPECT_EQ(listen(R"("192.0.2.5#7")"), Texts{"0.0.0.0#6464"});
	EXPECT_EQ(listen(R"("2001:db8::5")"), Texts{"::#6464"});
	EXPECT_EQ(listen(R"("2001:db8::5", "192.0.2.5")"), (Texts{"0.0.0.0#6464", "::#6464"}));
	EXPECT_EQ(texts(link_of(read(R"({"transport": "tcp", "listen": "::#7"})")).listen),
		  Texts{"::#7"});
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
		return config ? std::to_string(config->links[0].group.port()) : config.error().what;
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
	const std::array<std::pair<const char *, const char *>, 18> cases{{
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
		{R"("transport": "udp")", "F: /multicast address: a key of \"multicast\", and this "
					  "link's \"transport\" is \"udp\""},
		{R"("peers": [])", "F: /peers: a key of \"udp\" and \"tcp\", and this link's "
				   "\"transport\" is \"multicast\""},
		{R"("transport": "carrier pigeon")",
		 "F: /transport: expected \"multicast\", \"udp\" or \"tcp\", found \"carrier "
		 "pigeon\""},
		{R"("Reuseaddr": 1)", "F: /Reuseaddr: unknown key"},
		{R"("key file": "")", "F: /key file: expected the name of a file"},
		{R"("authentication": "always")",
		 "F: /authentication: expected \"optional\" or \"required\", found \"always\""},
		{R"("authentication": "required")",
		 "F: /key file: missing: \"authentication\" is \"required\""},
		{R"("accept configuration": true)",
		 "F: /accept configuration: needs \"key file\": anybody could configure this node"},
	}};

	for (const auto &[members, error] : cases)
		EXPECT_EQ(error_of(members), error);
	EXPECT_EQ(error_of(R"("ttl": 1, "ttl": 2)"), "1:73: duplicate key \"ttl\"");
}

// The error when these members follow a transport.
std::string error_of_unicast(const std::string &transport, const std::string &members)
{
	const auto config = read(R"({"transport": ")" + transport + "\"" + members + "}");

	return config ? "" : config.error().what;
}

TEST(Config, KeysOfOtherTransports)
{
	const std::string peers = R"(, "peers": ["192.0.2.5"], )";
	const std::string is_udp =
		R"(: a key of "multicast", and this link's "transport" is "udp")";

	for (const std::string key : {"multicast address", "multicast port", "in interface",
				      "out interface", "reuseaddr", "ttl"})
		EXPECT_EQ(error_of_unicast("udp", peers + "\"" + key + "\": 1"),
			  "F: /" + key + is_udp);
	for (const std::string key : {"port", "peers", "listen", "interface"})
		EXPECT_EQ(error_of("\"" + key + "\": 1"),
			  "F: /" + key +
				  R"(: a key of "udp" and "tcp", and this link's "transport" is )"
				  R"("multicast")");
}

TEST(Config, UnicastErrors)
{
	const std::string address = "expected ADDRESS or ADDRESS#PORT, IPv4 or IPv6, found ";
	const std::array<std::pair<const char *, std::string>, 21> cases{{
		{"", R"(/peers: missing: expected the addresses of the other nodes)"},
		{R"(, "peers": [])", "/peers: expected a list of 1 to 63, found 0"},
		{R"(, "peers": 5)", "/peers: expected a list of 1 to 63, found 5"},
		{R"(, "peers": [5])", "/peers/0: expected a string, found 5"},
		{R"(, "peers": ["192.0.2.5", "n5"])", "/peers/1: " + address + "\"n5\""},
		{R"(, "peers": ["192.0.2.5#0"])", "/peers/0: " + address + "\"192.0.2.5#0\""},
		{R"(, "peers": ["0.0.0.0"])", "/peers/0: " + address + "\"0.0.0.0\""},
		{R"(, "peers": ["::"])", "/peers/0: " + address + "\"::\""},
		{R"(, "peers": ["224.0.1.1"])", "/peers/0: " + address + "\"224.0.1.1\""},
		{R"(, "peers": ["ff05::1"])", "/peers/0: " + address + "\"ff05::1\""},
		{R"(, "peers": ["255.255.255.255"])",
		 "/peers/0: " + address + "\"255.255.255.255\""},
		{R"(, "peers": ["::ffff:192.0.2.5"])",
		 "/peers/0: " + address + "\"::ffff:192.0.2.5\""},
		{R"(, "peers": ["192.0.2.5", "192.0.2.6", "192.0.2.5#6464"])",
		 "/peers/2: 192.0.2.5#6464 is there twice"},
		{R"(, "peers": ["fe80::5"])",
		 "/peers/0: fe80::5 is link-local, it needs \"interface\""},
		{R"(, "peers": ["2001:db8::5"], "listen": "fe80::4")",
		 "/listen/0: fe80::4 is link-local, it needs \"interface\""},
		{R"(, "peers": ["192.0.2.5"], "listen": "ff05::4")",
		 "/listen/0: " + address + "\"ff05::4\""},
		{R"(, "peers": ["192.0.2.5"], "listen": ["0.0.0.0", "192.0.2.4"])",
		 "/listen/1: expected another address than 0.0.0.0#6464, which includes it or is "
		 "in "
		 "it"},
		{R"(, "peers": ["2001:db8::5", "192.0.2.5"], "listen": "192.0.2.4")",
		 "/peers/0: expected an address of a family in \"listen\""},
		{R"(, "peers": ["192.0.2.5"], "port": 0)",
		 "/port: expected a number from 1 to 65535, found 0"},
		{R"(, "peers": ["192.0.2.5"], "interface": "a b")",
		 "/interface: expected an interface name, found \"a b\""},
		{R"(, "peers": ["192.0.2.5"], "links": 5)",
		 "/transport: expected in an element of \"links\", not beside it"},
	}};

	for (const auto &[members, error] : cases)
		EXPECT_EQ(error_of_unicast("udp", members), "F: " + error);
	EXPECT_EQ(error_of_unicast("tcp", ""),
		  "F: /peers: missing: expected the addresses of the other nodes, or \"listen\"");
	// TCP only listens there.
	EXPECT_EQ(error_of_unicast("tcp", R"(, "peers": ["2001:db8::5"], "listen": "192.0.2.4")"),
		  "");
}

TEST(Config, BoundsOfPeersAndLinks)
{
	const auto many = [](int n) {
		std::string peers = "\"192.0.2.1\"";

		for (int i = 2; i <= n; ++i)
			peers += ", \"192.0.2." + std::to_string(i) + "\"";
		return R"(, "peers": [)" + peers + "]";
	};
	const auto links = [](int n) {
		std::string text;

		for (int i = 1; i <= n; ++i)
			text += std::string(i > 1 ? ", " : "") +
				R"({"transport": "udp", "peers": "192.0.2.5", "port": )" +
				std::to_string(i) + "}";
		const auto config = read(R"({"links": [)" + text + "]}");
		return config ? "" : config.error().what;
	};

	EXPECT_EQ(error_of_unicast("udp", many(63)), "");
	EXPECT_EQ(error_of_unicast("udp", many(64)),
		  "F: /peers: expected a list of 1 to 63, found 64");
	EXPECT_EQ(links(8), "");
	EXPECT_EQ(links(9), "F: /links: expected a list of 1 to 8, found 9");
	EXPECT_EQ(links(0), "F: /links: expected a list of 1 to 8, found 0");
}

TEST(Config, ErrorsInLinks)
{
	const auto error = [](const std::string &second, const std::string &members = "") {
		const auto config = read(
			R"({"links": [{"transport": "udp", "peers": ["192.0.2.5"], "interface": "a"}, )" +
			second + "]" + members + "}");
		return config ? "" : config.error().what;
	};

	EXPECT_EQ(error(R"({"transport": "udp", "peers": ["192.0.2.5"], "interface": "b"})"), "");
	EXPECT_EQ(error(R"({"transport": "tcp", "peers": ["192.0.2.5"]})"), "");
	EXPECT_EQ(error("5"), "F: /links/1: expected an object, found a number");
	EXPECT_EQ(error("{}"),
		  "F: /links/1/multicast address: missing: expected the multicast address to join");
	EXPECT_EQ(error(R"({"transport": "udp", "peers": ["n5"]})"),
		  "F: /links/1/peers/0: expected ADDRESS or ADDRESS#PORT, IPv4 or IPv6, found "
		  "\"n5\"");
	EXPECT_EQ(error(R"({"transport": "tcp", "peers": ["192.0.2.5"], "node": 7})"),
		  "F: /links/1/node: unknown key");
	EXPECT_EQ(error(R"({"transport": "tcp", "listen": "::"})", R"(, "ttl": 1)"),
		  "F: /ttl: expected in an element of \"links\", not beside it");
	EXPECT_EQ(error(R"({"transport": "tcp", "listen": "::"})", R"(, "node": 7)"), "");
}

TEST(Config, LinksThatCannotBothBeBound)
{
	const auto error = [](const std::string &first, const std::string &second) {
		const auto config = read(R"({"links": [{"transport": )" + first +
					 R"(}, {"transport": )" + second + "}]}");
		return config ? "" : config.error().what;
	};
	const std::string group = R"("multicast", "multicast address": "225.0.0.50",
		"multicast port": 6464, "in interface": )";
	const std::string hint =
		" is bound by link 0: expected another address or port, or an interface in each";
	const std::string udp = R"("udp", "peers": ["192.0.2.5"])";
	const std::string tcp = R"("tcp", "listen": "192.0.2.4")";

	EXPECT_EQ(error(udp, udp), "F: /links/1: 0.0.0.0#6464" + hint);
	EXPECT_EQ(error(udp, udp + R"(, "interface": "a")"), "F: /links/1: 0.0.0.0#6464" + hint);
	EXPECT_EQ(error(udp, udp + R"(, "port": 7)"), "");
	EXPECT_EQ(error(udp, udp + R"(, "listen": "192.0.2.4")"),
		  "F: /links/1: 192.0.2.4#6464" + hint);
	EXPECT_EQ(error(udp, tcp), "");
	EXPECT_EQ(error(tcp, tcp), "F: /links/1: 192.0.2.4#6464" + hint);
	EXPECT_EQ(error(tcp, R"("tcp", "listen": "192.0.2.3")"), "");
	EXPECT_EQ(error(tcp, R"("tcp", "listen": "::")"), "");
	EXPECT_EQ(error(group + "\"a\"", group + "\"b\""), "");
	EXPECT_EQ(error(group + "\"a\"", group + "\"a\""), "F: /links/1: 225.0.0.50#6464" + hint);
	EXPECT_EQ(error(group + "\"a\"", group + R"("b", "out interface": "c")"),
		  "F: /links/1: 225.0.0.50#6464" + hint);
	EXPECT_EQ(error(group + "\"a\"", udp + R"(, "interface": "a")"),
		  "F: /links/1: 0.0.0.0#6464" + hint);
	EXPECT_EQ(error(group + "\"a\"", udp + R"(, "interface": "b")"), "");
}

} // namespace
