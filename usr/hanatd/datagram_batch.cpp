// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/datagram_batch.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/udp.h>

namespace hn
{

namespace
{

// How many frames from this one on are a run.
std::size_t run_at(const Path &path, std::size_t first, std::size_t room)
{
	const std::size_t length = path.waiting(first).size();
	const std::size_t max = std::min({SendBatch::max_run, SendBatch::max_run_bytes / length,
					  path.queued() - first, room});
	std::size_t n = 1;

	while (n < max && path.waiting(first + n).size() == length)
		++n;
	if (n < max && path.waiting(first + n).size() < length)
		++n;
	return n;
}

} // namespace

SendBatch::SendBatch(const Path &path, const SocketAddress &to, bool segment)
{
	while (frames_ < path.queued() && frames_ < max_frames && messages_ < max_messages) {
		const std::size_t n = segment ? run_at(path, frames_, max_frames - frames_) : 1;

		for (std::size_t i = 0; i < n; ++i) {
			const Bytes &frame = path.waiting(frames_ + i);
			// The kernel does not write there.
			parts_[frames_ + i] = {.iov_base = const_cast<std::byte *>(frame.data()),
					       .iov_len = frame.size()};
		}
		add(n, path.waiting(frames_).size(), to);
	}
}

void SendBatch::add(std::size_t frames, std::size_t length, const SocketAddress &to)
{
	msghdr &header = headers_[messages_].msg_hdr;

	header = {.msg_name = const_cast<sockaddr *>(to.get()),
		  .msg_namelen = to.size(),
		  .msg_iov = &parts_[frames_],
		  .msg_iovlen = frames,
		  .msg_control = nullptr,
		  .msg_controllen = 0,
		  .msg_flags = 0};
	if (frames > 1) {
		const auto segment = static_cast<std::uint16_t>(length);

		header.msg_control = controls_[messages_].bytes.data();
		header.msg_controllen = controls_[messages_].bytes.size();
		cmsghdr *control = CMSG_FIRSTHDR(&header);
		control->cmsg_level = IPPROTO_UDP;
		control->cmsg_type = UDP_SEGMENT;
		control->cmsg_len = CMSG_LEN(sizeof(segment));
		std::memcpy(CMSG_DATA(control), &segment, sizeof(segment));
	}
	runs_[messages_++] = frames;
	frames_ += frames;
}

int SendBatch::send(int fd)
{
	const int n = sendmmsg(fd, headers_.data(), static_cast<unsigned>(messages_), 0);
	std::size_t frames = 0;

	if (n < 0)
		return -errno;
	for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
		frames += runs_[i];
	return static_cast<int>(frames);
}

ReceiveBatch::ReceiveBatch(std::span<std::byte> buffer) : buffer_(buffer)
{
	for (std::size_t i = 0; i < max_datagrams; ++i) {
		parts_[i] = {.iov_base = &buffer_[i * datagram_max], .iov_len = datagram_max};
		headers_[i].msg_hdr.msg_iov = &parts_[i];
		headers_[i].msg_hdr.msg_iovlen = 1;
		headers_[i].msg_hdr.msg_name = sources_[i].get();
	}
}

int ReceiveBatch::receive(int fd)
{
	for (mmsghdr &header : headers_)
		header.msg_hdr.msg_namelen = SocketAddress::max_size;
	const int n = recvmmsg(fd, headers_.data(), max_datagrams, 0, nullptr);

	return n < 0 ? -errno : n;
}

std::span<const std::byte> ReceiveBatch::datagram(std::size_t i) const
{
	return buffer_.subspan(i * datagram_max, headers_[i].msg_len);
}

} // namespace hn
