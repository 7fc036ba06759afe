// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/model.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

#include "rfc6052.h"

namespace hn
{

namespace
{

constexpr std::array<GlobalInfo, HN_G_MAX> globals_table{{
#define GLOBAL_INFO(id, name, type, def, min, max, help)                                           \
	{HN_G_##id, name, HN_GT_##type, def, min, max, help},
	HN_GLOBALS(GLOBAL_INFO)
#undef GLOBAL_INFO
}};

constexpr std::array<StatInfo, HN_STAT_COUNT> stats_table{{
#define STAT_INFO(id, name, help) {name, help},
	HN_STATS(STAT_INFO)
#undef STAT_INFO
}};

constexpr std::array<std::string_view, HN_PROTO_COUNT> proto_names{"TCP", "UDP", "ICMP"};
constexpr std::array<std::string_view, HN_PROTO_COUNT> proto_words{"tcp", "udp", "icmp"};

constexpr std::array<std::string_view, HN_TCP_COUNT> state_names{
	"CLOSED",     "V4_INIT",    "V6_INIT",		 "ESTABLISHED",
	"V4_FIN_RCV", "V6_FIN_RCV", "V4_FIN_V6_FIN_RCV", "TRANS"};

constexpr std::array<std::string_view, HN_LOG_COUNT> log_kind_names{
	"bib-begin",   "bib-change",   "bib-end",     "session-begin", "session-adopt",
	"session-end", "instance-end", "block-begin", "block-end"};

Endpoint endpoint4(__be32 addr, __be16 port)
{
	return {map_addr4(in_addr{addr}), ntohs(port)};
}

// A parsed value as that of a setting.
Result<GlobalValue> value_of(const Result<Mtus> &mtus)
{
	if (!mtus)
		return fail(mtus.error());
	return GlobalValue{*mtus};
}

template<class T>
Result<GlobalValue> value_of(const Result<T> &number)
{
	if (!number)
		return fail(number.error());
	return GlobalValue{std::uint32_t{*number}};
}

} // namespace

std::span<const GlobalInfo> globals_info()
{
	return globals_table;
}

const GlobalInfo &global_info(hn_global id)
{
	return globals_table[static_cast<std::size_t>(id) - 1];
}

const GlobalInfo *find_global(std::string_view name)
{
	const auto at = std::find_if(globals_table.begin(), globals_table.end(),
				     [&](const GlobalInfo &info) { return info.name == name; });

	return at == globals_table.end() ? nullptr : &*at;
}

std::uint32_t number(const GlobalValue &value)
{
	const auto *n = std::get_if<std::uint32_t>(&value);

	return n ? *n : 0;
}

GlobalValue default_value(const GlobalInfo &info)
{
	if (info.type == HN_GT_MTUS)
		return Mtus{HN_PLATEAUS};
	return info.def;
}

Result<GlobalValue> parse_global(const GlobalInfo &info, std::string_view text)
{
	switch (info.type) {
	case HN_GT_BOOL:
		return value_of(parse_bool(text));
	case HN_GT_PROTOS:
		return value_of(parse_protos(text));
	case HN_GT_NUM:
		return value_of(parse_number(text, info.min, info.max));
	case HN_GT_MTUS:
		return value_of(parse_mtus(text, static_cast<std::uint16_t>(info.min),
					   static_cast<std::uint16_t>(info.max)));
	case HN_GT_TIME:
		break;
	}
	const Result<std::uint32_t> ms = parse_duration(text);
	if (ms && (*ms < info.min || *ms > info.max))
		return fail(ERANGE, "'" + std::string(text) + "' is out of range, " +
					    format_duration(info.min) + " to " +
					    format_duration(info.max));
	return value_of(ms);
}

std::string format_global(const GlobalInfo &info, const GlobalValue &value)
{
	if (const auto *mtus = std::get_if<Mtus>(&value))
		return format_mtus(*mtus);
	const std::uint32_t n = number(value);
	switch (info.type) {
	case HN_GT_BOOL:
		return n ? "true" : "false";
	case HN_GT_TIME:
		return format_duration(n);
	case HN_GT_PROTOS:
		return format_protos(n);
	case HN_GT_NUM:
	case HN_GT_MTUS:
		break;
	}
	return std::to_string(n);
}

std::span<const StatInfo> stats_info()
{
	return stats_table;
}

std::uint64_t pool4_ports(const hn_pool4_entry &entry)
{
	return (std::uint64_t{1} << (32U - entry.len)) *
	       (std::uint64_t{entry.port_max} - entry.port_min + 1);
}

std::string_view proto_name(std::uint8_t proto)
{
	return proto < proto_names.size() ? proto_names.at(proto) : "?";
}

std::string_view tcp_state_name(std::uint8_t state)
{
	return state < state_names.size() ? state_names.at(state) : "?";
}

std::string_view log_kind_name(std::uint8_t kind)
{
	return kind < log_kind_names.size() ? log_kind_names.at(kind) : "?";
}

std::string protos_names(std::uint8_t protos)
{
	std::string out;

	for (std::uint8_t proto = 0; proto < HN_PROTO_COUNT; proto++) {
		if (!(protos & HN_PROTO_BIT(proto)))
			continue;
		out += out.empty() ? "" : ", ";
		out += proto_name(proto);
	}
	return out;
}

Result<std::uint8_t> parse_protos(std::string_view text)
{
	std::string_view rest = text;
	unsigned out = 0;

	if (text == "all")
		return static_cast<std::uint8_t>(HN_PROTO_ALL);
	for (bool more = true; more;) {
		const std::size_t comma = rest.find(',');
		const auto *const at =
			std::find(proto_words.begin(), proto_words.end(), rest.substr(0, comma));
		if (at == proto_words.end())
			return fail(EINVAL, "'" + std::string(text) +
						    "' is not a set of tcp,udp,icmp, nor all");
		out |= HN_PROTO_BIT(at - proto_words.begin());
		more = comma != std::string_view::npos;
		rest.remove_prefix(more ? comma + 1 : rest.size());
	}
	return static_cast<std::uint8_t>(out);
}

std::string format_protos(std::uint32_t protos)
{
	std::string out;

	if (protos == HN_PROTO_ALL)
		return "all";
	for (unsigned proto = 0; proto < HN_PROTO_COUNT; proto++) {
		if (!(protos & HN_PROTO_BIT(proto)))
			continue;
		out += out.empty() ? "" : ",";
		out += proto_words.at(proto);
	}
	return out;
}

Result<Mtus> parse_mtus(std::string_view text, std::uint16_t min, std::uint16_t max)
{
	std::string_view rest = text;
	Mtus out;

	for (bool more = true; more;) {
		const std::size_t comma = rest.find(',');
		const Result<std::uint32_t> mtu = parse_number(rest.substr(0, comma), min, max);
		if (!mtu)
			return fail(mtu.error());
		if (std::find(out.begin(), out.end(), *mtu) != out.end())
			return fail(EINVAL, "'" + std::string(text) + "' has " +
						    std::to_string(*mtu) + " twice");
		out.push_back(static_cast<std::uint16_t>(*mtu));
		more = comma != std::string_view::npos;
		rest.remove_prefix(more ? comma + 1 : rest.size());
		rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
	}
	if (out.size() > HN_PLATEAUS_MAX)
		return fail(ERANGE, std::to_string(out.size()) + " numbers are too many, at most " +
					    std::to_string(HN_PLATEAUS_MAX));
	return out;
}

std::string format_mtus(const Mtus &mtus)
{
	std::string out;

	for (const std::uint16_t mtu : mtus)
		out += (out.empty() ? "" : ",") + std::to_string(mtu);
	return out;
}

std::string format_shares(std::uint64_t held)
{
	std::string out;

	for (unsigned share = 1; share <= HN_SHARES_MAX; share++)
		if (held & std::uint64_t{1} << (share - 1))
			out += (out.empty() ? "" : ",") + std::to_string(share);
	return out.empty() ? "none" : out;
}

SessionFlow session_flow(const hn_record &record, const hn_prefix6 &pool6)
{
	const Endpoint inside{record.inside, ntohs(record.inside_port)};
	const Endpoint remote = endpoint4(record.remote, record.remote_port);
	Endpoint inside_remote = remote;

	if (!IN6_IS_ADDR_V4MAPPED(&record.inside))
		hn_rfc6052_embed(&inside_remote.addr, &pool6, record.remote);
	if (record.proto == HN_PROTO_ICMP)
		inside_remote.port = inside.port;
	return {inside, inside_remote, endpoint4(record.ext, record.ext_port), remote};
}

BibFlow bib_flow(const hn_bib_record &record)
{
	return {{record.inside, ntohs(record.inside_port)}, endpoint4(record.ext, record.ext_port)};
}

bool is_bib_event(std::uint8_t kind)
{
	return kind == HN_LOG_BIB_BEGIN || kind == HN_LOG_BIB_CHANGE || kind == HN_LOG_BIB_END;
}

bool is_block_event(std::uint8_t kind)
{
	return kind == HN_LOG_BLOCK_BEGIN || kind == HN_LOG_BLOCK_END;
}

bool is_session_event(std::uint8_t kind)
{
	return kind == HN_LOG_SESSION_BEGIN || kind == HN_LOG_SESSION_ADOPT ||
	       kind == HN_LOG_SESSION_END;
}

LogFlow log_flow(const hn_log_event &event)
{
	LogFlow flow{
		{event.inside, ntohs(event.inside_port)}, endpoint4(event.ext, event.ext_port), {}};

	if (is_session_event(event.kind))
		flow.remote = endpoint4(event.remote, event.remote_port);
	return flow;
}

std::string describe(const hn_record &record)
{
	return std::string(proto_name(record.proto)) + " " +
	       std::string(tcp_state_name(record.state)) + " " +
	       format_endpoint({record.inside, ntohs(record.inside_port)}) + " " +
	       format_endpoint(endpoint4(record.ext, record.ext_port)) + " " +
	       format_endpoint(endpoint4(record.remote, record.remote_port));
}

} // namespace hn
