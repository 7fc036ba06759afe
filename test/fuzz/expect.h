// SPDX-License-Identifier: GPL-2.0-or-later
// What a target states about its subject. A statement that does not hold ends the process, as a
// fault does: the fuzzer keeps the input, the replay fails.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace hn::fuzz
{

[[noreturn]] inline void refute(const char *file, int line, const char *statement)
{
	static_cast<void>(
		std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, statement));
	std::abort();
}

#define HN_EXPECT(statement)                                                                       \
	static_cast<void>((statement) || (hn::fuzz::refute(__FILE__, __LINE__, #statement), true))

// Text for people: not empty, and nothing in it that could forge another line.
inline bool is_one_line(std::string_view text)
{
	return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
		return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
	});
}

} // namespace hn::fuzz
