// SPDX-License-Identifier: GPL-2.0-or-later
// JSON values, whatever is in them, in the three forms of output.
#include <algorithm>
#include <array>
#include <string>
#include <variant>

#include "hactl/print.h"
#include "lib/json_writer.h"

namespace hn
{

namespace
{

bool is_plain(const Json &value)
{
	return !std::holds_alternative<JsonList>(value.value) &&
	       !std::holds_alternative<JsonMembers>(value.value);
}

// Plain values, or nothing but plain values: one line.
bool is_line(const Json &value)
{
	const auto *list = std::get_if<JsonList>(&value.value);

	return is_plain(value) ||
	       (list && !list->empty() && std::all_of(list->begin(), list->end(), is_plain));
}

std::string line_of(const Json &value)
{
	if (const auto *flag = std::get_if<bool>(&value.value))
		return *flag ? "yes" : "no";
	if (const auto *number = std::get_if<std::uint64_t>(&value.value))
		return std::to_string(*number);
	if (const auto *text = std::get_if<std::string>(&value.value))
		return *text;
	std::string out;
	if (const auto *list = std::get_if<JsonList>(&value.value))
		for (const Json &element : *list)
			out += (out.empty() ? "" : ", ") + line_of(element);
	return out.empty() ? "-" : out;
}

void put_text(Out &out, const Json &value, std::size_t depth);

void put_members(Out &out, const JsonMembers &members, std::size_t depth)
{
	const std::string indent(2 * depth, ' ');
	std::size_t width = 0;

	for (const JsonMember &member : members)
		if (is_line(member.value))
			width = std::max(width, member.key.size());
	for (const JsonMember &member : members) {
		out.put(indent + member.key + ":");
		if (is_line(member.value)) {
			out.put(std::string(width - member.key.size() + 1, ' ') +
				line_of(member.value) + "\n");
			continue;
		}
		out.put('\n');
		put_text(out, member.value, depth + 1);
	}
}

void put_text(Out &out, const Json &value, std::size_t depth)
{
	if (const auto *members = std::get_if<JsonMembers>(&value.value))
		return put_members(out, *members, depth);
	const auto *list = std::get_if<JsonList>(&value.value);
	const std::string indent(2 * depth, ' ');
	if (!list || list->empty()) {
		out.put(indent + (list ? "(empty)" : line_of(value)) + "\n");
		return;
	}
	for (const Json &element : *list) {
		if (&element != &list->front())
			out.put('\n');
		put_text(out, element, depth);
	}
}

// Each plain value with the way to it.
void put_csv(Rows &rows, const Json &value, const std::string &way)
{
	const std::string prefix = way.empty() ? "" : way + ".";
	std::size_t i = 0;

	if (is_plain(value)) {
		rows.row(std::array<Cell, 2>{way, line_of(value)});
	} else if (const auto *members = std::get_if<JsonMembers>(&value.value)) {
		for (const JsonMember &member : *members)
			put_csv(rows, member.value, prefix + member.key);
	} else {
		for (const Json &element : std::get<JsonList>(value.value))
			put_csv(rows, element, prefix + std::to_string(i++));
	}
}

} // namespace

void print_tree(Out &out, Format format, bool headers, const Json &value)
{
	static constexpr std::array<std::string_view, 2> columns{"name", "value"};

	if (format == Format::Json) {
		JsonWriter writer;

		writer.value(value);
		out.put(writer.text());
	} else if (format == Format::Csv) {
		Rows rows(out, format, headers, columns);

		put_csv(rows, value, "");
		rows.end();
	} else {
		put_text(out, value, 0);
	}
}

} // namespace hn
