// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <cstdio>
#include <fstream>
#include <utility>

namespace hn::flow
{

Report::Report(std::string path, Lines lines) : path_(std::move(path)), lines_(std::move(lines))
{
	write_now();
}

void Report::write()
{
	if (std::chrono::steady_clock::now() >= due_)
		write_now();
}

void Report::write_now()
{
	if (path_.empty())
		return;
	due_ = std::chrono::steady_clock::now() + period;
	const std::string made = path_ + ".new";
	{
		std::ofstream file{made};

		lines_(file);
	}
	std::rename(made.c_str(), path_.c_str());
}

} // namespace hn::flow
