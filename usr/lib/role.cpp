// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/role.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <sys/stat.h>

#include "lib/file.h"

namespace hn
{

namespace
{

constexpr std::array<std::string_view, 4> names{"master", "backup", "fault", "stop"};

Result<std::string> role_file()
{
	return file_of_namespace(role_directory, "role");
}

} // namespace

bool is_role(std::string_view name)
{
	return std::find(names.begin(), names.end(), name) != names.end();
}

Result<void> role_write(std::string_view name)
{
	const std::optional<Role> old = role_read();
	const Result<std::string> file = role_file();

	if (old && old->name == name)
		return {};
	if (!file)
		return fail(file.error());
	if (mkdir(role_directory, 0755) != 0 && errno != EEXIST)
		return fail_errno(errno, role_directory);
	return file_replace(*file, std::string(name) + " " + std::to_string(std::time(nullptr)));
}

std::optional<Role> role_read()
{
	const Result<std::string> file = role_file();
	Role role;

	if (!file)
		return std::nullopt;
	std::ifstream in(*file);
	if (!(in >> role.name >> role.since) || !is_role(role.name))
		return std::nullopt;
	return role;
}

} // namespace hn
