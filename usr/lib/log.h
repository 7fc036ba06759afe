// SPDX-License-Identifier: GPL-2.0-or-later
// Messages to standard error: "<priority>text" if that is the journal, else "program: text".
#pragma once

#include <cstdint>
#include <string>

namespace hn
{

// As in syslog(3).
enum class Priority { Error = 3, Warning = 4, Notice = 5, Info = 6, Debug = 7 };

// Detects the journal and keeps the program's name. Before it is called, the name is "hanat".
void log_open(const char *program);

// One line; control characters are replaced, so that nothing from outside can forge a line.
[[gnu::format(printf, 2, 3)]] void log(Priority priority, const char *format, ...);

// The line log() would write, with its newline.
std::string log_line(bool journal, const std::string &program, Priority priority,
		     const std::string &text);

// Lets one message of a kind through per interval and counts what it held back.
class LogGate
{
public:
	explicit LogGate(std::uint64_t interval_ms = 10000) : interval_(interval_ms) {}

	bool open(std::uint64_t now_ms);

	// How many were held back before the last one that passed.
	[[nodiscard]] std::uint64_t held() const { return held_; }

private:
	std::uint64_t interval_;
	std::uint64_t next_ = 0;
	std::uint64_t waiting_ = 0;
	std::uint64_t held_ = 0;
};

} // namespace hn
