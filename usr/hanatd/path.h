// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hanatd/counters.h"
#include "hanatd/link_config.h"
#include "hanatd/sync.h"
#include "lib/log.h"

namespace hn
{

// On every path that it takes, and freed when the last one has sent it.
using SharedFrame = std::shared_ptr<const Bytes>;

// Where a path leads.
struct PathEnds {
	std::size_t link = 0; // its object in the file
	Transport transport = Transport::Multicast;
	std::string interface; // empty: as the routing table says
	SocketAddress local;   // of no family: not known
	SocketAddress remote;  // the group, or a node
	bool accepted = false; // a connection that the other node made

	[[nodiscard]] std::string text() const; // "tcp 192.0.2.1#6464 on eth1"
};

// For whoever asks about a path.
struct PathStatus {
	struct Node {
		std::uint32_t node = 0;
		std::uint64_t heard_ms = 0; // ago
	};

	PathEnds ends;
	bool works = false;
	std::string why;	 // it does not
	std::vector<Node> nodes; // that were heard there
	std::uint64_t frames_in = 0;
	std::uint64_t bytes_in = 0;
	std::uint64_t frames_out = 0;
	std::uint64_t bytes_out = 0;
	std::uint64_t dropped = 0; // and never sent there
	std::uint64_t errors = 0;  // failures to send
	std::size_t queued = 0;	   // frames
};

// For the changes of paths that strangers can cause.
struct PathGates {
	LogGate up{1000};
	LogGate down{1000};
};

// One way to send: a group, one destination of a socket, one connection. Holds the frames that
// wait for it, and what is known of who is there.
class Path
{
public:
	// Frames, and their bytes, that wait; beyond it the newest are dropped.
	static constexpr std::size_t queue_max = 4096;
	static constexpr std::size_t queue_max_bytes = 8U << 20;
	static constexpr std::size_t queue_mark = 1024; // above it nothing optional is queued
	static constexpr std::size_t max_nodes = 64;
	// A node that was not heard for so long may not be there any more.
	static constexpr std::uint64_t reach_ms = 5000;

	// Null: every change is logged.
	Path(PathEnds ends, Counters &counters, PathGates *gates = nullptr);

	[[nodiscard]] const PathEnds &ends() const { return ends_; }
	void set_local(const SocketAddress &local) { ends_.local = local; }

	// For who is not known to be a node nothing waits: an accepted connection takes no frame
	// before this, and one of any kind not many before it works.
	void take() { takes_ = true; }

	// Logged when it changes.
	void up(std::uint64_t now);
	void down(std::uint64_t now, const std::string &why, Priority priority = Priority::Warning);
	[[nodiscard]] bool works() const { return works_; }
	// What waits there is worth waiting for: behind a connection that does not work is nobody.
	[[nodiscard]] bool counts() const { return works_ || ends_.transport != Transport::Tcp; }

	void queue(const SharedFrame &frame);
	[[nodiscard]] std::size_t queued() const { return queue_.size(); }
	[[nodiscard]] const Bytes &waiting(std::size_t i) const { return *queue_[i]; }
	void sent(std::size_t frames); // from the front
	void give_up();		       // the front one: it would never go
	void failed() { ++status_.errors; }

	// Something that this origin said came from there.
	void heard(std::uint64_t now, const Origin &origin, std::size_t bytes);
	[[nodiscard]] bool reaches(std::uint64_t now, std::uint32_t node) const;

	[[nodiscard]] PathStatus status(std::uint64_t now) const;

private:
	void pop();
	void log_change(std::uint64_t now, LogGate *gate, Priority priority,
			const std::string &text) const;

	PathEnds ends_;
	Counters &counters_;
	PathGates *gates_;
	std::deque<SharedFrame> queue_;
	std::size_t queue_bytes_ = 0;
	std::map<std::uint32_t, std::uint64_t> nodes_; // when they were heard
	bool takes_;
	bool works_ = false;
	bool complained_ = false; // since it worked
	PathStatus status_;	  // its counts, and why it does not work
};

} // namespace hn
