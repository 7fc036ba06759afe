// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel logs of mappings and sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "hanat.h"
#include "lib/group.h"
#include "lib/result.h"

namespace hn
{

// One message of the multicast group; events is valid during the call that got it.
struct LogBatch {
	std::uint32_t node = 0;
	std::uint64_t epoch = 0;
	std::uint64_t seq = 0; // of the first event
	std::span<const hn_log_event> events;
};

// The subscription to the multicast group "log". Needs CAP_NET_ADMIN.
class LogLink
{
public:
	static Result<LogLink> open(int rcvbuf);

	// Non-blocking, for poll.
	[[nodiscard]] int fd() const { return group_.fd(); }

	using Callback = std::function<Result<void>(const LogBatch &)>;

	// Calls back for what is there now, for some messages at most. ENOBUFS: the kernel dropped
	// some, which the next one shows as a gap; ENODEV: the module was unloaded.
	Result<void> receive(const Callback &callback);

private:
	explicit LogLink(GroupLink group) : group_(std::move(group)) {}

	GroupLink group_;
	std::vector<hn_log_event> events_;
};

// How many events are missing, by their numbers.
class LogGaps
{
public:
	// Between the message before and this one, of the same instance. None before the first.
	std::uint64_t missing(const LogBatch &batch);

private:
	std::optional<std::uint64_t> epoch_;
	std::uint64_t next_ = 0;
};

} // namespace hn
