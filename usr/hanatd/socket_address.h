// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <sys/socket.h>

namespace hn
{

// An IPv4 or IPv6 address with a port, as the calls of the kernel take them.
class SocketAddress
{
public:
	SocketAddress() = default; // of no family

	static SocketAddress any(int family, std::uint16_t port);

	// ADDRESS or ADDRESS#PORT. IPv4-mapped addresses are none: IPv6 sockets are V6ONLY.
	static std::optional<SocketAddress> parse(const std::string &text, std::uint16_t port);

	// Of a socket, and of what it is connected to. Of no family if there is none.
	static SocketAddress local(int fd);
	static SocketAddress remote(int fd);

	[[nodiscard]] int family() const { return address_.any.sa_family; }
	[[nodiscard]] std::uint16_t port() const;
	[[nodiscard]] bool is_any() const;
	[[nodiscard]] bool is_multicast() const;
	[[nodiscard]] bool is_broadcast() const;

	// Means something on one link only: 224.0.0.0/24, fe80::/10, ff01::/16 and ff02::/16 with
	// their flag variants.
	[[nodiscard]] bool is_link_local() const;

	void set_port(std::uint16_t port);
	// By index, for IPv6 addresses that are link-local.
	void set_interface(unsigned index);

	// The address, whatever the port.
	[[nodiscard]] bool same_host(const SocketAddress &other) const;
	bool operator==(const SocketAddress &other) const
	{
		return same_host(other) && port() == other.port();
	}

	[[nodiscard]] std::string host() const; // ADDRESS
	[[nodiscard]] std::string text() const; // ADDRESS#PORT

	[[nodiscard]] const sockaddr *get() const { return &address_.any; }
	[[nodiscard]] sockaddr *get() { return &address_.any; }
	[[nodiscard]] socklen_t size() const;
	static constexpr socklen_t max_size = sizeof(sockaddr_in6);

private:
	union {
		sockaddr_in6 in6{};
		sockaddr_in in;
		sockaddr any;
	} address_;
};

} // namespace hn
