// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <termios.h>

#include "lib/loop.h"
#include "lib/result.h"

namespace hn
{

// Where lines are shown that replace each other: a terminal, of which all is given back at the end;
// or, if the output is none, one after the other.
class Screen
{
public:
	// Signals end it as the key q does, so that the terminal is given back in any case.
	static Result<Screen> open();

	Screen(Screen &&other) noexcept;
	Screen(const Screen &) = delete;
	Screen &operator=(const Screen &) = delete;
	Screen &operator=(Screen &&) = delete;
	~Screen();

	// As many of them, and as much of each, as there is room for.
	Result<void> show(std::span<const std::string> lines);

	// Waits so long; false: it is to end.
	Result<bool> wait(std::uint64_t ms);

private:
	explicit Screen(Signals signals) : signals_(std::move(signals)) {}

	Signals signals_;
	bool terminal_ = false; // of the output
	bool keys_ = false;	// the input is one as well, and set for single keys
	bool shown_ = false;
	termios before_{};
};

} // namespace hn
