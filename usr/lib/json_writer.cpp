// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/json_writer.h"

#include <variant>

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

namespace hn
{

namespace
{

rapidjson::SizeType size_of(std::string_view text)
{
	return static_cast<rapidjson::SizeType>(text.size());
}

} // namespace

struct JsonWriter::State {
	rapidjson::StringBuffer buffer;
	rapidjson::PrettyWriter<rapidjson::StringBuffer> writer{buffer};
};

JsonWriter::JsonWriter() : state_(std::make_unique<State>())
{
	state_->writer.SetIndent('\t', 1);
}

JsonWriter::~JsonWriter() = default;

void JsonWriter::begin_object()
{
	state_->writer.StartObject();
}

void JsonWriter::end_object()
{
	state_->writer.EndObject();
}

void JsonWriter::begin_list()
{
	state_->writer.StartArray();
}

void JsonWriter::end_list()
{
	state_->writer.EndArray();
}

void JsonWriter::key(std::string_view name)
{
	state_->writer.Key(name.data(), size_of(name));
}

void JsonWriter::value(std::string_view text)
{
	state_->writer.String(text.data(), size_of(text));
}

void JsonWriter::value(std::uint64_t number)
{
	state_->writer.Uint64(number);
}

void JsonWriter::value(bool flag)
{
	state_->writer.Bool(flag);
}

void JsonWriter::value(const Json &json)
{
	if (const auto *members = std::get_if<JsonMembers>(&json.value)) {
		begin_object();
		for (const JsonMember &member : *members) {
			key(member.key);
			value(member.value);
		}
		end_object();
	} else if (const auto *list = std::get_if<JsonList>(&json.value)) {
		begin_list();
		for (const Json &element : *list)
			value(element);
		end_list();
	} else if (const auto *flag = std::get_if<bool>(&json.value)) {
		value(*flag);
	} else if (const auto *number = std::get_if<std::uint64_t>(&json.value)) {
		value(*number);
	} else if (const auto *negative = std::get_if<std::int64_t>(&json.value)) {
		state_->writer.Int64(*negative);
	} else if (const auto *fraction = std::get_if<double>(&json.value)) {
		state_->writer.Double(*fraction);
	} else if (const auto *text = std::get_if<std::string>(&json.value)) {
		value(std::string_view(*text));
	} else {
		state_->writer.Null();
	}
}

std::string JsonWriter::text() const
{
	return std::string(state_->buffer.GetString(), state_->buffer.GetSize()) + "\n";
}

} // namespace hn
