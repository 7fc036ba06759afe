// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/tcp_connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace hn
{

namespace
{

constexpr std::size_t frames_per_call = 64;
constexpr std::size_t receive_size = 64U << 10;
constexpr int receive_rounds = 16; // before others get their turn

} // namespace

TcpConnection::TcpConnection(UniqueFd fd, const PathEnds &ends, Counters &counters,
			     std::uint64_t now, PathGates *gates)
	: fd_(std::move(fd)), path_(ends, counters, gates),
	  state_(ends.accepted ? State::Unproven : State::Connecting), since_(now)
{
}

Result<void> TcpConnection::connected()
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		error = errno;
	if (error != 0)
		return fail_errno(error, "connect");
	// A port without a listener can be connected to itself.
	if (SocketAddress::local(fd_.get()) == SocketAddress::remote(fd_.get()))
		return fail(ECONNREFUSED, "this node itself");
	state_ = State::Unproven;
	return {};
}

Result<void> TcpConnection::receive(std::uint64_t now, std::span<std::byte> buffer,
				    const Receive &frame)
{
	buffer = buffer.first(std::min(buffer.size(), receive_size));
	for (int round = 0; round < receive_rounds; ++round) {
		const ssize_t n = recv(fd_.get(), buffer.data(), buffer.size(), 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return {};
		if (n < 0)
			return fail_errno(errno, "receive");
		if (n == 0)
			return fail(ECONNRESET, "closed by the other node");
		Result<void> read =
			read_frames(now, buffer.first(static_cast<std::size_t>(n)), frame);
		if (!read)
			return read;
	}
	return {};
}

Result<void> TcpConnection::read_frames(std::uint64_t now, std::span<const std::byte> piece,
					const Receive &frame)
{
	std::span<const std::byte> bytes;
	FrameReader::Next next = reader_.next(piece, bytes);

	for (; next == FrameReader::Next::Frame; next = reader_.next(piece, bytes)) {
		const Origin origin = frame(bytes);

		path_.heard(now, origin, bytes.size());
		if (origin.node == 0)
			continue;
		state_ = State::Proven;
		path_.take();
		if (!origin.admitted)
			continue;
		node_ = origin.node;
		path_.up(now);
	}
	if (next == FrameReader::Next::Bad)
		return fail(EBADMSG, "what comes is not of hanatd");
	return {};
}

Result<void> TcpConnection::send()
{
	while (path_.queued() > 0 && !blocked_) {
		std::array<iovec, frames_per_call> parts{};
		const std::size_t n = std::min(parts.size(), path_.queued());
		std::size_t skip = offset_;

		for (std::size_t i = 0; i < n; ++i, skip = 0) {
			const Bytes &frame = path_.waiting(i);
			// The kernel does not write there.
			parts[i] = {.iov_base = const_cast<std::byte *>(frame.data()) + skip,
				    .iov_len = frame.size() - skip};
		}
		msghdr message{};
		message.msg_iov = parts.data();
		message.msg_iovlen = n;
		const ssize_t bytes = sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
		if (bytes < 0 && errno != EAGAIN && errno != EINTR)
			return fail_errno(errno, "send");
		blocked_ = bytes < 0 && errno == EAGAIN;
		sent(bytes < 0 ? 0 : static_cast<std::size_t>(bytes));
	}
	return {};
}

void TcpConnection::sent(std::size_t bytes)
{
	bytes += offset_;
	while (path_.queued() > 0 && bytes >= path_.waiting(0).size()) {
		bytes -= path_.waiting(0).size();
		path_.sent(1);
	}
	offset_ = bytes;
}

bool TcpConnection::drained() const
{
	int waiting = 0;

	return path_.queued() == 0 && (ioctl(fd_.get(), SIOCOUTQ, &waiting) != 0 || waiting == 0);
}

} // namespace hn
