// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "hactl/nouns.h"
#include "hactl/own_ports.h"
#include "lib/model.h"
#include "lib/units.h"

namespace hn
{

namespace
{

// What is added or removed when no ports are given.
constexpr PortRange default_ports{61001, 65535};
constexpr PortRange default_icmp_ids{0, 65535};

constexpr unsigned min_prefix_len = 16;

hn_pool4_entry entry(const Invocation &inv, Prefix4 prefix, unsigned protos, PortRange ports)
{
	hn_pool4_entry out{};

	out.addr = prefix.addr.s_addr;
	out.len = prefix.len;
	out.protos = static_cast<std::uint8_t>(protos);
	out.port_min = ports.min;
	out.port_max = ports.max;
	out.share = static_cast<std::uint16_t>(inv.share.value_or(0));
	out.mark = inv.mark.value_or(0);
	return out;
}

std::string describe(const hn_pool4_entry &e)
{
	return format_prefix4({in_addr{e.addr}, e.len}) + " " + protos_names(e.protos) + " " +
	       format_ports({e.port_min, e.port_max});
}

Result<void> with_link(const std::function<Result<void>(FamilyLink &)> &act)
{
	Result<FamilyLink> link = FamilyLink::open();

	if (!link)
		return fail(link.error());
	return act(*link);
}

void warn_of_own_ports(const hn_pool4_entry &e, Out &out)
{
	if (const std::optional<PortRange> own = overlap_here(e))
		out.warn(describe(e) + ": this host uses ports of " + format_ports(*own) +
			 " itself (net.ipv4.ip_local_port_range); answers to it are taken for "
			 "those of inside hosts");
}

std::string pad(const std::string &text, std::size_t width)
{
	return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

} // namespace

Result<void> pool4_read(Invocation &inv)
{
	const std::string what = inv.command->name();

	if (inv.arguments.empty())
		return fail(EINVAL, what + ": needs an IPv4 address or prefix");
	if (inv.arguments.size() > 2)
		return fail(EINVAL, what + ": does not take '" + inv.arguments[2] + "'");
	const Result<Prefix4> prefix = parse_prefix4(inv.arguments[0]);
	if (!prefix)
		return fail(what, prefix.error());
	if (prefix->len < min_prefix_len)
		return fail(EINVAL, what + ": '" + inv.arguments[0] +
					    "' is too large a prefix: lengths go from 16 to 32");

	const unsigned protos = inv.protos ? inv.protos : HN_PROTO_ALL;
	const unsigned icmp = protos & HN_PROTO_BIT(HN_PROTO_ICMP);
	const unsigned others = protos & ~icmp;
	if (inv.arguments.size() == 1) {
		if (others)
			inv.pool4.push_back(entry(inv, *prefix, others, default_ports));
		if (icmp)
			inv.pool4.push_back(entry(inv, *prefix, icmp, default_icmp_ids));
		return {};
	}
	const Result<PortRange> ports = parse_ports(inv.arguments[1]);
	if (!ports)
		return fail(what, ports.error());
	if (others && !ports->min)
		return fail(EINVAL, what + ": '" + inv.arguments[1] +
					    "' has port 0, which only ICMP has (--icmp)");
	inv.pool4.push_back(entry(inv, *prefix, protos, *ports));
	return {};
}

// Two requests are made when the default ports differ between the protocols. If the second is
// refused, the first is undone.
Result<void> pool4_add(const Invocation &inv, Out &out)
{
	return with_link([&](FamilyLink &link) -> Result<void> {
		for (std::size_t i = 0; i < inv.pool4.size(); i++) {
			Result<void> added = link.pool4_add(inv.pool4[i]);
			if (added)
				continue;
			for (std::size_t undo = 0; undo < i; undo++) {
				const Result<void> undone =
					link.pool4_remove(inv.pool4[undo], false);
				if (!undone)
					return fail(added.error().code,
						    added.error().what + "; but " +
							    describe(inv.pool4[undo]) +
							    " was added");
			}
			return added;
		}
		for (const hn_pool4_entry &e : inv.pool4)
			warn_of_own_ports(e, out);
		return {};
	});
}

// A removal drops sessions, which cannot be undone: if the second request is refused, say so.
Result<void> pool4_remove(const Invocation &inv, Out & /*out*/)
{
	return with_link([&](FamilyLink &link) -> Result<void> {
		std::string removed;
		for (const hn_pool4_entry &e : inv.pool4) {
			Result<void> done = link.pool4_remove(e, inv.quick);
			if (!done && !removed.empty())
				return fail(done.error().code,
					    describe(e) + ": " + done.error().what + "; but " +
						    removed + " was removed");
			if (!done)
				return done;
			removed = describe(e);
		}
		return {};
	});
}

Result<void> pool4_flush(const Invocation &inv, Out & /*out*/)
{
	return with_link([&](FamilyLink &link) { return link.pool4_flush(inv.quick); });
}

void print_pool4(const Invocation &inv, Out &out, std::span<const hn_pool4_entry> entries)
{
	static constexpr std::array<std::string_view, 9> columns{"protocol", "prefix", "port-min",
								 "port-max", "ports",  "used",
								 "share",    "mark",   "held-down"};
	std::optional<Rows> rows;

	if (inv.format != Format::Text)
		rows.emplace(out, inv.format, inv.headers, columns);
	else if (entries.empty())
		out.put("  (empty)\n");
	else
		out.put(pad("Protocol", 10) + pad("Prefix", 20) + pad("Ports", 13) + "Used\n");
	for (const hn_pool4_entry &e : entries) {
		const std::string protocol = protos_names(e.protos);
		const std::string prefix = format_prefix4({in_addr{e.addr}, e.len});
		const std::uint64_t addresses = std::uint64_t{1}
						<< (32U - std::min<unsigned>(e.len, 32));
		const std::uint64_t ports =
			addresses * static_cast<std::uint64_t>(e.port_max - e.port_min + 1);
		if (rows)
			rows->row(std::array<Cell, columns.size()>{
				protocol, prefix, std::uint64_t{e.port_min},
				std::uint64_t{e.port_max}, ports, std::uint64_t{e.used},
				std::uint64_t{e.share}, std::uint64_t{e.mark},
				std::uint64_t{e.held_down}});
		else
			out.put(pad(protocol, 10) + pad(prefix, 20) +
				pad(format_ports({e.port_min, e.port_max}), 13) +
				std::to_string(e.used) + " of " + std::to_string(ports) +
				(e.held_down ? ", " + std::to_string(e.held_down) + " held down"
					     : "") +
				(e.share ? ", of share " + std::to_string(e.share) : "") +
				(e.mark ? ", for mark " + format_mark(e.mark) : "") + "\n");
	}
	if (rows)
		rows->end();
}

Result<void> pool4_display(const Invocation &inv, Out &out)
{
	return with_link([&](FamilyLink &link) -> Result<void> {
		const Result<std::vector<hn_pool4_entry>> entries = link.pool4_list();
		if (!entries)
			return fail(entries.error());
		print_pool4(inv, out, *entries);
		return {};
	});
}

} // namespace hn
