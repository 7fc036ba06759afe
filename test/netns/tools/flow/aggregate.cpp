// SPDX-License-Identifier: GPL-2.0-or-later
// Datagrams that a socket sends in one go (UDP_SEGMENT), and how they come to another one.

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <set>
#include <stdexcept>

#include "commands.h"
#include "sockets.h"

namespace hn::flow
{
namespace
{

// Its sockets stay in the namespace in which they were made; the program comes back from it.
UniqueFd receiver(const Options &options)
{
	const UniqueFd here{open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
	const UniqueFd there{open(("/run/netns/" + options.to).c_str(), O_RDONLY | O_CLOEXEC)};
	Options own = options;

	// Of the other family than the sender's: what comes has been translated.
	own.host = Address{options.host, 0}.family() == AF_INET ? "::" : "0.0.0.0";
	own.port = options.at;
	if (setns(there.get(), CLONE_NEWNET) != 0)
		throw_errno(errno);
	UniqueFd fd = server(own, SOCK_DGRAM);
	if (setns(here.get(), CLONE_NEWNET) != 0)
		throw_errno(errno);
	set_option(fd.get(), IPPROTO_UDP, UDP_GRO, 1);
	return fd;
}

void send_segments(const Options &options, const std::string &data)
{
	const UniqueFd fd = client(options, SOCK_DGRAM);

	set_option(fd.get(), IPPROTO_UDP, UDP_SEGMENT, options.segment);
	send_to(fd.get(), data, Address{options.host, options.port});
}

// Of which segments it is made: itself, if it is no aggregate.
std::size_t segment_of(const msghdr &message, std::size_t length)
{
	const cmsghdr *about = CMSG_FIRSTHDR(&message);
	int size;

	if (about == nullptr)
		return length;
	std::memcpy(&size, CMSG_DATA(about), sizeof(size));
	return static_cast<std::size_t>(size);
}

} // namespace

void udp_aggregate(const Options &options)
{
	const UniqueFd fd = receiver(options);
	std::string data = random_bytes(options.sizes.front()), got;
	std::set<std::size_t, std::greater<>> sizes;
	unsigned reads = 0;

	// The high bit of each byte is set: the tests match on that.
	for (char &byte : data)
		byte = static_cast<char>(byte | 0x80);
	send_segments(options, data);
	while (got.size() < data.size()) {
		std::string part(chunk, '\0');
		alignas(cmsghdr) char about[CMSG_SPACE(sizeof(int))];
		iovec room = {.iov_base = part.data(), .iov_len = part.size()};
		msghdr message = {};

		message.msg_iov = &room;
		message.msg_iovlen = 1;
		message.msg_control = about;
		message.msg_controllen = sizeof(about);
		if (!comes(fd.get(), POLLIN, in(options.timeout)))
			throw std::runtime_error(std::to_string(got.size()) + " of " +
						 std::to_string(data.size()) + " bytes, in " +
						 std::to_string(reads) + " reads");
		const ssize_t length = recvmsg(fd.get(), &message, 0);
		if (length < 0)
			throw_errno(errno);
		got.append(part, 0, static_cast<std::size_t>(length));
		++reads;
		sizes.insert(segment_of(message, static_cast<std::size_t>(length)));
	}
	if (got != data)
		throw std::runtime_error("what came differs from what was sent");
	std::printf("%u", reads);
	for (const std::size_t size : sizes)
		std::printf(" %zu", size);
	std::printf("\n");
}

} // namespace hn::flow
