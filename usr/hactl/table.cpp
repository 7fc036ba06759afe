// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "hactl/command.h"
#include "hactl/nouns.h"

namespace hn
{

namespace
{

constexpr std::array<OptionInfo, 9> option_table{{
	{OptTcp, "tcp", "", "only TCP; can be given with --udp and --icmp"},
	{OptUdp, "udp", "", "only UDP"},
	{OptIcmp, "icmp", "", "only ICMP; ports are identifiers"},
	{OptNumeric, "numeric", "", "show addresses, do not look up their names"},
	{OptQuick, "quick", "", "leave the mappings and sessions to expire"},
	{OptPool6, "pool6", "PREFIX", "IPv6 prefix of the IPv4 hosts, as 64:ff9b::/96"},
	{OptJson, "json", "", "output for programs, JSON"},
	{OptCsv, "csv", "", "output for programs, comma-separated values"},
	{OptNoHeaders, "no-headers", "", "no first line with the columns' names (with --csv)"},
}};

constexpr std::array<LetterInfo, 16> letter_table{{
	{'s', "session"},
	{'b', "bib"},
	{'4', "pool4"},
	{'6', "pool6"},
	{'g', "global"},
	{'d', "display"},
	{'a', "add"},
	{'r', "remove"},
	{'f', "flush"},
	{'t', "tcp"},
	{'u', "udp"},
	{'i', "icmp"},
	{'n', "numeric"},
	{'q', "quick"},
	{'h', "help"},
	{'V', "version"},
}};

constexpr std::array<Command, 18> command_table{{
	{"status", "", "", "", OptFormat, nullptr, status_display,
	 "show whether translation works; what hactl does without words"},
	{"instance", "add", "", "", OptPool6, instance_add_read, instance_add,
	 "create the instance of this network namespace"},
	{"instance", "remove", "", "", 0, nullptr, instance_remove,
	 "remove the instance with all its sessions"},
	{"instance", "display", "", "", OptFormat, nullptr, instance_display,
	 "show the instance of this network namespace"},
	{"pool6", "display", "", "", OptFormat, nullptr, pool6_display, "show the IPv6 prefix"},
	{"pool4", "add", "", "PREFIX [PORT[-PORT]]", OptProtos, pool4_read, pool4_add,
	 "add ports of IPv4 addresses"},
	{"pool4", "remove", "", "PREFIX [PORT[-PORT]]", OptProtos | OptQuick, pool4_read,
	 pool4_remove, "remove ports of IPv4 addresses, and their sessions"},
	{"pool4", "flush", "", "", OptQuick, nullptr, pool4_flush,
	 "remove all ports of all IPv4 addresses, and their sessions"},
	{"pool4", "display", "", "", OptFormat, nullptr, pool4_display,
	 "show the IPv4 addresses and ports"},
	{"bib", "display", "", "", OptProtos | OptNumeric | OptFormat, nullptr, bib_display,
	 "show the mappings"},
	{"session", "display", "", "", OptProtos | OptNumeric | OptFormat, nullptr, session_display,
	 "show the sessions"},
	{"global", "display", "", "", OptFormat, nullptr, global_display, "show the settings"},
	{"global", "update", "", "[SETTING VALUE]...", OptSettings, global_update_read,
	 global_update, "change settings, all or none; the noun and verb may be left out"},
	{"stats", "display", "", "", OptFormat, nullptr, stats_display, "show the counters"},
	{"sync", "advertise", "advertise", "", 0, nullptr, sync_advertise,
	 "send all sessions of this node to its peers"},
	{"key", "generate", "", "FILE", 0, key_generate_read, key_generate,
	 "write a new key for hanatd to FILE, which must not be there"},
	{"version", "", "", "", 0, nullptr, version, "show the version of hactl"},
	{"help", "", "", "[NOUN [VERB]]", 0, help_read, help, "show the commands, or one command"},
}};

} // namespace

std::span<const OptionInfo> options_info()
{
	return option_table;
}

std::span<const LetterInfo> letters_info()
{
	return letter_table;
}

std::span<const Command> commands()
{
	return command_table;
}

std::string Command::name() const
{
	return verb.empty() ? std::string(noun) : std::string(noun) + " " + std::string(verb);
}

} // namespace hn
