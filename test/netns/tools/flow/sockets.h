// SPDX-License-Identifier: GPL-2.0-or-later
// Sockets as the commands need them. What fails is thrown as std::system_error, and what does not
// happen in time as one of ETIMEDOUT.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/socket.h>

#include "lib/unique_fd.h"
#include "options.h"

namespace hn::flow
{

using Clock = std::chrono::steady_clock;

// The most that is read or written at once.
constexpr std::size_t chunk = 1 << 16;

[[noreturn]] void throw_errno(int code);

// Numeric; no host is any.
class Address
{
public:
	Address() = default;
	Address(const std::string &host, std::uint16_t port, sa_family_t family = AF_UNSPEC);

	[[nodiscard]] sa_family_t family() const { return storage_.ss_family; }
	[[nodiscard]] const sockaddr *get() const;
	sockaddr *get();
	[[nodiscard]] socklen_t length() const;
	// ADDRESS#PORT
	[[nodiscard]] std::string name() const;
	[[nodiscard]] std::uint16_t port() const;

	static constexpr socklen_t room = sizeof(sockaddr_storage);

private:
	sockaddr_storage storage_ = {};
};

// To talk to the host, from the port that is asked for, if one is.
UniqueFd client(const Options &options, int type);

// At the host's address and port.
UniqueFd server(const Options &options, int type);

void connect_to(int fd, const Address &address);
void send_to(int fd, const std::string &data, const Address &address);

void set_option(int fd, int level, int name, int value);
void set_nonblocking(int fd);

// Whether one of these events of poll(2) comes before that time.
bool comes(int fd, short events, Clock::time_point end);

// The bytes that were read: none at the end of a stream.
std::string receive(int fd);

// What comes before that time, and from whom.
std::string receive_from(int fd, Address &peer, Clock::time_point end);

std::uint16_t local_port(int fd);

Clock::time_point in(Seconds seconds);

// The same for the same size.
std::string random_bytes(std::size_t size);

} // namespace hn::flow
