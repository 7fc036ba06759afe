// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "hactl/command.h"

namespace hn
{

// The words of a command line, sorted. Which command they make is known; whether it takes the
// options and arguments is not.
struct Sorted {
	const Command *command;
	std::vector<std::string> options; // as --name or --name=value, letters spelled out
	std::vector<std::string> arguments;
};

Result<Sorted> sort_words(std::span<const std::string> args);

} // namespace hn
