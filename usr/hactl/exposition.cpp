// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/exposition.h"

#include <algorithm>

namespace hn
{

namespace
{

// Of a label's value, and of help without the quotes.
std::string escape(std::string_view text, bool quotes)
{
	std::string out;

	for (const char c : text) {
		if (c == '\\' || (c == '"' && quotes))
			out += '\\';
		if (c == '\n')
			out += "\\n";
		else
			out += c;
	}
	return out;
}

} // namespace

void Exposition::begin(std::string_view name, std::string_view type, std::string_view help)
{
	name_ = "hanat_" + std::string(name);
	std::replace(name_.begin(), name_.end(), '-', '_');
	// A family of counters is called as its samples are in the older dialect.
	const std::string family = name_ + (dialect_ == Dialect::Prometheus ? suffix_ : "");
	out_.put("# HELP " + family + " " + escape(help, false) + "\n");
	out_.put("# TYPE " + family + " " + std::string(type) + "\n");
}

void Exposition::counter(std::string_view name, std::string_view help)
{
	suffix_ = "_total";
	begin(name, "counter", help);
}

void Exposition::gauge(std::string_view name, std::string_view help)
{
	suffix_.clear();
	begin(name, "gauge", help);
}

void Exposition::put(std::string_view value, std::span<const Label> labels)
{
	std::string text;

	for (const auto &[name, of] : labels)
		text += (text.empty() ? "{" : ",") + std::string(name) + "=\"" + escape(of, true) +
			"\"";
	if (!text.empty())
		text += "}";
	out_.put(name_ + suffix_ + text + " " + std::string(value) + "\n");
}

void Exposition::sample(std::uint64_t value, std::span<const Label> labels)
{
	put(std::to_string(value), labels);
}

void Exposition::sample(std::uint64_t value, std::string_view label, std::string text)
{
	const Label only{label, std::move(text)};

	sample(value, std::span(&only, 1));
}

void Exposition::seconds(std::uint64_t milliseconds, std::string_view label, std::string text)
{
	const Label only{label, std::move(text)};
	const std::string fraction = std::to_string(1000 + milliseconds % 1000).substr(1);

	put(std::to_string(milliseconds / 1000) + "." + fraction, std::span(&only, 1));
}

void Exposition::end()
{
	if (dialect_ == Dialect::OpenMetrics)
		out_.put("# EOF\n");
}

} // namespace hn
