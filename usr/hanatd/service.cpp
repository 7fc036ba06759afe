// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/service.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/unique_fd.h"

namespace hn
{

void service_notify(const char *state)
{
	const char *path = std::getenv("NOTIFY_SOCKET");
	sockaddr_un to{};

	if (!path || (path[0] != '/' && path[0] != '@') || std::strlen(path) >= sizeof(to.sun_path))
		return;
	const std::size_t size = std::strlen(path);
	to.sun_family = AF_UNIX;
	std::copy_n(path, size, to.sun_path);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0'; // the abstract name space
	const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
	// NOLINTNEXTLINE(bugprone-casting-through-void): the sockets API
	const auto *address = static_cast<const sockaddr *>(static_cast<const void *>(&to));
	// There is nobody to tell if the service manager does not listen.
	[[maybe_unused]] const ssize_t n =
		sendto(fd.get(), state, std::strlen(state), MSG_NOSIGNAL, address, length);
}

} // namespace hn
