// SPDX-License-Identifier: GPL-2.0-or-later
#include <cerrno>
#include <limits>

#include "hactl/nouns.h"
#include "lib/changes.h"
#include "lib/instance_config.h"
#include "lib/units.h"

namespace hn
{

namespace
{

// What has to be done for the kernel to have what the file says.
Result<std::vector<Change>> changes_to(FamilyLink &link, const std::string &file)
{
	const Result<InstanceConfig> wanted = instance_config_read(file);

	if (!wanted)
		return fail(wanted.error());
	const Result<std::optional<InstanceConfig>> now = instance_config_now(link);
	if (!now)
		return fail(now.error());
	Result<std::vector<Change>> list = changes(now->has_value() ? &**now : nullptr, *wanted);
	if (!list)
		return fail(file, list.error());
	return list;
}

// "node 7"
std::string peer_name(const Invocation &inv)
{
	return "node " + std::to_string(*inv.peer);
}

Result<Json> ask_about_peer(const Invocation &inv, const std::string &request)
{
	Result<Json> answer = daemon_ask(request, inv.timeout.value_or(daemon_wait_ms), *inv.peer);

	if (!answer)
		return fail(peer_name(inv), answer.error());
	return answer;
}

Result<InstanceConfig> config_of_peer(const Invocation &inv)
{
	const Result<Json> answer = ask_about_peer(inv, "config-fetch");

	if (!answer)
		return fail(answer.error());
	Result<InstanceConfig> config = instance_config_parse(json_text(*answer, "text"));
	if (!config)
		return fail(peer_name(inv), config.error());
	return config;
}

// What has to be done there for the peer to have what this node has.
Result<std::vector<Change>> changes_of_peer(FamilyLink &link, const Invocation &inv)
{
	const Result<InstanceConfig> now = config_of_peer(inv);
	const Result<InstanceConfig> wanted = instance_config_present(link);

	if (!now || !wanted)
		return fail(now ? wanted.error() : now.error());
	Result<std::vector<Change>> list = changes(&*now, with_unshared(*wanted, *now));
	if (!list)
		return fail(peer_name(inv), list.error());
	return list;
}

bool is_node(std::string_view text)
{
	return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<void> read_peer(Invocation &inv)
{
	const Result<std::uint32_t> node =
		parse_number(inv.arguments.front(), 1, std::numeric_limits<std::uint32_t>::max());

	if (!node)
		return fail(inv.command->name(), node.error());
	inv.peer = *node;
	return {};
}

} // namespace

Result<void> config_file_read(Invocation &inv)
{
	if (inv.arguments.size() != 1 || inv.arguments.front().empty())
		return fail(EINVAL, inv.command->name() + ": needs the name of a file");
	return {};
}

Result<void> config_peer_read(Invocation &inv)
{
	if (inv.arguments.size() != 1 || !is_node(inv.arguments.front()))
		return fail(EINVAL, inv.command->name() + ": needs the id of a peer");
	return read_peer(inv);
}

// A file whose name is a number is to be given with its directory.
Result<void> config_diff_read(Invocation &inv)
{
	if (inv.arguments.size() == 1 && is_node(inv.arguments.front()))
		return read_peer(inv);
	return config_file_read(inv);
}

Result<void> config_export_read(Invocation &inv)
{
	return inv.arguments.empty() ? Result<void>() : config_peer_read(inv);
}

Result<void> config_check(const Invocation &inv, Out & /*out*/)
{
	const Result<InstanceConfig> config = instance_config_read(inv.arguments.front());

	if (!config)
		return fail(config.error());
	return {};
}

Result<void> config_load(const Invocation &inv, Out & /*out*/)
{
	const std::string &file = inv.arguments.front();
	Result<FamilyLink> link = FamilyLink::open();

	if (!link)
		return fail(link.error());
	const Result<std::vector<Change>> list = changes_to(*link, file);
	if (!list)
		return fail(list.error());
	const Result<void> made = make_changes(*link, *list);
	if (!made)
		return fail(file, made.error());
	return {};
}

Result<void> config_diff(const Invocation &inv, Out &out)
{
	Result<FamilyLink> link = FamilyLink::open();

	if (!link)
		return fail(link.error());
	const Result<std::vector<Change>> list =
		inv.peer ? changes_of_peer(*link, inv) : changes_to(*link, inv.arguments.front());
	if (!list)
		return fail(list.error());
	for (const Change &change : *list)
		out.put(change.text + "\n");
	if (list->empty())
		return {};
	if (inv.peer)
		return fail(EUCLEAN, peer_name(inv) + " is not what this node is");
	return fail(EUCLEAN, "the instance is not what " + inv.arguments.front() + " says");
}

Result<void> config_push(const Invocation &inv, Out &out)
{
	const Result<Json> answer = ask_about_peer(inv, "config-offer");

	if (!answer)
		return fail(answer.error());
	out.put("(Changes of " + peer_name(inv) + ": " +
		std::to_string(json_number(*answer, "changes")) + ". Its file stays as it is.)\n");
	return {};
}

Result<void> config_export(const Invocation &inv, Out &out)
{
	Result<FamilyLink> link = FamilyLink::open();

	if (!link)
		return fail(link.error());
	const Result<InstanceConfig> now = instance_config_present(*link);
	if (!now)
		return fail(now.error());
	if (!inv.peer) {
		out.put(instance_config_text(*now));
		return {};
	}
	const Result<InstanceConfig> peers = config_of_peer(inv);
	if (!peers)
		return fail(peers.error());
	out.put(instance_config_text(with_unshared(*peers, *now)));
	return {};
}

} // namespace hn
