// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/socket_address.h"

#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace hn
{

namespace
{

std::optional<std::uint16_t> port_of(const std::string &text)
{
	const char *end = text.data() + text.size();
	std::uint16_t port = 0;
	const auto [stop, error] = std::from_chars(text.data(), end, port);

	if (error != std::errc() || stop != end || port == 0)
		return std::nullopt;
	return port;
}

} // namespace

SocketAddress SocketAddress::any(int family, std::uint16_t port)
{
	SocketAddress address;

	address.address_.any.sa_family = static_cast<sa_family_t>(family);
	address.set_port(port);
	return address;
}

std::optional<SocketAddress> SocketAddress::parse(const std::string &text, std::uint16_t port)
{
	const std::size_t mark = text.find('#');
	const std::string host = text.substr(0, mark);
	const std::optional<std::uint16_t> number =
		mark == std::string::npos ? port : port_of(text.substr(mark + 1));
	SocketAddress address;

	if (!number || host.find('\0') != std::string::npos)
		return std::nullopt;
	if (inet_pton(AF_INET, host.c_str(), &address.address_.in.sin_addr) == 1)
		address.address_.in.sin_family = AF_INET;
	else if (inet_pton(AF_INET6, host.c_str(), &address.address_.in6.sin6_addr) == 1)
		address.address_.in6.sin6_family = AF_INET6;
	if (address.family() == AF_UNSPEC ||
	    (address.family() == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address.address_.in6.sin6_addr)))
		return std::nullopt;
	address.set_port(*number);
	return address;
}

SocketAddress SocketAddress::local(int fd)
{
	SocketAddress address;
	socklen_t size = max_size;

	return getsockname(fd, address.get(), &size) == 0 ? address : SocketAddress();
}

SocketAddress SocketAddress::remote(int fd)
{
	SocketAddress address;
	socklen_t size = max_size;

	return getpeername(fd, address.get(), &size) == 0 ? address : SocketAddress();
}

std::uint16_t SocketAddress::port() const
{
	return ntohs(family() == AF_INET ? address_.in.sin_port : address_.in6.sin6_port);
}

bool SocketAddress::is_any() const
{
	if (family() == AF_INET)
		return address_.in.sin_addr.s_addr == INADDR_ANY;
	return IN6_IS_ADDR_UNSPECIFIED(&address_.in6.sin6_addr);
}

bool SocketAddress::is_multicast() const
{
	if (family() == AF_INET)
		return IN_MULTICAST(ntohl(address_.in.sin_addr.s_addr));
	return IN6_IS_ADDR_MULTICAST(&address_.in6.sin6_addr);
}

bool SocketAddress::is_broadcast() const
{
	return family() == AF_INET && address_.in.sin_addr.s_addr == INADDR_BROADCAST;
}

bool SocketAddress::is_link_local() const
{
	const in6_addr &in6 = address_.in6.sin6_addr;

	if (family() == AF_INET)
		return ntohl(address_.in.sin_addr.s_addr) >> 8 == 0xe00000;
	return IN6_IS_ADDR_LINKLOCAL(&in6) || IN6_IS_ADDR_MC_LINKLOCAL(&in6) ||
	       IN6_IS_ADDR_MC_NODELOCAL(&in6);
}

void SocketAddress::set_port(std::uint16_t port)
{
	if (family() == AF_INET)
		address_.in.sin_port = htons(port);
	else
		address_.in6.sin6_port = htons(port);
}

void SocketAddress::set_interface(unsigned index)
{
	if (family() == AF_INET6 && is_link_local())
		address_.in6.sin6_scope_id = index;
}

bool SocketAddress::same_host(const SocketAddress &other) const
{
	if (family() != other.family())
		return false;
	if (family() == AF_INET)
		return address_.in.sin_addr.s_addr == other.address_.in.sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&address_.in6.sin6_addr, &other.address_.in6.sin6_addr);
}

std::string SocketAddress::host() const
{
	std::array<char, INET6_ADDRSTRLEN> text{};

	if (family() == AF_INET)
		inet_ntop(AF_INET, &address_.in.sin_addr, text.data(), text.size());
	else
		inet_ntop(AF_INET6, &address_.in6.sin6_addr, text.data(), text.size());
	return text.data();
}

std::string SocketAddress::text() const
{
	return host() + "#" + std::to_string(port());
}

socklen_t SocketAddress::size() const
{
	return family() == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

} // namespace hn
