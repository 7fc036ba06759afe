// SPDX-License-Identifier: GPL-2.0-or-later
// One link of the netsocket file, hanatd.conf(5): how frames get from node to node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hanatd/socket_address.h"
#include "lib/json.h"

namespace hn
{

enum class Transport { Multicast, Udp, Tcp };

const char *transport_name(Transport transport); // "multicast"

struct LinkConfig {
	static constexpr std::uint16_t default_port = 6464;
	static constexpr std::size_t max_peers = 63;
	static constexpr std::size_t max_listen = 16;

	Transport transport = Transport::Multicast;

	// Of multicast.
	SocketAddress group;
	std::string in_interface;  // empty: as the routing table says
	std::string out_interface; // likewise
	bool reuse_address = false;
	std::uint8_t ttl = 1;

	// Of the others.
	std::vector<SocketAddress> peers;  // none: TCP, only to listen
	std::vector<SocketAddress> listen; // at least one
	std::string interface;		   // empty: any

	// The only device that its sockets are to see; empty: any.
	[[nodiscard]] const std::string &device() const;
	// What its sockets are bound to.
	[[nodiscard]] std::vector<SocketAddress> bound() const;
};

// Reads the keys of a link; finish() of the object says what is wrong.
LinkConfig link_from_json(JsonObject &object);

// The first of those keys that is there.
std::optional<std::string> link_key_in(const JsonObject &object);

// An address of b that can't be bound as long as a has its own.
std::optional<SocketAddress> link_conflict(const LinkConfig &a, const LinkConfig &b);

} // namespace hn
