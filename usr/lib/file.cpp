// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/unique_fd.h"

namespace hn
{

Result<void> file_replace(const std::string &file, const std::string &text)
{
	const std::string temporary = file + ".new";
	const std::string line = text + "\n";
	const UniqueFd fd(::open(temporary.c_str(),
				 O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));

	if (!fd)
		return fail_errno(errno, temporary);
	if (fchmod(fd.get(), 0644) != 0 ||
	    ::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
		const int error = errno;
		::unlink(temporary.c_str());
		return fail_errno(error, temporary);
	}
	if (std::rename(temporary.c_str(), file.c_str()) != 0)
		return fail_errno(errno, file);
	return {};
}

Result<std::string> file_of_namespace(const std::string &directory, const std::string &name)
{
	struct stat namespace_stat {
	};

	if (stat("/proc/self/ns/net", &namespace_stat) != 0)
		return fail_errno(errno, "/proc/self/ns/net");
	return directory + "/net-" + std::to_string(namespace_stat.st_ino) + "." + name;
}

} // namespace hn
