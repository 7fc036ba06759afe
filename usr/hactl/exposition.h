// SPDX-License-Identifier: GPL-2.0-or-later
// Samples of metrics as text, in two dialects that Prometheus reads: OpenMetrics 1.0, and its own
// format 0.0.4 for those who do not ask for that.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "hactl/print.h"

namespace hn
{

enum class Dialect { OpenMetrics, Prometheus };

using Label = std::pair<std::string_view, std::string>;

class Exposition
{
public:
	Exposition(Out &out, Dialect dialect) : out_(out), dialect_(dialect) {}

	// The samples that follow are of this family, to the next one. A name with dashes is one
	// with underscores. A counter's is without "_total".
	void counter(std::string_view name, std::string_view help);
	void gauge(std::string_view name, std::string_view help);
	void sample(std::uint64_t value, std::span<const Label> labels = {});
	void sample(std::uint64_t value, std::string_view label, std::string text);
	void seconds(std::uint64_t milliseconds, std::string_view label, std::string text);
	void end();

private:
	void begin(std::string_view name, std::string_view type, std::string_view help);
	void put(std::string_view value, std::span<const Label> labels);

	Out &out_;
	Dialect dialect_;
	std::string name_;   // of the family
	std::string suffix_; // of its samples
};

} // namespace hn
