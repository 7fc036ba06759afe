// SPDX-License-Identifier: GPL-2.0-or-later
// The sockets of links, set up and bound. Errors say which interface, address or port.
#pragma once

#include <cstddef>
#include <string>

#include "hanatd/link_config.h"
#include "lib/result.h"
#include "lib/unique_fd.h"

namespace hn
{

// Bytes in the kernel.
struct SocketBuffers {
	std::size_t receive = 0;
	std::size_t send = 0;
};

// 0 if there is no name: the kernel chooses.
Result<unsigned> interface_index(const std::string &name);

// Joined and bound to the group.
Result<UniqueFd> open_multicast(const LinkConfig &link, const SocketBuffers &buffers);

Result<UniqueFd> open_udp(const SocketAddress &local, const std::string &interface,
			  const SocketBuffers &buffers);

Result<UniqueFd> open_listener(const SocketAddress &local, const std::string &interface,
			       const SocketBuffers &buffers);

// On its way to be connected, from that host if there is one; or it is already.
Result<UniqueFd> open_connection(SocketAddress remote, SocketAddress from,
				 const std::string &interface, const SocketBuffers &buffers);

// What every connection needs, whoever made it: that its peer is dead is noticed within so long.
constexpr int tcp_dead_ms = 5000;
void set_up_connection(int fd);

// From where the kernel would send to that host; of no family if it can't.
SocketAddress source_of(SocketAddress remote, const std::string &interface);

} // namespace hn
