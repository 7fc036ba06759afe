// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "hactl/names.h"
#include "hactl/nouns.h"
#include "lib/model.h"

namespace hn
{

namespace
{

constexpr std::array<std::string_view, 15> columns{"protocol",
						   "state",
						   "expires-ms",
						   "inside",
						   "inside-port",
						   "inside-remote",
						   "inside-remote-port",
						   "external",
						   "external-port",
						   "remote",
						   "remote-port",
						   "owner",
						   "foreign",
						   "generation",
						   "version"};

} // namespace

std::vector<hn_proto> selected_protos(const Invocation &inv)
{
	const unsigned mask = inv.protos ? inv.protos : HN_PROTO_ALL;
	std::vector<hn_proto> out;

	for (const hn_proto proto : {HN_PROTO_TCP, HN_PROTO_UDP, HN_PROTO_ICMP})
		if (mask & HN_PROTO_BIT(proto))
			out.push_back(proto);
	return out;
}

SessionPrinter::SessionPrinter(const Invocation &inv, Out &out, const Instance &instance,
			       EndpointText text)
	: pool6_(instance.pool6), node_(instance.node), text_(std::move(text)), blocks_(out)
{
	if (inv.format != Format::Text)
		rows_.emplace(out, inv.format, inv.headers, columns);
}

void SessionPrinter::begin_proto(hn_proto proto)
{
	if (!rows_)
		blocks_.begin(proto_name(static_cast<std::uint8_t>(proto)));
}

std::string SessionPrinter::entry(const hn_record &record) const
{
	const SessionFlow flow = session_flow(record, pool6_);
	std::string out;

	if (record.proto == HN_PROTO_TCP)
		out = "(" + std::string(tcp_state_name(record.state)) + ") ";
	return out + "Expires in " + spell_duration(record.lifetime) + "\n" +
	       "Remote: " + text_(flow.remote) + "\t" + text_(flow.inside) + "\n" +
	       "Local: " + text_(flow.external) + "\t" + text_(flow.inside_remote) + "\n";
}

void SessionPrinter::put(const hn_record &record)
{
	if (!rows_) {
		blocks_.entry(entry(record));
		return;
	}
	const SessionFlow flow = session_flow(record, pool6_);
	rows_->row(std::array<Cell, columns.size()>{
		std::string(proto_name(record.proto)), std::string(tcp_state_name(record.state)),
		std::uint64_t{record.lifetime}, format_addr6(flow.inside.addr),
		std::uint64_t{flow.inside.port}, format_addr6(flow.inside_remote.addr),
		std::uint64_t{flow.inside_remote.port}, format_addr6(flow.external.addr),
		std::uint64_t{flow.external.port}, format_addr6(flow.remote.addr),
		std::uint64_t{flow.remote.port}, std::uint64_t{record.owner}, record.owner != node_,
		std::uint64_t{record.generation}, std::uint64_t{record.version}});
}

void SessionPrinter::end_proto()
{
	if (!rows_)
		blocks_.end();
}

void SessionPrinter::end()
{
	if (rows_)
		rows_->end();
}

Result<void> session_display(const Invocation &inv, Out &out)
{
	HostNames names;
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	const Result<Instance> instance = link->instance();
	if (!instance)
		return fail(instance.error());

	const std::uint32_t owner =
		inv.origin && *inv.origin == 0 ? instance->node : inv.origin.value_or(0);
	EndpointText text = format_endpoint;
	if (!inv.numeric)
		text = [&](const Endpoint &endpoint) { return names.text(endpoint); };
	SessionPrinter printer(inv, out, *instance, text);
	for (const hn_proto proto : selected_protos(inv)) {
		printer.begin_proto(proto);
		const Result<DumpEnd> end = link->sessions(
			{.protos = static_cast<std::uint8_t>(HN_PROTO_BIT(proto)), .owner = owner},
			[&](std::span<const hn_record> records) {
				for (const hn_record &record : records)
					printer.put(record);
				return DumpNext::Continue;
			});
		if (!end)
			return fail(end.error());
		printer.end_proto();
	}
	printer.end();
	return {};
}

} // namespace hn
