// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "lib/result.h"

namespace hn
{

template<auto Free>
struct FreeWith {
	template<typename T>
	void operator()(T *p) const
	{
		Free(p);
	}
};

using NlSock = std::unique_ptr<nl_sock, FreeWith<nl_socket_free>>;
using NlMsg = std::unique_ptr<nl_msg, FreeWith<nlmsg_free>>;
using NlCb = std::unique_ptr<nl_cb, FreeWith<nl_cb_put>>;

// A connected, blocking generic-netlink socket that asks for extended acks.
Result<NlSock> nl_connect_genl();

// The id of a family; ENOENT when no module offers it.
Result<int> nl_family_id(nl_sock &sock, const char *name);
Result<int> nl_group_id(nl_sock &sock, const char *family, const char *group);

// A request with its generic-netlink header and room for so many bytes of attributes; flags without
// NLM_F_REQUEST. Null if out of memory.
NlMsg nl_request(int family, std::uint8_t cmd, int flags, std::size_t room = 256);

// False when the message has no room left for the attribute.
[[nodiscard]] bool nl_put(nl_msg &msg, int attr, std::span<const std::byte> data);

template<class T>
[[nodiscard]] bool nl_put_object(nl_msg &msg, int attr, const T &value)
{
	return nl_put(msg, attr, std::as_bytes(std::span(&value, 1)));
}

enum class NlNext {
	Continue,
	Stop, // leave the rest of the answer unread
};

// Called with every message of the answer.
using NlHandler = std::function<Result<NlNext>(nlmsghdr &)>;

struct NlAnswer {
	Result<void> result;	  // an error of the kernel has its extack text, or none
	bool complete = true;	  // false: something is left unread, the socket must be replaced
	bool interrupted = false; // a dump whose table changed meanwhile (NLM_F_DUMP_INTR)
};

// Sends a request and reads its answer to the end: the ack, the error or the end of the dump. The
// first failure of the handler ends the exchange and is returned.
NlAnswer nl_exchange(nl_sock &sock, nl_msg &request, const NlHandler &handler);

// The extack text of an error message, empty if there is none.
std::string nl_extack(const nlmsghdr &error);

} // namespace hn
