// SPDX-License-Identifier: GPL-2.0-or-later
// Nodes that have nothing but links, on loopback addresses that no other process uses; and what
// else may be on the network.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include "hanatd/frame_reader.h"
#include "hanatd/links.h"
#include "hanatd/tcp_link.h"
#include "lib/json.h"
#include "loopback.h"

namespace hn::test
{

// Of so many ms; the tests wait for conditions, not for times.
constexpr std::uint64_t patience_ms = 20000;

// What a frame is, as these nodes see it.
enum class Kind : std::uint8_t { Admitted, Unadmitted, Forged };

// A frame of that node and that length, with a number.
inline Bytes frame(std::uint32_t node, std::size_t length = 100, std::uint32_t number = 0,
		   Kind kind = Kind::Admitted)
{
	Bytes bytes(std::max<std::size_t>(length, 36));
	const auto put = [&](std::size_t at, std::size_t size, std::uint64_t value) {
		for (std::size_t i = 0; i < size; ++i)
			bytes[at + i] = static_cast<std::byte>(value >> 8 * (size - 1 - i));
	};

	put(0, 2, 0x484e);
	put(2, 1, static_cast<std::uint64_t>(kind));
	put(6, 2, bytes.size());
	put(8, 4, node);
	put(12, 4, number);
	return bytes;
}

inline std::uint32_t u32_at(std::span<const std::byte> bytes, std::size_t at)
{
	std::uint32_t value = 0;

	for (const std::byte b : bytes.subspan(at, 4))
		value = value << 8 | std::to_integer<std::uint32_t>(b);
	return value;
}

inline std::uint32_t number_of(std::span<const std::byte> frame)
{
	return u32_at(frame, 12);
}

struct Node {
	// The file's text. Whether it is to do at once what is due.
	explicit Node(const std::string &text, std::uint32_t id = 0, bool at_once = true)
		: loop(*Loop::open()),
		  links(
			  config_of(text), loop, counters,
			  [this](std::uint64_t, std::span<const std::byte> bytes) {
				  return receive(bytes);
			  },
			  [this] { settle(); })
	{
		links.set_node(id);
		const Result<void> opened = links.open(monotonic_ms());
		EXPECT_TRUE(opened) << opened.error().what;
		if (at_once)
			settle();
	}

	static Config config_of(const std::string &text)
	{
		const Result<Json> json = json_parse(text);
		const Result<Config> config = config_from_json(*json, "F");

		EXPECT_TRUE(config) << config.error().what;
		return *config;
	}

	Origin receive(std::span<const std::byte> bytes)
	{
		const auto kind = static_cast<Kind>(bytes[2]);

		received.emplace_back(bytes.begin(), bytes.end());
		if (kind == Kind::Forged)
			return {};
		return {.node = u32_at(bytes, 8), .admitted = kind == Kind::Admitted};
	}

	void settle()
	{
		const std::uint64_t now = monotonic_ms();

		links.tick(now);
		links.flush(now);
	}

	void send(const Bytes &bytes, std::uint32_t to = 0)
	{
		links.queue(monotonic_ms(), {.frame = bytes, .to = to});
		links.flush(monotonic_ms());
	}

	[[nodiscard]] std::vector<PathStatus> status() const
	{
		return links.status(monotonic_ms());
	}

	// How many paths work.
	[[nodiscard]] std::size_t works() const
	{
		std::size_t n = 0;

		for (const PathStatus &path : status())
			n += path.works;
		return n;
	}

	Loop loop;
	Counters counters;
	std::vector<Bytes> received;
	Links links;
};

// Lets them run until it is true.
template<class Condition>
bool until(const std::vector<Node *> &nodes, const Condition &condition)
{
	const std::uint64_t deadline = monotonic_ms() + patience_ms;

	while (!condition()) {
		if (monotonic_ms() > deadline)
			return false;
		for (Node *node : nodes) {
			node->settle();
			EXPECT_TRUE(node->loop.step(1));
		}
	}
	return true;
}

// A socket without a node, on one of the addresses.
class Raw
{
public:
	Raw(int type, unsigned i, std::uint16_t from = 0) : fd_(::socket(AF_INET, type, 0))
	{
		const auto local = *SocketAddress::parse(host(i) + "#1", 1);
		SocketAddress at = local;

		at.set_port(from);
		set(SOL_SOCKET, SO_REUSEADDR, 1);
		EXPECT_EQ(bind(fd_.get(), at.get(), at.size()), 0) << at.text();
	}

	explicit Raw(UniqueFd fd) : fd_(std::move(fd)) {}

	[[nodiscard]] int fd() const { return fd_.get(); }
	[[nodiscard]] std::uint16_t port() const { return SocketAddress::local(fd_.get()).port(); }

	void set(int level, int option, int value)
	{
		EXPECT_EQ(setsockopt(fd_.get(), level, option, &value, sizeof(value)), 0);
	}

	bool connect(unsigned i, std::uint16_t port)
	{
		const auto to = *SocketAddress::parse(host(i), port);

		return ::connect(fd_.get(), to.get(), to.size()) == 0;
	}

	// All of it, however long the other end takes to read: lets the nodes run.
	void write(const std::vector<Node *> &nodes, std::span<const std::byte> bytes)
	{
		EXPECT_TRUE(until(nodes, [&] {
			const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(),
						 MSG_DONTWAIT | MSG_NOSIGNAL);

			if (n > 0)
				bytes = bytes.subspan(static_cast<std::size_t>(n));
			return bytes.empty();
		}));
	}

	void send_to(unsigned i, std::uint16_t port, std::span<const std::byte> bytes)
	{
		const auto to = *SocketAddress::parse(host(i), port);

		EXPECT_EQ(::sendto(fd_.get(), bytes.data(), bytes.size(), 0, to.get(), to.size()),
			  static_cast<ssize_t>(bytes.size()));
	}

	// What is there, up to so many bytes.
	Bytes read(std::size_t max = 1U << 20)
	{
		Bytes bytes(max);
		const ssize_t n = recv(fd_.get(), bytes.data(), max, MSG_DONTWAIT);

		closed_ |= n == 0 || (n < 0 && errno != EAGAIN);
		bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
		return bytes;
	}

	// The other end has closed it, as the last read() saw.
	[[nodiscard]] bool closed() const { return closed_; }

	void reset()
	{
		const linger at_once{.l_onoff = 1, .l_linger = 0};

		setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		fd_ = UniqueFd();
	}

private:
	UniqueFd fd_;
	bool closed_ = false;
};

} // namespace hn::test
