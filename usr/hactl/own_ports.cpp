// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/own_ports.h"

#include <arpa/inet.h>
#include <fstream>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <sstream>
#include <string>

namespace hn
{

namespace
{

void set_ports(PortSet &set, PortRange ports, bool value)
{
	for (std::uint32_t port = ports.min; port <= ports.max; port++)
		set.set(port, value);
}

std::string line_of(const char *sysctl)
{
	std::ifstream file(std::string("/proc/sys/net/ipv4/") + sysctl);
	std::string line;

	std::getline(file, line);
	return line;
}

bool is_of(const hn_pool4_entry &entry, const sockaddr *addr)
{
	if (!addr || addr->sa_family != AF_INET)
		return false;
	const std::uint32_t other = reinterpret_cast<const sockaddr_in *>(addr)->sin_addr.s_addr;
	return !((ntohl(entry.addr) ^ ntohl(other)) >> (32U - entry.len));
}

bool is_here(const hn_pool4_entry &entry)
{
	ifaddrs *first = nullptr;

	if (getifaddrs(&first))
		return false;
	const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, freeifaddrs);
	for (const ifaddrs *i = first; i; i = i->ifa_next)
		if (is_of(entry, i->ifa_addr))
			return true;
	return false;
}

} // namespace

PortSet own_ports(std::string_view range, std::string_view reserved)
{
	std::istringstream numbers{std::string(range)};
	std::istringstream list{std::string(reserved)};
	PortRange ports;
	PortSet set;

	if (numbers >> ports.min >> ports.max)
		set_ports(set, ports, true);
	for (std::string text; std::getline(list, text, ',');)
		if (const Result<PortRange> some = parse_ports(text))
			set_ports(set, *some, false);
	return set;
}

std::optional<PortRange> overlap(const hn_pool4_entry &entry, const PortSet &ports)
{
	std::optional<PortRange> found;

	if (!(entry.protos & (HN_PROTO_BIT(HN_PROTO_TCP) | HN_PROTO_BIT(HN_PROTO_UDP))))
		return found;
	for (std::uint32_t port = entry.port_min; port <= entry.port_max; port++) {
		if (!ports[port])
			continue;
		const auto number = static_cast<std::uint16_t>(port);
		found = PortRange{found ? found->min : number, number};
	}
	return found;
}

std::optional<PortRange> overlap_here(const hn_pool4_entry &entry)
{
	if (!is_here(entry))
		return {};
	return overlap(entry, own_ports(line_of("ip_local_port_range"),
					line_of("ip_local_reserved_ports")));
}

} // namespace hn
