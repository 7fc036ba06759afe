// SPDX-License-Identifier: GPL-2.0-or-later
// The event loop of the daemon: epoll, one thread, with timers and signals as file descriptors.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "lib/result.h"
#include "lib/unique_fd.h"

namespace hn
{

// Milliseconds of CLOCK_MONOTONIC.
std::uint64_t monotonic_ms();

class Loop
{
public:
	using Callback = std::function<void(std::uint32_t events)>;

	static Result<Loop> open();

	// Calls back while fd has any of these EPOLL* events (level-triggered). The caller keeps
	// the fd and forgets it before it closes it.
	Result<void> watch(int fd, std::uint32_t events, Callback callback);
	Result<void> change(int fd, std::uint32_t events);

	// May be called from any callback, for any fd, its own included; no callback of that fd
	// runs afterwards. Unknown fds are ignored.
	void forget(int fd);

	// Until stop(); the error is that of epoll_wait.
	Result<void> run();
	void stop() { stopped_ = true; }

	// Waits at most so long for events and dispatches them.
	Result<void> step(int timeout_ms);

private:
	struct Watch {
		std::uint32_t serial;
		Callback callback;
	};

	explicit Loop(UniqueFd fd) : epoll_(std::move(fd)) {}
	void dispatch(std::uint64_t key, std::uint32_t events);

	UniqueFd epoll_;
	std::unordered_map<int, std::unique_ptr<Watch>> watches_;
	// What was forgotten while events are dispatched: its callback may be running.
	std::vector<std::unique_ptr<Watch>> forgotten_;
	std::uint32_t serial_ = 0;
	bool stopped_ = false;
};

// A one-shot timer. Readable, once it has expired, until it is armed again or cleared.
class Timer
{
public:
	static Result<Timer> open();

	[[nodiscard]] int fd() const { return fd_.get(); }
	void arm(std::uint64_t deadline_ms); // on monotonic_ms(); the past means at once
	void clear();

private:
	explicit Timer(UniqueFd fd) : fd_(std::move(fd)) {}

	UniqueFd fd_;
};

// Blocks the signals and delivers them through a file descriptor.
class Signals
{
public:
	static Result<Signals> open(std::initializer_list<int> signals);

	[[nodiscard]] int fd() const { return fd_.get(); }
	int take(); // 0 if there is none

private:
	explicit Signals(UniqueFd fd) : fd_(std::move(fd)) {}

	UniqueFd fd_;
};

} // namespace hn
