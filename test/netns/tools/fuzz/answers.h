// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "request.h"

namespace hn::fuzz
{

// Counts the answers to each command, from any thread, and compares them with those that
// common/hanat.h documents.
class Answers
{
public:
	// `lie`: -EINVAL counts as undocumented. Something must be found then.
	explicit Answers(bool lie) : lie_(lie) {}

	// `error` is what the kernel answered: 0, or an errno.
	void add(const Request &request, int error, bool privileged);
	// Something else went wrong.
	void fail(const std::string &what);
	// Prints what was counted, and what must not be.
	void print() const;
	[[nodiscard]] bool bad() const { return !bad_.empty(); }

private:
	// By command and errno; of requests that reached their command.
	std::map<std::pair<unsigned, int>, unsigned long> counts_;
	std::map<std::string, unsigned long> bad_;
	std::mutex lock_;
	bool lie_;
};

} // namespace hn::fuzz
