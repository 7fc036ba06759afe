// SPDX-License-Identifier: GPL-2.0-or-later
// JSON that is shown as it comes, whatever is in it.
#include <gtest/gtest.h>
#include <string>

#include "hactl/print.h"
#include "lib/json.h"
#include "lib/json_writer.h"

namespace
{

using hn::Format;

constexpr const char *status =
	R"({"node": 7, "ready": true, "drift": ["pool4", "timeouts"], "none": [],
	"peers": [{"node": 9, "state": "equal"}, {"node": 10, "state": "a, \"b\""}], "loss": 0.5, "gap": -1,
	"what": null})";

std::string shown(Format format, const std::string &text = status)
{
	const hn::Result<hn::Json> json = hn::json_parse(text);
	hn::Out out;

	EXPECT_TRUE(json);
	if (json)
		hn::print_tree(out, format, true, *json);
	return out.text();
}

TEST(Tree, TextIsForPeople)
{
	EXPECT_EQ(shown(Format::Text), "node:  7\n"
				       "ready: yes\n"
				       "drift: pool4, timeouts\n"
				       "none:\n"
				       "  (empty)\n"
				       "peers:\n"
				       "  node:  9\n"
				       "  state: equal\n"
				       "\n"
				       "  node:  10\n"
				       "  state: a, \"b\"\n"
				       "loss:  -\n"
				       "gap:   -\n"
				       "what:  -\n");
	EXPECT_EQ(shown(Format::Text, "[]"), "(empty)\n");
}

TEST(Tree, CsvNamesTheWay)
{
	EXPECT_EQ(shown(Format::Csv, R"({"a": {"b": [1, {"c": "x,y"}]}})"), "name,value\n"
									    "a.b.0,1\n"
									    "a.b.1.c,\"x,y\"\n");
}

TEST(Tree, JsonStaysWhatItIs)
{
	const std::string once = shown(Format::Json);

	EXPECT_EQ(shown(Format::Json, once), once);
	EXPECT_NE(once.find("\"loss\": 0.5"), std::string::npos);
	EXPECT_NE(once.find("\"gap\": -1"), std::string::npos);
	EXPECT_NE(once.find("\"what\": null"), std::string::npos);
	EXPECT_NE(once.find("a, \\\"b\\\""), std::string::npos);
}

TEST(Tree, MembersAreFound)
{
	const hn::Result<hn::Json> json = hn::json_parse(status);

	ASSERT_TRUE(json);
	EXPECT_TRUE(hn::json_find(*json, "peers"));
	EXPECT_FALSE(hn::json_find(*json, "peer"));
	EXPECT_FALSE(hn::json_find(*hn::json_find(*json, "node"), "node"));
}

} // namespace
