// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "lib/changes.h"
#include "lib/instance_config.h"

namespace
{

using hn::InstanceConfig;
using Texts = std::vector<std::string>;

hn::Result<InstanceConfig> read(const std::string &text)
{
	const auto json = hn::json_parse(text);

	if (!json)
		return hn::fail(json.error());
	return hn::instance_config_from_json(*json, "F");
}

InstanceConfig config_of(const std::string &members)
{
	const auto config = read(R"({"pool6": "64:ff9b::/96")" + members + "}");

	EXPECT_TRUE(config) << config.error().what;
	return config ? *config : InstanceConfig{};
}

std::string error_of(const std::string &members)
{
	const auto config = read(R"({"pool6": "64:ff9b::/96", )" + members + "}");

	return config ? "" : config.error().what;
}

Texts changes_of(const InstanceConfig *now, const InstanceConfig &wanted)
{
	const auto list = hn::changes(now, wanted);
	Texts texts;

	if (!list)
		return {list.error().what};
	for (const hn::Change &change : *list)
		texts.push_back(change.text);
	return texts;
}

constexpr const char *range =
	R"(, "pool4": [{"protocols": "tcp,udp", "prefix": "192.0.2.1", "ports": "1024-2047"}])";

TEST(InstanceConfig, Example)
{
	const auto config = hn::instance_config_read(HN_SOURCE_DIR "/examples/hanat.json");

	ASSERT_TRUE(config) << config.error().what;
	EXPECT_EQ(config->settings.size(), 2U);
	EXPECT_EQ(config->prefixes.size(), 2U);
	EXPECT_EQ(config->pool4.size(), 4U); // of one protocol each
	ASSERT_EQ(config->bib.size(), 1U);
	EXPECT_EQ(config->bib.front().where, "/bib/0");
	EXPECT_EQ(config->pool4.back().where, "/pool4/2");

	const auto again = read(hn::instance_config_text(*config));
	ASSERT_TRUE(again) << again.error().what;
	EXPECT_EQ(changes_of(&*config, *again), Texts{});
	EXPECT_EQ(hn::instance_config_text(*again), hn::instance_config_text(*config));
}

TEST(InstanceConfig, SaysWhereAndWhatIsWrong)
{
	const std::vector<std::pair<std::string, std::string>> files{
		{R"("pools": 1)", "F: /pools: unknown key"},
		{R"("settings": {"udp-timeuot": "5:00"})", "F: /settings/udp-timeuot: unknown key"},
		{R"("settings": {"udp-timeout": "1:00"})",
		 "F: /settings/udp-timeout: '1:00' is out of range, 0:02:00 to 24:00:00"},
		{R"("settings": {"ss-enabled": 2})",
		 "F: /settings/ss-enabled: '2' is neither true nor false"},
		{R"("settings": {"ss-enabled": null})",
		 "F: /settings/ss-enabled: expected a boolean, a whole number or a string, found "
		 "null"},
		{R"("settings": [])", "F: /settings: expected an object, found a list"},
		{R"("settings": {"ss-share": 2})", "F: /settings/ss-share: is above ss-shares"},
		{R"("inside": ["10.0.0.1/8"])",
		 "F: /inside/0: '10.0.0.1/8' is not a prefix: it has host bits"},
		{R"("inside": ["10.0.0.0/8", "10.0.0.0/8"])", "F: /inside/1: is that of /inside/0"},
		{R"("pool4": {})", "F: /pool4: expected a list of 1 to 4096, found an object"},
		{R"("pool4": [{"ports": "1-2"}])",
		 "F: /pool4/0/prefix: missing: expected a string"},
		{R"("pool4": [{"prefix": "192.0.2.1"}])",
		 "F: /pool4/0/ports: missing: expected a string"},
		{R"("pool4": [{"prefix": "10.0.0.0/8", "ports": "1-2"}])",
		 "F: /pool4/0/prefix: too large a prefix: lengths go from 16 to 32"},
		{R"("pool4": [{"prefix": "192.0.2.1", "ports": "0-2"}])",
		 "F: /pool4/0/ports: port 0 is of ICMP only"},
		{R"("pool4": [{"prefix": "192.0.2.1", "ports": "1-2", "share": 3}])",
		 "F: /pool4/0/share: there are 1 (ss-shares)"},
		{R"("pool4": [{"prefix": "192.0.2.0/24", "ports": "1-9"},
			      {"protocols": "udp", "prefix": "192.0.2.7", "ports": "9"}])",
		 "F: /pool4/1: overlaps /pool4/0"},
		{R"("pool4": [{"prefix": "192.0.2.1", "ports": "1-2", "colour": "red"}])",
		 "F: /pool4/0/colour: unknown key"},
		{R"("bib": [{"inside": "2001:db8::8#80", "external": "192.0.2.1#80"}])",
		 "F: /bib/0/external: not in /pool4 for that protocol"},
	};

	for (const auto &[members, error] : files)
		EXPECT_EQ(error_of(members), error) << members;
	EXPECT_EQ(read("{}").error().what, "F: /pool6: missing: expected a string");
}

TEST(InstanceConfig, StaticMappings)
{
	const std::string begin = (range + 2) + std::string(R"(, "bib": [)");
	const std::string tcp = R"({"protocols": "tcp", "inside": "2001:db8::8#80", "external": )";

	EXPECT_EQ(error_of(begin + tcp + R"("192.0.2.1#1024"}])"), "");
	EXPECT_EQ(error_of(begin + tcp + R"("192.0.2.1#2048"}])"),
		  "F: /bib/0/external: not in /pool4 for that protocol");
	EXPECT_EQ(error_of(begin + tcp + R"("2001:db8::1#1024"}])"),
		  "F: /bib/0/external: expected an IPv4 transport address");
	EXPECT_EQ(error_of(begin + tcp + R"("192.0.2.1#1024"}, )" + tcp + R"("192.0.2.1#1025"}])"),
		  "F: /bib/1/inside: is that of /bib/0");
	EXPECT_EQ(
		error_of(
			begin +
			R"({"protocols": "udp", "inside": "10.0.0.8#80", "external": "192.0.2.1#1024"}])"),
		"F: /bib/0/inside: not in /inside");
}

TEST(Changes, OfNothing)
{
	const InstanceConfig wanted = config_of(std::string(range) +
						R"(, "settings": {"ss-enabled": true},
		"inside": ["10.0.0.0/8"],
		"bib": [{"protocols": "tcp", "inside": "10.0.0.8#80", "external": "192.0.2.1#1024"}])");

	EXPECT_EQ(changes_of(nullptr, wanted),
		  (Texts{"+ instance 64:ff9b::/96", "ss-enabled: false -> true",
			 "+ inside 10.0.0.0/8", "+ pool4 192.0.2.1/32 tcp 1024-2047",
			 "+ pool4 192.0.2.1/32 udp 1024-2047",
			 "+ bib tcp 10.0.0.8#80 192.0.2.1#1024"}));
}

TEST(Changes, WhatIsInBothStays)
{
	const InstanceConfig now =
		config_of(std::string(range) + R"(, "settings": {"ss-enabled": true})");
	const InstanceConfig wanted = config_of(
		R"(, "pool4": [{"protocols": "tcp", "prefix": "192.0.2.1", "ports": "1024-2047"},
			       {"protocols": "udp", "prefix": "192.0.2.1", "ports": "1024-4095"}],
		     "settings": {"udp-timeout": "10:00"})");

	EXPECT_EQ(changes_of(&now, now), Texts{});
	EXPECT_EQ(changes_of(&now, wanted),
		  (Texts{"- pool4 192.0.2.1/32 udp 1024-2047",
			 "udp-timeout: 0:05:00 -> 0:10:00\nss-enabled: true -> false",
			 "+ pool4 192.0.2.1/32 udp 1024-4095"}));
}

// The kernel drops a mapping with its range, and with its inside prefix.
TEST(Changes, StaticMappingsOfRangesThatGo)
{
	const std::string inside = R"(, "inside": ["10.0.0.0/8"])";
	const std::string bib =
		R"(, "bib": [{"protocols": "tcp", "inside": "10.0.0.8#80", "external": "192.0.2.1#1024"}])";
	const InstanceConfig now = config_of(range + inside + bib);

	EXPECT_EQ(changes_of(&now, config_of(R"(, "pool4": [
			{"protocols": "tcp", "prefix": "192.0.2.1", "ports": "1024-4095"},
			{"protocols": "udp", "prefix": "192.0.2.1", "ports": "1024-2047"}])" +
					     inside + bib)),
		  (Texts{"- bib tcp 10.0.0.8#80 192.0.2.1#1024",
			 "- pool4 192.0.2.1/32 tcp 1024-2047", "+ pool4 192.0.2.1/32 tcp 1024-4095",
			 "+ bib tcp 10.0.0.8#80 192.0.2.1#1024"}));
	EXPECT_EQ(changes_of(&now, config_of(range + std::string(R"(, "inside": ["10.0.0.0/16"])") +
					     bib)),
		  (Texts{"- bib tcp 10.0.0.8#80 192.0.2.1#1024", "- inside 10.0.0.0/8",
			 "+ inside 10.0.0.0/16", "+ bib tcp 10.0.0.8#80 192.0.2.1#1024"}));
}

TEST(Changes, TheNodesIdIsNotTheFiles)
{
	const InstanceConfig drawn = config_of(R"(, "settings": {"ss-node": 7})");

	EXPECT_EQ(changes_of(&drawn, config_of("")), Texts{});
	EXPECT_EQ(changes_of(&drawn, config_of(R"(, "settings": {"ss-node": 8})")),
		  Texts{"ss-node: 7 -> 8"});
	EXPECT_EQ(hn::instance_config_text(drawn).find("ss-node"), std::string::npos);
}

TEST(Changes, NorIsItsShare)
{
	const InstanceConfig now = config_of(R"(, "settings": {"ss-shares": 3, "ss-share": 2})");

	EXPECT_EQ(changes_of(&now, config_of(R"(, "settings": {"ss-shares": 3})")), Texts{});
	EXPECT_EQ(changes_of(&now, config_of(R"(, "settings": {"ss-shares": 3, "ss-share": 1})")),
		  Texts{"ss-share: 2 -> 1"});
	EXPECT_EQ(hn::instance_config_text(now).find("\"ss-share\""), std::string::npos);
	EXPECT_NE(hn::instance_config_text(now).find("\"ss-shares\""), std::string::npos);
}

// What a peer is told of says nothing of what is one node's own, and changes nothing of it there.
TEST(Changes, WhatIsNotSharedStays)
{
	const InstanceConfig here = config_of(
		R"(, "settings": {"ss-node": 1, "ss-share": 1, "enabled": false, "ss-enabled": true,
		    "tos": 5})");
	const InstanceConfig there = config_of(
		R"(, "settings": {"ss-node": 2, "ss-enabled": true, "udp-timeout": 200})");
	const std::string text = hn::instance_config_text(hn::with_unshared(here, {}));

	EXPECT_EQ(text.find("enabled"), std::string::npos);
	EXPECT_EQ(text.find("ss-"), std::string::npos);
	EXPECT_NE(text.find("tos"), std::string::npos);
	const auto read_there = hn::instance_config_parse(text);
	ASSERT_TRUE(read_there);
	EXPECT_EQ(changes_of(&there, hn::with_unshared(*read_there, there)),
		  Texts{"udp-timeout: 0:03:20 -> 0:05:00\ntos: 0 -> 5"});
	EXPECT_EQ(hn::instance_config_parse("{\n\"pool6\": 1}").error().what,
		  "configuration: /pool6: expected a string, found 1");
}

TEST(Changes, NotOfPool6)
{
	const InstanceConfig now = config_of("");
	InstanceConfig wanted = config_of("");

	wanted.pool6.len = 64;
	EXPECT_EQ(changes_of(&now, wanted),
		  Texts{"/pool6: the instance has 64:ff9b::/96, and sessions with it: "
			"\"hactl instance remove\" first"});
}

} // namespace
