// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "lib/nl_answer.h"
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
using NlDatagram = std::unique_ptr<unsigned char, FreeWith<free>>;

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

// Sends a request and reads its answer to the end.
NlAnswer nl_exchange(nl_sock &sock, nl_msg &request, const NlHandler &handler);

} // namespace hn
