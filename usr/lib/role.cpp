// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/role.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/unique_fd.h"

namespace hn
{

namespace
{

constexpr std::array<std::string_view, 4> names{"master", "backup", "fault", "stop"};

Result<std::string> role_file()
{
	return file_of_namespace(role_directory, "role");
}

// What is in the file: the role, and when it was said, in clock ticks since the machine was
// started.
struct Record {
	Role role;
	std::uint64_t at = 0;
};

std::optional<Record> read_record(const std::string &file)
{
	std::ifstream in(file);
	Record record;

	if (!(in >> record.role.name >> record.role.since >> record.at) ||
	    !is_role(record.role.name))
		return std::nullopt;
	return record;
}

// When this process was: field 22 of proc(5), stat; the name before may have blanks.
std::uint64_t started()
{
	constexpr int before = 19; // fields between the name and it
	std::ifstream in("/proc/self/stat");
	std::string word;
	std::uint64_t ticks = 0;

	std::getline(in, word, ')');
	for (int i = 0; i < before; ++i)
		in >> word;
	in >> ticks;
	return ticks;
}

// On the same clock.
std::uint64_t ticks_now()
{
	const auto per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
	timespec now{};

	clock_gettime(CLOCK_BOOTTIME, &now);
	return static_cast<std::uint64_t>(now.tv_sec) * per_second +
	       static_cast<std::uint64_t>(now.tv_nsec) * per_second / 1000000000;
}

Result<void> write_role(std::string_view name, std::uint64_t at)
{
	const Result<std::string> file = role_file();

	if (!file)
		return fail(file.error());
	if (mkdir(role_directory, 0755) != 0 && errno != EEXIST)
		return fail_errno(errno, role_directory);
	const UniqueFd directory(::open(role_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!directory || flock(directory.get(), LOCK_EX) != 0)
		return fail_errno(errno, role_directory);
	const std::optional<Record> old = read_record(*file);
	if (old && old->at > at)
		return {};
	const std::uint64_t since = old && old->role.name == name
					    ? old->role.since
					    : static_cast<std::uint64_t>(std::time(nullptr));
	return file_replace(*file, std::string(name) + " " + std::to_string(since) + " " +
					   std::to_string(at));
}

} // namespace

bool is_role(std::string_view name)
{
	return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_master(const std::optional<Role> &role)
{
	return role && role->name == "master";
}

Result<void> role_write(std::string_view name)
{
	return write_role(name, started());
}

Result<void> role_write_now(std::string_view name)
{
	return write_role(name, ticks_now());
}

std::optional<Role> role_read()
{
	const Result<std::string> file = role_file();
	const std::optional<Record> record = file ? read_record(*file) : std::nullopt;

	return record ? std::optional(record->role) : std::nullopt;
}

} // namespace hn
