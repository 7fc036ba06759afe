// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lib/json.h"

namespace hn
{

// One JSON value as text, indented for people. Who writes sees to it that keys and values take
// turns.
class JsonWriter
{
public:
	JsonWriter();
	JsonWriter(const JsonWriter &) = delete;
	JsonWriter &operator=(const JsonWriter &) = delete;
	JsonWriter(JsonWriter &&) = delete;
	JsonWriter &operator=(JsonWriter &&) = delete;
	~JsonWriter();

	void begin_object();
	void end_object();
	void begin_list();
	void end_list();
	void key(std::string_view name);
	void value(std::string_view text);
	void value(const char *text) { value(std::string_view(text)); }
	void value(std::uint64_t number);
	void value(bool flag);
	void value(const Json &json); // a whole one

	template<class T>
	void member(std::string_view name, const T &v)
	{
		key(name);
		value(v);
	}

	// What was written, with a newline at the end.
	[[nodiscard]] std::string text() const;

private:
	struct State;

	std::unique_ptr<State> state_;
};

} // namespace hn
