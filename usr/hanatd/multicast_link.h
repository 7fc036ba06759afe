// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <sys/socket.h>
#include <vector>

#include "hanatd/config.h"
#include "hanatd/counters.h"
#include "hanatd/wire.h"
#include "lib/result.h"
#include "lib/unique_fd.h"

namespace hn
{

// The socket of the group, and the frames that wait to be sent. A frame that can't be sent now
// stays at the head of the queue.
class MulticastLink
{
public:
	static constexpr std::size_t queue_max = 4096;	 // frames; beyond it the newest are dropped
	static constexpr std::size_t queue_mark = 1024;	 // above it nothing optional is queued
	static constexpr std::uint64_t retry_ms = 10;	 // the device's queue is full
	static constexpr std::uint64_t outage_ms = 1000; // no route, interface down

	// Joins the group. Errors say which interface, group or port.
	static Result<MulticastLink> open(const Config &config, Counters &counters);

	[[nodiscard]] int fd() const { return socket_.fd.get(); }

	// Receives what is there, at most a few hundred datagrams; the span is valid during the
	// call.
	Result<void> receive(const std::function<void(std::span<const std::byte>)> &datagram);

	// An interface was deleted and created again, by which the membership was lost: reopen()
	// joins with a new fd. If that fails there is none, and it is still moved().
	[[nodiscard]] bool moved() const;
	Result<void> reopen();

	void queue(Bytes frame);
	[[nodiscard]] std::size_t backlog() const { return queue_.size(); }
	[[nodiscard]] bool full() const { return queue_.size() > queue_mark; }

	// Sends as much of the queue as goes. An outage is returned, once for each.
	Result<void> flush(std::uint64_t now);

	// The socket is full: nothing is sent until EPOLLOUT, then unblock(). Otherwise, when to
	// flush again.
	[[nodiscard]] bool blocked() const { return blocked_; }
	void unblock() { blocked_ = false; }
	[[nodiscard]] std::optional<std::uint64_t> retry_at() const;

private:
	struct Socket {
		UniqueFd fd;
		unsigned in = 0; // interface indices; 0: the kernel chooses
		unsigned out = 0;
		sockaddr_storage to{};
		socklen_t to_size = 0;
	};

	static Result<Socket> join_group(const Config &config);

	MulticastLink(const Config &config, Socket socket, Counters &counters);
	Result<void> failed(int error, std::uint64_t now);
	void sent(std::size_t frames);

	Config config_;
	Socket socket_;
	std::reference_wrapper<Counters> counters_;
	std::deque<Bytes> queue_;
	bool blocked_ = false;
	std::uint64_t retry_at_ = 0;
	int outage_ = 0; // errno
	std::vector<std::byte> buffer_;
};

} // namespace hn
