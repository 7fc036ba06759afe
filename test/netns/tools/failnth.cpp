// SPDX-License-Identifier: GPL-2.0-or-later
// To be preloaded: what a program asks of netlink meets a kernel whose Nth
// allocation fails (N from HN_FAIL_NTH), counted over the program's exchanges and
// nothing else. Creates the file HN_FAIL_DONE if so many there were.

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace
{

// Still to be counted; negative: not known yet.
long remaining = -1;

bool is_netlink(int fd)
{
	int domain = 0;
	socklen_t size = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK;
}

int fail_nth()
{
	return open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
}

void injected()
{
	const char *path = std::getenv("HN_FAIL_DONE");

	if (path)
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

// Counts for as long as it lives.
class Window
{
public:
	explicit Window(int fd)
	{
		if (remaining < 0) {
			const char *nth = std::getenv("HN_FAIL_NTH");

			remaining = nth ? std::atol(nth) : 0;
		}
		if (remaining == 0 || !is_netlink(fd))
			return;
		control_ = fail_nth();
		if (control_ < 0 || dprintf(control_, "%ld", remaining) < 0) {
			std::perror("failnth: /proc/thread-self/fail-nth");
			std::abort();
		}
	}

	~Window()
	{
		const int saved = errno;
		char text[32] = "";

		if (control_ < 0)
			return;
		if (pread(control_, text, sizeof(text) - 1, 0) <= 0 ||
		    pwrite(control_, "0", 1, 0) != 1)
			std::abort();
		remaining = std::atol(text);
		if (remaining == 0)
			injected();
		close(control_);
		errno = saved;
	}

	Window(const Window &) = delete;
	Window &operator=(const Window &) = delete;

private:
	int control_ = -1;
};

template<typename Function>
Function next(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	// NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
	return reinterpret_cast<Function>(symbol);
}

} // namespace

extern "C" ssize_t sendmsg(int fd, const msghdr *message, int flags)
{
	static const auto real = next<ssize_t (*)(int, const msghdr *, int)>("sendmsg");
	const Window window(fd);

	return real(fd, message, flags);
}

extern "C" ssize_t recvmsg(int fd, msghdr *message, int flags)
{
	static const auto real = next<ssize_t (*)(int, msghdr *, int)>("recvmsg");
	const Window window(fd);

	return real(fd, message, flags);
}
