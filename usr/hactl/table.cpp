// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "hactl/command.h"
#include "hactl/nouns.h"

namespace hn
{

namespace
{

// The commands of one list.
template<hn_list List>
Result<void> add_to(const Invocation &inv, Out & /*out*/)
{
	return list_add(List, inv);
}

template<hn_list List>
Result<void> remove_from(const Invocation &inv, Out & /*out*/)
{
	return list_remove(List, inv);
}

template<hn_list List>
Result<void> flush(const Invocation & /*inv*/, Out & /*out*/)
{
	return list_flush(List);
}

template<hn_list List>
Result<void> display(const Invocation &inv, Out &out)
{
	return list_display(List, inv, out);
}

constexpr std::array<OptionInfo, 23> option_table{{
	{OptTcp, "tcp", "", false, "only TCP; can be given with --udp and --icmp"},
	{OptUdp, "udp", "", false, "only UDP"},
	{OptIcmp, "icmp", "", false, "only ICMP; ports are identifiers"},
	{OptNumeric, "numeric", "", false, "show addresses, do not look up their names"},
	{OptQuick, "quick", "", false, "leave the mappings and sessions to expire"},
	{OptPool6, "pool6", "PREFIX", true, "IPv6 prefix of the IPv4 hosts, as 64:ff9b::/96"},
	{OptTimeout, "timeout", "TIME", false, "how long to wait, [[HH:]MM:]SS[.mmm]"},
	{OptForeign, "foreign", "", true, "only the sessions that other nodes own"},
	{OptOrigin, "origin", "NODE", false, "only what this node owns; local is the one asked"},
	{OptAll, "all", "", false,
	 "also the counters that are zero; JSON and CSV have them always"},
	{OptExplain, "explain", "", false, "say what each of them counts"},
	{OptBib, "bib", "", false, "only of mappings; can be given with --session"},
	{OptSession, "session", "", false, "only of sessions"},
	{OptCancel, "cancel", "", false, "be as willing to be the master again as before"},
	{OptHttp, "http", "", false, "answer one who asks by HTTP on standard input"},
	{OptInterval, "interval", "TIME", false,
	 "how long between two looks, 1 second if not given"},
	{OptCount, "count", "NUMBER", false, "end after so many events, or screens"},
	{OptBuffer, "buffer", "BYTES", false, "how much may wait to be shown"},
	{OptShare, "share", "NUMBER", false, "all of these ports are of this share of pool4"},
	{OptMark, "mark", "MARK", false, "these ports are for packets of this mark"},
	{OptJson, "json", "", false, "output for programs, JSON"},
	{OptCsv, "csv", "", false, "output for programs, comma-separated values"},
	{OptNoHeaders, "no-headers", "", false,
	 "no first line with the columns' names (with --csv)"},
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

constexpr std::array<Command, 50> command_table{{
	{"status", "", "", "", OptFormat, nullptr, status_display,
	 "show whether translation works; what hactl does without words"},
	{"instance", "add", "", "", OptPool6, instance_add_read, instance_add,
	 "create the instance of this network namespace"},
	{"instance", "remove", "", "", 0, nullptr, instance_remove,
	 "remove the instance with all its sessions"},
	{"instance", "display", "", "", OptFormat, nullptr, instance_display,
	 "show the instance of this network namespace"},
	{"pool6", "display", "", "", OptFormat, nullptr, pool6_display, "show the IPv6 prefix"},
	{"pool4", "add", "", "PREFIX [PORT[-PORT]]", OptProtos | OptShare | OptMark, pool4_read,
	 pool4_add, "add ports of IPv4 addresses"},
	{"pool4", "remove", "", "PREFIX [PORT[-PORT]]", OptProtos | OptQuick | OptMark, pool4_read,
	 pool4_remove, "remove ports of IPv4 addresses, and their sessions"},
	{"pool4", "flush", "", "", OptQuick, nullptr, pool4_flush,
	 "remove all ports of all IPv4 addresses, and their sessions"},
	{"pool4", "display", "", "", OptFormat, nullptr, pool4_display,
	 "show the IPv4 addresses and ports"},
	{"bib", "add", "", "ADDRESS#PORT ADDRESS#PORT", OptProtos, bib_add_read, bib_add,
	 "add a static mapping of an inside and an external transport address"},
	{"bib", "remove", "", "ADDRESS#PORT [ADDRESS#PORT]", OptProtos | OptQuick, bib_remove_read,
	 bib_remove, "remove a static mapping by either or both of these, and its sessions"},
	{"bib", "display", "", "", OptProtos | OptNumeric | OptFormat, nullptr, bib_display,
	 "show the mappings"},
	{"session", "display", "", "", OptProtos | OptOrigin | OptNumeric | OptFormat, nullptr,
	 session_display, "show the sessions"},
	{"inside", "add", "", "PREFIX...", 0, list_read, add_to<HN_LIST_INSIDE>,
	 "translate what these IPv4 hosts send to others"},
	{"inside", "remove", "", "PREFIX...", 0, list_read, remove_from<HN_LIST_INSIDE>,
	 "do not translate it any more, and remove their mappings and sessions"},
	{"inside", "flush", "", "", 0, nullptr, flush<HN_LIST_INSIDE>,
	 "translate for no IPv4 host any more, and remove their mappings and sessions"},
	{"inside", "display", "", "", OptFormat, nullptr, display<HN_LIST_INSIDE>,
	 "show the IPv4 hosts whose packets are translated"},
	{"no-translate", "add", "", "PREFIX...", 0, list_read, add_to<HN_LIST_NO_TRANSLATE>,
	 "leave alone what inside IPv4 hosts send to these addresses"},
	{"no-translate", "remove", "", "PREFIX...", 0, list_read, remove_from<HN_LIST_NO_TRANSLATE>,
	 "translate what inside IPv4 hosts send to these addresses again"},
	{"no-translate", "flush", "", "", 0, nullptr, flush<HN_LIST_NO_TRANSLATE>,
	 "translate what inside IPv4 hosts send to any address outside"},
	{"no-translate", "display", "", "", OptFormat, nullptr, display<HN_LIST_NO_TRANSLATE>,
	 "show the addresses for which what inside IPv4 hosts send is left alone"},
	{"global", "display", "", "", OptFormat, nullptr, global_display, "show the settings"},
	{"global", "update", "", "[SETTING VALUE]...", OptSettings, global_update_read,
	 global_update, "change settings, all or none; the noun and verb may be left out"},
	{"stats", "display", "", "", OptAll | OptExplain | OptFormat, nullptr, stats_display,
	 "show the counters"},
	{"metrics", "", "", "", OptHttp, nullptr, metrics,
	 "show all that can be counted, as OpenMetrics"},
	{"top", "", "", "", OptInterval | OptCount, nullptr, top,
	 "show what goes on, live, until q is typed"},
	{"log", "", "", "", OptProtos | OptBib | OptSession | OptCount | OptBuffer | OptFormat,
	 nullptr, log_follow, "follow when mappings and sessions begin and end, until interrupted"},
	{"yield", "", "", "", OptTimeout | OptCancel | OptFormat, nullptr, yield,
	 "let a peer that is ready take over the addresses, and wait until it has, or a minute"},
	{"sync", "advertise", "advertise", "", 0, nullptr, sync_advertise,
	 "send all sessions of this node to its peers"},
	{"sync", "status", "", "", OptFormat, nullptr, sync_status,
	 "show whether this node is ready, and how its peers are"},
	{"sync", "peers", "", "", OptFormat, nullptr, sync_peers, "show how each peer is"},
	{"sync", "stats", "", "", OptFormat, nullptr, sync_stats,
	 "show the counters of hanatd, and those of each peer"},
	{"sync", "wait", "", "", OptTimeout | OptFormat, nullptr, sync_wait,
	 "wait until this node is ready, a minute if no time is given"},
	{"sync", "verify", "", "", OptTimeout | OptFormat, nullptr, sync_verify,
	 "compare the sessions with those of all peers now, and show which differ"},
	{"sync", "resync", "", "", 0, nullptr, sync_resync,
	 "request all sessions of all peers again"},
	{"sync", "role", "", "master|backup|fault|stop", 0, sync_role_read, sync_role,
	 "record what this node is now; a backup exchanges all sessions with its peers"},
	{"sync", "flush", "", "", OptForeign, sync_flush_read, sync_flush,
	 "forget the sessions that other nodes own"},
	{"sync", "hold", "", "SHARE...", 0, sync_hold_read, sync_hold,
	 "take new ports from these shares of pool4 only, until ss-shares or ss-share changes"},
	{"sync ignore", "add", "", "PREFIX...", 0, list_read, add_to<HN_LIST_IGNORE>,
	 "do not synchronise the sessions of these addresses"},
	{"sync ignore", "remove", "", "PREFIX...", 0, list_read, remove_from<HN_LIST_IGNORE>,
	 "synchronise the sessions of these addresses again"},
	{"sync ignore", "flush", "", "", 0, nullptr, flush<HN_LIST_IGNORE>,
	 "synchronise the sessions of all addresses again"},
	{"sync ignore", "display", "", "", OptFormat, nullptr, display<HN_LIST_IGNORE>,
	 "show the addresses whose sessions are not synchronised"},
	{"config", "load", "", "FILE", 0, config_file_read, config_load,
	 "make the instance what FILE says, completely, or change nothing"},
	{"config", "check", "", "FILE", 0, config_file_read, config_check,
	 "say what is wrong with FILE"},
	{"config", "diff", "", "FILE|PEER", 0, config_diff_read, config_diff,
	 "show what config load, or config push, would change; fails if that is anything"},
	{"config", "push", "", "PEER", OptTimeout, config_peer_read, config_push,
	 "make the instance of a peer what this one is, completely, or change nothing"},
	{"config", "export", "", "[PEER]", 0, config_export_read, config_export,
	 "write the configuration of the instance, or a peer's, as a file for config load"},
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
