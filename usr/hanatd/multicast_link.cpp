// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/multicast_link.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <utility>

namespace hn
{

namespace
{

constexpr std::size_t batch_size = 32;
constexpr std::size_t datagram_max = 65536;
constexpr int receive_rounds = 16;

// 0 if no interface is configured: the kernel chooses.
Result<unsigned> interface_index(const std::string &name)
{
	const unsigned index = name.empty() ? 0 : if_nametoindex(name.c_str());

	if (!name.empty() && index == 0)
		return fail(ENODEV, "interface \"" + name + "\": there is none of that name here");
	return index;
}

template<class T>
bool set(int fd, int level, int option, const T &value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

// Beyond the administrator's limit if we may.
void set_buffer(int fd, int force, int plain, std::size_t bytes)
{
	// The kernel doubles the number.
	const int half = static_cast<int>(bytes / 2);

	if (!set(fd, SOL_SOCKET, force, half))
		set(fd, SOL_SOCKET, plain, half);
}

socklen_t group_address(const Config &config, unsigned scope, sockaddr_storage &out)
{
	if (config.group.family == AF_INET) {
		sockaddr_in in{};

		in.sin_family = AF_INET;
		in.sin_port = htons(config.port);
		in.sin_addr = config.group.v4;
		std::memcpy(&out, &in, sizeof(in));
		return sizeof(in);
	}
	sockaddr_in6 in6{};
	in6.sin6_family = AF_INET6;
	in6.sin6_port = htons(config.port);
	in6.sin6_addr = config.group.v6;
	in6.sin6_scope_id = group_is_link_local(config.group) ? scope : 0;
	std::memcpy(&out, &in6, sizeof(in6));
	return sizeof(in6);
}

bool set_multicast(int fd, const Config &config, unsigned out)
{
	if (config.group.family == AF_INET) {
		ip_mreqn interface {
		};

		interface.imr_ifindex = static_cast<int>(out);
		return set(fd, IPPROTO_IP, IP_MULTICAST_TTL, static_cast<int>(config.ttl)) &&
		       set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) &&
		       (out == 0 || set(fd, IPPROTO_IP, IP_MULTICAST_IF, interface));
	}
	return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) &&
	       set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, static_cast<int>(config.ttl)) &&
	       set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0) &&
	       (out == 0 || set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(out)));
}

bool join(int fd, const Config &config, unsigned in)
{
	if (config.group.family == AF_INET) {
		ip_mreqn member{};

		member.imr_multiaddr = config.group.v4;
		member.imr_ifindex = static_cast<int>(in);
		return set(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, member);
	}
	ipv6_mreq member{};
	member.ipv6mr_multiaddr = config.group.v6;
	member.ipv6mr_interface = in;
	return set(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, member);
}

std::string group_name(const Config &config)
{
	std::string name = "group " + config.group_text;

	if (!config.in_interface.empty())
		name += " on " + config.in_interface;
	return name;
}

Result<void> bind_group(int fd, const Config &config, unsigned in)
{
	sockaddr_storage address{};
	const socklen_t size = group_address(config, in, address);

	if (config.reuse_address && !set(fd, SOL_SOCKET, SO_REUSEADDR, 1))
		return fail_errno(errno, "SO_REUSEADDR");
	// NOLINTNEXTLINE(bugprone-casting-through-void): the sockets API
	if (bind(fd, static_cast<const sockaddr *>(static_cast<const void *>(&address)), size) == 0)
		return {};
	const int error = errno;
	std::string what = "port " + std::to_string(config.port) + " of " + group_name(config);
	if (error == EADDRINUSE)
		return fail(error, what + ": in use by another process; is hanatd running "
					  "already? (\"reuseaddr\": 1 lets them share it)");
	return fail_errno(error, std::move(what));
}

} // namespace

MulticastLink::MulticastLink(const Config &config, Socket socket, Counters &counters)
	: config_(config), socket_(std::move(socket)), counters_(counters),
	  buffer_(batch_size * datagram_max)
{
}

Result<MulticastLink::Socket> MulticastLink::join_group(const Config &config)
{
	const Result<unsigned> in = interface_index(config.in_interface);
	const Result<unsigned> out = interface_index(config.out_interface);
	UniqueFd fd(socket(config.group.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));

	if (!in)
		return fail(in.error());
	if (!out)
		return fail(out.error());
	if (!fd)
		return fail_errno(errno, "socket of " + group_name(config));
	set_buffer(fd.get(), SO_RCVBUFFORCE, SO_RCVBUF, config.receive_buffer);
	set_buffer(fd.get(), SO_SNDBUFFORCE, SO_SNDBUF, config.send_buffer);
	if (!set_multicast(fd.get(), config, *out))
		return fail_errno(errno, "can't use interface " + config.out_interface);
	const Result<void> bound = bind_group(fd.get(), config, *in);
	if (!bound)
		return fail(bound.error());
	if (!join(fd.get(), config, *in)) {
		if (config.in_interface.empty() && (errno == ENODEV || errno == EADDRNOTAVAIL))
			return fail(errno, "can't join " + group_name(config) +
						   ": no route to it; set \"in interface\"");
		return fail_errno(errno, "can't join " + group_name(config));
	}
	Socket joined{.fd = std::move(fd), .in = *in, .out = *out, .to = {}, .to_size = 0};
	joined.to_size = group_address(config, *out, joined.to);
	return joined;
}

Result<MulticastLink> MulticastLink::open(const Config &config, Counters &counters)
{
	Result<Socket> joined = join_group(config);

	if (!joined)
		return fail(joined.error());
	return MulticastLink(config, std::move(*joined), counters);
}

// An interface that is not there now may come back: until then there is nothing to join.
bool MulticastLink::moved() const
{
	const Result<unsigned> in = interface_index(config_.in_interface);
	const Result<unsigned> out = interface_index(config_.out_interface);

	return in && out && (*in != socket_.in || *out != socket_.out);
}

Result<void> MulticastLink::reopen()
{
	// The old socket holds the port.
	socket_ = Socket{};
	blocked_ = false;
	Result<Socket> joined = join_group(config_);
	if (!joined)
		return fail(joined.error());
	socket_ = std::move(*joined);
	return {};
}

Result<void> MulticastLink::receive(const std::function<void(std::span<const std::byte>)> &datagram)
{
	std::array<mmsghdr, batch_size> messages{};
	std::array<iovec, batch_size> parts{};

	for (std::size_t i = 0; i < batch_size; ++i) {
		parts[i] = {.iov_base = &buffer_[i * datagram_max], .iov_len = datagram_max};
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	for (int round = 0; round < receive_rounds; ++round) {
		const int n = recvmmsg(socket_.fd.get(), messages.data(), batch_size, 0, nullptr);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return {};
		if (n < 0)
			return fail_errno(errno, "receive");
		for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
			datagram(std::span(buffer_).subspan(i * datagram_max, messages[i].msg_len));
		if (static_cast<std::size_t>(n) < batch_size)
			return {};
	}
	return {};
}

void MulticastLink::queue(Bytes frame)
{
	Counters &counters = counters_;

	if (queue_.size() >= queue_max) {
		++counters.send_dropped;
		return;
	}
	queue_.push_back(std::move(frame));
	counters.queue_high = std::max<std::uint64_t>(counters.queue_high, queue_.size());
}

void MulticastLink::sent(std::size_t frames)
{
	Counters &counters = counters_;

	for (std::size_t i = 0; i < frames; ++i) {
		++counters.frames_sent;
		counters.bytes_sent += queue_.front().size();
		queue_.pop_front();
	}
	outage_ = 0;
}

Result<void> MulticastLink::failed(int error, std::uint64_t now)
{
	Counters &counters = counters_;

	if (error == EAGAIN) {
		++counters.send_blocked;
		blocked_ = true;
		return {};
	}
	++counters.send_errors;
	if (error == EMSGSIZE) {
		// It would never go; the peers see a gap.
		++counters.send_dropped;
		queue_.pop_front();
		retry_at_ = now;
	} else {
		retry_at_ = now + (error == ENOBUFS || error == EINTR ? retry_ms : outage_ms);
	}
	if (error == ENOBUFS || error == EINTR || error == std::exchange(outage_, error))
		return {};
	return fail_errno(error, "send");
}

Result<void> MulticastLink::flush(std::uint64_t now)
{
	std::array<mmsghdr, batch_size> messages{};
	std::array<iovec, batch_size> parts{};

	if (!socket_.fd || blocked_ || retry_at_ > now)
		return {};
	retry_at_ = 0;
	while (!queue_.empty()) {
		const std::size_t n = std::min(batch_size, queue_.size());

		for (std::size_t i = 0; i < n; ++i) {
			parts[i] = {.iov_base = queue_[i].data(), .iov_len = queue_[i].size()};
			messages[i].msg_hdr = {.msg_name = &socket_.to,
					       .msg_namelen = socket_.to_size,
					       .msg_iov = &parts[i],
					       .msg_iovlen = 1,
					       .msg_control = nullptr,
					       .msg_controllen = 0,
					       .msg_flags = 0};
		}
		const int done =
			sendmmsg(socket_.fd.get(), messages.data(), static_cast<unsigned>(n), 0);
		if (done < 0)
			return failed(errno, now);
		sent(static_cast<std::size_t>(done));
	}
	return {};
}

std::optional<std::uint64_t> MulticastLink::retry_at() const
{
	if (!socket_.fd || queue_.empty() || blocked_)
		return std::nullopt;
	return retry_at_;
}

} // namespace hn
