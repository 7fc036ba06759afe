// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/nouns.h"
#include "lib/changes.h"
#include "lib/instance_config.h"

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

} // namespace

Result<void> config_file_read(Invocation &inv)
{
	if (inv.arguments.size() != 1 || inv.arguments.front().empty())
		return fail(EINVAL, inv.command->name() + ": needs the name of a file");
	return {};
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
	const Result<std::vector<Change>> list = changes_to(*link, inv.arguments.front());
	if (!list)
		return fail(list.error());
	for (const Change &change : *list)
		out.put(change.text + "\n");
	if (!list->empty())
		return fail(EUCLEAN, "the instance is not what " + inv.arguments.front() + " says");
	return {};
}

Result<void> config_export(const Invocation & /*inv*/, Out &out)
{
	Result<FamilyLink> link = FamilyLink::open();

	if (!link)
		return fail(link.error());
	const Result<std::optional<InstanceConfig>> now = instance_config_now(*link);
	if (!now)
		return fail(now.error());
	if (!now->has_value())
		return fail(ENODEV, "there is no instance");
	out.put(instance_config_text(**now));
	return {};
}

} // namespace hn
