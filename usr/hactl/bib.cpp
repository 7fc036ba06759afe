// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>

#include "hactl/names.h"
#include "hactl/nouns.h"
#include "lib/model.h"
#include "lib/units.h"

namespace hn
{

namespace
{

constexpr std::array<std::string_view, 7> columns{
	"protocol", "inside", "inside-port", "external", "external-port", "sessions", "static"};

// One end of a static mapping. Which one it is says its address; of two that are IPv4 the first one
// is the external one, as one that is alone.
Result<void> take_end(hn_bib_entry &entry, const std::string &text)
{
	const Result<Endpoint> end = parse_endpoint(text);

	if (!end)
		return fail(end.error());
	if (!end->port && entry.protos != HN_PROTO_BIT(HN_PROTO_ICMP))
		return fail(EINVAL, "'" + text + "' has port 0, which only ICMP has (--icmp)");
	const bool external = IN6_IS_ADDR_V4MAPPED(&end->addr) && !entry.ext;
	if (!external && !IN6_IS_ADDR_UNSPECIFIED(&entry.inside))
		return fail(EINVAL, "'" + text + "' is a second inside transport address");
	if (external) {
		std::memcpy(&entry.ext, &end->addr.s6_addr[12], sizeof(entry.ext));
		entry.ext_port = htons(end->port);
	} else {
		entry.inside = end->addr;
		entry.inside_port = htons(end->port);
	}
	const in6_addr any4 = map_addr4({INADDR_ANY});
	if (IN6_IS_ADDR_UNSPECIFIED(&end->addr) || IN6_ARE_ADDR_EQUAL(&end->addr, &any4))
		return fail(EINVAL, "'" + text + "' has not a host's address");
	return {};
}

Result<void> read_ends(Invocation &inv)
{
	inv.bib.protos = inv.protos ? inv.protos : HN_PROTO_ALL;
	for (const std::string &text : inv.arguments)
		if (const Result<void> taken = take_end(inv.bib, text); !taken)
			return fail(inv.command->name(), taken.error());
	return {};
}

} // namespace

Result<void> bib_add_read(Invocation &inv)
{
	Result<void> read = read_ends(inv);

	if (read && (!inv.bib.ext || IN6_IS_ADDR_UNSPECIFIED(&inv.bib.inside)))
		return fail(EINVAL, "bib add: needs an inside (IPv6) and an external (IPv4) "
				    "transport address, ADDRESS#PORT, or an external and "
				    "then an inside one, both of IPv4");
	return read;
}

Result<void> bib_add(const Invocation &inv, Out & /*out*/)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	return link->bib_add(inv.bib);
}

Result<void> bib_remove_read(Invocation &inv)
{
	if (inv.arguments.empty())
		return fail(EINVAL, "bib remove: needs an inside (IPv6) or an external (IPv4) "
				    "transport address, ADDRESS#PORT, or both");
	return read_ends(inv);
}

// An address of IPv4 that is alone may be either end: the external one is looked for first.
Result<void> bib_remove(const Invocation &inv, Out & /*out*/)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	Result<void> removed = link->bib_remove(inv.bib, inv.quick);
	if (removed || removed.error().code != ENOENT || !IN6_IS_ADDR_UNSPECIFIED(&inv.bib.inside))
		return removed;
	const hn_bib_entry inside{.inside = map_addr4({inv.bib.ext}),
				  .ext = 0,
				  .inside_port = inv.bib.ext_port,
				  .ext_port = 0,
				  .protos = inv.bib.protos,
				  .reserved = {}};
	return link->bib_remove(inside, inv.quick);
}

BibPrinter::BibPrinter(const Invocation &inv, Out &out, EndpointText text)
	: text_(std::move(text)), blocks_(out)
{
	if (inv.format != Format::Text)
		rows_.emplace(out, inv.format, inv.headers, columns);
}

void BibPrinter::begin_proto(hn_proto proto)
{
	if (!rows_)
		blocks_.begin(proto_name(static_cast<std::uint8_t>(proto)));
}

void BibPrinter::put(const hn_bib_record &record)
{
	const BibFlow flow = bib_flow(record);
	const bool is_static = record.flags & HN_BF_STATIC;

	if (!rows_) {
		blocks_.entry((is_static ? "[Static] " : "[Dynamic] ") + text_(flow.external) +
			      " - " + text_(flow.inside) + "\t" + std::to_string(record.sessions) +
			      (record.sessions == 1 ? " session\n" : " sessions\n"));
		return;
	}
	rows_->row(std::array<Cell, columns.size()>{
		std::string(proto_name(record.proto)), format_addr6(flow.inside.addr),
		std::uint64_t{flow.inside.port}, format_addr6(flow.external.addr),
		std::uint64_t{flow.external.port}, std::uint64_t{record.sessions}, is_static});
}

void BibPrinter::end_proto()
{
	if (!rows_)
		blocks_.end();
}

void BibPrinter::end()
{
	if (rows_)
		rows_->end();
}

Result<void> bib_display(const Invocation &inv, Out &out)
{
	HostNames names;
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());

	EndpointText text = format_endpoint;
	if (!inv.numeric)
		text = [&](const Endpoint &endpoint) { return names.text(endpoint); };
	BibPrinter printer(inv, out, text);
	for (const hn_proto proto : selected_protos(inv)) {
		printer.begin_proto(proto);
		const Result<DumpEnd> end =
			link->bib({.protos = static_cast<std::uint8_t>(HN_PROTO_BIT(proto))},
				  [&](std::span<const hn_bib_record> records) {
					  for (const hn_bib_record &record : records)
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
