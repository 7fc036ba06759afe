// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include "lib/unique_fd.h"

namespace hn
{

namespace
{

constexpr unsigned parse_flags = rapidjson::kParseCommentsFlag | rapidjson::kParseIterativeFlag |
				 rapidjson::kParseValidateEncodingFlag |
				 rapidjson::kParseNumbersAsStringsFlag;

// Whether half of a surrogate pair is in the text. The parser lets an escaped second half through,
// as three bytes that are no UTF-8.
bool has_surrogate(std::string_view text)
{
	for (std::size_t at = text.find('\xed'); at != std::string_view::npos;
	     at = text.find('\xed', at + 1))
		if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xa0)
			return true;
	return false;
}

// Builds the tree from the parser's events, which never assert. The names and signatures of the
// callbacks are the parser's.
// NOLINTBEGIN(readability-identifier-naming)
class TreeBuilder
{
public:
	bool Null() { return set(nullptr); }
	bool Bool(bool b) { return set(b); }
	// Only numbers as text are asked for: the parser's own conversion of fractions is not
	// defined for all of them.
	bool Int(int) { return false; }
	bool Uint(unsigned) { return false; }
	bool Int64(std::int64_t) { return false; }
	bool Uint64(std::uint64_t) { return false; }
	bool Double(double) { return false; }
	bool RawNumber(const char *s, rapidjson::SizeType n, bool)
	{
		const std::string_view text(s, n);

		return number<std::uint64_t>(text) || number<std::int64_t>(text) ||
		       number<double>(text) || refuse("number out of range");
	}
	bool String(const char *s, rapidjson::SizeType n, bool)
	{
		return complete({s, n}) && set(std::string(s, n));
	}
	bool StartObject() { return push(Json{JsonMembers{}}); }
	bool Key(const char *s, rapidjson::SizeType n, bool)
	{
		const auto &members = std::get<JsonMembers>(open_.back().value);
		std::string key(s, n);

		if (!complete(key))
			return false;
		if (std::any_of(members.begin(), members.end(),
				[&key](const JsonMember &m) { return m.key == key; }))
			return refuse("duplicate key " + json_quote(key));
		keys_.back() = std::move(key);
		return true;
	}
	bool EndObject(rapidjson::SizeType) { return pop(); }
	bool StartArray() { return push(Json{JsonList{}}); }
	bool EndArray(rapidjson::SizeType) { return pop(); }

	[[nodiscard]] const std::string &refusal() const { return refusal_; }
	Json take() { return std::move(root_); }

private:
	bool refuse(std::string why)
	{
		refusal_ = std::move(why);
		return false;
	}

	bool complete(std::string_view text)
	{
		return !has_surrogate(text) || refuse("half of a surrogate pair");
	}

	bool push(Json &&container)
	{
		if (open_.size() >= json_max_depth)
			return refuse("nested too deeply");
		open_.push_back(std::move(container));
		keys_.emplace_back();
		return true;
	}

	bool pop()
	{
		Json done = std::move(open_.back());

		open_.pop_back();
		keys_.pop_back();
		return set(std::move(done.value));
	}

	template<class T>
	bool set(T value)
	{
		slot().value = std::move(value);
		return true;
	}

	// Sets the whole text as a number of type T, if it is one.
	template<class T>
	bool number(std::string_view text)
	{
		const char *const end = text.data() + text.size();
		T value{};
		const auto [stop, error] = std::from_chars(text.data(), end, value);

		return error == std::errc() && stop == end && set(value);
	}

	// Where the next value belongs.
	Json &slot()
	{
		if (open_.empty())
			return root_;
		if (auto *list = std::get_if<JsonList>(&open_.back().value))
			return list->emplace_back();
		JsonMember &member = std::get<JsonMembers>(open_.back().value).emplace_back();
		member.key = std::move(keys_.back());
		return member.value;
	}

	Json root_;
	std::vector<Json> open_;
	std::vector<std::string> keys_; // beside each open value, the key being read
	std::string refusal_;
};
// NOLINTEND(readability-identifier-naming)

std::string position(std::string_view text, std::size_t offset)
{
	const std::string_view before = text.substr(0, std::min(offset, text.size()));
	const auto line = 1 + std::count(before.begin(), before.end(), '\n');
	const std::size_t start = before.rfind('\n');
	const std::size_t column =
		start == std::string_view::npos ? before.size() + 1 : before.size() - start;

	return std::to_string(line) + ":" + std::to_string(column);
}

// The text of the parser begins with a capital and ends with a full stop.
std::string parser_text(rapidjson::ParseErrorCode code)
{
	std::string text = rapidjson::GetParseError_En(code);

	if (!text.empty() && text.back() == '.')
		text.pop_back();
	if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z')
		text[0] = static_cast<char>(text[0] - 'A' + 'a');
	return text;
}

const Json *member_of(const JsonMembers &members, std::string_view key)
{
	const auto it = std::find_if(members.begin(), members.end(),
				     [key](const JsonMember &m) { return m.key == key; });

	return it == members.end() ? nullptr : &it->value;
}

// What stands where something else was expected.
std::string found_text(const Json &found)
{
	if (const auto *n = std::get_if<std::uint64_t>(&found.value))
		return std::to_string(*n);
	if (const auto *i = std::get_if<std::int64_t>(&found.value))
		return std::to_string(*i);
	if (const auto *s = std::get_if<std::string>(&found.value))
		return json_quote(s->substr(0, 64));
	return std::holds_alternative<double>(found.value) ? "a fraction" : found.kind();
}

} // namespace

const char *Json::kind() const
{
	static constexpr std::array<const char *, 8> kinds = {"null",	  "a boolean", "a number",
							      "a number", "a number",  "a string",
							      "a list",	  "an object"};

	return kinds[value.index()];
}

Result<Json> json_parse(std::string_view text)
{
	rapidjson::MemoryStream stream(text.data(), text.size());
	rapidjson::Reader reader;
	TreeBuilder builder;
	const rapidjson::ParseResult result = reader.Parse<parse_flags>(stream, builder);

	// A zero byte looks like the end to the parser.
	if (!result.IsError() && stream.Tell() < text.size())
		return fail(EINVAL, position(text, stream.Tell()) + ": zero byte in the text");
	if (!result.IsError())
		return builder.take();
	return fail(EINVAL, position(text, result.Offset()) + ": " +
				    (builder.refusal().empty() ? parser_text(result.Code())
							       : builder.refusal()));
}

Result<Json> json_read_file(const std::string &path, std::size_t max_bytes)
{
	const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	std::string text;
	std::array<char, 4096> chunk{};

	if (!fd)
		return fail_errno(errno, path);
	for (;;) {
		const ssize_t n = ::read(fd.get(), chunk.data(), chunk.size());

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(errno, path);
		if (n == 0)
			break;
		text.append(chunk.data(), static_cast<std::size_t>(n));
		if (text.size() > max_bytes)
			return fail(EFBIG,
				    path + ": longer than " + std::to_string(max_bytes) + " bytes");
	}
	Result<Json> json = json_parse(text);
	if (!json)
		return fail(json.error().code, path + ":" + json.error().what);
	return json;
}

const Json *json_find(const Json &object, std::string_view key)
{
	const auto *members = std::get_if<JsonMembers>(&object.value);

	return members ? member_of(*members, key) : nullptr;
}

std::uint64_t json_number(const Json &object, std::string_view key)
{
	const bool *flag = json_get<bool>(object, key);
	const auto *value = json_get<std::uint64_t>(object, key);

	return flag ? *flag : value ? *value : 0;
}

std::string json_text(const Json &object, std::string_view key)
{
	const auto *value = json_get<std::string>(object, key);

	return value ? *value : std::string();
}

const JsonList &json_list(const Json &object, std::string_view key)
{
	static const JsonList none;
	const auto *value = json_get<JsonList>(object, key);

	return value ? *value : none;
}

std::string json_quote(std::string_view text)
{
	std::string out = "\"";

	for (const char c : text) {
		if (c == '"' || c == '\\') {
			out += '\\';
			out += c;
		} else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
			std::array<char, 8> escape{};
			std::snprintf(escape.data(), escape.size(), "\\u%04x",
				      static_cast<unsigned>(c));
			out += escape.data();
		} else {
			out += c;
		}
	}
	return out += '"';
}

JsonObject::JsonObject(const Json &value, std::string file, std::string path)
	: members_(std::get_if<JsonMembers>(&value.value)), file_(std::move(file)),
	  path_(std::move(path))
{
	if (!members_)
		error_ = Error{EINVAL, file_ + ": " + (path_.empty() ? "/" : path_) +
					       ": expected an object, found " + value.kind()};
}

std::string JsonObject::where(const std::string &key) const
{
	std::string pointer = path_ + "/";

	for (const char c : key) {
		if (c == '~')
			pointer += "~0";
		else if (c == '/')
			pointer += "~1";
		else
			pointer += c;
	}
	return file_ + ": " + pointer;
}

const Json *JsonObject::lookup(const std::string &key) const
{
	return members_ ? member_of(*members_, key) : nullptr;
}

const Json *JsonObject::find(const std::string &key)
{
	known_.insert(key);
	return error_ ? nullptr : lookup(key);
}

void JsonObject::fail_first(const std::string &pointer, const std::string &text)
{
	if (!error_)
		error_ = Error{EINVAL, pointer + ": " + text};
}

void JsonObject::reject(const std::string &key, const std::string &text)
{
	fail_first(where(key), text);
}

void JsonObject::reject(const std::string &key, std::size_t index, const std::string &text)
{
	fail_first(where(key) + "/" + std::to_string(index), text);
}

void JsonObject::reject_at(const std::string &pointer, const std::string &text)
{
	fail_first(file_ + ": " + pointer, text);
}

void JsonObject::reject(const Error &error)
{
	if (!error_)
		error_ = error;
}

void JsonObject::expected(const std::string &key, const std::string &what, const Json &found)
{
	reject(key, "expected " + what + ", found " + found_text(found));
}

std::optional<std::string> JsonObject::string(const std::string &key)
{
	const Json *found = find(key);

	if (!found)
		return std::nullopt;
	if (const auto *s = std::get_if<std::string>(&found->value))
		return *s;
	expected(key, "a string", *found);
	return std::nullopt;
}

std::optional<std::uint64_t> JsonObject::in_range(const std::string &key, const std::string &what,
						  const Json &found, std::optional<std::uint64_t> n,
						  std::uint64_t min, std::uint64_t max)
{
	if (n && *n >= min && *n <= max)
		return n;
	expected(key, what + " from " + std::to_string(min) + " to " + std::to_string(max), found);
	return std::nullopt;
}

std::optional<std::uint64_t> JsonObject::number(const std::string &key, std::uint64_t min,
						std::uint64_t max)
{
	const Json *found = find(key);

	if (!found)
		return std::nullopt;
	const auto *n = std::get_if<std::uint64_t>(&found->value);
	return in_range(key, "a number", *found, n ? std::optional(*n) : std::nullopt, min, max);
}

std::optional<std::uint64_t> JsonObject::number_or_string(const std::string &key, std::uint64_t min,
							  std::uint64_t max)
{
	const Json *found = find(key);
	std::optional<std::uint64_t> n;

	if (!found)
		return std::nullopt;
	if (const auto *u = std::get_if<std::uint64_t>(&found->value)) {
		n = *u;
	} else if (const auto *s = std::get_if<std::string>(&found->value)) {
		std::uint64_t parsed = 0;
		const char *end = s->data() + s->size();
		const auto [stop, err] = std::from_chars(s->data(), end, parsed);

		if (err == std::errc() && stop == end)
			n = parsed;
	}
	return in_range(key, "a number", *found, n, min, max);
}

std::optional<std::string> JsonObject::scalar(const std::string &key)
{
	const Json *found = find(key);

	if (!found)
		return std::nullopt;
	if (const auto *b = std::get_if<bool>(&found->value))
		return *b ? "true" : "false";
	if (const auto *n = std::get_if<std::uint64_t>(&found->value))
		return std::to_string(*n);
	if (const auto *s = std::get_if<std::string>(&found->value))
		return *s;
	expected(key, "a boolean, a whole number or a string", *found);
	return std::nullopt;
}

std::optional<bool> JsonObject::boolean(const std::string &key)
{
	const Json *found = find(key);

	if (!found)
		return std::nullopt;
	if (const auto *b = std::get_if<bool>(&found->value))
		return *b;
	if (const auto *n = std::get_if<std::uint64_t>(&found->value); n && *n <= 1)
		return *n == 1;
	expected(key, "true, false, 0 or 1", *found);
	return std::nullopt;
}

const JsonList *JsonObject::list(const std::string &key, std::size_t max)
{
	const Json *found = find(key);
	const JsonList *list = found ? std::get_if<JsonList>(&found->value) : nullptr;

	if (!found || (list && !list->empty() && list->size() <= max))
		return list;
	reject(key, "expected a list of 1 to " + std::to_string(max) + ", found " +
			    (list ? std::to_string(list->size()) : found_text(*found)));
	return nullptr;
}

std::optional<std::vector<std::string>> JsonObject::strings(const std::string &key, std::size_t max)
{
	const Json *found = find(key);
	std::vector<std::string> strings;

	if (!found)
		return std::nullopt;
	if (const auto *one = std::get_if<std::string>(&found->value))
		return std::vector<std::string>{*one};
	const JsonList *elements = list(key, max);
	if (!elements)
		return std::nullopt;
	for (const Json &element : *elements) {
		const auto *text = std::get_if<std::string>(&element.value);

		if (!text) {
			reject(key, strings.size(),
			       "expected a string, found " + found_text(element));
			return std::nullopt;
		}
		strings.push_back(*text);
	}
	return strings;
}

Result<void> JsonObject::finish()
{
	if (error_)
		return fail(*error_);
	for (const JsonMember &member : *members_)
		if (!known_.contains(member.key))
			return fail(EINVAL, where(member.key) + ": unknown key");
	return {};
}

} // namespace hn
