// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "hanatd/link.h"
#include "hanatd/link_config.h"
#include "hanatd/socket_address.h"
#include "lib/log.h"
#include "lib/unique_fd.h"

namespace hn
{

// UDP: the socket of a group, or those by which single nodes are reached. A frame that can't be
// sent now stays at the head of its path's queue.
class DatagramLink final : public Link
{
public:
	static constexpr std::uint64_t retry_ms = 10;	 // the device's queue is full
	static constexpr std::uint64_t outage_ms = 1000; // no route, interface down

	DatagramLink(std::size_t number, const LinkConfig &config, LinkContext &context);
	DatagramLink(const DatagramLink &) = delete;
	DatagramLink(DatagramLink &&) = delete;
	DatagramLink &operator=(const DatagramLink &) = delete;
	DatagramLink &operator=(DatagramLink &&) = delete;
	~DatagramLink() override;

	Result<void> open(std::uint64_t now) override;
	void tick(std::uint64_t now) override;
	[[nodiscard]] std::uint64_t deadline() const override;
	void flush(std::uint64_t now) override;
	[[nodiscard]] std::span<Path *const> paths() const override { return paths_; }
	[[nodiscard]] std::vector<PathStatus> status(std::uint64_t now) const override;
	[[nodiscard]] bool drained() const override;

private:
	struct Socket {
		UniqueFd fd;
		SocketAddress local;
		bool blocked = false; // full, until EPOLLOUT
	};

	// A group or a peer.
	struct Destination {
		Path path;
		SocketAddress to;
		std::size_t socket = 0;
		std::uint64_t retry_at = 0;
		bool segment = true; // until the kernel refuses to
	};

	using Interfaces = std::array<unsigned, 2>; // in and out, by index; 0: any

	[[nodiscard]] Result<Interfaces> interfaces() const;
	Result<void> open_sockets();
	Result<void> add_socket(Result<UniqueFd> fd, const SocketAddress &local);
	void close_sockets();
	[[nodiscard]] bool moved() const;
	void assign();
	[[nodiscard]] std::size_t socket_for(const SocketAddress &remote) const;

	void on_event(std::size_t socket, std::uint32_t events);
	void receive(std::uint64_t now, const Socket &socket);
	Path *path_from(std::uint64_t now, const SocketAddress &source);

	void flush(std::uint64_t now, Destination &destination);
	void failed(std::uint64_t now, Destination &destination, int error);
	void set_blocked(Socket &socket, bool blocked);

	const LinkConfig config_;
	LinkContext &context_;
	Interfaces interfaces_{};     // as of open()
	std::vector<Socket> sockets_; // none: they could not be opened
	std::vector<Destination> destinations_;
	std::vector<Path *> paths_; // of these
	std::uint64_t look_at_ = 0;
	LogGate stranger_gate_;
	LogGate error_gate_;
};

} // namespace hn
