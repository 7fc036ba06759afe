// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "link_nodes.h"

namespace
{

using hn::Bytes;
using hn::test::frame;
using hn::test::host;
using hn::test::Kind;
using hn::test::Node;
using hn::test::number_of;
using hn::test::port;
using hn::test::Raw;
using hn::test::until;

// A link of the node on the first of these addresses to those on the others.
std::string udp(const std::vector<unsigned> &hosts)
{
	std::string peers;

	for (std::size_t i = 1; i < hosts.size(); ++i)
		peers += (i > 1 ? "\", \"" : "") + host(hosts[i]);
	return R"({"transport": "udp", "listen": ")" + host(hosts[0]) + R"(", "peers": [")" +
	       peers + "\"]}";
}

std::string two_links(const std::string &one, const std::string &other)
{
	return R"({"links": [)" + one + ", " + other + "]}";
}

TEST(DatagramLink, FramesReachEveryPeer)
{
	Node a(udp({0, 1, 2})), b(udp({1, 0})), c(udp({2, 0}));

	a.send(frame(1, 100, 7));
	ASSERT_TRUE(
		until({&a, &b, &c}, [&] { return !b.received.empty() && !c.received.empty(); }));
	EXPECT_EQ(b.received, std::vector<Bytes>{frame(1, 100, 7)});
	EXPECT_EQ(c.received, b.received);
	EXPECT_EQ(a.counters.frames_sent, 2U);
	EXPECT_EQ(a.counters.bytes_sent, 200U);
	b.send(frame(2));
	ASSERT_TRUE(until({&a, &b}, [&] { return !a.received.empty(); }));
	EXPECT_EQ(a.status()[0].nodes[0].node, 2U);
	EXPECT_EQ(a.status()[0].frames_in, 1U);
	EXPECT_TRUE(a.status()[1].nodes.empty());
	EXPECT_EQ(a.status()[0].ends.local.text(), host(0) + "#6464");
}

TEST(DatagramLink, OverIpv6)
{
	// One address: two ports of this process's own.
	const auto reserve = [] {
		hn::UniqueFd fd(::socket(AF_INET6, SOCK_DGRAM, 0));
		const auto any = *hn::SocketAddress::parse("::1#1", 1);
		hn::SocketAddress at = any;

		at.set_port(0);
		EXPECT_EQ(::bind(fd.get(), at.get(), at.size()), 0);
		return std::to_string(hn::SocketAddress::local(fd.get()).port());
	};
	const std::string one = reserve(), other = reserve();
	const auto link = [](const std::string &from, const std::string &to) {
		return R"({"transport": "udp", "listen": "::1#)" + from + R"(", "peers": ["::1#)" +
		       to + "\"]}";
	};
	Node a(link(one, other)), b(link(other, one));

	a.send(frame(1));
	ASSERT_TRUE(until({&a, &b}, [&] { return !b.received.empty(); }));
	b.send(frame(2));
	EXPECT_TRUE(until({&a, &b}, [&] { return !a.received.empty(); }));
}

// Who is in the group hears what is sent to it, and nothing that is for another one. IPv6 has no
// groups on the loopback device: 37-links has them.
TEST(DatagramLink, Multicast)
{
	// Of this process.
	const auto group = [](unsigned number) { return "239." + host(number).substr(4); };
	const auto link = [&](unsigned number) {
		return R"({"multicast address": ")" + group(number) +
		       R"(", "multicast port": 6464, "reuseaddr": 1,
			   "in interface": "lo", "out interface": "lo"})";
	};
	Node a(link(0)), b(link(0)), c(link(1));

	a.send(frame(1), 2); // whoever that is
	ASSERT_TRUE(until({&a, &b}, [&] { return !b.received.empty(); }));
	EXPECT_EQ(b.received, std::vector<Bytes>{frame(1)});
	c.send(frame(3));
	ASSERT_TRUE(until({&c}, [&] { return !c.received.empty(); }));
	EXPECT_EQ(c.received, std::vector<Bytes>{frame(3)});
	EXPECT_EQ(a.status()[0].ends.remote.text(), group(0) + "#6464");
}

TEST(DatagramLink, StrangersAreNotHeard)
{
	Node a(udp({0, 1}));
	Raw stranger(SOCK_DGRAM, 2), peer(SOCK_DGRAM, 1);

	stranger.send_to(0, port, frame(9));
	ASSERT_TRUE(until({&a}, [&] { return a.counters.strangers == 1; }));
	EXPECT_TRUE(a.received.empty());
	// The address counts, not the port.
	ASSERT_NE(peer.port(), port);
	peer.send_to(0, port, frame(2));
	ASSERT_TRUE(until({&a}, [&] { return !a.received.empty(); }));
	EXPECT_EQ(a.counters.strangers, 1U);
}

// What is for one node goes where that was heard, once it was.
TEST(DatagramLink, FramesForOneNode)
{
	Node a(udp({0, 1, 2})), b(udp({1, 0})), c(udp({2, 0}));

	a.send(frame(1, 100, 1), 2);
	ASSERT_TRUE(
		until({&a, &b, &c}, [&] { return !b.received.empty() && !c.received.empty(); }));
	b.send(frame(2));
	ASSERT_TRUE(until({&a, &b}, [&] { return !a.received.empty(); }));
	a.send(frame(1, 100, 2), 2);
	a.send(frame(1, 100, 3));
	ASSERT_TRUE(until({&a, &b, &c},
			  [&] { return b.received.size() == 3 && c.received.size() == 2; }));
	EXPECT_EQ(number_of(c.received[1]), 3U);
}

// Nobody gets what is for another node by playing a record of it.
TEST(DatagramLink, RecordsDoNotRedirect)
{
	Node a(udp({0, 1, 2})), b(udp({1, 0})), c(udp({2, 0}));

	b.send(frame(2));
	ASSERT_TRUE(until({&a, &b}, [&] { return a.received.size() == 1; }));
	c.send(frame(2, 100, 0, Kind::Unadmitted));
	c.send(frame(2, 100, 0, Kind::Forged));
	ASSERT_TRUE(until({&a, &c}, [&] { return a.received.size() == 3; }));
	a.send(frame(1, 100, 1), 2);
	a.send(frame(1, 100, 2));
	ASSERT_TRUE(until({&a, &b, &c},
			  [&] { return b.received.size() == 2 && c.received.size() == 1; }));
	EXPECT_EQ(number_of(c.received[0]), 2U);
}

// Of all lengths, so that some are sent as runs and some are not.
TEST(DatagramLink, ManyFramesComeInOrder)
{
	Node a(udp({0, 1})), b(udp({1, 0}));
	std::vector<Bytes> sent;

	for (std::uint32_t i = 0; i < 1000; ++i)
		sent.push_back(frame(1, i % 50 < 40 ? 1446 : 36 + i, i));
	for (const Bytes &bytes : sent)
		a.links.queue(hn::monotonic_ms(), {.frame = bytes});
	EXPECT_FALSE(a.links.full());
	EXPECT_TRUE(a.links.backlog());
	a.links.flush(hn::monotonic_ms());
	ASSERT_TRUE(until({&a, &b}, [&] { return b.received.size() == sent.size(); }));
	EXPECT_EQ(b.received, sent);
	EXPECT_TRUE(a.links.drained());
	EXPECT_EQ(a.counters.send_errors, 0U);
}

// From a loopback address the world can't be reached: that path waits, the other one goes on.
TEST(DatagramLink, AnOutageIsOfOnePath)
{
	Node a(R"({"transport": "udp", "listen": ")" + host(0) + R"(", "peers": ["192.0.2.1", ")" +
	       host(1) + "\"]}");
	Node b(udp({1, 0}));

	a.send(frame(1));
	ASSERT_TRUE(until({&a, &b}, [&] { return !b.received.empty(); }));
	ASSERT_EQ(a.status().size(), 2U);
	EXPECT_FALSE(a.status()[0].works);
	EXPECT_EQ(a.status()[0].why.substr(0, 6), "send: ");
	EXPECT_EQ(a.status()[0].queued, 1U);
	EXPECT_GE(a.status()[0].errors, 1U);
	EXPECT_TRUE(a.status()[1].works);
	EXPECT_FALSE(a.links.backlog());
	// Much waits there: that is no reason to wait elsewhere.
	for (std::size_t i = 0; i < hn::Path::queue_max + 10; ++i)
		a.send(frame(1));
	EXPECT_EQ(a.status()[0].queued, hn::Path::queue_max);
	EXPECT_EQ(a.counters.path_full, 11U);
	EXPECT_FALSE(a.links.full());
}

TEST(DatagramLink, FullIfNoPathWorks)
{
	Node a(R"({"transport": "udp", "listen": ")" + host(0) + R"(", "peers": ["192.0.2.1"]})");

	a.send(frame(1));
	EXPECT_FALSE(a.links.full());
	EXPECT_TRUE(a.links.backlog());
	for (std::size_t i = 0; i < hn::Path::queue_mark; ++i)
		a.send(frame(1));
	EXPECT_TRUE(a.links.full());
	EXPECT_GE(a.links.deadline(), hn::monotonic_ms());
}

// Over both links comes everything, and over one what is for whoever is there.
TEST(DatagramLink, TwoLinks)
{
	Node a(two_links(udp({0, 1}), udp({2, 3}))), b(two_links(udp({1, 0}), udp({3, 2})));

	a.send(frame(1, 100, 1));
	ASSERT_TRUE(until({&a, &b}, [&] { return b.received.size() == 2; }));
	EXPECT_EQ(b.received[0], b.received[1]);
	ASSERT_EQ(b.status().size(), 2U);
	EXPECT_EQ(b.status()[1].ends.link, 1U);
	EXPECT_EQ(b.status()[1].nodes[0].node, 1U);
}

// One of two links can't be opened: the other one goes on.
TEST(DatagramLink, OneLinkIsEnough)
{
	Node a(two_links(udp({0, 1}), R"({"transport": "udp", "interface": "none-such",
		"port": 7, "peers": ["192.0.2.1"]})"));
	Node b(udp({1, 0}));

	a.send(frame(1));
	ASSERT_TRUE(until({&a, &b}, [&] { return !b.received.empty(); }));
	EXPECT_TRUE(a.status()[0].works);
	a.links.tick(hn::monotonic_ms() + hn::Link::look_ms);
	EXPECT_FALSE(a.status()[1].works);
	EXPECT_EQ(a.status()[1].why, "interface \"none-such\": there is none of that name here");
}

TEST(DatagramLink, NoLinkIsTooFew)
{
	hn::Counters counters;
	hn::Loop loop = *hn::Loop::open();
	const auto open = [&](const std::string &text) {
		hn::Links links(
			Node::config_of(text), loop, counters,
			[](std::uint64_t, std::span<const std::byte>) { return hn::Origin(); },
			[] {});
		const hn::Result<void> opened = links.open(0);
		return opened ? "" : opened.error().what;
	};
	Raw taken(SOCK_DGRAM, 0, port);

	taken.set(SOL_SOCKET, SO_REUSEADDR, 0);
	EXPECT_EQ(open(udp({0, 1})),
		  "port 6464 of " + host(0) +
			  ": in use by another process; is hanatd running already?");
	EXPECT_EQ(open(R"({"multicast address": "ff02::5", "multicast port": 7,
		"in interface": "none-such"})"),
		  "interface \"none-such\": there is none of that name here");
}

} // namespace
