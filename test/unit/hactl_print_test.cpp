// SPDX-License-Identifier: GPL-2.0-or-later
// hactl's output, of fixtures, in its three forms.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "hactl/nouns.h"
#include "lib/model.h"

namespace hn
{
namespace
{

Invocation form(Format format, bool headers = true)
{
	Invocation inv;

	inv.format = format;
	inv.headers = headers;
	return inv;
}

Instance instance()
{
	Instance out;

	out.version = "0.1.0";
	out.pool6 = parse_pool6("64:ff9b::/96").value();
	out.node = 7;
	out.epoch = 1234567890123456789U;
	out.sessions = 12;
	out.mappings = 3;
	out.pool4_ports = 74606;
	out.shares = 4;
	out.shares_held = 5;
	return out;
}

hn_record record(hn_proto proto, std::uint16_t inside_port, std::uint16_t ext_port,
		 std::uint16_t remote_port, std::uint32_t lifetime)
{
	hn_record r{};

	r.inside = parse_endpoint("2001:db8::8#0").value().addr;
	r.inside_port = htons(inside_port);
	r.ext = inet_addr("192.0.2.1");
	r.ext_port = htons(ext_port);
	r.remote = inet_addr("192.0.2.8");
	r.remote_port = htons(remote_port);
	r.proto = static_cast<__u8>(proto);
	r.state = HN_TCP_ESTABLISHED;
	r.lifetime = lifetime;
	r.owner = 7;
	r.generation = 1;
	r.version = 2;
	return r;
}

const hn_record tutorial_icmp = record(HN_PROTO_ICMP, 5831, 39214, 39214, 59999);

TEST(HactlPrint, TutorialsSessions)
{
	Out out;
	SessionPrinter printer(form(Format::Text), out, instance(), format_endpoint);

	for (const hn_proto proto : selected_protos(form(Format::Text))) {
		printer.begin_proto(proto);
		if (proto == HN_PROTO_ICMP)
			printer.put(tutorial_icmp);
		printer.end_proto();
	}
	printer.end();
	EXPECT_EQ(out.text(), "TCP:\n"
			      "---------------------------------\n"
			      "  (empty)\n"
			      "\n"
			      "UDP:\n"
			      "---------------------------------\n"
			      "  (empty)\n"
			      "\n"
			      "ICMP:\n"
			      "---------------------------------\n"
			      "Expires in 59 seconds\n"
			      "Remote: 192.0.2.8#39214\t2001:db8::8#5831\n"
			      "Local: 192.0.2.1#39214\t64:ff9b::c000:208#5831\n"
			      "---------------------------------\n"
			      "  (Fetched 1 entries.)\n");
}

TEST(HactlPrint, TcpSessionsShowTheirState)
{
	Out out;
	SessionPrinter printer(form(Format::Text), out, instance(), format_endpoint);

	printer.begin_proto(HN_PROTO_TCP);
	printer.put(record(HN_PROTO_TCP, 5831, 61001, 80, 7439000));
	printer.end_proto();
	EXPECT_EQ(out.text(), "TCP:\n"
			      "---------------------------------\n"
			      "(ESTABLISHED) Expires in 2 hours, 3 minutes, 59 seconds\n"
			      "Remote: 192.0.2.8#80\t2001:db8::8#5831\n"
			      "Local: 192.0.2.1#61001\t64:ff9b::c000:208#80\n"
			      "---------------------------------\n"
			      "  (Fetched 1 entries.)\n");
}

TEST(HactlPrint, SelectedProtocols)
{
	Invocation inv;

	EXPECT_EQ(selected_protos(inv).size(), 3U);
	inv.protos = HN_PROTO_BIT(HN_PROTO_ICMP);
	EXPECT_EQ(selected_protos(inv), std::vector<hn_proto>{HN_PROTO_ICMP});
}

TEST(HactlPrint, SessionsAsJson)
{
	Out out;
	SessionPrinter printer(form(Format::Json), out, instance(), format_endpoint);
	hn_record r = tutorial_icmp;
	r.owner = 9;

	printer.begin_proto(HN_PROTO_ICMP);
	printer.put(r);
	printer.end_proto();
	printer.end();
	EXPECT_EQ(out.text(), "[\n"
			      "\t{\n"
			      "\t\t\"protocol\": \"ICMP\",\n"
			      "\t\t\"state\": \"ESTABLISHED\",\n"
			      "\t\t\"expires-ms\": 59999,\n"
			      "\t\t\"inside\": \"2001:db8::8\",\n"
			      "\t\t\"inside-port\": 5831,\n"
			      "\t\t\"inside-remote\": \"64:ff9b::c000:208\",\n"
			      "\t\t\"inside-remote-port\": 5831,\n"
			      "\t\t\"external\": \"192.0.2.1\",\n"
			      "\t\t\"external-port\": 39214,\n"
			      "\t\t\"remote\": \"192.0.2.8\",\n"
			      "\t\t\"remote-port\": 39214,\n"
			      "\t\t\"owner\": 9,\n"
			      "\t\t\"foreign\": true,\n"
			      "\t\t\"generation\": 1,\n"
			      "\t\t\"version\": 2\n"
			      "\t}\n"
			      "]\n");
}

TEST(HactlPrint, WhatFailsAtOnceLeavesNothingBehind)
{
	for (const Format format : {Format::Text, Format::Json, Format::Csv}) {
		Out out;
		SessionPrinter printer(form(format), out, instance(), format_endpoint);
		printer.begin_proto(HN_PROTO_TCP);
		EXPECT_EQ(out.text(), "");
	}
}

TEST(HactlPrint, NoSessionsAsJson)
{
	Out out;
	SessionPrinter printer(form(Format::Json), out, instance(), format_endpoint);

	printer.end();
	EXPECT_EQ(out.text(), "[]\n");
}

constexpr const char *session_columns =
	"protocol,state,expires-ms,inside,inside-port,inside-remote,inside-remote-port,external,"
	"external-port,remote,remote-port,owner,foreign,generation,version\n";

TEST(HactlPrint, SessionsAsCsv)
{
	const std::string line = "ICMP,ESTABLISHED,59999,2001:db8::8,5831,64:ff9b::c000:208,5831,"
				 "192.0.2.1,39214,192.0.2.8,39214,7,false,1,2\n";
	for (const bool headers : {true, false}) {
		Out out;
		SessionPrinter printer(form(Format::Csv, headers), out, instance(),
				       format_endpoint);
		printer.put(tutorial_icmp);
		printer.end();
		EXPECT_EQ(out.text(), headers ? session_columns + line : line);
	}
}

hn_bib_record binding(std::uint32_t sessions)
{
	hn_bib_record b{};

	b.inside = parse_endpoint("2001:db8::8#0").value().addr;
	b.inside_port = htons(5831);
	b.ext = inet_addr("192.0.2.1");
	b.ext_port = htons(61001);
	b.sessions = sessions;
	b.proto = HN_PROTO_UDP;
	return b;
}

TEST(HactlPrint, Bib)
{
	Out text;
	BibPrinter printer(form(Format::Text), text, format_endpoint);
	printer.begin_proto(HN_PROTO_UDP);
	printer.put(binding(1));
	printer.put(binding(2));
	hn_bib_record configured = binding(0);
	configured.flags = HN_BF_STATIC;
	printer.put(configured);
	printer.end_proto();
	EXPECT_EQ(text.text(), "UDP:\n"
			       "---------------------------------\n"
			       "[Dynamic] 192.0.2.1#61001 - 2001:db8::8#5831\t1 session\n"
			       "---------------------------------\n"
			       "[Dynamic] 192.0.2.1#61001 - 2001:db8::8#5831\t2 sessions\n"
			       "---------------------------------\n"
			       "[Static] 192.0.2.1#61001 - 2001:db8::8#5831\t0 sessions\n"
			       "---------------------------------\n"
			       "  (Fetched 3 entries.)\n");

	Out csv;
	BibPrinter lines(form(Format::Csv), csv, format_endpoint);
	lines.put(binding(2));
	lines.put(configured);
	lines.end();
	EXPECT_EQ(csv.text(), "protocol,inside,inside-port,external,external-port,sessions,static\n"
			      "UDP,2001:db8::8,5831,192.0.2.1,61001,2,false\n"
			      "UDP,2001:db8::8,5831,192.0.2.1,61001,0,true\n");

	Out json;
	BibPrinter list(form(Format::Json), json, format_endpoint);
	list.put(configured);
	list.end();
	EXPECT_NE(json.text().find("\"sessions\": 0,\n\t\t\"static\": true\n"), std::string::npos)
		<< json.text();
}

TEST(HactlPrint, Pool4)
{
	hn_pool4_entry e{};
	e.addr = inet_addr("192.0.2.0");
	e.len = 31;
	e.protos = HN_PROTO_BIT(HN_PROTO_UDP);
	e.port_min = 61001;
	e.port_max = 65535;
	e.used = 5;

	Out text;
	print_pool4(form(Format::Text), text, std::span(&e, 1));
	EXPECT_EQ(text.text(), "Protocol  Prefix              Ports        Used\n"
			       "UDP       192.0.2.0/31        61001-65535  5 of 9070\n");
	Out csv;
	print_pool4(form(Format::Csv), csv, std::span(&e, 1));
	EXPECT_EQ(csv.text(), "protocol,prefix,port-min,port-max,ports,used,share,mark,held-down\n"
			      "UDP,192.0.2.0/31,61001,65535,9070,5,0,0,0\n");
	e.share = 2;
	Out whole;
	print_pool4(form(Format::Text), whole, std::span(&e, 1));
	EXPECT_TRUE(whole.text().ends_with("5 of 9070, of share 2\n")) << whole.text();
	e.share = 0;
	e.mark = 0x1f;
	Out marked;
	print_pool4(form(Format::Text), marked, std::span(&e, 1));
	EXPECT_TRUE(marked.text().ends_with("5 of 9070, for mark 0x1f\n")) << marked.text();
	e.mark = 0;
	e.held_down = 3;
	Out waiting;
	print_pool4(form(Format::Text), waiting, std::span(&e, 1));
	EXPECT_TRUE(waiting.text().ends_with("5 of 9070, 3 held down\n")) << waiting.text();
	Out empty;
	print_pool4(form(Format::Text), empty, {});
	EXPECT_EQ(empty.text(), "  (empty)\n");
}

TEST(HactlPrint, Globals)
{
	Globals globals{};
	for (const GlobalInfo &g : globals_info())
		globals[g.id] = default_value(g);

	Out text;
	print_globals(form(Format::Text), text, globals);
	EXPECT_NE(text.text().find("tcp-est-timeout:               2:04:00\n"), std::string::npos)
		<< text.text();
	EXPECT_NE(text.text().find("ss-enabled:                    false\n"), std::string::npos);
	Out json;
	print_globals(form(Format::Json), json, globals);
	EXPECT_NE(json.text().find("\t\"tcp-est-timeout\": 7440000,\n"), std::string::npos);
	EXPECT_NE(json.text().find("\t\"ss-enabled\": false,\n"), std::string::npos);
	Out csv;
	print_globals(form(Format::Csv), csv, globals);
	EXPECT_TRUE(csv.text().starts_with("name,value\nenabled,true\nudp-timeout,300000\n"));
}

TEST(HactlPrint, SetsOfProtocolsAreAsTheyAreWritten)
{
	Globals globals{};
	globals[HN_G_SS_PROTOCOLS] = HN_PROTO_BIT(HN_PROTO_TCP) | HN_PROTO_BIT(HN_PROTO_UDP);

	Out json;
	print_globals(form(Format::Json), json, globals);
	EXPECT_NE(json.text().find("\t\"ss-protocols\": \"tcp,udp\""), std::string::npos);
	globals[HN_G_SS_PROTOCOLS] = HN_PROTO_ALL;
	Out csv;
	print_globals(form(Format::Csv), csv, globals);
	EXPECT_NE(csv.text().find("\nss-protocols,all\n"), std::string::npos);
}

TEST(HactlPrint, ListsOfMtusAreAsTheyAreWritten)
{
	Globals globals{};
	globals[HN_G_MTU_PLATEAUS] = Mtus{1500, 1400};

	Out text;
	print_globals(form(Format::Text), text, globals);
	EXPECT_NE(text.text().find("mtu-plateaus:                  1500,1400\n"),
		  std::string::npos);
	Out json;
	print_globals(form(Format::Json), json, globals);
	EXPECT_NE(json.text().find("\t\"mtu-plateaus\": \"1500,1400\""), std::string::npos);
	Out csv;
	print_globals(form(Format::Csv), csv, globals);
	EXPECT_NE(csv.text().find("\nmtu-plateaus,\"1500,1400\"\n"), std::string::npos);
}

TEST(HactlPrint, IgnoredPrefixes)
{
	const std::array prefixes{parse_prefix("10.0.0.0/8").value(),
				  parse_prefix("2001:db8::/32").value()};

	Out text;
	print_list(form(Format::Text), text, prefixes);
	EXPECT_EQ(text.text(), "10.0.0.0/8\n2001:db8::/32\n");
	Out json;
	print_list(form(Format::Json), json, std::span(prefixes).first(1));
	EXPECT_EQ(json.text(), "[\n\t{\n\t\t\"prefix\": \"10.0.0.0/8\"\n\t}\n]\n");
	Out csv;
	print_list(form(Format::Csv), csv, prefixes);
	EXPECT_EQ(csv.text(), "prefix\n10.0.0.0/8\n2001:db8::/32\n");
	Out empty;
	print_list(form(Format::Text), empty, {});
	EXPECT_EQ(empty.text(), "  (empty)\n");
}

TEST(HactlPrint, Status)
{
	Globals globals{};
	globals[HN_G_ENABLED] = 1U;
	std::vector<std::uint64_t> stats(HN_STAT_COUNT);
	stats[HN_STAT_XLAT_64] = 100;
	stats[HN_STAT_XLAT_46] = 50;
	stats[HN_STAT_DROP_LOOP] = 2;
	stats[HN_STAT_DROP_NOMEM] = 3;
	stats[HN_STAT_PASS_HOST] = 1000;

	Out out;
	print_status(form(Format::Text), out, instance(), globals, stats);
	EXPECT_EQ(out.text(), "module:      0.1.0\n"
			      "pool6:       64:ff9b::/96\n"
			      "pool4-ports: 74606\n"
			      "sessions:    12\n"
			      "mappings:    3\n"
			      "enabled:     true\n"
			      "ss-enabled:  false\n"
			      "translated:  150\n"
			      "dropped:     5\n");
	Out none;
	print_status(form(Format::Csv), none, instance(), globals, {});
	EXPECT_NE(none.text().find("translated,0\n"), std::string::npos);
}

TEST(HactlPrint, StatsOfAnOlderModule)
{
	const std::array<std::uint64_t, 2> stats{18446744073709551615U, 1};

	Out out;
	print_stats(form(Format::Json), out, stats);
	EXPECT_EQ(out.text(), "{\n"
			      "\t\"xlat-64\": 18446744073709551615,\n"
			      "\t\"xlat-46\": 1\n"
			      "}\n");
}

TEST(HactlPrint, StatsExplained)
{
	const std::array<std::uint64_t, 3> stats{12, 0, 1};
	hn::Invocation inv = form(Format::Text);

	Out some;
	inv.explain = true;
	print_stats(inv, some, stats);
	EXPECT_EQ(some.text(),
		  "xlat-64:       12  packets translated from IPv6 to IPv4\n"
		  "pass-disabled: 1  packets left to the host: translation is disabled\n");
	Out all;
	inv.explain = false;
	inv.all = true;
	print_stats(inv, all, stats);
	EXPECT_EQ(all.text(), "xlat-64:       12\n"
			      "xlat-46:       0\n"
			      "pass-disabled: 1\n");
	Out none;
	print_stats(form(Format::Text), none, {});
	EXPECT_EQ(none.text(), "(all counters are zero)\n");
	Out csv;
	inv = form(Format::Csv);
	inv.explain = true;
	print_stats(inv, csv, std::span(stats).first(2));
	EXPECT_EQ(csv.text(), "name,value,explanation\n"
			      "xlat-64,12,packets translated from IPv6 to IPv4\n"
			      "xlat-46,0,packets translated from IPv4 to IPv6\n");
}

hn_log_event log_event(hn_log_kind kind, std::uint64_t time)
{
	hn_log_event e{};

	e.time = time;
	e.inside = parse_endpoint("2001:db8::8#0").value().addr;
	e.inside_port = htons(5831);
	e.ext = inet_addr("192.0.2.1");
	e.ext_port = htons(61001);
	e.kind = static_cast<__u8>(kind);
	e.proto = HN_PROTO_UDP;
	if (!is_session_event(e.kind))
		return e;
	e.remote = inet_addr("192.0.2.8");
	e.remote_port = htons(53);
	e.owner = 7;
	return e;
}

std::string log_of(const Invocation &inv, std::span<const hn_log_event> events)
{
	Out out;
	LogPrinter printer(inv, out);

	for (const hn_log_event &event : events)
		if (!printer.done())
			printer.put(7, event);
	return out.text();
}

std::vector<hn_log_event> log_events()
{
	std::vector<hn_log_event> out{
		log_event(HN_LOG_BIB_BEGIN, 1769903999123999999U),
		log_event(HN_LOG_SESSION_ADOPT, 1769904000000000000U),
		log_event(HN_LOG_SESSION_END, 1769904000001000000U),
		hn_log_event{},
	};

	out[0].flags = HN_LF_STATIC;
	out[1].owner = 9;
	out[3].time = 1769904000001000000U;
	out[3].kind = HN_LOG_INSTANCE_END;
	return out;
}

TEST(HactlPrint, LogLines)
{
	EXPECT_EQ(log_of(form(Format::Text), log_events()),
		  "2026-01-31T23:59:59.123Z bib-begin UDP 2001:db8::8#5831 192.0.2.1#61001 static "
		  "node 7\n"
		  "2026-02-01T00:00:00.000Z session-adopt UDP 2001:db8::8#5831 192.0.2.1#61001 "
		  "192.0.2.8#53 node 7 owner 9\n"
		  "2026-02-01T00:00:00.001Z session-end UDP 2001:db8::8#5831 192.0.2.1#61001 "
		  "192.0.2.8#53 node 7\n"
		  "2026-02-01T00:00:00.001Z instance-end node 7\n");
}

TEST(HactlPrint, LogForPrograms)
{
	const std::vector<hn_log_event> events = log_events();

	EXPECT_EQ(log_of(form(Format::Csv), events),
		  "time,event,protocol,inside,inside-port,external,external-port,remote,"
		  "remote-port,static,node,owner,last-port\n"
		  "2026-01-31T23:59:59.123Z,bib-begin,UDP,2001:db8::8,5831,192.0.2.1,61001,,,true,"
		  "7,,\n"
		  "2026-02-01T00:00:00.000Z,session-adopt,UDP,2001:db8::8,5831,192.0.2.1,61001,"
		  "192.0.2.8,53,false,7,9,\n"
		  "2026-02-01T00:00:00.001Z,session-end,UDP,2001:db8::8,5831,192.0.2.1,61001,"
		  "192.0.2.8,53,false,7,7,\n"
		  "2026-02-01T00:00:00.001Z,instance-end,,,,,,,,,7,,\n");
	EXPECT_EQ(log_of(form(Format::Csv, false), std::span(events).last(1)),
		  "2026-02-01T00:00:00.001Z,instance-end,,,,,,,,,7,,\n");
	EXPECT_EQ(log_of(form(Format::Json), events).substr(0, 200),
		  "{\"time\":\"2026-01-31T23:59:59.123Z\",\"event\":\"bib-begin\",\"protocol\":"
		  "\"UDP\",\"inside\":\"2001:db8::8\",\"inside-port\":5831,\"external\":"
		  "\"192.0.2.1\",\"external-port\":61001,\"static\":true,\"node\":7}\n"
		  "{\"time\":\"2026-02-");
}

TEST(HactlPrint, LogOfBlocks)
{
	std::vector<hn_log_event> events{log_event(HN_LOG_BLOCK_BEGIN, 1769904000000000000U),
					 log_event(HN_LOG_BLOCK_END, 1769904000000000000U)};

	for (hn_log_event &event : events) {
		event.inside = parse_endpoint("2001:db8::#0").value().addr;
		event.inside_port = htons(64);
		event.ext_port = htons(1024);
		event.remote_port = htons(1535);
	}
	events[1].inside = parse_endpoint("10.0.6.8#0").value().addr;
	events[1].inside_port = htons(128);
	EXPECT_EQ(log_of(form(Format::Text), events),
		  "2026-02-01T00:00:00.000Z block-begin 2001:db8::/64 192.0.2.1#1024-1535 node 7\n"
		  "2026-02-01T00:00:00.000Z block-end 10.0.6.8/32 192.0.2.1#1024-1535 node 7\n");
	EXPECT_EQ(log_of(form(Format::Csv, false), events),
		  "2026-02-01T00:00:00.000Z,block-begin,,2001:db8::/64,,192.0.2.1,1024,,,,7,,1535\n"
		  "2026-02-01T00:00:00.000Z,block-end,,10.0.6.8/32,,192.0.2.1,1024,,,,7,,1535\n");
	Invocation inv = form(Format::Text);
	inv.session_events = true;
	EXPECT_EQ(log_of(inv, events), "");
	inv.bib_events = true;
	inv.protos = HN_PROTO_BIT(HN_PROTO_TCP);
	EXPECT_NE(log_of(inv, events), "");
}

TEST(HactlPrint, LogOfSome)
{
	const std::vector<hn_log_event> events = log_events();
	const auto lines = [&](const Invocation &inv) {
		const std::string text = log_of(inv, events);
		return std::count(text.begin(), text.end(), '\n');
	};
	Invocation inv = form(Format::Text);

	inv.bib_events = true;
	EXPECT_EQ(lines(inv), 2); // the end of the instance is that of mappings as well
	inv.session_events = true;
	EXPECT_EQ(lines(inv), 4);
	inv.bib_events = false;
	EXPECT_EQ(lines(inv), 3);
	inv.count = 2;
	EXPECT_EQ(lines(inv), 2);
	inv.protos = HN_PROTO_BIT(HN_PROTO_TCP);
	EXPECT_EQ(lines(inv), 1);
}

TEST(HactlPrint, LogHint)
{
	Invocation inv = form(Format::Text);
	Globals globals{};

	EXPECT_NE(log_hint(inv, globals).find("logging-bib and logging-session"),
		  std::string::npos);
	globals[HN_G_LOGGING_BIB] = 1U;
	EXPECT_EQ(log_hint(inv, globals), "");
	inv.session_events = true;
	EXPECT_EQ(log_hint(inv, globals).find("logging-session is false"), 0U);
	inv.bib_events = true;
	EXPECT_EQ(log_hint(inv, globals), "");
}

TEST(HactlPrint, Instance)
{
	Out out;
	print_instance(form(Format::Csv, false), out, instance());
	EXPECT_EQ(out.text(), "module,0.1.0\n"
			      "pool6,64:ff9b::/96\n"
			      "node,7\n"
			      "epoch,1234567890123456789\n"
			      "sessions,12\n"
			      "mappings,3\n"
			      "pool4-ports,74606\n"
			      "shares,4\n"
			      "shares-held,\"1,3\"\n");
}

TEST(HactlPrint, CsvQuotes)
{
	const std::array<Field, 2> fields{
		{{"a", std::string("x,\"y\"\n"), {}}, {"b", std::string(), {}}}};

	Out out;
	print_fields(out, Format::Csv, true, fields);
	EXPECT_EQ(out.text(), "name,value\na,\"x,\"\"y\"\"\n\"\nb,\n");
}

TEST(HactlPrint, FullDiskIsAnError)
{
	const int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	Out out(fd);

	out.put("text");
	const Result<void> done = out.finish();
	ASSERT_FALSE(done);
	EXPECT_EQ(done.error().code, ENOSPC);
	close(fd);
}

// Every column is in the manual page.
TEST(HactlPrint, ColumnsAreDocumented)
{
	std::ifstream file(HN_SOURCE_DIR "/usr/hactl/hactl.8");
	std::ostringstream text;
	text << file.rdbuf();
	std::string manual = text.str();
	std::erase(manual, '\\');

	Out out;
	print_pool4(form(Format::Csv), out, {});
	BibPrinter(form(Format::Csv), out, format_endpoint).end();
	SessionPrinter(form(Format::Csv), out, instance(), format_endpoint).end();
	print_status(form(Format::Csv), out, instance(), {}, {});
	print_instance(form(Format::Csv), out, instance());
	print_list(form(Format::Csv), out, {});
	const Invocation csv = form(Format::Csv);
	const LogPrinter log(csv, out);
	std::string name;
	for (const char c : out.text()) {
		if (c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
			name += c;
			continue;
		}
		const bool number = name.find_first_not_of("0123456789") == std::string::npos;
		EXPECT_TRUE(number || manual.find(name) != std::string::npos) << name;
		name.clear();
	}
}

TEST(HactlPrint, HelpNamesEverything)
{
	Out out;
	ASSERT_TRUE(help(Invocation{}, out));
	for (const GlobalInfo &g : globals_info())
		EXPECT_NE(out.text().find("  --" + std::string(g.name) + " "), std::string::npos);
	for (const OptionInfo &o : options_info())
		EXPECT_NE(out.text().find("  --" + std::string(o.name)), std::string::npos);
	for (const Command &c : commands())
		EXPECT_NE(out.text().find("hactl " + c.name()), std::string::npos);
}

} // namespace
} // namespace hn
