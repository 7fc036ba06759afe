// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/log.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace hn
{

namespace
{

struct Target {
	std::string program = "hanat";
	bool journal = false;
};

// The one mutable object of the process, for standard error is one, too.
Target &target()
{
	static Target t;
	return t;
}

// systemd sets JOURNAL_STREAM to device:inode of the stream; it may be inherited by a shell that
// redirects us elsewhere.
bool stderr_is_journal()
{
	const char *stream = std::getenv("JOURNAL_STREAM");
	struct stat st {
	};

	if (!stream || fstat(STDERR_FILENO, &st) != 0)
		return false;
	return stream == std::to_string(st.st_dev) + ":" + std::to_string(st.st_ino);
}

} // namespace

void log_open(const char *program)
{
	target() = {.program = program, .journal = stderr_is_journal()};
}

std::string log_line(bool journal, const std::string &program, Priority priority,
		     const std::string &text)
{
	std::string line =
		journal ? "<" + std::to_string(static_cast<int>(priority)) + ">" : program + ": ";

	for (const char c : text) {
		const auto u = static_cast<unsigned char>(c);
		line += u < 0x20 || u == 0x7f ? '?' : c;
	}
	line += '\n';
	return line;
}

void log(Priority priority, const char *format, ...)
{
	std::array<char, 1024> text{};
	std::va_list args;

	va_start(args, format);
	if (std::vsnprintf(text.data(), text.size(), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	const std::string line =
		log_line(target().journal, target().program, priority, text.data());
	// One write, so that lines of several processes do not mix. There is nobody to tell if it
	// fails.
	[[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
}

bool LogGate::open(std::uint64_t now_ms)
{
	if (now_ms < next_) {
		++waiting_;
		return false;
	}
	next_ = now_ms + interval_;
	held_ = waiting_;
	waiting_ = 0;
	return true;
}

} // namespace hn
