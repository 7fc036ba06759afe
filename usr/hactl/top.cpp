// SPDX-License-Identifier: GPL-2.0-or-later
// What goes on, live: the state in a few lines, and how often each counter counts.
#include <algorithm>
#include <array>

#include "hactl/nouns.h"
#include "hactl/screen.h"
#include "lib/loop.h"
#include "lib/model.h"
#include "lib/units.h"

namespace hn
{

namespace
{

constexpr std::uint32_t default_ms = 1000;

struct Row {
	std::uint64_t rate, total;
	std::string name;
};

// With a comma before each three digits.
std::string grouped(std::uint64_t number)
{
	const std::string digits = std::to_string(number);
	std::string out;

	for (std::size_t i = 0; i < digits.size(); ++i) {
		if (i > 0 && (digits.size() - i) % 3 == 0)
			out += ',';
		out += digits[i];
	}
	return out;
}

std::string right(const std::string &text, std::size_t width)
{
	return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string signed_rate(std::uint64_t before, std::uint64_t now, std::uint64_t ms)
{
	const std::uint64_t change = now >= before ? now - before : before - now;

	return std::string(now >= before ? "+" : "-") + grouped(change * 1000 / ms) + "/s";
}

std::uint64_t rate_of(std::uint64_t before, std::uint64_t now, std::uint64_t ms)
{
	return now >= before ? (now - before) * 1000 / ms : 0; // it may have begun anew
}

// Both are of the same instance.
bool comparable(const Metrics &before, const Metrics &now)
{
	return before.instance && now.instance && before.instance->epoch == now.instance->epoch;
}

std::string translator_line(const Metrics &before, const Metrics &now, std::uint64_t ms)
{
	if (!now.instance)
		return "translator  none: modprobe hanat; hactl instance add";
	const Instance &instance = *now.instance;
	const bool compare = comparable(before, now);
	const auto of = [&](std::uint64_t Instance::*member) {
		std::string text = grouped(instance.*member);
		if (compare)
			text += " (" +
				signed_rate((*before.instance).*member, instance.*member, ms) + ")";
		return text;
	};

	return "translator  " + instance.version + ", " + format_prefix6(instance.pool6) +
	       (number(now.globals[HN_G_ENABLED]) ? "" : ", switched off") + "; sessions " +
	       of(&Instance::sessions) + ", mappings " + of(&Instance::mappings);
}

// In thousandths, of what has ports.
std::uint64_t fill_of(const hn_pool4_entry &e)
{
	return e.used * 1000ULL / std::max<std::uint64_t>(pool4_ports(e), 1);
}

std::string pool4_line(std::span<const hn_pool4_entry> pool4)
{
	std::uint64_t ports = 0, used = 0, held = 0;

	if (pool4.empty())
		return "pool4       empty";
	for (const hn_pool4_entry &e : pool4) {
		ports += pool4_ports(e);
		used += e.used;
		held += e.held_down;
	}
	const hn_pool4_entry &fullest = *std::max_element(
		pool4.begin(), pool4.end(), [](const hn_pool4_entry &a, const hn_pool4_entry &b) {
			return fill_of(a) < fill_of(b);
		});
	const std::uint64_t fill = fill_of(fullest);
	return "pool4       " + grouped(used) + " of " + grouped(ports) + " ports used, " +
	       grouped(held) + " held down; fullest: " + protos_names(fullest.protos) + " " +
	       format_prefix4({in_addr{fullest.addr}, fullest.len}) + " " +
	       format_ports({fullest.port_min, fullest.port_max}) + ", " +
	       std::to_string(fill / 10) + "." + std::to_string(fill % 10) + " %";
}

std::string peers_text(const JsonList &peers)
{
	std::string out;

	for (const Json &peer : peers) {
		out += (out.empty() ? "" : ", ") + std::to_string(json_number(peer, "node")) + " " +
		       json_text(peer, "state");
		if (json_number(peer, "lag-frames"))
			out += " (" + grouped(json_number(peer, "lag-frames")) + " frames behind)";
	}
	return out.empty() ? "none" : out;
}

std::string sync_line(const Metrics &now)
{
	if (!now.status)
		return "hanatd      does not answer";
	const JsonList &paths = json_list(*now.status, "paths");
	const auto works = std::count_if(paths.begin(), paths.end(), [](const Json &path) {
		return json_number(path, "works") != 0;
	});

	return "hanatd      " +
	       std::string(json_number(*now.status, "ready") ? "ready" : "not ready") +
	       (json_number(*now.status, "yielding") ? ", yielding" : "") + ", role " +
	       json_text(*now.status, "role") +
	       "; peers: " + peers_text(json_list(*now.status, "peers")) +
	       "; paths that work: " + std::to_string(works) + " of " +
	       std::to_string(paths.size());
}

void add_stats(std::vector<Row> &rows, const Metrics &before, const Metrics &now, std::uint64_t ms)
{
	const bool compare = comparable(before, now) && before.stats.size() == now.stats.size();

	for (std::size_t i = 0; i < std::min(now.stats.size(), stats_info().size()); ++i)
		rows.push_back({compare ? rate_of(before.stats[i], now.stats[i], ms) : 0,
				now.stats[i], std::string(stats_info()[i].name)});
}

// Of hanatd, those that count.
void add_counters(std::vector<Row> &rows, const Metrics &before, const Metrics &now,
		  std::uint64_t ms)
{
	const auto *all = std::get_if<JsonMembers>(&now.counters.value);

	if (!now.status || !all)
		return;
	for (const JsonMember &one : *all) {
		const auto *value = std::get_if<std::uint64_t>(&one.value.value);

		if (!value || is_gauge(one.key))
			continue;
		const std::uint64_t was =
			before.status ? json_number(before.counters, one.key) : *value;
		rows.push_back({rate_of(was, *value, ms), *value, "hanatd: " + one.key});
	}
}

} // namespace

std::vector<std::string> top_lines(const Metrics &before, const Metrics &now, std::uint64_t ms)
{
	std::vector<std::string> lines{translator_line(before, now, ms), pool4_line(now.pool4),
				       sync_line(now), "",
				       "  per second            total  counter"};
	std::vector<Row> rows;

	add_stats(rows, before, now, ms);
	add_counters(rows, before, now, ms);
	std::stable_sort(rows.begin(), rows.end(),
			 [](const Row &a, const Row &b) { return a.rate > b.rate; });
	for (const Row &row : rows)
		if (row.total)
			lines.push_back(right(grouped(row.rate), 12) +
					right(grouped(row.total), 17) + "  " + row.name);
	return lines;
}

// The first time there is nothing to compare with.
Result<void> top(const Invocation &inv, Out & /*out*/)
{
	Metrics before = collect_metrics();
	std::uint64_t then = monotonic_ms();
	Result<Screen> screen = Screen::open();

	if (!screen)
		return fail(screen.error());
	Result<void> shown = screen->show(top_lines(before, before, default_ms));
	for (std::uint32_t screens = 1; shown && (!inv.count || screens < *inv.count); ++screens) {
		const Result<bool> on = screen->wait(inv.interval.value_or(default_ms));
		if (!on || !*on)
			return on ? Result<void>() : fail(on.error());
		Metrics now = collect_metrics();
		const std::uint64_t at = monotonic_ms();
		shown = screen->show(top_lines(before, now, at - then));
		before = std::move(now);
		then = at;
	}
	return shown;
}

} // namespace hn
