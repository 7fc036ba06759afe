// SPDX-License-Identifier: GPL-2.0-or-later
// To be preloaded: what a program asks of netlink meets a kernel whose Nth
// allocation fails, counted over the program's exchanges and nothing else.
//
//   HN_FAIL_NTH=N      once, for this N. Creates the file HN_FAIL_DONE if there were
//                      so many.
//   HN_FAIL_UNDO=LINE  the whole program for N = 1, 2 ... until it needs fewer, each
//                      time in a fork from before main(), which costs far less than
//                      starting it anew. LINE is run by the shell after each but
//                      the last. Prints what HN_FAIL_LIMIT (seconds) or a signal ended,
//                      and last a line "N allocations, N failures"; the last run's status
//                      is the program's.

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace
{

// More than any program here makes the kernel do: it does not end otherwise.
constexpr long most_allocations = 1000;

// Still to be counted; negative: not known yet.
long remaining = -1;
// Where the sweep's forks say that there were so many.
bool *shared_hit;

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

long number_of(const char *variable)
{
	const char *text = std::getenv(variable);

	return text ? std::atol(text) : 0;
}

void injected()
{
	const char *path = std::getenv("HN_FAIL_DONE");

	if (shared_hit)
		*shared_hit = true;
	if (path)
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

// Counts for as long as it lives.
class Window
{
public:
	explicit Window(int fd)
	{
		if (remaining < 0)
			remaining = number_of("HN_FAIL_NTH");
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

// Waits for a fork of which the Nth allocation fails. A signal counts as a status that
// no program has.
int await(pid_t child, long n)
{
	int status = 0;

	if (waitpid(child, &status, 0) < 0)
		std::abort();
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	std::printf("with allocation %ld failing: ended by signal %d\n", n, WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

// Returns to main() in each fork, and in the parent never.
__attribute__((constructor)) void sweep()
{
	const char *undo = std::getenv("HN_FAIL_UNDO");
	long failures = 0;

	if (!undo)
		return;
	unsetenv("LD_PRELOAD");
	shared_hit = static_cast<bool *>(mmap(nullptr, sizeof(bool), PROT_READ | PROT_WRITE,
					      MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	if (shared_hit == MAP_FAILED)
		std::abort();
	for (long n = 1; n < most_allocations; n++) {
		*shared_hit = false;
		std::fflush(stdout);

		const pid_t child = fork();

		if (child < 0)
			std::abort();
		if (child == 0) {
			remaining = n;
			alarm(static_cast<unsigned>(number_of("HN_FAIL_LIMIT")));
			return;
		}

		const int status = await(child, n);

		failures += status != 0;
		if (!*shared_hit || status >= 128) {
			std::printf("%ld allocations, %ld failures\n", n - 1, failures);
			std::fflush(stdout);
			_exit(status);
		}
		if (std::system(undo) == -1)
			std::abort();
	}
	std::abort();
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
