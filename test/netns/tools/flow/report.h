// SPDX-License-Identifier: GPL-2.0-or-later
// How far a command is, for those who wait for it: lines KEY VALUE... in a file that is
// replaced atomically.
#pragma once

#include <chrono>
#include <functional>
#include <ostream>
#include <string>

namespace hn::flow
{

// KEY VALUE... of several.
template<typename List>
void write_list(std::ostream &out, const char *key, const List &values)
{
	out << key;
	for (const auto &value : values)
		out << ' ' << value;
	out << '\n';
}

class Report
{
public:
	using Lines = std::function<void(std::ostream &)>;

	static constexpr std::chrono::milliseconds period{100};

	// No file: nothing is reported.
	Report(std::string path, Lines lines);

	// At most once in a period.
	void write();
	void write_now();

private:
	std::string path_;
	Lines lines_;
	std::chrono::steady_clock::time_point due_;
};

} // namespace hn::flow
