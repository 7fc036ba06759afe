// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "hanatd/counters.h"
#include "hanatd/path.h"
#include "hanatd/sync.h"
#include "lib/loop.h"
#include "lib/result.h"

namespace hn
{

// What all links have in common.
struct LinkContext {
	Loop &loop;
	Counters &counters;
	std::size_t receive_buffer; // bytes in the kernel
	std::size_t send_buffer;
	std::function<Origin(std::uint64_t now, std::span<const std::byte> frame)> receive;
	std::function<void()> after;   // each event
	std::uint32_t node = 0;	       // this one; 0: not known
	std::vector<std::byte> buffer; // for what comes, while it is looked at
};

// The sockets of one link, and its paths. What can't be opened is tried again.
class Link
{
public:
	static constexpr std::uint64_t look_ms = 1000; // until it is, and interfaces are looked at

	Link() = default;
	Link(const Link &) = delete;
	Link(Link &&) = delete;
	Link &operator=(const Link &) = delete;
	Link &operator=(Link &&) = delete;
	virtual ~Link() = default;

	// The first attempt. An error is not the end.
	virtual Result<void> open(std::uint64_t now) = 0;

	// What is due; call it at deadline().
	virtual void tick(std::uint64_t now) = 0;
	[[nodiscard]] virtual std::uint64_t deadline() const = 0;

	// Sends as much of what waits as goes.
	virtual void flush(std::uint64_t now) = 0;

	// Those that frames may be queued on; valid until anything but a const function is called.
	[[nodiscard]] virtual std::span<Path *const> paths() const = 0;

	// Of these, and of those to be.
	[[nodiscard]] virtual std::vector<PathStatus> status(std::uint64_t now) const = 0;

	// Nothing that was queued is still on this node, as far as can be known.
	[[nodiscard]] virtual bool drained() const = 0;
};

} // namespace hn
