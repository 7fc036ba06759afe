// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "link_nodes.h"

namespace
{

using hn::Bytes;
using hn::PathStatus;
using hn::test::frame;
using hn::test::host;
using hn::test::Kind;
using hn::test::Node;
using hn::test::number_of;
using hn::test::port;
using hn::test::Raw;
using hn::test::until;

std::string tcp(unsigned listen, const std::vector<unsigned> &peers, const std::string &more = "")
{
	std::string text = R"({"transport": "tcp", "listen": ")" + host(listen) + "\"" + more;

	for (std::size_t i = 0; i < peers.size(); ++i)
		text += (i == 0 ? ", \"peers\": [\"" : "\", \"") + host(peers[i]);
	return text + (peers.empty() ? "}" : "\"]}");
}

// Small enough that a reader which pauses is noticed.
const std::string small_buffers = R"(, "send buffer": 4096, "receive buffer": 4096)";

// Both know each other by a frame.
bool greet(Node &a, Node &b)
{
	return until({&a, &b}, [&] {
		a.send(frame(1));
		b.send(frame(2));
		return a.works() == 1 && b.works() == 1 && !a.received.empty() &&
		       !b.received.empty();
	});
}

TEST(TcpLink, OneConnectionIsUsedInBothDirections)
{
	Node a(tcp(0, {1}), 1), b(tcp(1, {}), 2);

	ASSERT_TRUE(greet(a, b));
	EXPECT_EQ(a.counters.connections_opened, 1U);
	EXPECT_EQ(b.counters.connections_opened, 1U);
	const PathStatus path = b.status()[0];
	EXPECT_TRUE(path.ends.accepted);
	EXPECT_EQ(path.ends.remote.host(), host(0));
	EXPECT_EQ(path.ends.local.text(), host(1) + "#6464");
	EXPECT_EQ(path.nodes[0].node, 1U);
	EXPECT_EQ(a.status()[0].ends.remote.text(), host(1) + "#6464");
	EXPECT_EQ(a.status()[0].nodes[0].node, 2U);
}

TEST(TcpLink, NothingIsSentToWhoDidNotProveToBeANode)
{
	Node a(tcp(0, {}), 1);
	Raw client(SOCK_STREAM, 1);

	ASSERT_TRUE(client.connect(0, port));
	client.write({&a}, frame(2, 100, 0, Kind::Forged));
	ASSERT_TRUE(until({&a}, [&] { return a.received.size() == 1; }));
	a.send(frame(1, 100, 1));
	EXPECT_TRUE(client.read().empty());
	EXPECT_EQ(a.works(), 0U);
	client.write({&a}, frame(2, 100, 0, Kind::Unadmitted));
	ASSERT_TRUE(until({&a}, [&] { return a.counters.connections_opened == 1; }));
	// Not known to be more than a record: it is nobody yet.
	EXPECT_TRUE(a.status()[0].nodes.empty());
	EXPECT_EQ(a.works(), 0U);
	a.send(frame(1, 100, 2));
	Bytes got;
	ASSERT_TRUE(until({&a}, [&] { return !(got = client.read()).empty(); }));
	EXPECT_EQ(got, frame(1, 100, 2));
}

// Pieces of any size: what is written is what is read.
TEST(TcpLink, FramesOfAllLengthsInPieces)
{
	Node a(tcp(0, {}), 1);
	Raw client(SOCK_STREAM, 1);
	std::vector<Bytes> sent;

	ASSERT_TRUE(client.connect(0, port));
	for (std::uint32_t i = 0; i < 300; ++i)
		sent.push_back(frame(2, 36 + i * i % 60000, i));
	Bytes stream;
	for (const Bytes &bytes : sent)
		stream.insert(stream.end(), bytes.begin(), bytes.end());
	for (std::size_t at = 0, n = 1; at < stream.size(); at += n, n = n * 7 % 100003) {
		n = std::min(n, stream.size() - at);
		client.write({&a}, std::span(stream).subspan(at, n));
	}
	ASSERT_TRUE(until({&a}, [&] { return a.received.size() == sent.size(); }));
	EXPECT_EQ(a.received, sent);
}

// A client that is a node but does not read: what is in its queue at last comes whole and in
// order, what was too much is counted, and the other path is not delayed.
TEST(TcpLink, ASlowReaderDelaysOnlyItself)
{
	Node a(tcp(0, {}), 1), b(tcp(1, {0}), 2);
	Raw slow(SOCK_STREAM, 2);

	slow.set(SOL_SOCKET, SO_RCVBUF, 65536);
	ASSERT_TRUE(slow.connect(0, port));
	slow.write({&a}, frame(3));
	ASSERT_TRUE(until({&a, &b}, [&] {
		b.send(frame(2));
		return a.works() == 2;
	}));
	const std::uint32_t count = 300;
	for (std::uint32_t i = 1; i <= count; ++i) {
		a.send(frame(1, 60000, i));
		ASSERT_FALSE(a.links.full());
		ASSERT_TRUE(i % 10 != 0 || until({&a, &b}, [&] { return b.received.size() == i; }));
	}
	EXPECT_GE(a.counters.path_full, 100U);
	EXPECT_GE(a.counters.send_blocked, 1U);
	const auto waits = [&] {
		const auto paths = a.status();
		return std::max_element(
			       paths.begin(), paths.end(),
			       [](const auto &x, const auto &y) { return x.queued < y.queued; })
			->queued;
	};
	EXPECT_EQ(waits(), hn::Path::queue_max_bytes / 60000);
	// It reads again.
	hn::FrameReader reader;
	std::uint32_t number = 0;
	ASSERT_TRUE(until({&a, &b}, [&] {
		const Bytes bytes = slow.read();
		std::span<const std::byte> piece = bytes, next;

		while (reader.next(piece, next) == hn::FrameReader::Next::Frame)
			EXPECT_EQ(number_of(next), ++number);
		return waits() == 0 && bytes.empty();
	}));
	EXPECT_EQ(number + a.counters.path_full, count);
}

// The only path that works has too much to send: nothing more is to come.
TEST(TcpLink, FullIfItIsTheOnlyOne)
{
	Node a(tcp(0, {}, small_buffers), 1);
	Raw slow(SOCK_STREAM, 2);

	slow.set(SOL_SOCKET, SO_RCVBUF, 4096);
	ASSERT_TRUE(slow.connect(0, port));
	slow.write({&a}, frame(3));
	ASSERT_TRUE(until({&a}, [&] { return a.works() == 1; }));
	for (std::uint32_t i = 0; i < 2000 && !a.links.full(); ++i)
		a.send(frame(1, 1446, i));
	EXPECT_TRUE(a.links.full());
	slow.reset();
	ASSERT_TRUE(until({&a}, [&] { return a.works() == 0; }));
	EXPECT_FALSE(a.links.full());
	EXPECT_FALSE(a.links.backlog());
}

TEST(TcpLink, AResetInTheMiddleOfAFrame)
{
	Node a(tcp(0, {}), 1);
	auto client = std::make_unique<Raw>(SOCK_STREAM, 1);

	ASSERT_TRUE(client->connect(0, port));
	client->write({&a}, frame(2, 1000, 1));
	const Bytes half = frame(2, 1000, 2);
	client->write({&a}, std::span(half).first(500));
	ASSERT_TRUE(until({&a}, [&] { return a.works() == 1; }));
	client->reset();
	ASSERT_TRUE(until({&a}, [&] { return a.counters.connections_closed == 1; }));
	EXPECT_TRUE(a.status().empty());
	Raw again(SOCK_STREAM, 1);
	ASSERT_TRUE(again.connect(0, port));
	again.write({&a}, frame(2, 1000, 3));
	ASSERT_TRUE(until({&a}, [&] { return a.received.size() == 2; }));
	EXPECT_EQ(number_of(a.received[1]), 3U);
	EXPECT_EQ(a.counters.streams_bad, 0U);
}

// A half of a frame went out when the connection broke: on the next one frames begin anew.
TEST(TcpLink, WhatWasSentByHalfIsGone)
{
	Raw server(SOCK_STREAM | SOCK_NONBLOCK, 1, port);
	ASSERT_EQ(listen(server.fd(), 8), 0);
	Node a(tcp(0, {1}, small_buffers), 1);
	const auto accepted = [&] {
		int fd = -1;

		EXPECT_TRUE(until({&a}, [&] {
			return (fd = accept4(server.fd(), nullptr, nullptr, SOCK_NONBLOCK)) >= 0;
		}));
		return Raw(hn::UniqueFd(fd));
	};

	server.set(SOL_SOCKET, SO_RCVBUF, 4096);
	Raw first = accepted();
	first.write({&a}, frame(2));
	ASSERT_TRUE(until({&a}, [&] { return a.works() == 1; }));
	for (std::uint32_t i = 1; i <= 20; ++i)
		a.send(frame(1, 60000, i));
	Bytes got;
	ASSERT_TRUE(until({&a}, [&] { return !(got = first.read(30000)).empty(); }));
	first.reset();
	Raw second = accepted();
	second.write({&a}, frame(2));
	ASSERT_TRUE(until({&a}, [&] { return a.works() == 1; }));
	a.send(frame(1, 100, 99));
	hn::FrameReader reader;
	Bytes next;
	ASSERT_TRUE(until({&a}, [&] {
		const Bytes bytes = second.read();
		std::span<const std::byte> piece = bytes, one;

		EXPECT_NE(reader.next(piece, one), hn::FrameReader::Next::Bad);
		next.assign(one.begin(), one.end());
		return !next.empty();
	}));
	EXPECT_EQ(next, frame(1, 100, 99));
	EXPECT_EQ(a.counters.connections_opened, 2U);
}

TEST(TcpLink, WhatIsNoFrameEndsTheConnection)
{
	Node a(tcp(0, {}), 1);
	Raw client(SOCK_STREAM, 1);
	Bytes garbage = frame(2);

	garbage[0] = std::byte{0x47};
	ASSERT_TRUE(client.connect(0, port));
	client.write({&a}, frame(2));
	client.write({&a}, garbage);
	ASSERT_TRUE(until({&a}, [&] { return a.counters.streams_bad == 1; }));
	EXPECT_EQ(a.received.size(), 1U);
	EXPECT_EQ(a.counters.connections_closed, 1U);
	EXPECT_TRUE(until({&a}, [&] { return client.read(), client.closed(); }));
}

TEST(TcpLink, BothDialAndOneConnectionIsLeft)
{
	Node a(tcp(0, {1}), 1, false), b(tcp(1, {0}), 2, false);

	// They do at once: both listen.
	ASSERT_TRUE(until({&a, &b}, [&] {
		a.send(frame(1));
		b.send(frame(2));
		return a.works() == 1 && b.works() == 1 && a.counters.connections_closed > 0 &&
		       a.status().size() == 1 && b.status().size() == 2;
	}));
	// That of the lower node, on both.
	EXPECT_FALSE(a.status()[0].ends.accepted);
	EXPECT_TRUE(b.status()[0].ends.accepted);
	EXPECT_EQ(b.status()[0].ends.remote, a.status()[0].ends.local);
	EXPECT_EQ(b.status()[1].why, "connected from there");
	// And that is how it stays.
	const auto opened = a.counters.connections_opened;
	const std::uint64_t end = hn::monotonic_ms() + 3 * hn::Backoff::min_ms;
	ASSERT_TRUE(until({&a, &b}, [&] {
		a.send(frame(1));
		b.send(frame(2));
		return hn::monotonic_ms() > end;
	}));
	EXPECT_EQ(a.counters.connections_opened, opened);
	EXPECT_EQ(b.works(), 1U);
}

// The other node has forgotten a connection, and makes a new one.
TEST(TcpLink, TheNewerConnectionOfANodeIsKept)
{
	Node a(tcp(0, {}), 1);
	Raw old(SOCK_STREAM, 1), fresh(SOCK_STREAM, 1), other(SOCK_STREAM, 2);

	ASSERT_TRUE(old.connect(0, port));
	old.write({&a}, frame(2));
	ASSERT_TRUE(other.connect(0, port));
	other.write({&a}, frame(2));
	ASSERT_TRUE(until({&a}, [&] { return a.works() == 2; }));
	// The clock has to go on: the older one is older by a millisecond at least.
	const std::uint64_t then = hn::monotonic_ms();
	ASSERT_TRUE(until({&a}, [&] { return hn::monotonic_ms() > then; }));
	ASSERT_TRUE(fresh.connect(0, port));
	fresh.write({&a}, frame(2));
	ASSERT_TRUE(until({&a}, [&] { return old.read(), old.closed(); }));
	EXPECT_EQ(a.works(), 2U); // that from another address is another path
	fresh.read();
	EXPECT_FALSE(fresh.closed());
}

// Also where all of them waited, and are accepted in the same millisecond.
TEST(TcpLink, OfThoseThatWaitedTheLastIsKept)
{
	Node a(tcp(0, {}), 1);
	std::vector<std::unique_ptr<Raw>> clients;

	for (int i = 0; i < 4; ++i) {
		clients.push_back(std::make_unique<Raw>(SOCK_STREAM, 1));
		ASSERT_TRUE(clients.back()->connect(0, port));
		clients.back()->write({}, frame(2));
	}
	ASSERT_TRUE(until({&a}, [&] { return a.counters.connections_opened == clients.size(); }));
	EXPECT_EQ(a.works(), 1U);
	clients.back()->read();
	EXPECT_FALSE(clients.back()->closed());
}

TEST(TcpLink, StrangersAreRefused)
{
	Node a(tcp(0, {1}), 1);
	Raw stranger(SOCK_STREAM, 2), peer(SOCK_STREAM, 1);

	ASSERT_TRUE(stranger.connect(0, port));
	ASSERT_TRUE(until({&a}, [&] { return stranger.read(), stranger.closed(); }));
	EXPECT_EQ(a.counters.strangers, 1U);
	EXPECT_EQ(a.counters.connections_refused, 1U);
	ASSERT_TRUE(peer.connect(0, port));
	peer.write({&a}, frame(2));
	EXPECT_TRUE(until({&a}, [&] { return a.works() == 1; }));
}

// As a peer does that has dialled when it was dialled itself.
TEST(TcpLink, WhoLeavesUnheardWasNotRefused)
{
	Node a(tcp(0, {1}), 1);

	{
		Raw peer(SOCK_STREAM, 1);

		ASSERT_TRUE(peer.connect(0, port));
		ASSERT_TRUE(until({&a}, [&] { return a.status().size() == 2; }));
	}
	ASSERT_TRUE(until({&a}, [&] { return a.status().size() == 1; }));
	EXPECT_EQ(a.counters.connections_left, 1U);
	EXPECT_EQ(a.counters.connections_refused, 0U);
}

// As after a stop that was longer than the peer waited, several times.
TEST(TcpLink, TheDeadThatWaitedDoNotCountAsTooMany)
{
	Node a(tcp(0, {1}), 1);
	const std::size_t dead = 2 * hn::TcpLink::max_unproven_of_host;

	for (std::size_t i = 0; i < dead; ++i) {
		Raw given_up(SOCK_STREAM, 1);

		ASSERT_TRUE(given_up.connect(0, port));
	}
	Raw peer(SOCK_STREAM, 1);
	ASSERT_TRUE(peer.connect(0, port));
	peer.write({&a}, frame(2));
	EXPECT_TRUE(until({&a}, [&] { return a.works() == 1; }));
	EXPECT_EQ(a.counters.connections_left, dead);
	EXPECT_EQ(a.counters.connections_refused, 0U);
}

// Also where half a frame came on each, and its end is behind the rest.
TEST(TcpLink, TheLastThatWaitedDisplacesTheFirst)
{
	Node a(tcp(0, {}), 1);
	std::vector<std::unique_ptr<Raw>> dead;
	const hn::Bytes half = frame(2);

	for (std::size_t i = 0; i < hn::TcpLink::max_unproven_of_host; ++i) {
		dead.push_back(std::make_unique<Raw>(SOCK_STREAM, 1));
		ASSERT_TRUE(dead.back()->connect(0, port));
		dead.back()->write({}, std::span(half).first(half.size() / 2));
	}
	Raw peer(SOCK_STREAM, 1);
	ASSERT_TRUE(peer.connect(0, port));
	peer.write({&a}, frame(2));
	EXPECT_TRUE(until({&a}, [&] { return a.works() == 1; }));
	EXPECT_EQ(a.counters.connections_displaced, 1U);
	EXPECT_EQ(a.counters.connections_refused, 0U);
	dead.front()->read();
	EXPECT_TRUE(dead.front()->closed());
	dead.back()->read();
	EXPECT_FALSE(dead.back()->closed());
	// The end of the others does not come at all.
	a.links.tick(hn::monotonic_ms() + hn::TcpLink::unproven_ms);
	EXPECT_EQ(a.status().size(), 1U);
	EXPECT_EQ(a.counters.connections_displaced, dead.size());
	EXPECT_EQ(a.counters.connections_refused, 0U);
}

// As after a stop in which a connection proved what it had to.
TEST(TcpLink, WhatWaitsIsReadBeforeItIsTooLate)
{
	Node a(tcp(0, {}), 1);
	Raw peer(SOCK_STREAM, 1);

	ASSERT_TRUE(peer.connect(0, port));
	ASSERT_TRUE(until({&a}, [&] { return a.status().size() == 1; }));
	peer.write({}, frame(2));
	a.links.tick(hn::monotonic_ms() + hn::TcpLink::unproven_ms);
	EXPECT_EQ(a.works(), 1U);
	EXPECT_EQ(a.counters.connections_refused, 0U);
}

TEST(TcpLink, SilentConnectionsAreFewAndDoNotStay)
{
	Node a(tcp(0, {}), 1);
	std::vector<std::unique_ptr<Raw>> clients;
	const auto connect = [&](unsigned from) -> Raw & {
		clients.push_back(std::make_unique<Raw>(SOCK_STREAM, from));
		EXPECT_TRUE(clients.back()->connect(0, port));
		return *clients.back();
	};

	Raw &displaced = connect(1);
	for (std::size_t i = 0; i < hn::TcpLink::max_unproven_of_host; ++i)
		connect(1);
	ASSERT_TRUE(until({&a}, [&] { return displaced.read(), displaced.closed(); }));
	EXPECT_EQ(a.counters.connections_displaced, 1U);
	// Another host has its own share.
	connect(2).write({&a}, frame(2));
	ASSERT_TRUE(until({&a}, [&] { return a.works() == 1; }));
	EXPECT_EQ(a.status().size(), hn::TcpLink::max_unproven_of_host + 1);
	a.links.tick(hn::monotonic_ms() + hn::TcpLink::unproven_ms);
	EXPECT_EQ(a.status().size(), 1U);
	EXPECT_EQ(a.works(), 1U);
	EXPECT_EQ(a.counters.connections_refused, hn::TcpLink::max_unproven_of_host);
}

// Who has no more than records does not count as a node, and makes nobody wait.
TEST(TcpLink, ConnectionsWithRecordsAreFewAndNoReasonToWait)
{
	Node a(tcp(0, {}), 1);
	std::vector<std::unique_ptr<Raw>> clients;

	for (std::size_t i = 0; i <= hn::TcpLink::max_unproven_of_host; ++i) {
		clients.push_back(std::make_unique<Raw>(SOCK_STREAM, 1));
		clients.back()->set(SOL_SOCKET, SO_RCVBUF, 4096);
		ASSERT_TRUE(clients.back()->connect(0, port));
		clients.back()->write({&a}, frame(2, 100, 0, Kind::Unadmitted));
	}
	ASSERT_TRUE(until({&a}, [&] {
		return a.counters.connections_opened == hn::TcpLink::max_unproven_of_host + 1;
	}));
	EXPECT_EQ(a.counters.connections_closed, 1U);
	EXPECT_EQ(a.status().size(), hn::TcpLink::max_unproven_of_host);
	for (std::uint32_t i = 0; i < 2 * hn::Path::queue_mark; ++i)
		a.send(frame(1, 1446, i));
	for (const PathStatus &path : a.status())
		EXPECT_EQ(path.queued, hn::Path::queue_mark);
	EXPECT_FALSE(a.links.full());
	EXPECT_FALSE(a.links.backlog());
}

TEST(TcpLink, SilentConnectionsAreFewInAll)
{
	Node a(tcp(0, {}), 1);
	std::vector<std::unique_ptr<Raw>> clients;
	// The addresses beside this node's own four, which are of processes with other numbers.
	const auto from = [](std::size_t i) {
		auto address = *hn::SocketAddress::parse("127.0.0." + std::to_string(1 + i), 1);

		address.set_port(0);
		return address;
	};

	for (std::size_t i = 0; i <= hn::TcpLink::max_unproven; ++i) {
		const hn::SocketAddress local = from(i / hn::TcpLink::max_unproven_of_host);
		hn::UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));

		ASSERT_EQ(::bind(fd.get(), local.get(), local.size()), 0);
		clients.push_back(std::make_unique<Raw>(std::move(fd)));
		ASSERT_TRUE(clients.back()->connect(0, port));
	}
	ASSERT_TRUE(until({&a}, [&] { return a.counters.connections_refused == 1; }));
	EXPECT_EQ(a.status().size(), hn::TcpLink::max_unproven);
}

TEST(TcpLink, ANodeIsNotItsOwnPeer)
{
	Node a(tcp(0, {0, 1}), 1), b(tcp(1, {}), 2);

	ASSERT_TRUE(until({&a, &b}, [&] {
		a.send(frame(1));
		b.send(frame(2));
		return a.works() == 1 && a.status().size() == 2 &&
		       a.status()[1].why == "this node itself";
	}));
	EXPECT_EQ(a.counters.connections_opened, 1U);
	EXPECT_TRUE(std::all_of(a.received.begin(), a.received.end(), [](const Bytes &bytes) {
		return hn::test::u32_at(bytes, 8) == 2;
	}));
}

TEST(TcpLink, DialsUntilSomebodyAnswers)
{
	Node a(tcp(0, {1}), 1);

	ASSERT_TRUE(until({&a}, [&] { return a.status()[0].why.starts_with("connect: "); }));
	a.send(frame(1));
	EXPECT_FALSE(a.links.backlog()); // nobody is there
	Node b(tcp(1, {}), 2);
	EXPECT_TRUE(greet(a, b));
	EXPECT_EQ(a.counters.path_full, 0U);
}

TEST(TcpLink, DialsAgainWhenThePeerRestarts)
{
	Node a(tcp(0, {1}), 1);

	for (unsigned life = 1; life <= 2; ++life) {
		Node b(tcp(1, {}), 2);

		a.received.clear();
		ASSERT_TRUE(greet(a, b));
		EXPECT_EQ(a.counters.connections_opened, life);
	}
	ASSERT_TRUE(until({&a}, [&] { return a.counters.connections_closed == 2; }));
}

// What is queued last reaches the peer though the node ends at once.
TEST(TcpLink, DrainedMeansReceived)
{
	auto a = std::make_unique<Node>(tcp(0, {1}, small_buffers), 1);
	Node b(tcp(1, {}, small_buffers), 2);

	ASSERT_TRUE(greet(*a, b));
	b.received.clear();
	for (std::uint32_t i = 1; i <= 500; ++i)
		a->send(frame(1, 1446, i));
	EXPECT_FALSE(a->links.drained());
	ASSERT_TRUE(until({a.get(), &b}, [&] { return a->links.drained(); }));
	a.reset();
	ASSERT_TRUE(until(
		{&b}, [&] { return !b.received.empty() && number_of(b.received.back()) == 500; }));
}

} // namespace
