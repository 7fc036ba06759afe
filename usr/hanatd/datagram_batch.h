// SPDX-License-Identifier: GPL-2.0-or-later
// Datagrams, many with one call of the kernel.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <sys/socket.h>
#include <sys/uio.h>

#include "hanatd/path.h"
#include "hanatd/socket_address.h"

namespace hn
{

// What waits on a path, as much of it as one call takes. A run of equally long frames, of which
// the last may be shorter, can be one message, which the kernel cuts into datagrams (UDP_SEGMENT).
class SendBatch
{
public:
	static constexpr std::size_t max_messages = 32;
	static constexpr std::size_t max_frames = 256;
	static constexpr std::size_t max_run = 64; // of the kernel
	static constexpr std::size_t max_run_bytes = 65000;

	// Borrows the frames and the address.
	SendBatch(const Path &path, const SocketAddress &to, bool segment);

	// How many frames were sent; an errno, negative, if not even the first message was.
	int send(int fd);

	// That first message is a run.
	[[nodiscard]] bool begins_with_run() const { return messages_ > 0 && runs_[0] > 1; }

private:
	struct Control {
		alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(std::uint16_t))> bytes;
	};

	void add(std::size_t frames, std::size_t length, const SocketAddress &to);

	std::size_t messages_ = 0;
	std::size_t frames_ = 0;
	std::array<mmsghdr, max_messages> headers_;
	std::array<std::size_t, max_messages> runs_; // frames of each message
	std::array<iovec, max_frames> parts_;
	std::array<Control, max_messages> controls_;
};

// What came on a socket.
class ReceiveBatch
{
public:
	static constexpr std::size_t max_datagrams = 32;
	static constexpr std::size_t datagram_max = 65536;
	static constexpr std::size_t buffer_size = max_datagrams * datagram_max;

	// Borrows the buffer, which has buffer_size bytes.
	explicit ReceiveBatch(std::span<std::byte> buffer);

	// How many; a negative errno. They are valid until the next time.
	int receive(int fd);
	[[nodiscard]] std::span<const std::byte> datagram(std::size_t i) const;
	[[nodiscard]] const SocketAddress &source(std::size_t i) const { return sources_[i]; }

private:
	std::span<std::byte> buffer_;
	std::array<mmsghdr, max_datagrams> headers_{};
	std::array<iovec, max_datagrams> parts_{};
	std::array<SocketAddress, max_datagrams> sources_;
};

} // namespace hn
