// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/print.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>

#include <rapidjson/prettywriter.h>
#include <rapidjson/writer.h>

namespace hn
{

namespace
{

constexpr std::string_view dashes = "---------------------------------\n";
constexpr std::size_t flush_size = std::size_t{64} * 1024;

std::string cell_text(const Cell &cell)
{
	if (const auto *flag = std::get_if<bool>(&cell))
		return *flag ? "true" : "false";
	if (const auto *number = std::get_if<std::uint64_t>(&cell))
		return std::to_string(*number);
	return std::get<std::string>(cell);
}

void csv_line(Out &out, std::span<const Cell> cells)
{
	char separator = '\0';

	for (const Cell &cell : cells) {
		const std::string text = cell_text(cell);
		if (separator)
			out.put(separator);
		separator = ',';
		if (text.find_first_of(",\"\r\n") == std::string::npos) {
			out.put(text);
			continue;
		}
		out.put('"');
		for (const char c : text) {
			if (c == '"')
				out.put('"');
			out.put(c);
		}
		out.put('"');
	}
	out.put('\n');
}

void csv_header(Out &out, std::span<const std::string_view> columns)
{
	std::vector<Cell> names;

	for (const std::string_view column : columns)
		names.emplace_back(std::string(column));
	csv_line(out, names);
}

// The output stream of RapidJSON's concept.
struct JsonStream {
	using Ch = char;

	Out &out;

	// NOLINTNEXTLINE(readability-identifier-naming): RapidJSON's name
	void Put(char c) { out.put(c); }
	// NOLINTNEXTLINE(readability-identifier-naming): RapidJSON's name
	void Flush() {}
};

using JsonWriter = rapidjson::PrettyWriter<JsonStream>;
using LineWriter = rapidjson::Writer<JsonStream>;

template<class Writer>
void json_key(Writer &writer, std::string_view key)
{
	writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
}

template<class Writer>
void json_cell(Writer &writer, const Cell &cell)
{
	if (const auto *flag = std::get_if<bool>(&cell)) {
		writer.Bool(*flag);
	} else if (const auto *number = std::get_if<std::uint64_t>(&cell)) {
		writer.Uint64(*number);
	} else {
		const auto &text = std::get<std::string>(cell);
		writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
	}
}

} // namespace

void Out::put(std::string_view text)
{
	buffer_ += text;
	if (fd_ >= 0 && buffer_.size() >= flush_size)
		write_all();
}

void Out::put(char c)
{
	put(std::string_view(&c, 1));
}

void Out::write_all()
{
	std::string_view left = buffer_;

	while (!left.empty() && !error_) {
		const ssize_t n = ::write(fd_, left.data(), left.size());
		if (n >= 0)
			left.remove_prefix(static_cast<std::size_t>(n));
		else if (errno != EINTR)
			error_ = errno;
	}
	buffer_.clear();
}

Result<void> Out::finish()
{
	if (fd_ >= 0)
		write_all();
	if (error_)
		return fail_errno(error_, "output");
	return {};
}

struct Rows::Json {
	JsonStream stream;
	JsonWriter writer;

	explicit Json(Out &out) : stream{out}, writer(stream) { writer.SetIndent('\t', 1); }
};

Rows::Rows(Out &out, Format format, bool headers, std::span<const std::string_view> columns)
	: out_(out), columns_(columns), headers_(headers)
{
	if (format == Format::Json)
		json_ = std::make_unique<Json>(out);
}

Rows::~Rows() = default;

void Rows::start()
{
	if (started_)
		return;
	started_ = true;
	if (json_) {
		json_->writer.StartArray();
	} else if (headers_) {
		csv_header(out_, columns_);
	}
}

void Rows::row(std::span<const Cell> cells)
{
	start();
	if (!json_) {
		csv_line(out_, cells);
		return;
	}
	json_->writer.StartObject();
	for (std::size_t i = 0; i < std::min(cells.size(), columns_.size()); i++) {
		json_key(json_->writer, columns_[i]);
		json_cell(json_->writer, cells[i]);
	}
	json_->writer.EndObject();
}

void Rows::end()
{
	start();
	if (!json_)
		return;
	json_->writer.EndArray();
	out_.put('\n');
}

Lines::Lines(Out &out, Format format, bool headers, std::span<const std::string_view> columns)
	: out_(out), format_(format), columns_(columns)
{
	if (format == Format::Csv && headers)
		csv_header(out, columns);
}

void Lines::row(std::span<const std::optional<Cell>> cells)
{
	if (format_ == Format::Csv) {
		std::vector<Cell> line;
		for (const std::optional<Cell> &cell : cells)
			line.push_back(cell.value_or(std::string()));
		csv_line(out_, line);
		return;
	}
	JsonStream stream{out_};
	LineWriter writer(stream);
	writer.StartObject();
	for (std::size_t i = 0; i < std::min(cells.size(), columns_.size()); i++) {
		if (!cells[i])
			continue;
		json_key(writer, columns_[i]);
		json_cell(writer, *cells[i]);
	}
	writer.EndObject();
	out_.put('\n');
}

void Blocks::begin(std::string_view title)
{
	title_ = title;
	entries_ = 0;
}

void Blocks::start()
{
	if (title_.empty())
		return;
	if (!first_)
		out_.put('\n');
	first_ = false;
	out_.put(title_);
	out_.put(":\n");
	out_.put(dashes);
	title_ = {};
}

void Blocks::entry(std::string_view text)
{
	start();
	entries_++;
	out_.put(text);
	out_.put(dashes);
}

void Blocks::end()
{
	start();
	if (entries_)
		out_.put("  (Fetched " + std::to_string(entries_) + " entries.)\n");
	else
		out_.put("  (empty)\n");
}

void print_fields(Out &out, Format format, bool headers, std::span<const Field> fields)
{
	if (format == Format::Csv) {
		if (headers)
			out.put("name,value\n");
		for (const Field &field : fields)
			csv_line(out, std::array<Cell, 2>{std::string(field.name), field.value});
		return;
	}
	if (format == Format::Json) {
		JsonStream stream{out};
		JsonWriter writer(stream);
		writer.SetIndent('\t', 1);
		writer.StartObject();
		for (const Field &field : fields) {
			json_key(writer, field.name);
			json_cell(writer, field.value);
		}
		writer.EndObject();
		out.put('\n');
		return;
	}
	std::size_t width = 0;
	for (const Field &field : fields)
		width = std::max(width, field.name.size());
	for (const Field &field : fields) {
		out.put(field.name);
		out.put(": ");
		out.put(std::string(width - field.name.size(), ' '));
		out.put(field.text ? *field.text : cell_text(field.value));
		out.put('\n');
	}
}

} // namespace hn
