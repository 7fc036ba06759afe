// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "hanatd/frame_reader.h"
#include "hanatd/path.h"
#include "lib/result.h"
#include "lib/unique_fd.h"

namespace hn
{

// One TCP connection with its path, whoever made it.
class TcpConnection
{
public:
	enum class State {
		Connecting,
		Unproven, // nothing came yet that authenticates
		Proven,
	};

	// The ends say whether it was accepted; else it is being made. The gates are for the path
	// of an accepted one.
	TcpConnection(UniqueFd fd, const PathEnds &ends, Counters &counters, std::uint64_t now,
		      PathGates *gates);

	[[nodiscard]] int fd() const { return fd_.get(); }
	[[nodiscard]] Path &path() { return path_; }
	[[nodiscard]] const Path &path() const { return path_; }
	[[nodiscard]] const PathEnds &ends() const { return path_.ends(); }
	[[nodiscard]] State state() const { return state_; }
	[[nodiscard]] std::uint64_t since() const { return since_; } // it was begun

	// The node that is at the other end; 0: not known.
	[[nodiscard]] std::uint32_t node() const { return node_; }

	// Something happened while it was connecting. An error is the end, as below.
	Result<void> connected();

	// Some of the frames that came; EBADMSG: what came is none.
	using Receive = std::function<Origin(std::span<const std::byte> frame)>;
	Result<void> receive(std::uint64_t now, std::span<std::byte> buffer, const Receive &frame);

	// As much of what waits as goes.
	Result<void> send();

	// The socket is full: until EPOLLOUT.
	[[nodiscard]] bool blocked() const { return blocked_; }
	void unblock() { blocked_ = false; }

	// All that was sent has been received at the other end.
	[[nodiscard]] bool drained() const;

private:
	Result<void> read_frames(std::uint64_t now, std::span<const std::byte> piece,
				 const Receive &frame);
	void sent(std::size_t bytes);

	UniqueFd fd_;
	Path path_;
	State state_;
	std::uint64_t since_;
	std::uint32_t node_ = 0;
	FrameReader reader_;
	std::size_t offset_ = 0; // so much of the front frame is sent
	bool blocked_ = false;
};

} // namespace hn
