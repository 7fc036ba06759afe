// SPDX-License-Identifier: GPL-2.0-or-later
// What the multicast groups of the family "hanat" have in common.
#pragma once

#include <cstddef>
#include <functional>
#include <linux/netlink.h>
#include <vector>

#include "hanat.h"
#include "lib/nl.h"
#include "lib/result.h"

namespace hn
{

// A subscription. Needs CAP_NET_ADMIN.
class GroupLink
{
public:
	// What becomes of a message that the receive buffer has no room for: it is lost, and
	// receive() says so; or the kernel is told, for it to send it again.
	enum class Full { Lose, Refuse };

	// rcvbuf in bytes, beyond net.core.rmem_max if the namespace's owner allows that.
	static Result<GroupLink> open(const char *group, int rcvbuf, Full full);

	// Non-blocking, for epoll.
	[[nodiscard]] int fd() const;

	// From now on receive() fails with ENODEV when the module is unloaded.
	Result<void> watch_family();

	using Handler = std::function<Result<void>(nlmsghdr &)>;

	// Calls back for what is there now of a command, at most max_messages so that the loop
	// stays fair; returns how many messages were read. The first failure of the handler ends
	// it. ENOBUFS: some were lost.
	Result<std::size_t> receive(hn_cmd cmd, const Handler &handler, std::size_t max_messages);

private:
	GroupLink(NlSock sock, int family, const char *group);
	Result<void> join(int group);
	Result<void> datagram(std::size_t size, hn_cmd cmd, const Handler &handler);

	NlSock sock_;
	int family_;
	const char *group_;
	std::vector<std::byte> buffer_;
};

} // namespace hn
