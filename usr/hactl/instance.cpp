// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/nouns.h"
#include "lib/model.h"
#include "lib/units.h"

namespace hn
{

Result<void> instance_add_read(Invocation &inv)
{
	if (!inv.pool6)
		return fail(EINVAL, "instance add: needs --pool6 PREFIX");
	return {};
}

Result<void> instance_add(const Invocation &inv, Out & /*out*/)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	return link->instance_add(inv.pool6.value_or(hn_prefix6{}));
}

Result<void> instance_remove(const Invocation & /*inv*/, Out & /*out*/)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	return link->instance_remove();
}

void print_instance(const Invocation &inv, Out &out, const Instance &instance)
{
	const std::vector<Field> fields{
		{"module", instance.version, {}},
		{"pool6", format_prefix6(instance.pool6), {}},
		{"node", std::uint64_t{instance.node}, {}},
		{"epoch", instance.epoch, {}},
		{"sessions", instance.sessions, {}},
		{"mappings", instance.mappings, {}},
		{"pool4-ports", instance.pool4_ports, {}},
		{"shares", std::uint64_t{instance.shares}, {}},
		{"shares-held", format_shares(instance.shares_held), {}},
	};
	print_fields(out, inv.format, inv.headers, fields);
}

Result<void> instance_display(const Invocation &inv, Out &out)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	const Result<Instance> instance = link->instance();
	if (!instance)
		return fail(instance.error());
	print_instance(inv, out, *instance);
	return {};
}

Result<void> pool6_display(const Invocation &inv, Out &out)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	const Result<Instance> instance = link->instance();
	if (!instance)
		return fail(instance.error());

	const std::string prefix = format_prefix6(instance->pool6);
	if (inv.format == Format::Text) {
		out.put(prefix + "\n");
		return {};
	}
	const std::vector<Field> fields{{"pool6", prefix, {}}};
	print_fields(out, inv.format, inv.headers, fields);
	return {};
}

} // namespace hn
