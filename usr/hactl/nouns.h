// SPDX-License-Identifier: GPL-2.0-or-later
// What the commands do. The functions `*_read` check a command's arguments, without the kernel; the
// others carry the command out. Pure formatting comes in functions `print_*`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hactl/command.h"
#include "hactl/exposition.h"
#include "lib/units.h"

namespace hn
{

// status.cpp: what hactl shows without arguments
Result<void> status_display(const Invocation &inv, Out &out);
void print_status(const Invocation &inv, Out &out, const Instance &instance, const Globals &globals,
		  std::span<const std::uint64_t> stats);

// instance.cpp
Result<void> instance_add_read(Invocation &inv);
Result<void> instance_add(const Invocation &inv, Out &out);
Result<void> instance_remove(const Invocation &inv, Out &out);
Result<void> instance_display(const Invocation &inv, Out &out);
Result<void> pool6_display(const Invocation &inv, Out &out);
void print_instance(const Invocation &inv, Out &out, const Instance &instance);

// pool4.cpp
Result<void> pool4_read(Invocation &inv);
Result<void> pool4_add(const Invocation &inv, Out &out);
Result<void> pool4_remove(const Invocation &inv, Out &out);
Result<void> pool4_flush(const Invocation &inv, Out &out);
Result<void> pool4_display(const Invocation &inv, Out &out);
void print_pool4(const Invocation &inv, Out &out, std::span<const hn_pool4_entry> entries);

// How an endpoint is shown: with a host's name, or with its numbers.
using EndpointText = std::function<std::string(const Endpoint &)>;

// session.cpp
Result<void> session_display(const Invocation &inv, Out &out);

// bib.cpp
Result<void> bib_add_read(Invocation &inv);
Result<void> bib_add(const Invocation &inv, Out &out);
Result<void> bib_remove_read(Invocation &inv);
Result<void> bib_remove(const Invocation &inv, Out &out);
Result<void> bib_display(const Invocation &inv, Out &out);

// The protocols that the invocation is about, all if it names none.
std::vector<hn_proto> selected_protos(const Invocation &inv);

// Text comes in one block per protocol, begin_proto() to end_proto(); the other forms are one list.
class SessionPrinter
{
public:
	SessionPrinter(const Invocation &inv, Out &out, const Instance &instance,
		       EndpointText text);

	void begin_proto(hn_proto proto);
	void put(const hn_record &record);
	void end_proto();
	void end();

private:
	[[nodiscard]] std::string entry(const hn_record &record) const;

	hn_prefix6 pool6_;
	std::uint32_t node_;
	EndpointText text_;
	Blocks blocks_;
	std::optional<Rows> rows_; // none: text
};

class BibPrinter
{
public:
	BibPrinter(const Invocation &inv, Out &out, EndpointText text);

	void begin_proto(hn_proto proto);
	void put(const hn_bib_record &record);
	void end_proto();
	void end();

private:
	EndpointText text_;
	Blocks blocks_;
	std::optional<Rows> rows_;
};

// global.cpp
Result<void> global_display(const Invocation &inv, Out &out);
Result<void> global_update_read(Invocation &inv);
Result<void> global_update(const Invocation &inv, Out &out);
// A line for each that the operator may set so, and an RFC would not.
std::vector<std::string> advice(std::span<const Setting> settings);
void print_globals(const Invocation &inv, Out &out, const Globals &globals);

// stats.cpp
Result<void> stats_display(const Invocation &inv, Out &out);
void print_stats(const Invocation &inv, Out &out, std::span<const std::uint64_t> stats);

// metrics.cpp
Result<void> metrics(const Invocation &inv, Out &out);

struct Metrics {
	std::optional<Instance> instance; // none: of what the module has there is nothing
	Globals globals{};
	std::vector<std::uint64_t> stats;
	std::vector<hn_pool4_entry> pool4;
	std::optional<Json> status; // none: hanatd does not answer
	Json counters{};
};

Metrics collect_metrics();
void print_metrics(Exposition &to, const Metrics &metrics);
// Of those that hanatd calls counters: it tells how something is now.
bool is_gauge(std::string_view counter);

// top.cpp
Result<void> top(const Invocation &inv, Out &out);
// What it shows after so many milliseconds, more than 0.
std::vector<std::string> top_lines(const Metrics &before, const Metrics &now, std::uint64_t ms);

// log.cpp
Result<void> log_follow(const Invocation &inv, Out &out);

// Events, a line each; those that the invocation is about.
class LogPrinter
{
public:
	LogPrinter(const Invocation &inv, Out &out);

	void put(std::uint32_t node, const hn_log_event &event);
	[[nodiscard]] std::uint64_t count() const { return count_; } // of what was put out
	[[nodiscard]] bool done() const { return inv_.count && count_ >= *inv_.count; }

private:
	[[nodiscard]] bool wanted(const hn_log_event &event) const;

	const Invocation &inv_;
	Out &out_;
	Lines lines_;
	std::uint64_t count_ = 0;
};

// Which of the settings that the invocation needs to show anything; empty: one of them is on.
std::string log_hint(const Invocation &inv, const Globals &globals);

// sync.cpp
constexpr std::uint32_t daemon_wait_ms = 60000; // for what takes a while, unless --timeout says

// Of this network namespace; about a peer, or about no one.
Result<Json> daemon_ask(const std::string &request, std::uint32_t wait_ms = 0,
			std::uint32_t node = 0);
Result<void> sync_advertise(const Invocation &inv, Out &out);
Result<void> sync_status(const Invocation &inv, Out &out);
Result<void> sync_peers(const Invocation &inv, Out &out);
Result<void> sync_stats(const Invocation &inv, Out &out);
Result<void> sync_wait(const Invocation &inv, Out &out);
Result<void> sync_verify(const Invocation &inv, Out &out);
Result<void> sync_resync(const Invocation &inv, Out &out);
Result<void> yield(const Invocation &inv, Out &out);
Result<void> sync_role_read(Invocation &inv);
Result<void> sync_role(const Invocation &inv, Out &out);
Result<void> sync_flush_read(Invocation &inv);
Result<void> sync_flush(const Invocation &inv, Out &out);
Result<void> sync_hold_read(Invocation &inv);
Result<void> sync_hold(const Invocation &inv, Out &out);

// list.cpp: the lists of prefixes
Result<void> list_read(Invocation &inv);
Result<void> list_add(hn_list list, const Invocation &inv);
Result<void> list_remove(hn_list list, const Invocation &inv);
Result<void> list_flush(hn_list list);
Result<void> list_display(hn_list list, const Invocation &inv, Out &out);
void print_list(const Invocation &inv, Out &out, std::span<const hn_prefix6> prefixes);

// config.cpp: files that say all that an instance is
Result<void> config_file_read(Invocation &inv);
Result<void> config_peer_read(Invocation &inv);
Result<void> config_diff_read(Invocation &inv);
Result<void> config_export_read(Invocation &inv);
Result<void> config_load(const Invocation &inv, Out &out);
Result<void> config_check(const Invocation &inv, Out &out);
Result<void> config_diff(const Invocation &inv, Out &out);
Result<void> config_push(const Invocation &inv, Out &out);
Result<void> config_export(const Invocation &inv, Out &out);

// key.cpp
Result<void> key_generate_read(Invocation &inv);
Result<void> key_generate(const Invocation &inv, Out &out);

// help.cpp
Result<void> help_read(Invocation &inv);
Result<void> help(const Invocation &inv, Out &out);
Result<void> version(const Invocation &inv, Out &out);

} // namespace hn
