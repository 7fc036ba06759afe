// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/nl.h"

#include <algorithm>
#include <cstring>
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

// NLMSGERR_ATTR_MSG of attributes that lie behind an error or the end of a dump.
std::string extack_text(std::span<const std::byte> attrs)
{
	// libnl's parser takes a mutable pointer, but does not write.
	auto *head = const_cast<nlattr *>(static_cast<const nlattr *>( // NOLINT
		static_cast<const void *>(attrs.data())));
	const nlattr *msg = nla_find(head, static_cast<int>(attrs.size()), NLMSGERR_ATTR_MSG);

	if (!msg)
		return {};
	const auto *text = static_cast<const char *>(nla_data(msg));
	std::string out(text, strnlen(text, static_cast<std::size_t>(nla_len(msg))));
	std::replace(out.begin(), out.end(), '\n', ' ');
	return out;
}

std::span<const std::byte> payload(const nlmsghdr &nlh)
{
	const std::span all(static_cast<const std::byte *>(static_cast<const void *>(&nlh)),
			    nlh.nlmsg_len);
	return all.size() < NLMSG_HDRLEN ? all.first(0) : all.subspan(NLMSG_HDRLEN);
}

// One exchange, as the callbacks of libnl see it.
struct Exchange {
	const NlHandler &handler;
	NlAnswer answer{};
	bool over = false;
};

int on_valid(nl_msg *msg, void *arg)
{
	auto &x = *static_cast<Exchange *>(arg);
	const Result<NlNext> next = x.handler(*nlmsg_hdr(msg));

	if (next && *next == NlNext::Continue)
		return NL_OK;
	if (!next)
		x.answer.result = fail(next.error());
	x.answer.complete = false;
	x.over = true;
	return NL_STOP;
}

int on_ack(nl_msg * /*msg*/, void *arg)
{
	static_cast<Exchange *>(arg)->over = true;
	return NL_STOP;
}

// The end of a dump carries the errno of a dump that failed half way, and its extack.
int on_finish(nl_msg *msg, void *arg)
{
	auto &x = *static_cast<Exchange *>(arg);
	const std::span<const std::byte> body = payload(*nlmsg_hdr(msg));
	int code = 0;

	x.over = true;
	if (body.size() < sizeof(code))
		return NL_STOP;
	std::memcpy(&code, body.data(), sizeof(code));
	if (code < 0) {
		const bool tlvs = nlmsg_hdr(msg)->nlmsg_flags & NLM_F_ACK_TLVS;
		x.answer.result =
			fail(-code, tlvs ? extack_text(body.subspan(sizeof(code))) : std::string());
	}
	return NL_STOP;
}

int on_interrupted(nl_msg * /*msg*/, void *arg)
{
	static_cast<Exchange *>(arg)->answer.interrupted = true;
	return NL_OK;
}

int on_error(sockaddr_nl * /*from*/, nlmsgerr *err, void *arg)
{
	auto &x = *static_cast<Exchange *>(arg);
	// The error is the payload of its message.
	const auto *nlh = static_cast<const nlmsghdr *>(static_cast<const void *>(
		static_cast<const std::byte *>(static_cast<const void *>(err)) - NLMSG_HDRLEN));

	x.answer.result = fail(-err->error, nl_extack(*nlh));
	x.over = true;
	return NL_STOP;
}

} // namespace

std::string nl_extack(const nlmsghdr &error)
{
	const std::span<const std::byte> body = payload(error);
	nlmsgerr err{};

	if (!(error.nlmsg_flags & NLM_F_ACK_TLVS) || body.size() < sizeof(err))
		return {};
	std::memcpy(&err, body.data(), sizeof(err));
	std::size_t skip = sizeof(err);
	if (!(error.nlmsg_flags & NLM_F_CAPPED) && err.msg.nlmsg_len > NLMSG_HDRLEN)
		skip += NLMSG_ALIGN(err.msg.nlmsg_len) - NLMSG_HDRLEN;
	return skip < body.size() ? extack_text(body.subspan(skip)) : std::string();
}

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
	const NlCb cb(nl_cb_alloc(NL_CB_CUSTOM));
	Exchange x{.handler = handler};

	if (!cb)
		return {.result = fail(ENOMEM, "netlink: out of memory")};
	nl_cb_set(cb.get(), NL_CB_VALID, NL_CB_CUSTOM, on_valid, &x);
	nl_cb_set(cb.get(), NL_CB_ACK, NL_CB_CUSTOM, on_ack, &x);
	nl_cb_set(cb.get(), NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &x);
	nl_cb_set(cb.get(), NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, &x);
	nl_cb_err(cb.get(), NL_CB_CUSTOM, on_error, &x);

	if (const int err = nl_send_auto(&sock, &request); err < 0)
		return {.result = nl_failure(err, "netlink"), .complete = false};
	while (!x.over)
		if (const int err = nl_recvmsgs(&sock, cb.get()); err < 0 && !x.over)
			return {.result = nl_failure(err, "netlink"), .complete = false};
	return x.answer;
}

} // namespace hn
