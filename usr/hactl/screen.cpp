// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/screen.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include "hactl/print.h"

namespace hn
{

namespace
{

// Of ECMA-48, and xterm's for a screen of its own.
constexpr std::string_view begin = "\033[?1049h\033[?25l";
constexpr std::string_view end = "\033[?25h\033[?1049l";
constexpr std::string_view home = "\033[H";
constexpr std::string_view clear_line = "\033[K\n";
constexpr std::string_view clear_rest = "\033[J";

Result<void> write_text(std::string_view text)
{
	Out out(STDOUT_FILENO);

	out.put(text);
	return out.finish();
}

} // namespace

Result<Screen> Screen::open()
{
	Result<Signals> signals = Signals::open({SIGINT, SIGTERM, SIGHUP});

	if (!signals)
		return fail(signals.error());
	Screen screen(std::move(*signals));
	screen.terminal_ = isatty(STDOUT_FILENO) != 0;
	if (!screen.terminal_)
		return screen;
	screen.keys_ = tcgetattr(STDIN_FILENO, &screen.before_) == 0;
	if (screen.keys_) {
		termios single = screen.before_;
		single.c_lflag &= ~tcflag_t{ICANON | ECHO};
		screen.keys_ = tcsetattr(STDIN_FILENO, TCSANOW, &single) == 0;
	}
	if (Result<void> written = write_text(begin); !written)
		return fail(written.error());
	return screen;
}

Screen::Screen(Screen &&other) noexcept
	: signals_(std::move(other.signals_)), terminal_(std::exchange(other.terminal_, false)),
	  keys_(std::exchange(other.keys_, false)), shown_(other.shown_), before_(other.before_)
{
}

Screen::~Screen()
{
	if (terminal_) [[maybe_unused]]
		const Result<void> written = write_text(end);
	if (keys_)
		tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

Result<void> Screen::show(std::span<const std::string> lines)
{
	winsize size{};
	std::string text;

	if (!terminal_) {
		if (std::exchange(shown_, true))
			text += "\n";
		for (const std::string &line : lines)
			text += line + "\n";
		return write_text(text);
	}
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
		size = {.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
	text += home;
	for (const std::string &line :
	     lines.first(std::min<std::size_t>(lines.size(), size.ws_row - 1U)))
		text += line.substr(0, size.ws_col) + std::string(clear_line);
	text += clear_rest;
	return write_text(text);
}

Result<bool> Screen::wait(std::uint64_t ms)
{
	const std::uint64_t until = monotonic_ms() + ms;

	for (std::uint64_t now = monotonic_ms(); now < until; now = monotonic_ms()) {
		std::array<pollfd, 2> fds{
			{{signals_.fd(), POLLIN, 0}, {keys_ ? STDIN_FILENO : -1, POLLIN, 0}}};
		char key = 0;

		if (poll(fds.data(), fds.size(), static_cast<int>(until - now)) < 0 &&
		    errno != EINTR)
			return fail_errno(errno, "poll");
		if (fds[0].revents && signals_.take())
			return false;
		if (!fds[1].revents)
			continue;
		const ssize_t n = ::read(STDIN_FILENO, &key, 1);
		if (n > 0 && (key == 'q' || key == 'Q'))
			return false;
		if (n <= 0)
			keys_ = false; // the terminal is gone, or there is no more input
	}
	return true;
}

} // namespace hn
