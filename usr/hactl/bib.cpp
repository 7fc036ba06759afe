// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "hactl/names.h"
#include "hactl/nouns.h"
#include "lib/model.h"

namespace hn
{

namespace
{

constexpr std::array<std::string_view, 6> columns{"protocol", "inside",	       "inside-port",
						  "external", "external-port", "sessions"};

} // namespace

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

	if (!rows_) {
		blocks_.entry("[Dynamic] " + text_(flow.external) + " - " + text_(flow.inside) +
			      "\t" + std::to_string(record.sessions) +
			      (record.sessions == 1 ? " session\n" : " sessions\n"));
		return;
	}
	rows_->row(std::array<Cell, columns.size()>{
		std::string(proto_name(record.proto)), format_addr6(flow.inside.addr),
		std::uint64_t{flow.inside.port}, format_addr6(flow.external.addr),
		std::uint64_t{flow.external.port}, std::uint64_t{record.sessions}});
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
