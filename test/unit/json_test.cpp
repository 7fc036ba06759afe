// SPDX-License-Identifier: GPL-2.0-or-later
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

#include "lib/json.h"
#include "temporary_directory.h"

namespace
{

using hn::Json;
using hn::json_parse;
using hn::JsonObject;

std::string parse_error(const std::string &text)
{
	const hn::Result<Json> json = json_parse(text);

	return json ? "" : json.error().what;
}

TEST(Json, KeepsTypesAndOrder)
{
	const auto json = json_parse(R"(// a comment
		{"b": [true, null, -1, 18446744073709551615, 1.5], /* another */ "a": {"c": "\u00e4"}})");

	ASSERT_TRUE(json);
	const auto &members = std::get<hn::JsonMembers>(json->value);
	ASSERT_EQ(members.size(), 2U);
	EXPECT_EQ(members[0].key, "b");
	const auto &list = std::get<hn::JsonList>(members[0].value.value);
	EXPECT_TRUE(std::get<bool>(list[0].value));
	EXPECT_STREQ(list[1].kind(), "null");
	EXPECT_EQ(std::get<std::int64_t>(list[2].value), -1);
	EXPECT_EQ(std::get<std::uint64_t>(list[3].value), 18446744073709551615ULL);
	EXPECT_EQ(std::get<double>(list[4].value), 1.5);
	const auto &inner = std::get<hn::JsonMembers>(members[1].value.value);
	EXPECT_EQ(std::get<std::string>(inner[0].value.value), "\xc3\xa4");
}

TEST(Json, ParseErrorsHavePositions)
{
	EXPECT_EQ(parse_error("{\"a\": 1,\n \"a\": 2}"), "2:5: duplicate key \"a\"");
	EXPECT_EQ(parse_error("{\n\"a\" 1}"), "2:5: missing a colon after a name of object member");
	EXPECT_EQ(parse_error(""), "1:1: the document is empty");
	EXPECT_EQ(parse_error("{} x"),
		  "1:4: the document root must not be followed by other values");
	EXPECT_NE(parse_error("\"\xff\""), "");
	EXPECT_NE(parse_error(R"("\ud83d")"), "");
	EXPECT_NE(parse_error(R"("\ude00")"), "");
	EXPECT_NE(parse_error(R"({"\ude00": 1})"), "");
	EXPECT_EQ(parse_error("[0.00000000000000000000000]"), "");
	EXPECT_EQ(parse_error("[1e-999]"), "1:2: number out of range");
	EXPECT_NE(parse_error("{\"a\": 01}"), "");
	EXPECT_NE(parse_error("{\"a\": 1e999}"), "");
	EXPECT_EQ(parse_error(std::string("{}\0{}", 5)), "1:3: zero byte in the text");
}

TEST(Json, DepthIsBounded)
{
	const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };

	EXPECT_EQ(parse_error(nested(hn::json_max_depth)), "");
	EXPECT_NE(parse_error(nested(hn::json_max_depth + 1)).find("nested too deeply"),
		  std::string::npos);
	EXPECT_NE(parse_error(std::string(1000000, '[')), "");
}

TEST(Json, QuoteEscapes)
{
	EXPECT_EQ(hn::json_quote("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\u000a\\u0001\"");
}

// The error of one getter on one document.
template<class Get>
std::string getter_error(const std::string &text, const Get &get)
{
	const auto json = json_parse(text);
	JsonObject object(*json, "F");

	get(object);
	const auto result = object.finish();
	return result ? "" : result.error().what;
}

TEST(JsonObject, ErrorsNameFilePathAndExpectation)
{
	const auto number = [](JsonObject &o) { o.number("k", 1, 9); };
	const auto string = [](JsonObject &o) { o.string("k"); };
	const auto boolean = [](JsonObject &o) { o.boolean("k"); };
	const auto port = [](JsonObject &o) { o.number_or_string("k", 1, 9); };

	EXPECT_EQ(getter_error(R"({"k": 5})", number), "");
	EXPECT_EQ(getter_error(R"({"k": 0})", number),
		  "F: /k: expected a number from 1 to 9, found 0");
	EXPECT_EQ(getter_error(R"({"k": -3})", number),
		  "F: /k: expected a number from 1 to 9, found -3");
	EXPECT_EQ(getter_error(R"({"k": 1.5})", number),
		  "F: /k: expected a number from 1 to 9, found a fraction");
	EXPECT_EQ(getter_error(R"({"k": "5"})", number),
		  "F: /k: expected a number from 1 to 9, found \"5\"");
	EXPECT_EQ(getter_error(R"({"k": "5"})", port), "");
	EXPECT_EQ(getter_error(R"({"k": "5x"})", port),
		  "F: /k: expected a number from 1 to 9, found \"5x\"");
	EXPECT_EQ(getter_error(R"({"k": ""})", port),
		  "F: /k: expected a number from 1 to 9, found \"\"");
	EXPECT_EQ(getter_error(R"({"k": []})", string), "F: /k: expected a string, found a list");
	EXPECT_EQ(getter_error(R"({"k": 2})", boolean),
		  "F: /k: expected true, false, 0 or 1, found 2");
	EXPECT_EQ(getter_error(R"({"k": 1})", boolean), "");
	EXPECT_EQ(getter_error(R"({"k": "x", "a/b~c": 1})", string), "F: /a~1b~0c: unknown key");
	EXPECT_EQ(getter_error("[]", string), "F: /: expected an object, found a list");
}

TEST(JsonObject, ListsAreBounded)
{
	const auto list = [](JsonObject &o) { o.list("k", 2); };
	const auto strings = [](JsonObject &o) { o.strings("k", 2); };

	EXPECT_EQ(getter_error(R"({})", list), "");
	EXPECT_EQ(getter_error(R"({"k": [1, {}]})", list), "");
	EXPECT_EQ(getter_error(R"({"k": []})", list), "F: /k: expected a list of 1 to 2, found 0");
	EXPECT_EQ(getter_error(R"({"k": [1, 2, 3]})", list),
		  "F: /k: expected a list of 1 to 2, found 3");
	EXPECT_EQ(getter_error(R"({"k": {}})", list),
		  "F: /k: expected a list of 1 to 2, found an object");
	EXPECT_EQ(getter_error(R"({"k": "a"})", strings), "");
	EXPECT_EQ(getter_error(R"({"k": ["a", "b"]})", strings), "");
	EXPECT_EQ(getter_error(R"({"k": ["a", 5]})", strings),
		  "F: /k/1: expected a string, found 5");
	EXPECT_EQ(getter_error(R"({"k": true})", strings),
		  "F: /k: expected a list of 1 to 2, found a boolean");
}

TEST(JsonObject, ListsAreRead)
{
	const auto json = json_parse(R"({"one": "a", "two": ["b", "c"]})");
	JsonObject object(*json, "F");

	EXPECT_EQ(object.strings("one", 2), std::vector<std::string>{"a"});
	EXPECT_EQ(object.strings("two", 2), (std::vector<std::string>{"b", "c"}));
	EXPECT_EQ(object.strings("three", 2), std::nullopt);
	EXPECT_TRUE(object.has("two"));
	EXPECT_FALSE(object.has("three"));
	EXPECT_TRUE(object.finish());
	object.reject("two", 1, "why");
	EXPECT_EQ(object.finish().error().what, "F: /two/1: why");
}

TEST(JsonObject, FirstErrorSticks)
{
	const auto json = json_parse(R"({"a": 1, "b": 2})");
	JsonObject object(*json, "F");

	EXPECT_FALSE(object.string("a"));
	EXPECT_FALSE(object.number("b", 0, 9));
	EXPECT_EQ(object.finish().error().what, "F: /a: expected a string, found 1");
}

TEST(JsonFile, ReadsWithinTheLimit)
{
	const hn::test::TemporaryDirectory directory;
	const std::string path = (directory.path() / "file").string();
	std::ofstream(path) << "{\"a\": 1}\n";

	EXPECT_TRUE(hn::json_read_file(path));
	EXPECT_EQ(hn::json_read_file(path, 4).error().what, path + ": longer than 4 bytes");
	std::ofstream(path) << "{\n";
	EXPECT_EQ(hn::json_read_file(path).error().what.substr(0, path.size() + 3), path + ":2:");
	unlink(path.c_str());
	EXPECT_EQ(hn::json_read_file(path).error().what, path + ": No such file or directory");
	EXPECT_FALSE(hn::json_read_file("/"));
}

} // namespace
