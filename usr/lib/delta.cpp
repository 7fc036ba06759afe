// SPDX-License-Identifier: GPL-2.0-or-later
#include <cerrno>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "lib/attrs.h"
#include "lib/family.h"
#include "lib/messages.h"

namespace hn
{

namespace
{

// Larger than any message that one netlink attribute of records fits in.
constexpr std::size_t delta_buffer = std::size_t{128} * 1024;

} // namespace

DeltaLink::DeltaLink(NlSock sock, int family)
	: sock_(std::move(sock)), family_(family), buffer_(delta_buffer)
{
}

Result<DeltaLink> DeltaLink::open(int rcvbuf)
{
	Result<NlSock> sock = nl_connect_genl();
	const int on = 1;

	if (!sock)
		return fail(sock.error());
	const Result<int> family = nl_family_id(**sock, HN_GENL_NAME);
	if (!family && family.error().code == ENOENT)
		return fail(ENOENT, "kernel module hanat is not loaded");
	if (!family)
		return fail(family.error());
	const Result<int> group = nl_group_id(**sock, HN_GENL_NAME, HN_GENL_GROUP_SESSIONS);
	if (!group)
		return fail(group.error());

	const int fd = nl_socket_get_fd(sock->get());
	for (const int option : {NETLINK_BROADCAST_ERROR, NETLINK_NO_ENOBUFS})
		if (setsockopt(fd, SOL_NETLINK, option, &on, sizeof(on)) < 0)
			return fail_errno(errno, "netlink socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf)) < 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf)) < 0)
		return fail_errno(errno, "netlink socket");
	if (nl_socket_set_nonblocking(sock->get()) < 0)
		return fail_errno(errno, "netlink socket");
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &*group, sizeof(*group)) < 0)
		return errno == EPERM ? fail(EPERM, "needs CAP_NET_ADMIN in this network namespace")
				      : fail_errno(errno, "group sessions");
	return DeltaLink(std::move(*sock), *family);
}

int DeltaLink::fd() const
{
	return nl_socket_get_fd(sock_.get());
}

Result<std::size_t> DeltaLink::receive(const Callback &callback, std::size_t max_messages)
{
	std::size_t count = 0;

	while (count < max_messages) {
		sockaddr_nl from{};
		iovec iov{.iov_base = buffer_.data(), .iov_len = buffer_.size()};
		msghdr msg{};
		msg.msg_name = &from;
		msg.msg_namelen = sizeof(from);
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		const ssize_t n = recvmsg(fd(), &msg, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return fail_errno(errno, "group sessions");
		if (msg.msg_flags & MSG_TRUNC)
			return other_abi("delta");
		count++;
		if (from.nl_pid != 0)
			continue; // not from the kernel

		auto *nlh = static_cast<nlmsghdr *>(static_cast<void *>(buffer_.data()));
		for (int left = static_cast<int>(n); nlmsg_ok(nlh, left);
		     nlh = nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_type != family_ || !genlmsg_valid_hdr(nlh, 0) ||
			    genlmsg_hdr(nlh)->cmd != HN_CMD_DELTA)
				continue;
			const Result<Delta> delta = delta_parse(*nlh, records_);
			if (!delta)
				return fail(delta.error());
			callback(*delta);
		}
	}
	return count;
}

} // namespace hn
