// SPDX-License-Identifier: GPL-2.0-or-later
// Output, buffered, in three forms: text for people, JSON and CSV for programs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lib/json.h"
#include "lib/result.h"

namespace hn
{

enum class Format { Text, Json, Csv };

// Collects text and writes it to a file descriptor; without one it only collects. The first error
// of writing is kept for finish().
class Out
{
public:
	explicit Out(int fd = -1) : fd_(fd) {}

	void put(std::string_view text);
	void put(char c);
	Result<void> finish();

	[[nodiscard]] const std::string &text() const { return buffer_; }

	// What was done, but should be thought over; a line for standard error, not for programs.
	void warn(std::string warning) { warnings_.push_back(std::move(warning)); }
	[[nodiscard]] const std::vector<std::string> &warnings() const { return warnings_; }

private:
	void write_all();

	int fd_;
	int error_ = 0;
	std::string buffer_;
	std::vector<std::string> warnings_;
};

using Cell = std::variant<std::string, std::uint64_t, bool>;

// A list of alike things: an array of objects in JSON, a header and lines in CSV (RFC 4180).
// Nothing is put out before the first row or the end, so that what fails at once leaves nothing
// behind.
class Rows
{
public:
	// Format::Text is not for this class. The columns are borrowed.
	Rows(Out &out, Format format, bool headers, std::span<const std::string_view> columns);
	Rows(const Rows &) = delete;
	Rows &operator=(const Rows &) = delete;
	Rows(Rows &&) = delete;
	Rows &operator=(Rows &&) = delete;
	~Rows();

	void row(std::span<const Cell> cells); // one per column
	void end();

private:
	struct Json;

	void start();

	Out &out_;
	std::span<const std::string_view> columns_;
	bool headers_;
	bool started_ = false;
	std::unique_ptr<Json> json_; // null: CSV
};

// A list without an end, as Rows otherwise: an object a line in JSON, the header at once in CSV.
class Lines
{
public:
	Lines(Out &out, Format format, bool headers, std::span<const std::string_view> columns);

	// One per column. What has no value is left out in JSON, and empty in CSV.
	void row(std::span<const std::optional<Cell>> cells);

private:
	Out &out_;
	Format format_;
	std::span<const std::string_view> columns_;
};

// The text form of a table: per protocol a block of a title, entries between lines of dashes, and
// how many there were.
class Blocks
{
public:
	explicit Blocks(Out &out) : out_(out) {}

	void begin(std::string_view title);
	void entry(std::string_view text); // whole lines
	void end();

private:
	void start();

	Out &out_;
	std::string_view title_; // empty: it was put out
	std::uint64_t entries_ = 0;
	bool first_ = true;
};

// One property of one thing. Text, if given, is how people read the value.
struct Field {
	std::string_view name;
	Cell value;
	std::optional<std::string> text;
};

// Text: aligned "name: value" lines. JSON: one object. CSV: columns name and value.
void print_fields(Out &out, Format format, bool headers, std::span<const Field> fields);

// A value whose members this program need not know. Text: lines, lists below each other. CSV: the
// way to each plain value, and it.
void print_tree(Out &out, Format format, bool headers, const Json &value);

} // namespace hn
