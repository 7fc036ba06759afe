// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/loop.h"

#include <array>
#include <csignal>
#include <ctime>
#include <span>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace hn
{

namespace
{

// A file descriptor may be closed and opened again while its old event waits in the batch: the
// serial tells the two apart.
std::uint64_t key_of(int fd, std::uint32_t serial)
{
	return static_cast<std::uint64_t>(serial) << 32 | static_cast<std::uint32_t>(fd);
}

} // namespace

std::uint64_t monotonic_ms()
{
	timespec ts{};

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return static_cast<std::uint64_t>(ts.tv_sec) * 1000 +
	       static_cast<std::uint64_t>(ts.tv_nsec) / 1000000;
}

Result<Loop> Loop::open()
{
	UniqueFd fd(epoll_create1(EPOLL_CLOEXEC));

	if (!fd)
		return fail_errno(errno, "epoll_create1");
	return Loop(std::move(fd));
}

Result<void> Loop::watch(int fd, std::uint32_t events, Callback callback)
{
	const std::uint32_t serial = ++serial_;
	epoll_event event{.events = events, .data = {.u64 = key_of(fd, serial)}};

	if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
		return fail_errno(errno, "epoll_ctl");
	watches_[fd] = std::make_unique<Watch>(Watch{serial, std::move(callback)});
	return {};
}

Result<void> Loop::change(int fd, std::uint32_t events)
{
	const auto it = watches_.find(fd);

	if (it == watches_.end())
		return fail_errno(ENOENT, "epoll_ctl");
	epoll_event event{.events = events, .data = {.u64 = key_of(fd, it->second->serial)}};
	if (epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0)
		return fail_errno(errno, "epoll_ctl");
	return {};
}

void Loop::forget(int fd)
{
	const auto it = watches_.find(fd);

	if (it == watches_.end())
		return;
	epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
	forgotten_.push_back(std::move(it->second));
	watches_.erase(it);
}

Result<void> Loop::run()
{
	stopped_ = false;
	while (!stopped_) {
		Result<void> result = step(-1);

		if (!result)
			return result;
	}
	return {};
}

Result<void> Loop::step(int timeout_ms)
{
	std::array<epoll_event, 16> events{};
	const int n = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
				 timeout_ms);

	if (n < 0 && errno != EINTR)
		return fail_errno(errno, "epoll_wait");
	for (const epoll_event &event : std::span(events).first(n > 0 ? static_cast<size_t>(n) : 0))
		dispatch(event.data.u64, event.events);
	forgotten_.clear();
	return {};
}

void Loop::dispatch(std::uint64_t key, std::uint32_t events)
{
	const auto it = watches_.find(static_cast<int>(static_cast<std::uint32_t>(key)));

	if (it != watches_.end() && it->second->serial == key >> 32)
		it->second->callback(events);
}

Result<Timer> Timer::open()
{
	UniqueFd fd(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));

	if (!fd)
		return fail_errno(errno, "timerfd_create");
	return Timer(std::move(fd));
}

void Timer::arm(std::uint64_t deadline_ms)
{
	itimerspec spec{};

	// All zero would disarm it.
	spec.it_value.tv_sec = static_cast<time_t>(deadline_ms / 1000);
	spec.it_value.tv_nsec = static_cast<long>(deadline_ms % 1000 * 1000000) + 1;
	timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

void Timer::clear()
{
	const itimerspec spec{};

	timerfd_settime(fd_.get(), 0, &spec, nullptr);
}

Result<Signals> Signals::open(std::initializer_list<int> signals)
{
	sigset_t set;

	sigemptyset(&set);
	for (const int signal : signals)
		sigaddset(&set, signal);
	if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0)
		return fail_errno(errno, "sigprocmask");
	UniqueFd fd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
	if (!fd)
		return fail_errno(errno, "signalfd");
	return Signals(std::move(fd));
}

int Signals::take()
{
	signalfd_siginfo info{};

	if (read(fd_.get(), &info, sizeof(info)) != static_cast<ssize_t>(sizeof(info)))
		return 0;
	return static_cast<int>(info.ssi_signo);
}

} // namespace hn
