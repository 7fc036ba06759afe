// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/link_config.h"

#include <algorithm>
#include <array>
#include <net/if.h>

namespace hn
{

namespace
{

struct LinkKey {
	const char *name;
	bool multicast; // else of the other transports
};

constexpr std::array<LinkKey, 10> link_keys{{
	{"multicast address", true},
	{"multicast port", true},
	{"in interface", true},
	{"out interface", true},
	{"reuseaddr", true},
	{"ttl", true},
	{"port", false},
	{"peers", false},
	{"listen", false},
	{"interface", false},
}};

std::string quoted(const std::string &text)
{
	return json_quote(text.substr(0, 64));
}

Transport read_transport(JsonObject &object)
{
	static const char *const key = "transport";
	const std::string name = object.string(key).value_or("multicast");

	for (const Transport transport : {Transport::Multicast, Transport::Udp, Transport::Tcp})
		if (name == transport_name(transport))
			return transport;
	object.reject(key, R"(expected "multicast", "udp" or "tcp", found )" + quoted(name));
	return Transport::Multicast;
}

void refuse_other_keys(JsonObject &object, Transport transport)
{
	const bool multicast = transport == Transport::Multicast;

	for (const LinkKey &key : link_keys)
		if (key.multicast != multicast && object.has(key.name))
			object.reject(key.name,
				      std::string(key.multicast ? R"(a key of "multicast")"
								: R"(a key of "udp" and "tcp")") +
					      R"(, and this link's "transport" is )" +
					      json_quote(transport_name(transport)));
}

// What the kernel's dev_valid_name() takes, without control characters.
bool is_interface_name(const std::string &text)
{
	const auto fits = [](unsigned char c) {
		return c > ' ' && c != 0x7f && c != '/' && c != ':';
	};

	return !text.empty() && text.size() < IF_NAMESIZE && text != "." && text != ".." &&
	       std::all_of(text.begin(), text.end(), fits);
}

void read_interface(JsonObject &object, const std::string &key, std::string &name)
{
	const std::optional<std::string> text = object.string(key);

	if (!text)
		return;
	if (!is_interface_name(*text))
		object.reject(key, "expected an interface name, found " + quoted(*text));
	name = *text;
}

void read_group(JsonObject &object, LinkConfig &link)
{
	static const char *const key = "multicast address";
	const std::optional<std::string> text = object.string(key);

	if (!text) {
		object.reject(key, "missing: expected the multicast address to join");
		return;
	}
	const std::optional<SocketAddress> group = SocketAddress::parse(*text, 0);
	if (!group || group->port() != 0 || !group->is_multicast())
		object.reject(key,
			      "expected an IPv4 or IPv6 multicast address, found " + quoted(*text));
	else
		link.group = *group;
}

void read_group_port(JsonObject &object, LinkConfig &link)
{
	static const char *const key = "multicast port";
	const auto port = object.number_or_string(key, 1, 65535);

	if (!port)
		object.reject(key, "missing: expected a UDP port");
	link.group.set_port(static_cast<std::uint16_t>(port.value_or(0)));
}

void read_interfaces(JsonObject &object, LinkConfig &link)
{
	read_interface(object, "in interface", link.in_interface);
	read_interface(object, "out interface", link.out_interface);
	if (link.in_interface.empty())
		link.in_interface = link.out_interface;
	if (link.out_interface.empty())
		link.out_interface = link.in_interface;
	if (!link.group.is_link_local())
		return;
	if (link.group.family() == AF_INET6 && link.in_interface != link.out_interface)
		object.reject("out interface", "expected that of \"in interface\", for " +
						       link.group.host() +
						       " is a link-local group");
	if (link.in_interface.empty())
		object.reject("in interface",
			      "missing: " + link.group.host() +
				      " is a link-local group, it needs an interface");
}

void read_multicast(JsonObject &object, LinkConfig &link)
{
	read_group(object, link);
	read_group_port(object, link);
	read_interfaces(object, link);
	link.reuse_address = object.boolean("reuseaddr").value_or(link.reuse_address);
	link.ttl = static_cast<std::uint8_t>(
		object.number_or_string("ttl", 1, 255).value_or(link.ttl));
}

// Of a key with addresses; nothing of those that are not such as is_wanted says.
std::vector<SocketAddress> read_addresses(JsonObject &object, const std::string &key,
					  std::size_t max, std::uint16_t port,
					  bool (*is_wanted)(const SocketAddress &))
{
	const auto texts = object.strings(key, max).value_or(std::vector<std::string>());
	std::vector<SocketAddress> addresses;

	for (std::size_t i = 0; i < texts.size(); ++i) {
		const auto address = SocketAddress::parse(texts[i], port);

		if (!address || !is_wanted(*address))
			object.reject(key, i,
				      "expected ADDRESS or ADDRESS#PORT, IPv4 or IPv6, found " +
					      quoted(texts[i]));
		else if (std::find(addresses.begin(), addresses.end(), *address) != addresses.end())
			object.reject(key, i, address->text() + " is there twice");
		else
			addresses.push_back(*address);
	}
	return addresses;
}

bool is_host(const SocketAddress &address)
{
	return !address.is_any() && !address.is_multicast() && !address.is_broadcast();
}

bool is_local(const SocketAddress &address)
{
	return !address.is_multicast() && !address.is_broadcast();
}

bool has_family(const std::vector<SocketAddress> &addresses, int family)
{
	return std::any_of(addresses.begin(), addresses.end(),
			   [family](const SocketAddress &a) { return a.family() == family; });
}

void check_scope(JsonObject &object, const std::string &key,
		 const std::vector<SocketAddress> &addresses, const LinkConfig &link)
{
	for (std::size_t i = 0; i < addresses.size(); ++i)
		if (addresses[i].is_link_local() && link.interface.empty())
			object.reject(key, i,
				      addresses[i].host() +
					      R"( is link-local, it needs "interface")");
}

// One socket can't be bound as long as the other is, if they see the same devices.
bool overlap(const SocketAddress &a, const SocketAddress &b)
{
	return a.family() == b.family() && a.port() == b.port() &&
	       (a.same_host(b) || a.is_any() || b.is_any());
}

void read_listen(JsonObject &object, LinkConfig &link, std::uint16_t port)
{
	static const char *const key = "listen";

	link.listen = read_addresses(object, key, LinkConfig::max_listen, port, is_local);
	check_scope(object, key, link.listen, link);
	for (std::size_t i = 0; i < link.listen.size(); ++i)
		for (std::size_t before = 0; before < i; ++before)
			if (overlap(link.listen[before], link.listen[i]))
				object.reject(key, i,
					      "expected another address than " +
						      link.listen[before].text() +
						      ", which includes it or is in it");
	if (!link.listen.empty())
		return;
	for (const int family : {AF_INET, AF_INET6})
		if (has_family(link.peers, family))
			link.listen.push_back(SocketAddress::any(family, port));
}

void read_unicast(JsonObject &object, LinkConfig &link)
{
	const auto port = static_cast<std::uint16_t>(
		object.number_or_string("port", 1, 65535).value_or(LinkConfig::default_port));

	read_interface(object, "interface", link.interface);
	link.peers = read_addresses(object, "peers", LinkConfig::max_peers, port, is_host);
	check_scope(object, "peers", link.peers, link);
	read_listen(object, link, port);
	if (link.transport == Transport::Udp && link.peers.empty())
		object.reject("peers", "missing: expected the addresses of the other nodes");
	if (link.listen.empty())
		object.reject("peers",
			      R"(missing: expected the addresses of the other nodes, or "listen")");
	for (std::size_t i = 0; i < link.peers.size(); ++i)
		if (link.transport == Transport::Udp &&
		    !has_family(link.listen, link.peers[i].family()))
			object.reject("peers", i, R"(expected an address of a family in "listen")");
}

} // namespace

const char *transport_name(Transport transport)
{
	static constexpr std::array<const char *, 3> names = {"multicast", "udp", "tcp"};

	return names[static_cast<std::size_t>(transport)];
}

const std::string &LinkConfig::device() const
{
	static const std::string any;

	if (transport != Transport::Multicast)
		return interface;
	return in_interface == out_interface ? in_interface : any;
}

std::vector<SocketAddress> LinkConfig::bound() const
{
	return transport == Transport::Multicast ? std::vector{group} : listen;
}

LinkConfig link_from_json(JsonObject &object)
{
	LinkConfig link;

	link.transport = read_transport(object);
	refuse_other_keys(object, link.transport);
	if (link.transport == Transport::Multicast)
		read_multicast(object, link);
	else
		read_unicast(object, link);
	return link;
}

std::optional<std::string> link_key_in(const JsonObject &object)
{
	if (object.has("transport"))
		return "transport";
	for (const LinkKey &key : link_keys)
		if (object.has(key.name))
			return key.name;
	return std::nullopt;
}

std::optional<SocketAddress> link_conflict(const LinkConfig &a, const LinkConfig &b)
{
	const bool same_device =
		a.device().empty() || b.device().empty() || a.device() == b.device();
	const bool same_ports = (a.transport == Transport::Tcp) == (b.transport == Transport::Tcp);

	if (!same_device || !same_ports)
		return std::nullopt;
	for (const SocketAddress &one : a.bound())
		for (const SocketAddress &other : b.bound())
			if (overlap(one, other))
				return other;
	return std::nullopt;
}

} // namespace hn
