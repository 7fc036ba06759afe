// SPDX-License-Identifier: GPL-2.0-or-later
// A netsocket file: any text is a configuration or one line that says what is wrong with it.
#include <net/if.h>

#include "expect.h"
#include "hanatd/config.h"
#include "input.h"
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

void expect_in_range(const hn::Config &config)
{
	HN_EXPECT(config.group.family == AF_INET || config.group.family == AF_INET6);
	HN_EXPECT(hn::fuzz::is_one_line(config.group_text));
	HN_EXPECT(config.port && config.ttl && config.node.value_or(1));
	expect_name(config.in_interface);
	expect_name(config.out_interface);
	HN_EXPECT(config.in_interface.empty() == config.out_interface.empty());
	HN_EXPECT(!config.in_interface.empty() || !hn::group_is_link_local(config.group));
	for (const std::size_t buffer :
	     {config.receive_buffer, config.send_buffer, config.event_buffer})
		HN_EXPECT(buffer >= 4096 && buffer <= std::size_t{1} << 30);
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
	return 0;
}
