// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "hanatd/config.h"
#include "hanatd/link.h"

namespace hn
{

// All links of this node. Each frame goes over all of them at once, so that the loss of one loses
// no frame; who gets it twice drops one.
class Links
{
public:
	// receive is called with each frame that came, after after each event.
	Links(const Config &config, Loop &loop, Counters &counters,
	      std::function<Origin(std::uint64_t now, std::span<const std::byte> frame)> receive,
	      std::function<void()> after);

	// Those that can't be opened now are tried again later, but one must be.
	Result<void> open(std::uint64_t now);

	// Which node this is, once it is known.
	void set_node(std::uint32_t node) { context_.node = node; }

	// Once on every path; if it is for one node, on those where that was heard lately, if any.
	void queue(std::uint64_t now, Outgoing out);
	void flush(std::uint64_t now);

	// What is due; call it at deadline().
	void tick(std::uint64_t now);
	[[nodiscard]] std::uint64_t deadline() const;

	// Every path that works has more to send than it should; or frames wait, and none works.
	[[nodiscard]] bool full() const { return all_above(Path::queue_mark); }
	// Frames wait on every path that works; or on others, and none works.
	[[nodiscard]] bool backlog() const { return all_above(0); }
	// Nothing is on its way out any more.
	[[nodiscard]] bool drained() const;

	[[nodiscard]] std::vector<PathStatus> status(std::uint64_t now) const;

private:
	[[nodiscard]] bool all_above(std::size_t mark) const;

	LinkContext context_;
	std::vector<std::unique_ptr<Link>> links_;
};

} // namespace hn
