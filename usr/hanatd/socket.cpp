// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/socket.h"

#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace hn
{

namespace
{

constexpr int backlog = 64;

// Until a connection is found dead: 2 s of silence, then a probe each second.
constexpr int keepalive_idle_s = 2;
constexpr int keepalive_interval_s = 1;
constexpr int keepalive_probes = 3;

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

// From an interface that has no address yet the kernel would send IPv4 with one of another
// interface: peers don't know this node by that, and neighbours would not learn where it is.
Result<void> has_source(int fd, int family, const std::string &interface)
{
	ifreq request{};

	if (interface.empty() || family != AF_INET)
		return {};
	interface.copy(request.ifr_name, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, SIOCGIFADDR, &request) != 0)
		return fail(errno, "interface " + interface + " has no IPv4 address");
	return {};
}

// Of this family, and of this interface only if it has a name.
Result<UniqueFd> open_socket(int family, int type, const std::string &interface,
			     const SocketBuffers &buffers)
{
	UniqueFd fd(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));

	if (!fd)
		return fail_errno(errno, "socket");
	set_buffer(fd.get(), SO_RCVBUFFORCE, SO_RCVBUF, buffers.receive);
	set_buffer(fd.get(), SO_SNDBUFFORCE, SO_SNDBUF, buffers.send);
	if (family == AF_INET6 && !set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return fail_errno(errno, "IPV6_V6ONLY");
	if (interface.empty())
		return fd;
	const Result<unsigned> index = interface_index(interface);
	if (!index)
		return fail(index.error());
	if (setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
		       static_cast<socklen_t>(interface.size())) != 0)
		return fail_errno(errno, "interface " + interface);
	return fd;
}

Result<void> bind_to(int fd, SocketAddress local, const std::string &interface,
		     const std::string &hint)
{
	if (!interface.empty())
		local.set_interface(if_nametoindex(interface.c_str()));
	if (bind(fd, local.get(), local.size()) == 0)
		return {};
	const int error = errno;
	std::string what = "port " + std::to_string(local.port()) + " of " + local.host();
	if (!interface.empty())
		what += " on " + interface;
	if (error == EADDRINUSE)
		return fail(error, what +
					   ": in use by another process; is hanatd running "
					   "already?" +
					   hint);
	return fail_errno(error, std::move(what));
}

bool set_multicast(int fd, const LinkConfig &link, unsigned out)
{
	if (link.group.family() == AF_INET) {
		ip_mreqn interface {
		};

		interface.imr_ifindex = static_cast<int>(out);
		return set(fd, IPPROTO_IP, IP_MULTICAST_TTL, static_cast<int>(link.ttl)) &&
		       set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) &&
		       (out == 0 || set(fd, IPPROTO_IP, IP_MULTICAST_IF, interface));
	}
	return set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, static_cast<int>(link.ttl)) &&
	       set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0) &&
	       (out == 0 || set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(out)));
}

bool join(int fd, const SocketAddress &group, unsigned in)
{
	group_req member{};

	member.gr_interface = in;
	std::memcpy(&member.gr_group, group.get(), group.size());
	return set(fd, group.family() == AF_INET ? IPPROTO_IP : IPPROTO_IPV6, MCAST_JOIN_GROUP,
		   member);
}

} // namespace

Result<unsigned> interface_index(const std::string &name)
{
	const unsigned index = name.empty() ? 0 : if_nametoindex(name.c_str());

	if (!name.empty() && index == 0)
		return fail(ENODEV, "interface \"" + name + "\": there is none of that name here");
	return index;
}

Result<UniqueFd> open_multicast(const LinkConfig &link, const SocketBuffers &buffers)
{
	const Result<unsigned> in = interface_index(link.in_interface);
	const Result<unsigned> out = interface_index(link.out_interface);

	if (!in)
		return fail(in.error());
	if (!out)
		return fail(out.error());
	// Of two IPv6 sockets in the same group each would get what comes on either interface, were
	// they not bound to them.
	Result<UniqueFd> fd = open_socket(link.group.family(), SOCK_DGRAM, link.device(), buffers);
	if (!fd)
		return fd;
	if (!set_multicast(fd->get(), link, *out))
		return fail_errno(errno, "can't use interface " + link.out_interface);
	if (link.reuse_address && !set(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1))
		return fail_errno(errno, "SO_REUSEADDR");
	const Result<void> bound = bind_to(fd->get(), link.group, link.in_interface,
					   " (\"reuseaddr\": 1 lets them share it)");
	if (!bound)
		return fail(bound.error());
	if (join(fd->get(), link.group, *in))
		return fd;
	const int error = errno;
	const std::string group = "can't join " + link.group.host();
	if (link.in_interface.empty() && (error == ENODEV || error == EADDRNOTAVAIL))
		return fail(error, group + ": no route to it; set \"in interface\"");
	return fail_errno(error,
			  group + (link.in_interface.empty() ? "" : " on " + link.in_interface));
}

Result<UniqueFd> open_udp(const SocketAddress &local, const std::string &interface,
			  const SocketBuffers &buffers)
{
	Result<UniqueFd> fd = open_socket(local.family(), SOCK_DGRAM, interface, buffers);

	if (!fd)
		return fd;
	const Result<void> bound = bind_to(fd->get(), local, interface, "");
	if (!bound)
		return fail(bound.error());
	return fd;
}

Result<UniqueFd> open_listener(const SocketAddress &local, const std::string &interface,
			       const SocketBuffers &buffers)
{
	// Connections get its buffers, whose size decides about their windows.
	Result<UniqueFd> fd = open_socket(local.family(), SOCK_STREAM, interface, buffers);

	if (!fd)
		return fd;
	// Connections of an earlier life may still linger on the port.
	if (!set(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1))
		return fail_errno(errno, "SO_REUSEADDR");
	const Result<void> bound = bind_to(fd->get(), local, interface, "");
	if (!bound)
		return fail(bound.error());
	if (listen(fd->get(), backlog) != 0)
		return fail_errno(errno, "listen");
	return fd;
}

Result<UniqueFd> open_connection(SocketAddress remote, SocketAddress from,
				 const std::string &interface, const SocketBuffers &buffers)
{
	Result<UniqueFd> fd = open_socket(remote.family(), SOCK_STREAM, interface, buffers);

	if (!fd)
		return fd;
	const Result<void> known = has_source(fd->get(), remote.family(), interface);
	if (!known)
		return fail(known.error());
	set_up_connection(fd->get());
	if (from.family() == remote.family() && !from.is_any()) {
		from.set_port(0);
		set(fd->get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
		const Result<void> bound = bind_to(fd->get(), from, interface, "");
		if (!bound)
			return fail(bound.error());
	}
	if (!interface.empty())
		remote.set_interface(if_nametoindex(interface.c_str()));
	if (connect(fd->get(), remote.get(), remote.size()) != 0 && errno != EINPROGRESS)
		return fail_errno(errno, "connect");
	return fd;
}

void set_up_connection(int fd)
{
	// Without one of these it takes longer to notice that a peer is gone, no more.
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_s);
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_s);
	set(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive_probes);
	set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, tcp_dead_ms);
}

SocketAddress source_of(SocketAddress remote, const std::string &interface)
{
	const Result<UniqueFd> fd = open_udp(SocketAddress::any(remote.family(), 0), interface, {});

	if (!interface.empty())
		remote.set_interface(if_nametoindex(interface.c_str()));
	if (!fd || !has_source(fd->get(), remote.family(), interface) ||
	    connect(fd->get(), remote.get(), remote.size()) != 0)
		return {};
	return SocketAddress::local(fd->get());
}

} // namespace hn
