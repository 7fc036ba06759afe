// SPDX-License-Identifier: GPL-2.0-or-later
// JSON files (with comments) read through checked getters. The parser behind it aborts when a value
// is taken as what it is not; here a wrong type is an error that names the file, the JSON pointer
// (RFC 6901) and what was expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/result.h"

namespace hn
{

constexpr std::size_t json_max_bytes = 16U << 20;
constexpr std::size_t json_max_depth = 32;

struct Json;
struct JsonMember;
using JsonList = std::vector<Json>;
using JsonMembers = std::vector<JsonMember>; // in the file's order

// Integers that fit are held as such, others as double.
struct Json {
	std::variant<std::nullptr_t, bool, std::uint64_t, std::int64_t, double, std::string,
		     JsonList, JsonMembers>
		value;

	// "null", "a boolean", "a number", "a string", "a list" or "an object".
	[[nodiscard]] const char *kind() const;
};

struct JsonMember {
	std::string key;
	Json value;
};

// The member of an object; null: there is none, or it is no object.
const Json *json_find(const Json &object, std::string_view key);

// Its value, where it is one of this type; null otherwise.
template<class T>
const T *json_get(const Json &object, std::string_view key)
{
	const Json *found = json_find(object, key);

	return found ? std::get_if<T>(&found->value) : nullptr;
}

// The same for who shows what another program of ours says, and can do without: no value is an
// empty one. Yes and no are 1 and 0.
std::uint64_t json_number(const Json &object, std::string_view key);
std::string json_text(const Json &object, std::string_view key);
const JsonList &json_list(const Json &object, std::string_view key);

// Refuses duplicate keys, invalid UTF-8, more than json_max_depth levels and anything after the
// value. Errors are "line:column: what".
Result<Json> json_parse(std::string_view text);

// Reads and parses; errors begin with the file's name. Not more than max_bytes are read.
Result<Json> json_read_file(const std::string &path, std::size_t max_bytes = json_max_bytes);

// The text in quotes, escaped.
std::string json_quote(std::string_view text);

// Reads the members of one object. The first error sticks: later getters return nothing, and
// finish() returns it; so a reader asks for all it knows and checks once, at the end.
class JsonObject
{
public:
	// path is the JSON pointer of the value, "" for the whole file. Borrows the value.
	JsonObject(const Json &value, std::string file, std::string path = "");

	std::optional<std::string> string(const std::string &key);
	std::optional<std::uint64_t> number(const std::string &key, std::uint64_t min,
					    std::uint64_t max);
	// A number, or a string of decimal digits.
	std::optional<std::uint64_t> number_or_string(const std::string &key, std::uint64_t min,
						      std::uint64_t max);
	// true, false, 0 or 1.
	std::optional<bool> boolean(const std::string &key);
	// A boolean, a whole number or a string, as text.
	std::optional<std::string> scalar(const std::string &key);
	// Whatever it is; null: it is not there.
	const Json *any(const std::string &key) { return find(key); }
	// A list of 1 to max values; borrowed from the value that is read. Null: none.
	const JsonList *list(const std::string &key, std::size_t max);
	// 1 to max strings in a list, or one by itself.
	std::optional<std::vector<std::string>> strings(const std::string &key, std::size_t max);

	[[nodiscard]] bool has(const std::string &key) const { return lookup(key) != nullptr; }

	// Another check failed: "FILE: /key: text", or "FILE: /key/index: text" of an element.
	void reject(const std::string &key, const std::string &text);
	void reject(const std::string &key, std::size_t index, const std::string &text);
	void reject_at(const std::string &pointer, const std::string &text); // from the file's top
	void reject(const Error &error); // as it is: of an object in this one

	// The first error, if any; else one for the first key that nobody asked for.
	Result<void> finish();

private:
	[[nodiscard]] const Json *lookup(const std::string &key) const;
	const Json *find(const std::string &key);
	void expected(const std::string &key, const std::string &what, const Json &found);
	void fail_first(const std::string &pointer, const std::string &text);
	std::optional<std::uint64_t> in_range(const std::string &key, const std::string &what,
					      const Json &found, std::optional<std::uint64_t> n,
					      std::uint64_t min, std::uint64_t max);
	[[nodiscard]] std::string where(const std::string &key) const;

	const JsonMembers *members_ = nullptr;
	std::string file_;
	std::string path_;
	std::set<std::string, std::less<>> known_;
	std::optional<Error> error_;
};

} // namespace hn
