// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hn::flow
{

using Seconds = std::chrono::duration<double>;

// Each command uses some of them; see usage in options.cpp.
struct Options {
	std::string command;
	std::string host;
	std::uint16_t port = 0;
	std::string report;
	Seconds timeout{20};
	std::vector<std::size_t> sizes;
	unsigned times = 1;
	bool silent = false;
	std::string text = "hello";
	int ttl = 64;
	bool no_checksum = false;
	std::string bind;
	std::uint16_t bind_port = 0;
	Seconds interval{0.05};
	std::size_t count = 10000;
	std::size_t fan = 4;
	double rate = 20000;
	std::string to;
	std::uint16_t at = 0;
	std::uint16_t segment = 0;
};

// Says what is wrong and ends the program if it must.
Options parse_options(int argc, char **argv);

} // namespace hn::flow
