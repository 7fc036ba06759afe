// SPDX-License-Identifier: GPL-2.0-or-later
// What a monitoring system wants to know of this router, all at once.
#include <array>
#include <unistd.h>
#include <variant>

#include "hactl/exposition.h"
#include "hactl/http.h"
#include "hactl/nouns.h"
#include "lib/model.h"
#include "lib/units.h"

namespace hn
{

namespace
{

constexpr std::string_view openmetrics_type =
	"application/openmetrics-text; version=1.0.0; charset=utf-8";
constexpr std::string_view prometheus_type = "text/plain; version=0.0.4; charset=utf-8";

void put_instance(Exposition &to, const Instance &instance, const Globals &globals)
{
	const std::array<Label, 2> labels{
		{{"version", instance.version}, {"pool6", format_prefix6(instance.pool6)}}};

	to.gauge("module", "1: there is a translator; its version and prefix");
	to.sample(1, labels);
	to.gauge("enabled", "1: packets are translated");
	to.sample(number(globals[HN_G_ENABLED]));
	to.gauge("synchronising", "1: sessions are synchronised (ss-enabled)");
	to.sample(number(globals[HN_G_SS_ENABLED]));
	to.gauge("sessions", "sessions in the table, of all nodes");
	to.sample(instance.sessions);
	to.gauge("mappings", "mappings in the table, static ones too");
	to.sample(instance.mappings);
}

// One value of every range of pool4.
void put_pool4(Exposition &to, std::span<const hn_pool4_entry> pool4, std::string_view name,
	       std::string_view help, std::uint64_t (*value)(const hn_pool4_entry &))
{
	to.gauge(name, help);
	for (const hn_pool4_entry &e : pool4) {
		const std::array<Label, 4> labels{
			{{"protocol", protos_names(e.protos)},
			 {"prefix", format_prefix4({in_addr{e.addr}, e.len})},
			 {"ports", format_ports({e.port_min, e.port_max})},
			 {"mark", std::to_string(e.mark)}}};

		to.sample(value(e), labels);
	}
}

void put_stats(Exposition &to, std::span<const std::uint64_t> stats)
{
	const std::size_t count = std::min(stats.size(), stats_info().size());

	to.counter("drops", "packets dropped, by cause: hactl stats --explain");
	for (std::size_t i = 0; i < count; ++i)
		if (stats_info()[i].is_drop())
			to.sample(stats[i], "cause", std::string(stats_info()[i].name.substr(5)));
	for (std::size_t i = 0; i < count; ++i) {
		if (stats_info()[i].is_drop())
			continue;
		to.counter(stats_info()[i].name, stats_info()[i].help);
		to.sample(stats[i]);
	}
}

std::string node_of(const Json &peer)
{
	return std::to_string(json_number(peer, "node"));
}

// One number of every peer.
void put_peers(Exposition &to, const Json &status, std::string_view key, std::string_view name,
	       std::string_view help)
{
	to.gauge(name, help);
	for (const Json &peer : json_list(status, "peers"))
		to.sample(json_number(peer, key), "node", node_of(peer));
}

void put_status(Exposition &to, const Json &status)
{
	to.gauge("ready", "1: this node could take over from any other now");
	to.sample(json_number(status, "ready"));
	to.gauge("yielding",
		 "1: this node has given up its addresses, and does not want them back");
	to.sample(json_number(status, "yielding"));
	to.gauge("role", "1: what the failover daemon last said that this node is");
	for (const char *role : {"master", "backup", "fault", "stop", "unknown"})
		to.sample(json_text(status, "role") == role ? 1 : 0, "role", role);
	to.gauge("peer_equal", "1: this node has all that the peer has");
	for (const Json &peer : json_list(status, "peers"))
		to.sample(json_text(peer, "state") == "equal" ? 1 : 0, "node", node_of(peer));
	put_peers(to, status, "ready", "peer_ready", "1: the peer could take over");
	to.gauge("peer_heard_seconds", "since a frame of the peer's came");
	for (const Json &peer : json_list(status, "peers"))
		to.seconds(json_number(peer, "heard-ms"), "node", node_of(peer));
	put_peers(to, status, "lag-frames", "peer_lag_frames",
		  "frames that the peer has not acknowledged");
	to.gauge("path_works", "1: a peer is heard on the path");
	for (const Json &path : json_list(status, "paths")) {
		const std::array<Label, 3> labels{{{"transport", json_text(path, "transport")},
						   {"local", json_text(path, "local")},
						   {"remote", json_text(path, "remote")}}};

		to.sample(json_number(path, "works"), labels);
	}
}

// Those whose names begin so, as one family; the rest of a name is the label's value.
void put_group(Exposition &to, const JsonMembers &counters, std::string_view prefix,
	       std::string_view label)
{
	for (const JsonMember &one : counters) {
		const auto *value = std::get_if<std::uint64_t>(&one.value.value);

		if (value && one.key.starts_with(prefix))
			to.sample(*value, label, one.key.substr(prefix.size()));
	}
}

// Of hanatd, which says what they are in its manual page. The status has "ready" already.
void put_counters(Exposition &to, const Json &stats)
{
	constexpr std::string_view malformed = "malformed-";
	constexpr std::string_view applied = "applied-";
	const auto *all = std::get_if<JsonMembers>(&stats.value);

	if (!all)
		return;
	to.counter("sync_malformed", "frames dropped, by what was wrong with them");
	put_group(to, *all, malformed, "cause");
	to.counter("sync_applied", "sessions of peers, by what became of them");
	put_group(to, *all, applied, "fate");
	for (const JsonMember &one : *all) {
		const auto *value = std::get_if<std::uint64_t>(&one.value.value);

		if (!value || one.key.starts_with(malformed) || one.key.starts_with(applied) ||
		    one.key == "ready")
			continue;
		const std::string help = one.key + " of hanatd(8), COUNTERS";
		if (is_gauge(one.key))
			to.gauge("sync_" + one.key, help);
		else
			to.counter("sync_" + one.key, help);
		to.sample(*value);
	}
}

std::string render(Dialect dialect)
{
	Out out;
	Exposition to(out, dialect);

	print_metrics(to, collect_metrics());
	return out.text();
}

} // namespace

// What can be had: a router without a translator, or without hanatd, says so in a sample.
Metrics collect_metrics()
{
	Metrics out;
	Result<FamilyLink> link = FamilyLink::open();

	if (link) {
		const Result<Instance> instance = link->instance();
		Result<Globals> globals = link->globals();
		Result<std::vector<std::uint64_t>> stats = link->stats();
		Result<std::vector<hn_pool4_entry>> pool4 = link->pool4_list();

		if (instance && globals && stats && pool4) {
			out.instance = *instance;
			out.globals = std::move(*globals);
			out.stats = std::move(*stats);
			out.pool4 = std::move(*pool4);
		}
	}
	const Result<Json> status = daemon_ask("status");
	const Result<Json> counters = daemon_ask("stats");
	if (status && counters) {
		out.status = *status;
		out.counters = *counters;
	}
	return out;
}

bool is_gauge(std::string_view counter)
{
	return counter == "queue-high" || counter == "peers" || counter == "ready";
}

void print_metrics(Exposition &to, const Metrics &metrics)
{
	to.gauge("up", "1: there is an instance in this network namespace");
	to.sample(metrics.instance ? 1 : 0);
	to.gauge("daemon_up", "1: hanatd runs and answers");
	to.sample(metrics.status ? 1 : 0);
	if (metrics.instance) {
		put_instance(to, *metrics.instance, metrics.globals);
		put_pool4(to, metrics.pool4, "pool4_ports", "ports of each range of pool4",
			  pool4_ports);
		put_pool4(to, metrics.pool4, "pool4_ports_used", "those that mappings have",
			  [](const hn_pool4_entry &e) { return std::uint64_t{e.used}; });
		put_pool4(to, metrics.pool4, "pool4_ports_held_down",
			  "those that are free, and not given again as yet",
			  [](const hn_pool4_entry &e) { return std::uint64_t{e.held_down}; });
		put_stats(to, metrics.stats);
	}
	if (metrics.status) {
		put_status(to, *metrics.status);
		put_counters(to, metrics.counters);
	}
	to.end();
}

Result<void> metrics(const Invocation &inv, Out &out)
{
	if (!inv.http) {
		out.put(render(Dialect::OpenMetrics));
		return {};
	}
	const HttpRequest request = read_request(STDIN_FILENO);
	const bool newer = request.accept.find("application/openmetrics-text") != std::string::npos;
	const Dialect dialect = newer ? Dialect::OpenMetrics : Dialect::Prometheus;
	out.put(http_answer(request, "/metrics", newer ? openmetrics_type : prometheus_type,
			    render(dialect)));
	return {};
}

} // namespace hn
