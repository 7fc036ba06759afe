// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace hn::fuzz
{

namespace
{

constexpr int buffer_size = 64 << 20;
constexpr std::size_t longest = 1 << 17;

// A socket of another namespace, for all of its life.
Result<UniqueFd> socket_in(const std::string &space)
{
	const UniqueFd home(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	const UniqueFd away(open(("/run/netns/" + space).c_str(), O_RDONLY | O_CLOEXEC));

	if (!home || !away || setns(away.get(), CLONE_NEWNET) < 0)
		return fail_errno(errno, space);

	UniqueFd fd(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	const int code = errno;

	if (setns(home.get(), CLONE_NEWNET) < 0)
		return fail_errno(errno, "setns");
	if (!fd)
		return fail_errno(code, "packet socket");
	return fd;
}

bool set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

bool parse_mac(const std::string &text, std::array<std::uint8_t, 6> &mac)
{
	// NOLINTNEXTLINE(cert-err34-c): hexadecimal digits in pairs
	return std::sscanf(text.c_str(), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1],
			   &mac[2], &mac[3], &mac[4], &mac[5]) == 6;
}

} // namespace

void leave_checksum(Frame &frame)
{
	const auto at = find_layout(frame.packet);
	const auto field = at ? checksum_offset(at->protocol) : std::nullopt;

	if (!field || at->end > frame.packet.size() || at->transport + *field + 2 > at->end)
		return;
	put16(frame.packet, at->transport + *field,
	      pseudo_sum(frame.packet, *at, at->end - at->transport));
	frame.offload.flags = NeedsChecksum;
	frame.offload.csum_start = static_cast<std::uint16_t>(link_header + at->transport);
	frame.offload.csum_offset = static_cast<std::uint16_t>(*field);
}

void complete_checksum(Frame &frame)
{
	const std::size_t first = frame.offload.csum_start;
	const auto at = find_layout(frame.packet);
	const std::size_t end = at ? std::min(at->end, frame.packet.size()) : frame.packet.size();

	if (!(frame.offload.flags & NeedsChecksum) || first < link_header ||
	    first - link_header + frame.offload.csum_offset + 2 > end)
		return;

	const std::size_t start = first - link_header;
	const std::uint16_t sum = sum16(View(frame.packet).subspan(start, end - start));

	put16(frame.packet, start + frame.offload.csum_offset, sum == 0xffff ? sum : ~sum & 0xffff);
}

Result<PacketLink> PacketLink::open(const std::string &space, const std::string &interface,
				    const std::string &peer, bool v6)
{
	auto fd = socket_in(space);
	PacketLink link;
	sockaddr_ll address{};
	ifreq request{};

	if (!fd)
		return fail(fd.error());
	link.fd_ = std::move(*fd);
	link.v6_ = v6;
	interface.copy(request.ifr_name, sizeof(request.ifr_name) - 1);
	if (!parse_mac(peer, link.peer_))
		return fail(EINVAL, peer + ": no link-layer address");
	if (ioctl(link.fd(), SIOCGIFHWADDR, &request) < 0)
		return fail_errno(errno, interface);
	std::copy_n(request.ifr_hwaddr.sa_data, link.self_.size(), link.self_.begin());
	if (ioctl(link.fd(), SIOCGIFINDEX, &request) < 0)
		return fail_errno(errno, interface);
	address.sll_family = AF_PACKET;
	address.sll_protocol = htons(v6 ? ETH_P_IPV6 : ETH_P_IP);
	address.sll_ifindex = request.ifr_ifindex;
	if (!set_option(link.fd(), SOL_PACKET, PACKET_VNET_HDR, 1) ||
	    !set_option(link.fd(), SOL_SOCKET, SO_RCVBUFFORCE, buffer_size) ||
	    !set_option(link.fd(), SOL_SOCKET, SO_SNDBUFFORCE, buffer_size) ||
	    bind(link.fd(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) < 0)
		return fail_errno(errno, interface);
	return link;
}

Result<bool> PacketLink::send(const Frame &frame) const
{
	std::array<std::uint8_t, link_header> link{};
	Offload offload = frame.offload;
	Bytes packet = frame.packet;
	std::array<iovec, 3> parts = {{
		{&offload, sizeof(offload)},
		{link.data(), link.size()},
		{packet.data(), packet.size()},
	}};

	std::copy(peer_.begin(), peer_.end(), link.begin());
	std::copy(self_.begin(), self_.end(), link.begin() + 6);
	put16(link, 12, v6_ ? ETH_P_IPV6 : ETH_P_IP);
	if (writev(fd(), parts.data(), parts.size()) >= 0)
		return true;
	// Where segmentation fails, and where fragments wait for others in great number.
	if (errno == ENOMEM || errno == EAGAIN)
		return false;
	if (errno == EINVAL || errno == EMSGSIZE || errno == ENOBUFS)
		return false;
	return fail_errno(errno, "send");
}

std::optional<Frame> PacketLink::receive() const
{
	static thread_local Bytes buffer(longest);
	std::array<std::uint8_t, link_header> link{};
	Frame frame;
	std::array<iovec, 3> parts = {{
		{&frame.offload, sizeof(frame.offload)},
		{link.data(), link.size()},
		{buffer.data(), buffer.size()},
	}};

	for (;;) {
		const ssize_t size = readv(fd(), parts.data(), parts.size());

		if (size < static_cast<ssize_t>(sizeof(frame.offload) + link_header))
			return {};
		// Broadcasts, and what somebody else sent.
		if (!std::equal(self_.begin(), self_.end(), link.begin()) ||
		    !std::equal(peer_.begin(), peer_.end(), link.begin() + 6))
			continue;
		frame.packet.assign(
			buffer.begin(),
			buffer.begin() + size -
				static_cast<ssize_t>(sizeof(frame.offload) + link_header));
		complete_checksum(frame);
		return frame;
	}
}

unsigned PacketLink::missed() const
{
	tpacket_stats statistics{};
	socklen_t size = sizeof(statistics);

	if (getsockopt(fd(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) < 0)
		return 0;
	return statistics.tp_drops;
}

} // namespace hn::fuzz
