// SPDX-License-Identifier: GPL-2.0-or-later
// A netsocket file, or one of an instance: any text is a configuration or one line that says what
// is wrong with it; and what was read of an instance says the same when it is written.
#include <net/if.h>

#include "expect.h"
#include "hanatd/config.h"
#include "input.h"
#include "lib/changes.h"
#include "target.h"

namespace
{

using hn::Json;

// Every text in the value survives being quoted.
void expect_quotable(const Json &json)
{
	if (const auto *text = std::get_if<std::string>(&json.value)) {
		const std::string quoted = hn::json_quote(*text);
		const hn::Result<Json> again = hn::json_parse(quoted);

		HN_EXPECT(hn::fuzz::is_one_line(quoted));
		HN_EXPECT(again && std::get<std::string>(again->value) == *text);
	}
	if (const auto *list = std::get_if<hn::JsonList>(&json.value))
		for (const Json &element : *list)
			expect_quotable(element);
	if (const auto *members = std::get_if<hn::JsonMembers>(&json.value))
		for (const hn::JsonMember &member : *members)
			expect_quotable(member.value);
}

void expect_name(const std::string &interface)
{
	HN_EXPECT(interface.size() < IF_NAMESIZE);
	HN_EXPECT(interface.empty() || hn::fuzz::is_one_line(interface));
}

void expect_multicast(const hn::LinkConfig &link)
{
	HN_EXPECT(link.group.is_multicast() && link.group.port() && link.ttl);
	expect_name(link.in_interface);
	expect_name(link.out_interface);
	HN_EXPECT(link.in_interface.empty() == link.out_interface.empty());
	HN_EXPECT(!link.in_interface.empty() || !link.group.is_link_local());
	HN_EXPECT(link.peers.empty() && link.listen.empty() && link.interface.empty());
}

void expect_unicast(const hn::LinkConfig &link)
{
	HN_EXPECT(link.peers.size() <= 63 && link.listen.size() <= 16 && !link.listen.empty());
	HN_EXPECT(!link.peers.empty() || link.transport == hn::Transport::Tcp);
	expect_name(link.interface);
	for (const auto *addresses : {&link.peers, &link.listen})
		for (const hn::SocketAddress &address : *addresses) {
			HN_EXPECT(address.family() == AF_INET || address.family() == AF_INET6);
			HN_EXPECT(address.port() && !address.is_multicast());
			HN_EXPECT(!address.is_link_local() || !link.interface.empty());
			HN_EXPECT(hn::SocketAddress::parse(address.text(), 0) == address);
		}
	for (const hn::SocketAddress &peer : link.peers)
		HN_EXPECT(!peer.is_any());
	HN_EXPECT(link.group.family() == AF_UNSPEC);
}

void expect_in_range(const hn::Config &config)
{
	HN_EXPECT(!config.links.empty() && config.links.size() <= hn::Config::max_links);
	for (const hn::LinkConfig &link : config.links)
		if (link.transport == hn::Transport::Multicast)
			expect_multicast(link);
		else
			expect_unicast(link);
	for (std::size_t i = 0; i < config.links.size(); ++i)
		for (std::size_t before = 0; before < i; ++before)
			HN_EXPECT(!hn::link_conflict(config.links[before], config.links[i]));
	HN_EXPECT(config.node.value_or(1) && config.digest_period);
	for (const std::size_t buffer :
	     {config.receive_buffer, config.send_buffer, config.event_buffer})
		HN_EXPECT(buffer >= 4096 && buffer <= std::size_t{1} << 30);
}

void expect_same_again(const hn::InstanceConfig &config)
{
	const std::string text = hn::instance_config_text(config);
	const hn::Result<Json> json = hn::json_parse(text);

	HN_EXPECT(json);
	const auto again = hn::instance_config_from_json(*json, "F");
	HN_EXPECT(again && hn::instance_config_text(*again) == text);
	const auto changes = hn::changes(&config, *again);
	HN_EXPECT(changes && changes->empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	const hn::Result<Json> json = hn::json_parse(hn::fuzz::as_text({data, size}));

	if (!json) {
		HN_EXPECT(hn::fuzz::is_one_line(json.error().what));
		return 0;
	}
	expect_quotable(*json);
	const hn::Result<hn::Config> config = hn::config_from_json(*json, "netsocket.json");
	if (config)
		expect_in_range(*config);
	else
		HN_EXPECT(hn::fuzz::is_one_line(config.error().what));
	const auto instance = hn::instance_config_from_json(*json, "hanat.json");
	if (instance)
		expect_same_again(*instance);
	else
		HN_EXPECT(hn::fuzz::is_one_line(instance.error().what));
	return 0;
}
