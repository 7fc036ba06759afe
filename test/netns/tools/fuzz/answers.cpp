// SPDX-License-Identifier: GPL-2.0-or-later
#include "answers.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "hanat.h"

namespace hn::fuzz
{

namespace
{

struct Documented {
	const char *name;
	bool admin;
	// Beside those common to all commands.
	std::vector<int> errors;
};

const std::array<Documented, HN_CMD_MAX + 1> &documented()
{
	static const std::array<Documented, HN_CMD_MAX + 1> table = {{
		{"", false, {}},
		{"instance-add", true, {EEXIST}},
		{"instance-remove", true, {ENODEV}},
		{"instance-get", false, {ENODEV}},
		{"global-get", false, {ENODEV}},
		{"global-set", true, {ENODEV, ERANGE}},
		{"pool4-add", true, {ENODEV, EEXIST, E2BIG, ERANGE}},
		{"pool4-remove", true, {ENODEV, ENOENT}},
		{"pool4-flush", true, {ENODEV}},
		{"pool4-get", false, {ENODEV, EBUSY}},
		{"session-get", true, {ENODEV, EBUSY, ERANGE}},
		{"bib-get", true, {ENODEV, EBUSY}},
		{"stats-get", false, {ENODEV}},
		{"apply", true, {ENODEV, EOPNOTSUPP}},
		{"advertise", true, {ENODEV, EOPNOTSUPP}},
		{"", false, {}}, // nobody asks for that
		{"digest-get", true, {ENODEV, ERANGE}},
		{"prefix-add", true, {ENODEV, ERANGE, EEXIST, E2BIG}},
		{"prefix-remove", true, {ENODEV, ERANGE, ENOENT}},
		{"prefix-flush", true, {ENODEV, ERANGE}},
		{"prefix-get", false, {ENODEV, ERANGE}},
		{"shares-hold", true, {ENODEV, ESTALE, ERANGE}},
		{"bib-add", true, {ENODEV, ENOENT, EEXIST, E2BIG}},
		{"bib-remove", true, {ENODEV, ENOENT}},
	}};

	return table;
}

bool contains(const std::vector<int> &errors, int error)
{
	return std::find(errors.begin(), errors.end(), error) != errors.end();
}

// Requests that do not reach a command: EPERM comes before what the headers hold.
bool fits_unaddressed(int error, bool privileged)
{
	return error == EOPNOTSUPP || error == EINVAL || (error == EPERM && !privileged);
}

bool fits(const Documented &command, int error, bool privileged)
{
	if (command.admin && !privileged)
		return error == EPERM;
	return error == 0 || error == EINVAL || error == ENOMEM || contains(command.errors, error);
}

std::string describe(unsigned command, int error)
{
	std::string name = is_request(command) ? documented()[command].name
					       : "command-" + std::to_string(command);

	return name + " " + (error ? strerrorname_np(error) : "ok");
}

} // namespace

void Answers::add(const Request &request, int error, bool privileged)
{
	const std::lock_guard hold(lock_);
	bool good = fits_unaddressed(error, privileged);

	if (request.addressed) {
		good = fits(documented()[request.command], error, privileged);
		counts_[{request.command, error}]++;
	}
	if (!good || (lie_ && error == EINVAL))
		bad_[(privileged ? "" : "unprivileged ") + describe(request.command, error) +
		     (request.addressed ? "" : ", which is no request")]++;
}

void Answers::fail(const std::string &what)
{
	const std::lock_guard hold(lock_);

	bad_[what]++;
}

void Answers::print() const
{
	for (const auto &[key, count] : counts_)
		std::printf("%s %lu\n", describe(key.first, key.second).c_str(), count);
	for (unsigned command = HN_CMD_INSTANCE_ADD; command <= HN_CMD_MAX; command++) {
		if (is_request(command) && !counts_.contains({command, 0}))
			std::printf("never %s\n", documented()[command].name);
	}
	for (const auto &[what, count] : bad_)
		std::printf("bad %s: %lu\n", what.c_str(), count);
}

} // namespace hn::fuzz
