// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/names.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <netdb.h>

namespace hn
{

std::string HostNames::text(const Endpoint &endpoint)
{
	const std::string address = format_addr6(endpoint.addr);
	const std::string port = "#" + std::to_string(endpoint.port);

	if (const auto at = known_.find(address); at != known_.end())
		return at->second + port;
	if (spent_ >= budget || known_.size() >= capacity)
		return address + port;
	// One question of one second a name, unless the user set the resolver up otherwise.
	if (known_.empty())
		setenv("RES_OPTIONS", "timeout:1 attempts:1", 0); // NOLINT: there is one thread
	const auto start = std::chrono::steady_clock::now();
	std::string name = look_up(endpoint.addr);
	spent_ += std::chrono::steady_clock::now() - start;
	if (name.empty())
		name = address;
	known_.emplace(address, name);
	return name + port;
}

// Empty if the address has no name.
std::string HostNames::look_up(const in6_addr &addr) const
{
	std::array<char, NI_MAXHOST> name{};
	sockaddr_storage storage{};
	socklen_t size = 0;

	if (IN6_IS_ADDR_V4MAPPED(&addr)) {
		sockaddr_in sin{};
		sin.sin_family = AF_INET;
		std::memcpy(&sin.sin_addr, &addr.s6_addr[12], sizeof(sin.sin_addr));
		size = sizeof(sin);
		std::memcpy(&storage, &sin, size);
	} else {
		sockaddr_in6 sin6{};
		sin6.sin6_family = AF_INET6;
		sin6.sin6_addr = addr;
		size = sizeof(sin6);
		std::memcpy(&storage, &sin6, size);
	}
	const auto *sa = static_cast<const sockaddr *>(static_cast<const void *>(&storage));
	if (getnameinfo(sa, size, name.data(), name.size(), nullptr, 0, NI_NAMEREQD) != 0)
		return {};
	return name.data();
}

} // namespace hn
