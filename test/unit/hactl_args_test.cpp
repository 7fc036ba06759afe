// SPDX-License-Identifier: GPL-2.0-or-later
// The grammar of hactl's command line.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "hactl/command.h"
#include "lib/model.h"
#include "lib/units.h"

namespace hn
{
namespace
{

std::vector<std::string> words(const std::string &line)
{
	std::vector<std::string> out;
	std::size_t at = 0;

	while (at < line.size()) {
		const std::size_t end = std::min(line.find(' ', at), line.size());
		out.push_back(line.substr(at, end - at));
		at = end + 1;
	}
	return out;
}

Result<Invocation> parse_line(const std::string &line)
{
	return parse(words(line));
}

std::string command_of(const std::string &line)
{
	const Result<Invocation> inv = parse_line(line);

	return inv ? inv->command->name() : "error: " + inv.error().what;
}

std::string error_of(const std::string &line)
{
	const Result<Invocation> inv = parse_line(line);

	return inv ? "no error: " + inv->command->name() : inv.error().what;
}

std::string pool4_of(const std::string &line)
{
	const Result<Invocation> inv = parse_line(line);
	std::string out;

	if (!inv)
		return "error: " + inv.error().what;
	for (const hn_pool4_entry &e : inv->pool4)
		out += (out.empty() ? "" : "; ") + format_prefix4({in_addr{e.addr}, e.len}) + " " +
		       protos_names(e.protos) + " " + format_ports({e.port_min, e.port_max});
	return out;
}

std::string bib_of(const std::string &line)
{
	const Result<Invocation> inv = parse_line(line);

	if (!inv)
		return "error: " + inv.error().what;
	const hn_bib_entry &e = inv->bib;
	return protos_names(e.protos) + " " + format_endpoint({e.inside, ntohs(e.inside_port)}) +
	       " " + format_addr4(in_addr{e.ext}) + "#" + std::to_string(ntohs(e.ext_port));
}

std::string settings_of(const std::string &line)
{
	const Result<Invocation> inv = parse_line(line);
	std::string out;

	if (!inv)
		return "error: " + inv.error().what;
	for (const auto &[id, value] : inv->settings)
		out += (out.empty() ? "" : " ") + std::string(global_info(id).name) + "=" +
		       (std::holds_alternative<Mtus>(value) ? format_mtus(std::get<Mtus>(value))
							    : std::to_string(number(value)));
	return out;
}

TEST(HactlArgs, Commands)
{
	const std::vector<std::pair<std::string, std::string>> lines{
		{"", "status"},
		{"--json", "status"},
		{"status", "status"},
		{"--pool4 --add --icmp 192.0.2.1 0-65535", "pool4 add"},
		{"--add --pool4 --icmp 192.0.2.1", "pool4 add"},
		{"--tcp --pool4 --add 192.0.2.1", "pool4 add"},
		{"pool4 --add 192.0.2.1", "pool4 add"},
		{"--pool4 add 192.0.2.1", "pool4 add"},
		{"-4a 192.0.2.1", "pool4 add"},
		{"-4at 192.0.2.1", "pool4 add"},
		{"-4rq 192.0.2.1", "pool4 remove"},
		{"-4f", "pool4 flush"},
		{"-4fq", "pool4 flush"},
		{"pool4 flush --quick", "pool4 flush"},
		{"pool4", "pool4 display"},
		{"pool4 show", "pool4 display"},
		{"--pool4 --show", "pool4 display"},
		{"-4d", "pool4 display"},
		{"pool6", "pool6 display"},
		{"--pool6 --display", "pool6 display"},
		{"-6", "pool6 display"},
		{"--session --numeric", "session display"},
		{"-sin", "session display"},
		{"session show --tcp", "session display"},
		{"-b", "bib display"},
		{"bib --icmp --csv --no-headers", "bib display"},
		{"bib add 2001:db8::1#80 192.0.2.1#80", "bib add"},
		{"--bib --add --tcp 2001:db8::1#80 192.0.2.1#80", "bib add"},
		{"-bat 192.0.2.1#80 2001:db8::1#80", "bib add"},
		{"bib remove --quick 192.0.2.1#80", "bib remove"},
		{"-brq 192.0.2.1#80", "bib remove"},
		{"-g", "global display"},
		{"global", "global display"},
		{"--ss-enabled true", "global update"},
		{"--ss-enabled=true", "global update"},
		{"--global --update --ss-enabled true", "global update"},
		{"global --ss-enabled true", "global update"},
		{"global update ss-enabled true", "global update"},
		{"--update --ss-enabled true", "global update"},
		{"stats", "stats display"},
		{"stats display --json", "stats display"},
		{"log", "log"},
		{"--log --bib --json", "log"},
		{"log -sb --udp", "log"},
		{"advertise", "sync advertise"},
		{"--advertise", "sync advertise"},
		{"sync advertise", "sync advertise"},
		{"--sync --advertise", "sync advertise"},
		{"sync hold 1 2", "sync hold"},
		{"--sync --hold none", "sync hold"},
		{"pool4 add --tcp --share 2 192.0.2.1", "pool4 add"},
		{"sync ignore add 10.0.0.0/8", "sync ignore add"},
		{"--sync --ignore --add 10.0.0.0/8", "sync ignore add"},
		{"--add --sync --ignore 10.0.0.0/8", "sync ignore add"},
		{"sync ignore remove 2001:db8::/32 192.0.2.8", "sync ignore remove"},
		{"sync ignore flush", "sync ignore flush"},
		{"sync ignore", "sync ignore display"},
		{"inside add 10.0.0.0/8 192.168.0.0/16", "inside add"},
		{"inside remove 10.0.0.0/8", "inside remove"},
		{"inside flush", "inside flush"},
		{"inside --json", "inside display"},
		{"no-translate add 198.51.100.0/24", "no-translate add"},
		{"no-translate", "no-translate display"},
		{"sync ignore show --json", "sync ignore display"},
		{"instance", "instance display"},
		{"instance remove", "instance remove"},
		{"instance add --pool6 64:ff9b::/96", "instance add"},
		{"instance add --pool6=64:ff9b::/96", "instance add"},
		{"instance add -6 64:ff9b::/96", "instance add"},
		{"--instance --add --pool6 64:ff9b::/96", "instance add"},
		{"version", "version"},
		{"--version", "version"},
		{"-V", "version"},
		{"help", "help"},
		{"--help", "help"},
		{"-h", "help"},
		{"help pool4", "help"},
		{"help pool4 add", "help"},
		{"help pool4 show", "help"},
		{"help sync", "help"},
		{"help sync ignore", "help"},
		{"help sync ignore add", "help"},
		{"sync ignore --help", "help"},
		{"pool4 add --help", "help"},
		{"--session --help", "help"},
	};

	for (const auto &[line, command] : lines)
		EXPECT_EQ(command_of(line), command) << "hactl " << line;
}

TEST(HactlArgs, EveryCommandHasItsHelp)
{
	for (const Command &c : commands())
		EXPECT_EQ(command_of("help " + c.name()), "help") << c.name();
	for (const LetterInfo &l : letters_info())
		EXPECT_TRUE(l.letter != '\0' && !l.name.empty());
}

TEST(HactlArgs, TutorialsCommandsAreTheSameInWords)
{
	EXPECT_EQ(pool4_of("--pool4 --add --tcp --udp 192.0.2.1 61001-65535"),
		  "192.0.2.1/32 TCP, UDP 61001-65535");
	EXPECT_EQ(pool4_of("pool4 add --tcp --udp 192.0.2.1 61001-65535"),
		  "192.0.2.1/32 TCP, UDP 61001-65535");
	EXPECT_EQ(pool4_of("--pool4 --add --icmp 192.0.2.1 0-65535"), "192.0.2.1/32 ICMP 0-65535");
}

TEST(HactlArgs, Pool4Defaults)
{
	EXPECT_EQ(pool4_of("pool4 add 192.0.2.1"),
		  "192.0.2.1/32 TCP, UDP 61001-65535; 192.0.2.1/32 ICMP 0-65535");
	EXPECT_EQ(pool4_of("pool4 add --tcp 192.0.2.0/28"), "192.0.2.0/28 TCP 61001-65535");
	EXPECT_EQ(pool4_of("pool4 remove --icmp 192.0.2.1"), "192.0.2.1/32 ICMP 0-65535");
	EXPECT_EQ(pool4_of("pool4 add 192.0.2.1 5000"), "192.0.2.1/32 TCP, UDP, ICMP 5000");
}

TEST(HactlArgs, StaticMappings)
{
	EXPECT_EQ(bib_of("bib add --tcp 2001:db8::1#80 192.0.2.1#8080"),
		  "TCP 2001:db8::1#80 192.0.2.1#8080");
	EXPECT_EQ(bib_of("bib add --udp --tcp 192.0.2.1#8080 2001:db8::1#80"),
		  "TCP, UDP 2001:db8::1#80 192.0.2.1#8080");
	// Both of IPv4: the external one is the first, or alone.
	EXPECT_EQ(bib_of("bib add --tcp 192.0.2.1#80 10.0.6.8#8080"),
		  "TCP 10.0.6.8#8080 192.0.2.1#80");
	EXPECT_EQ(bib_of("bib add --icmp 192.0.2.1#0 2001:db8::1#0"),
		  "ICMP 2001:db8::1#0 192.0.2.1#0");
	EXPECT_EQ(bib_of("bib remove 2001:db8::1#80"), "TCP, UDP, ICMP 2001:db8::1#80 0.0.0.0#0");
	EXPECT_EQ(bib_of("bib remove --udp 192.0.2.1#65535"), "UDP ::#0 192.0.2.1#65535");
	EXPECT_EQ(bib_of("bib remove 2001:db8::1#80 192.0.2.1#80"),
		  "TCP, UDP, ICMP 2001:db8::1#80 192.0.2.1#80");
}

TEST(HactlArgs, Shares)
{
	EXPECT_EQ(parse_line("sync hold 1 64 3").value().shares, 1U | 4U | std::uint64_t{1} << 63);
	EXPECT_EQ(parse_line("sync hold none").value().shares, 0U);
	const Invocation inv = parse_line("pool4 add --share=3 192.0.2.1").value();
	ASSERT_EQ(inv.pool4.size(), 2U);
	EXPECT_EQ(inv.pool4[0].share, 3);
	EXPECT_EQ(inv.pool4[1].share, 3);
	EXPECT_EQ(parse_line("pool4 add 192.0.2.1").value().pool4[0].share, 0);
}

TEST(HactlArgs, Marks)
{
	const Invocation inv = parse_line("pool4 add --mark=0x1f 192.0.2.1").value();
	ASSERT_EQ(inv.pool4.size(), 2U);
	EXPECT_EQ(inv.pool4[0].mark, 0x1fU);
	EXPECT_EQ(inv.pool4[1].mark, 0x1fU);
	EXPECT_EQ(parse_line("pool4 remove --mark 7 192.0.2.1").value().pool4[0].mark, 7U);
	EXPECT_EQ(parse_line("pool4 add 192.0.2.1").value().pool4[0].mark, 0U);
}

TEST(HactlArgs, Prefixes)
{
	const Invocation inv =
		parse_line("sync ignore add 10.0.0.0/8 192.0.2.8 2001:db8::/32 ::1").value();
	std::string out;

	for (const hn_prefix6 &prefix : inv.prefixes)
		out += (out.empty() ? "" : " ") + format_prefix(prefix);
	EXPECT_EQ(out, "10.0.0.0/8 192.0.2.8/32 2001:db8::/32 ::1/128");
}

TEST(HactlArgs, Options)
{
	const Invocation sin = parse_line("-sin").value();
	EXPECT_EQ(sin.protos, HN_PROTO_BIT(HN_PROTO_ICMP));
	EXPECT_TRUE(sin.numeric);
	EXPECT_EQ(sin.format, Format::Text);
	EXPECT_TRUE(sin.headers);

	const Invocation csv = parse_line("bib -tu --csv --no-headers").value();
	EXPECT_EQ(csv.protos, HN_PROTO_BIT(HN_PROTO_TCP) | HN_PROTO_BIT(HN_PROTO_UDP));
	EXPECT_FALSE(csv.numeric);
	EXPECT_EQ(csv.format, Format::Csv);
	EXPECT_FALSE(csv.headers);

	const Invocation log = parse_line("log --session --count 3 --buffer=4096 -t").value();
	EXPECT_TRUE(log.session_events);
	EXPECT_FALSE(log.bib_events);
	EXPECT_EQ(log.count, 3U);
	EXPECT_EQ(log.buffer, 4096U);
	EXPECT_EQ(log.protos, HN_PROTO_BIT(HN_PROTO_TCP));

	EXPECT_TRUE(parse_line("pool4 flush -q").value().quick);
	EXPECT_EQ(parse_line("stats --json --json").value().format, Format::Json);
	EXPECT_EQ(format_prefix6(parse_line("instance add -6 64:ff9b::/96").value().pool6.value()),
		  "64:ff9b::/96");
	EXPECT_EQ(parse_line("pool4 add -- 192.0.2.1 1").value().arguments.size(), 2U);
	EXPECT_EQ(parse_line("pool4 add --help").value().arguments, words("pool4 add"));
}

TEST(HactlArgs, Settings)
{
	EXPECT_EQ(settings_of("--ss-enabled true"), "ss-enabled=1");
	EXPECT_EQ(settings_of("--ss-enabled=off"), "ss-enabled=0");
	EXPECT_EQ(settings_of("--ss-enabled true --udp-timeout 6:00"),
		  "ss-enabled=1 udp-timeout=360000");
	EXPECT_EQ(settings_of("--ss-protocols icmp,tcp --ss-min-age 0.5"),
		  "ss-protocols=5 ss-min-age=500");
	EXPECT_EQ(settings_of("global update ss-node 7 --udp-timeout 300 ss-capacity 1000"),
		  "udp-timeout=300000 ss-node=7 ss-capacity=1000");
}

TEST(HactlArgs, Errors)
{
	const std::vector<std::pair<std::string, std::string>> lines{
		{"pool4 add --icmp 192.0.2.1 70000",
		 "pool4 add: '70000' is not a port range: ports go up to 65535"},
		{"pool4 add 192.0.2.1 5-3",
		 "pool4 add: '5-3' is not a port range: it ends before it begins"},
		{"pool4 add 192.0.2.1/24",
		 "pool4 add: '192.0.2.1/24' is not a prefix: it has host bits"},
		{"pool4 add 10.0.0.0/8",
		 "pool4 add: '10.0.0.0/8' is too large a prefix: lengths go from 16 to 32"},
		{"pool4 add 2001:db8::1",
		 "pool4 add: '2001:db8::1' is not an IPv4 address or prefix"},
		{"pool4 add --tcp 192.0.2.1 0-10",
		 "pool4 add: '0-10' has port 0, which only ICMP has (--icmp)"},
		{"pool4 add", "pool4 add: needs an IPv4 address or prefix"},
		{"pool4 add 192.0.2.1 1 2", "pool4 add: does not take '2'"},
		{"pool4 add --sctp 192.0.2.1", "--sctp: no such option or setting"},
		{"pool4 ad 192.0.2.1", "pool4 ad: no such command; did you mean 'pool4 add'?"},
		{"pool4 zzz", "pool4 zzz: no such command; pool4 has: add, remove, flush, display"},
		{"pool4 add --numeric 192.0.2.1", "pool4 add: does not take --numeric"},
		{"pool4 add --quick 192.0.2.1", "pool4 add: does not take --quick"},
		{"log --count 0", "--count: '0' is out of range, 1 to 4294967295"},
		{"log --buffer 4095", "--buffer: '4095' is out of range, 4096 to 1073741824"},
		{"log --count 1 --count 2", "--count: given more than once"},
		{"log --numeric", "log: does not take --numeric"},
		{"log 5", "log: does not take '5'"},
		{"session --log", "--log: the command is about session already"},
		{"bib add", "bib add: needs an inside (IPv6) and an external (IPv4) transport "
			    "address, ADDRESS#PORT, or an external and then an inside one, both "
			    "of IPv4"},
		{"bib add --tcp 192.0.2.1#80",
		 "bib add: needs an inside (IPv6) and an external (IPv4) transport address, "
		 "ADDRESS#PORT, or an external and then an inside one, both of IPv4"},
		{"bib add 2001:db8::1 192.0.2.1#80",
		 "bib add: '2001:db8::1' is not a transport address, ADDRESS#PORT"},
		{"bib add 2001:db8::1#80 192.0.2.1#65536",
		 "bib add: '192.0.2.1#65536' has no port from 0 to 65535"},
		{"bib add 2001:db8::1#80 2001:db8::2#80",
		 "bib add: '2001:db8::2#80' is a second inside transport address"},
		{"bib add 192.0.2.1#1 192.0.2.1#2 2001:db8::1#80",
		 "bib add: '2001:db8::1#80' is a second inside transport address"},
		{"bib add 2001:db8::1#80 192.0.2.1#80 192.0.2.2#80",
		 "bib add: '192.0.2.2#80' is a second inside transport address"},
		{"bib add --icmp --udp 2001:db8::1#0 192.0.2.1#1",
		 "bib add: '2001:db8::1#0' has port 0, which only ICMP has (--icmp)"},
		{"bib add --icmp ::#0 192.0.2.1#1", "bib add: '::#0' has not a host's address"},
		{"bib remove --icmp 0.0.0.0#0", "bib remove: '0.0.0.0#0' has not a host's address"},
		{"bib remove", "bib remove: needs an inside (IPv6) or an external (IPv4) transport "
			       "address, ADDRESS#PORT, or both"},
		{"bib add --quick 2001:db8::1#80 192.0.2.1#80", "bib add: does not take --quick"},
		{"bib flush", "bib flush: no such command; bib has: add, remove, display"},
		{"session --tcp=1", "--tcp: takes no value"},
		{"session display now", "session display: does not take 'now'"},
		{"session add", "session add: no such command; session has: display"},
		{"session --bib", "--bib: the command is about session already"},
		{"pool4 --add --remove 192.0.2.1", "--remove: the command is to add already"},
		{"session --ss-enabled true", "session display: does not take --ss-enabled"},
		{"session --json --csv", "--csv: cannot be together with --json"},
		{"session --no-headers", "--no-headers: goes with --csv only"},
		{"-sx", "-sx: no such option: -x"},
		{"-n", "status: does not take --numeric"},
		{"--add", "add: needs a noun, as in 'hactl pool4 add'"},
		{"sync", "sync: needs a verb: advertise, status, peers, stats, wait, verify, "
			 "resync, role, flush, hold, ignore"},
		{"sync hold", "sync hold: needs numbers of shares, or none"},
		{"sync role", "sync role: needs master, backup, fault or stop"},
		{"sync role MASTER", "sync role: needs master, backup, fault or stop"},
		{"sync hold 1 65", "sync hold: '65' is out of range, 1 to 64"},
		{"sync hold 1 none", "sync hold: 'none' is not a number"},
		{"pool4 add --share 0 192.0.2.1", "--share: '0' is out of range, 1 to 64"},
		{"pool4 add --share 1 --share 2 192.0.2.1", "--share: given more than once"},
		{"pool4 remove --share 1 192.0.2.1", "pool4 remove: does not take --share"},
		{"sync ignor", "sync ignor: no such command; did you mean 'sync ignore'?"},
		{"ignore", "ignore: no such command"},
		{"sync ignore add", "sync ignore add: needs addresses or prefixes"},
		{"sync ignore add 10.0.0.0/8 10.0.0.1/8",
		 "sync ignore add: '10.0.0.1/8' is not a prefix: it has host bits"},
		{"sync ignore remove example.org",
		 "sync ignore remove: 'example.org' is not an IPv4 or IPv6 address or prefix"},
		{"sync ignore flush 10.0.0.0/8", "sync ignore flush: does not take '10.0.0.0/8'"},
		{"--ss-protocols tcp,sctp",
		 "ss-protocols: 'tcp,sctp' is not a set of tcp,udp,icmp, nor all"},
		{"--ss-min-age 61", "ss-min-age: '61' is out of range, 0:00:00 to 0:01:00"},
		{"sesion", "sesion: no such command; did you mean 'session'?"},
		{"qwertz", "qwertz: no such command"},
		{"--ss-enabld true",
		 "--ss-enabld: no such option or setting; did you mean 'ss-enabled'?"},
		{"global update ss-enabld true",
		 "ss-enabld: no such setting; did you mean 'ss-enabled'?"},
		{"global update", "global update: needs a setting and its value"},
		{"global update ss-enabled", "ss-enabled: needs a value"},
		{"--ss-enabled", "--ss-enabled: needs a value"},
		{"--ss-enabled=", "--ss-enabled: needs a value"},
		{"--ss-enabled --json", "--ss-enabled: needs a value"},
		{"--ss-enabled maybe", "ss-enabled: 'maybe' is neither true nor false"},
		{"--ss-enabled true --ss-enabled false", "ss-enabled: given more than once"},
		{"--udp-timeout 4:99", "udp-timeout: '4:99' is not a time, [[HH:]MM:]SS[.mmm]: "
				       "minutes and seconds go from 0 to 59"},
		{"--udp-timeout 1:00", "udp-timeout: '1:00' is out of range, 0:02:00 to 24:00:00"},
		{"--lowest-ipv6-mtu 1000",
		 "lowest-ipv6-mtu: '1000' is out of range, 1280 to 65535"},
		{"instance add", "instance add: needs --pool6 PREFIX"},
		{"instance add --pool6", "--pool6: needs a value"},
		{"instance add --pool6=", "--pool6: needs a value"},
		{"instance add --pool6 64:ff9b::/97",
		 "--pool6: '64:ff9b::/97' does not have a length of RFC 6052: "
		 "32, 40, 48, 56, 64 or 96"},
		{"instance add --pool6 64:ff9b::/96 --pool6 64:ff9b::/96",
		 "--pool6: given more than once"},
		{"instance remove --pool6 64:ff9b::/96", "instance remove: does not take --pool6"},
		{"help nonsense", "help nonsense: no such command"},
		{"help pool4 add now", "help pool4 add now: no such command"},
		{"-", "-: no such command"},
	};

	for (const auto &[line, error] : lines)
		EXPECT_EQ(error_of(line), error) << "hactl " << line;
}

} // namespace
} // namespace hn
