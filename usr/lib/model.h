// SPDX-License-Identifier: GPL-2.0-or-later
// What the settings, counters and records of common/hanat.h mean, as tables and text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hanat.h"
#include "lib/result.h"
#include "lib/units.h"

namespace hn
{

// The value of a setting: the list of one of MTUS, of others a number.
using Mtus = std::vector<std::uint16_t>;
using GlobalValue = std::variant<std::uint32_t, Mtus>;

std::uint32_t number(const GlobalValue &value); // 0 for a list

struct GlobalInfo {
	hn_global id;
	std::string_view name;
	hn_global_type type;
	std::uint32_t def; // not of MTUS, see default_value()
	std::uint32_t min;
	std::uint32_t max;
	std::string_view help;
};

// In the order of enum hn_global.
std::span<const GlobalInfo> globals_info();
const GlobalInfo &global_info(hn_global id); // of one that there is
const GlobalInfo *find_global(std::string_view name);
GlobalValue default_value(const GlobalInfo &info);
Result<GlobalValue> parse_global(const GlobalInfo &info, std::string_view text);
std::string format_global(const GlobalInfo &info, const GlobalValue &value);

struct StatInfo {
	std::string_view name;
	std::string_view help;

	[[nodiscard]] bool is_drop() const { return name.starts_with("drop-"); }
};

// In the order of enum hn_stat.
std::span<const StatInfo> stats_info();

// How many ports a range of pool4 has, of all its addresses.
std::uint64_t pool4_ports(const hn_pool4_entry &entry);

// Names of wire values; "?" for what is none.
std::string_view proto_name(std::uint8_t proto);     // TCP
std::string_view tcp_state_name(std::uint8_t state); // ESTABLISHED
std::string protos_names(std::uint8_t protos);	     // TCP, UDP

std::string_view log_kind_name(std::uint8_t kind); // bib-begin

// A set of protocols as a value: "tcp,udp"; "all" if it is that.
Result<std::uint8_t> parse_protos(std::string_view text);
std::string format_protos(std::uint32_t protos);

// A list of MTUs as a value: "1500,1400", with or without blanks behind the commas.
Result<Mtus> parse_mtus(std::string_view text, std::uint16_t min, std::uint16_t max);
std::string format_mtus(const Mtus &mtus);

// The numbers of shares of pool4 from their mask: "1,3", or "none".
std::string format_shares(std::uint64_t held);

// The four transport addresses of a session.
struct SessionFlow {
	Endpoint inside;
	Endpoint inside_remote; // the remote as the inside sees it
	Endpoint external;
	Endpoint remote;
};

SessionFlow session_flow(const hn_record &record, const hn_prefix6 &pool6);

// The two sides of a binding.
struct BibFlow {
	Endpoint inside;
	Endpoint external;
};

BibFlow bib_flow(const hn_bib_record &record);

// What an event of the log is about.
struct LogFlow {
	Endpoint inside;
	Endpoint external;
	std::optional<Endpoint> remote; // of sessions
};

LogFlow log_flow(const hn_log_event &event);
bool is_bib_event(std::uint8_t kind);
bool is_block_event(std::uint8_t kind);
bool is_session_event(std::uint8_t kind);

// One line for logs: "TCP ESTABLISHED 2001:db8::8#5831 192.0.2.1#61001 192.0.2.8#80".
std::string describe(const hn_record &record);

} // namespace hn
