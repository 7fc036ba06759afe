// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/nl.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>

namespace hn
{

namespace
{

// Larger than the largest skb of a dump (32 KiB): a message is read with one call, without a peek.
constexpr std::size_t receive_buffer = std::size_t{64} * 1024;

Failure nl_failure(int nl_error, const char *where)
{
	switch (-nl_error) {
	case NLE_NOMEM:
		return fail(ENOMEM, std::string(where) + ": out of memory");
	case NLE_PERM:
	case NLE_NOACCESS:
		return fail(EPERM, std::string(where) + ": not permitted");
	case NLE_OBJ_NOTFOUND:
		return fail(ENOENT, std::string(where) + ": not found");
	default:
		return fail(EIO, std::string(where) + ": " + nl_geterror(nl_error));
	}
}

} // namespace

Result<NlSock> nl_connect_genl()
{
	NlSock sock(nl_socket_alloc());
	const int on = 1;

	if (!sock)
		return fail(ENOMEM, "netlink socket: out of memory");
	if (const int err = genl_connect(sock.get()); err < 0)
		return nl_failure(err, "netlink socket");
	nl_socket_set_msg_buf_size(sock.get(), receive_buffer);
	const int fd = nl_socket_get_fd(sock.get());
	for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK})
		if (setsockopt(fd, SOL_NETLINK, option, &on, sizeof(on)) < 0)
			return fail_errno(errno, "netlink socket");
	return sock;
}

Result<int> nl_family_id(nl_sock &sock, const char *name)
{
	const int id = genl_ctrl_resolve(&sock, name);

	if (id < 0)
		return nl_failure(id, name);
	return id;
}

Result<int> nl_group_id(nl_sock &sock, const char *family, const char *group)
{
	const int id = genl_ctrl_resolve_grp(&sock, family, group);

	if (id < 0)
		return nl_failure(id, group);
	return id;
}

NlMsg nl_request(int family, std::uint8_t cmd, int flags, std::size_t room)
{
	NlMsg msg(nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + room));

	if (msg && !genlmsg_put(msg.get(), NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags, cmd, 1))
		msg.reset();
	return msg;
}

bool nl_put(nl_msg &msg, int attr, std::span<const std::byte> data)
{
	return nla_put(&msg, attr, static_cast<int>(data.size()), data.data()) == 0;
}

NlAnswer nl_exchange(nl_sock &sock, nl_msg &request, const NlHandler &handler)
{
	if (const int err = nl_send_auto(&sock, &request); err < 0)
		return {.result = nl_failure(err, "netlink"), .complete = false};
	NlAnswerReader reader(nlmsg_hdr(&request)->nlmsg_seq, handler);
	while (!reader.over()) {
		sockaddr_nl from{};
		unsigned char *received = nullptr;
		const int n = nl_recv(&sock, &from, &received, nullptr);
		const NlDatagram datagram(received);

		if (n <= 0)
			return {.result = nl_failure(n ? n : -NLE_AGAIN, "netlink"),
				.complete = false};
		if (from.nl_pid == 0) // from the kernel
			reader.read(std::as_writable_bytes(
				std::span(received, static_cast<std::size_t>(n))));
	}
	return reader.answer();
}

} // namespace hn
