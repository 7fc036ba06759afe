// SPDX-License-Identifier: GPL-2.0-or-later
#include "sockets.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <netinet/in.h>
#include <poll.h>
#include <random>
#include <system_error>

namespace hn::flow
{

void throw_errno(int code)
{
	throw std::system_error(code, std::generic_category());
}

Address::Address(const std::string &host, std::uint16_t port, sa_family_t family)
{
	sockaddr_in in = {};
	sockaddr_in6 in6 = {};

	if (family == AF_UNSPEC)
		family = host.find(':') == std::string::npos ? AF_INET : AF_INET6;
	in.sin_family = in6.sin6_family = family;
	in.sin_port = in6.sin6_port = htons(port);
	if (!host.empty() &&
	    inet_pton(family, host.c_str(),
		      family == AF_INET ? static_cast<void *>(&in.sin_addr) : &in6.sin6_addr) != 1)
		throw_errno(EAFNOSUPPORT);
	if (family == AF_INET)
		std::memcpy(&storage_, &in, sizeof(in));
	else
		std::memcpy(&storage_, &in6, sizeof(in6));
}

const sockaddr *Address::get() const
{
	return reinterpret_cast<const sockaddr *>(&storage_);
}

sockaddr *Address::get()
{
	return reinterpret_cast<sockaddr *>(&storage_);
}

socklen_t Address::length() const
{
	return family() == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

std::string Address::name() const
{
	char text[INET6_ADDRSTRLEN] = "";
	sockaddr_in in;
	sockaddr_in6 in6;

	std::memcpy(&in, &storage_, sizeof(in));
	std::memcpy(&in6, &storage_, sizeof(in6));
	if (family() == AF_INET)
		inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
	return std::string{text} + "#" + std::to_string(port());
}

std::uint16_t Address::port() const
{
	sockaddr_in in; // where it is of both families

	std::memcpy(&in, &storage_, sizeof(in));
	return ntohs(in.sin_port);
}

namespace
{

UniqueFd open_socket(sa_family_t family, int type)
{
	UniqueFd fd{socket(family, type | SOCK_CLOEXEC, 0)};

	if (!fd)
		throw_errno(errno);
	return fd;
}

void bind_to(int fd, const Address &address)
{
	if (bind(fd, address.get(), address.length()) != 0)
		throw_errno(errno);
}

} // namespace

UniqueFd client(const Options &options, int type)
{
	const sa_family_t family = Address{options.host, options.port}.family();
	UniqueFd fd = open_socket(family, type);

	if (!options.bind.empty() || options.bind_port != 0)
		bind_to(fd.get(), Address{options.bind, options.bind_port, family});
	return fd;
}

UniqueFd server(const Options &options, int type)
{
	const Address address{options.host, options.port};
	UniqueFd fd = open_socket(address.family(), type);

	set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
	bind_to(fd.get(), address);
	return fd;
}

void connect_to(int fd, const Address &address)
{
	if (connect(fd, address.get(), address.length()) != 0)
		throw_errno(errno);
}

void send_to(int fd, const std::string &data, const Address &address)
{
	if (sendto(fd, data.data(), data.size(), 0, address.get(), address.length()) < 0)
		throw_errno(errno);
}

void set_option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) != 0)
		throw_errno(errno);
}

void set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		throw_errno(errno);
}

bool comes(int fd, short events, Clock::time_point end)
{
	pollfd poll_fd = {.fd = fd, .events = events, .revents = 0};
	const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
	const int ready = poll(&poll_fd, 1,
			       static_cast<int>(std::clamp<decltype(left + 0)>(
				       left, 0, std::numeric_limits<int>::max())));

	if (ready < 0)
		throw_errno(errno);
	return ready > 0;
}

std::string receive(int fd)
{
	std::string data(chunk, '\0');
	const ssize_t length = recv(fd, data.data(), data.size(), 0);

	if (length < 0)
		throw_errno(errno);
	data.resize(static_cast<std::size_t>(length));
	return data;
}

std::string receive_from(int fd, Address &peer, Clock::time_point end)
{
	std::string data(chunk, '\0');
	socklen_t room = Address::room;

	if (!comes(fd, POLLIN, end))
		throw_errno(ETIMEDOUT);
	const ssize_t length = recvfrom(fd, data.data(), data.size(), 0, peer.get(), &room);
	if (length < 0)
		throw_errno(errno);
	data.resize(static_cast<std::size_t>(length));
	return data;
}

std::uint16_t local_port(int fd)
{
	Address local;
	socklen_t room = Address::room;

	if (getsockname(fd, local.get(), &room) != 0)
		throw_errno(errno);
	return local.port();
}

Clock::time_point in(Seconds seconds)
{
	return Clock::now() + std::chrono::duration_cast<Clock::duration>(seconds);
}

std::string random_bytes(std::size_t size)
{
	std::mt19937_64 random{size};
	std::string data;

	data.reserve(size + sizeof(std::uint64_t));
	while (data.size() < size) {
		const std::uint64_t word = random();

		data.append(reinterpret_cast<const char *>(&word), sizeof(word));
	}
	data.resize(size);
	return data;
}

} // namespace hn::flow
