// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/control.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/loop.h"

namespace hn
{

namespace
{

constexpr int backlog = 16;

using Call = int (*)(int, const sockaddr *, socklen_t);

// bind() or connect().
int at_path(Call call, int fd, const std::string &path)
{
	sockaddr_un address{};

	address.sun_family = AF_UNIX;
	std::copy_n(path.data(), std::min(path.size(), sizeof(address.sun_path) - 1),
		    address.sun_path);
	// NOLINTNEXTLINE(bugprone-casting-through-void): the sockets API
	const auto *to = static_cast<const sockaddr *>(static_cast<const void *>(&address));
	return call(fd, to, sizeof(address)) == 0 ? 0 : errno;
}

UniqueFd new_socket(int flags)
{
	return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
}

// A socket file is left behind by a daemon that was killed.
bool is_dead(const std::string &path)
{
	const UniqueFd fd = new_socket(SOCK_NONBLOCK);

	return fd && at_path(connect, fd.get(), path) == ECONNREFUSED;
}

Result<void> wait_for(int fd, short events, std::uint64_t deadline)
{
	pollfd poll_fd{.fd = fd, .events = events, .revents = 0};

	for (;;) {
		const std::uint64_t now = monotonic_ms();
		const int left = now < deadline ? static_cast<int>(deadline - now) : 0;
		const int n = poll(&poll_fd, 1, left);

		if (n > 0)
			return {};
		if (n == 0)
			return fail(ETIMEDOUT, "hanatd does not answer");
		if (errno != EINTR)
			return fail_errno(errno, "hanatd");
	}
}

Result<std::string> read_answer(int fd, std::uint64_t deadline)
{
	std::string answer;
	std::array<char, 16384> part{};

	while (answer.size() < control_answer_max) {
		if (const Result<void> ready = wait_for(fd, POLLIN, deadline); !ready)
			return fail(ready.error());
		const ssize_t n = ::read(fd, part.data(), part.size());

		if (n == 0)
			return answer;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return fail_errno(errno, "hanatd");
		if (n > 0)
			answer.append(part.data(), static_cast<std::size_t>(n));
	}
	return fail(EMSGSIZE, "hanatd answers too much");
}

} // namespace

Result<std::string> control_path()
{
	return file_of_namespace(control_directory, "sock");
}

Result<UniqueFd> control_listen()
{
	const Result<std::string> path = control_path();

	if (!path)
		return fail(path.error());
	if (mkdir(control_directory, 0755) != 0 && errno != EEXIST)
		return fail_errno(errno, control_directory);
	UniqueFd fd = new_socket(SOCK_NONBLOCK);
	if (!fd)
		return fail_errno(errno, "control socket");
	int error = at_path(bind, fd.get(), *path);
	if (error == EADDRINUSE && is_dead(*path)) {
		unlink(path->c_str());
		error = at_path(bind, fd.get(), *path);
	}
	if (error == EADDRINUSE)
		return fail(error, *path + ": hanatd is running already in this network namespace");
	if (error)
		return fail_errno(error, *path);
	// Who may ask for what is decided by who asks.
	if (chmod(path->c_str(), 0666) != 0 || listen(fd.get(), backlog) != 0)
		return fail_errno(errno, *path);
	return fd;
}

Result<std::string> control_ask(std::string_view request, int timeout_ms)
{
	const std::uint64_t deadline = monotonic_ms() + static_cast<std::uint64_t>(timeout_ms);
	const std::string line = std::string(request) + "\n";
	const Result<std::string> path = control_path();
	const UniqueFd fd = new_socket(0);

	if (!path)
		return fail(path.error());
	const int error = fd ? at_path(connect, fd.get(), *path) : errno;
	if (error == ENOENT || error == ECONNREFUSED)
		return fail(error, "hanatd is not running in this network namespace");
	if (error)
		return fail_errno(error, *path);
	if (send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
	    static_cast<ssize_t>(line.size()))
		return fail_errno(errno, "hanatd");
	return read_answer(fd.get(), deadline);
}

} // namespace hn
