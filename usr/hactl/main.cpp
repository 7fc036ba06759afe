// SPDX-License-Identifier: GPL-2.0-or-later
// hactl shows and changes the translator of the network namespace it runs in.
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <unistd.h>
#include <vector>

#include "hactl/command.h"

namespace
{

enum Exit { ExitDone = 0, ExitFailed = 1, ExitUsage = 2 };

int complain(const std::string &text, Exit code)
{
	static_cast<void>(std::fprintf(stderr, "hactl: %s\n", text.c_str()));
	return code;
}

int run(const std::vector<std::string> &args)
{
	const hn::Result<hn::Invocation> inv = hn::parse(args);
	if (!inv)
		return complain(inv.error().what, ExitUsage);

	hn::Out out(STDOUT_FILENO);
	const hn::Result<void> done = inv->command->run(*inv, out);
	const hn::Result<void> written = out.finish();
	for (const std::string &warning : out.warnings())
		complain(inv->command->name() + ": warning: " + warning, ExitDone);
	for (const hn::Result<void> &result : {done, written})
		if (!result)
			return complain(inv->command->name() + ": " + result.error().what,
					ExitFailed);
	return ExitDone;
}

} // namespace

int main(int argc, char **argv)
{
	try {
		// A reader who has seen enough ends us, whatever our parent made of the signal.
		static_cast<void>(std::signal(SIGPIPE, SIG_DFL));
		return run({argv + 1, argv + argc});
	} catch (const std::exception &e) {
		return complain(e.what(), ExitFailed);
	}
}
