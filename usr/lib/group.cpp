// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/group.h"

#include <array>
#include <cerrno>
#include <linux/genetlink.h>
#include <sys/socket.h>

#include <netlink/attr.h>

#include "lib/attrs.h"

namespace hn
{

namespace
{

// Larger than any message that one netlink attribute of records fits in.
constexpr std::size_t buffer_size = std::size_t{128} * 1024;

bool is_removal(nlmsghdr &nlh, int family)
{
	std::array<nlattr *, CTRL_ATTR_MAX + 1> attrs{};

	if (nlh.nlmsg_type != GENL_ID_CTRL || !genlmsg_valid_hdr(&nlh, 0) ||
	    genlmsg_hdr(&nlh)->cmd != CTRL_CMD_DELFAMILY ||
	    genlmsg_parse(&nlh, 0, attrs.data(), CTRL_ATTR_MAX, nullptr) < 0)
		return false;
	const nlattr *id = attrs[CTRL_ATTR_FAMILY_ID];
	return id && nla_len(id) == sizeof(std::uint16_t) && nla_get_u16(id) == family;
}

} // namespace

GroupLink::GroupLink(NlSock sock, int family, const char *group)
	: sock_(std::move(sock)), family_(family), group_(group), buffer_(buffer_size)
{
}

Result<GroupLink> GroupLink::open(const char *group, int rcvbuf, Full full)
{
	Result<NlSock> sock = nl_connect_genl();
	const int refuse = full == Full::Refuse;

	if (!sock)
		return fail(sock.error());
	const Result<int> family = nl_family_id(**sock, HN_GENL_NAME);
	if (!family && family.error().code == ENOENT)
		return fail(ENOENT, "kernel module hanat is not loaded");
	if (!family)
		return fail(family.error());
	const Result<int> id = nl_group_id(**sock, HN_GENL_NAME, group);
	if (!id)
		return fail(id.error());

	const int fd = nl_socket_get_fd(sock->get());
	for (const int option : {NETLINK_BROADCAST_ERROR, NETLINK_NO_ENOBUFS})
		if (setsockopt(fd, SOL_NETLINK, option, &refuse, sizeof(refuse)) < 0)
			return fail_errno(errno, "netlink socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf)) < 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf)) < 0)
		return fail_errno(errno, "netlink socket");
	if (nl_socket_set_nonblocking(sock->get()) < 0)
		return fail_errno(errno, "netlink socket");
	GroupLink link(std::move(*sock), *family, group);
	if (const Result<void> joined = link.join(*id); !joined)
		return fail(joined.error());
	return link;
}

int GroupLink::fd() const
{
	return nl_socket_get_fd(sock_.get());
}

Result<void> GroupLink::join(int group)
{
	if (setsockopt(fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0)
		return {};
	return errno == EPERM ? fail(EPERM, "needs CAP_NET_ADMIN in this network namespace")
			      : fail_errno(errno, std::string("group ") + group_);
}

Result<void> GroupLink::watch_family()
{
	Result<NlSock> sock = nl_connect_genl();
	if (!sock)
		return fail(sock.error());
	const Result<int> id = nl_group_id(**sock, "nlctrl", "notify");
	if (!id)
		return fail(id.error());
	return join(*id);
}

Result<void> GroupLink::datagram(std::size_t size, hn_cmd cmd, const Handler &handler)
{
	auto *nlh = static_cast<nlmsghdr *>(static_cast<void *>(buffer_.data()));

	for (int left = static_cast<int>(size); nlmsg_ok(nlh, left); nlh = nlmsg_next(nlh, &left)) {
		if (is_removal(*nlh, family_))
			return fail(ENODEV, "kernel module hanat was unloaded");
		if (nlh->nlmsg_type != family_ || !genlmsg_valid_hdr(nlh, 0) ||
		    genlmsg_hdr(nlh)->cmd != cmd)
			continue;
		if (Result<void> handled = handler(*nlh); !handled)
			return handled;
	}
	return {};
}

Result<std::size_t> GroupLink::receive(hn_cmd cmd, const Handler &handler, std::size_t max_messages)
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
			return fail_errno(errno, std::string("group ") + group_);
		if (msg.msg_flags & MSG_TRUNC)
			return other_abi(group_);
		count++;
		if (from.nl_pid != 0)
			continue; // not from the kernel
		if (const Result<void> read = datagram(static_cast<std::size_t>(n), cmd, handler);
		    !read)
			return fail(read.error());
	}
	return count;
}

} // namespace hn
