// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/notify_fifo.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace hn
{

namespace
{

struct StateRole {
	std::string_view state, role;
};

constexpr std::array<StateRole, 5> roles{{
	{"MASTER", "master"},
	{"BACKUP", "backup"},
	{"FAULT", "fault"},
	{"STOP", "stop"},
	{"DELETED", "stop"},
}};

// What is before the next such character, which goes with it.
std::string_view cut(std::string_view &rest, char end)
{
	const std::size_t at = rest.find(end);
	const std::string_view word = rest.substr(0, at);

	rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
	return word;
}

} // namespace

std::string_view notify_role(std::string_view line, std::string_view name)
{
	const std::string_view kind = cut(line, ' ');

	if ((kind != "INSTANCE" && kind != "GROUP") || !cut(line, '"').empty())
		return {};
	const std::string_view of = cut(line, '"');
	if ((!name.empty() && of != name) || !cut(line, ' ').empty())
		return {};
	const std::string_view state = cut(line, ' ');
	for (const StateRole &known : roles)
		if (state == known.state)
			return known.role;
	return {};
}

NotifyFifo::NotifyFifo(Loop &loop, std::string path, std::string name, Heard heard)
	: loop_(loop), path_(std::move(path)), name_(std::move(name)), heard_(std::move(heard))
{
}

// The one that is open is still the one to be found there.
bool NotifyFifo::current() const
{
	struct stat open {
	}, there{};

	return fd_ && fstat(fd_.get(), &open) == 0 && stat(path_.c_str(), &there) == 0 &&
	       open.st_dev == there.st_dev && open.st_ino == there.st_ino;
}

Result<void> NotifyFifo::look()
{
	if (current())
		return {};
	if (fd_)
		read(); // the last words of the one that removed it
	close();
	if (mkfifo(path_.c_str(), 0600) != 0 && errno != EEXIST)
		return fail_errno(errno, path_);
	// For writing as well: without writers it would be at its end, and readable for ever.
	UniqueFd fd(::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
	struct stat opened {
	};
	if (!fd || fstat(fd.get(), &opened) != 0)
		return fail_errno(errno, path_);
	if (!S_ISFIFO(opened.st_mode))
		return fail(EINVAL, path_ + ": not a FIFO");
	Result<void> watched = loop_.watch(fd.get(), EPOLLIN, [this](std::uint32_t) { read(); });
	if (watched)
		fd_ = std::move(fd);
	return watched;
}

void NotifyFifo::read()
{
	std::array<char, 4096> buffer{};

	for (;;) {
		const ssize_t n = ::read(fd_.get(), buffer.data(), buffer.size());

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		take({buffer.data(), static_cast<std::size_t>(n)});
	}
}

void NotifyFifo::take(std::string_view bytes)
{
	while (!bytes.empty()) {
		const bool whole = bytes.find('\n') != std::string_view::npos;

		line_ += cut(bytes, '\n');
		if (line_.size() > max_line)
			line_.resize(max_line + 1); // so long that nothing can be said by it
		if (!whole)
			return;
		const std::string line = std::exchange(line_, {});
		const std::string_view role =
			line.size() > max_line ? std::string_view() : notify_role(line, name_);
		if (!role.empty())
			heard_(role);
	}
}

void NotifyFifo::close()
{
	if (fd_)
		loop_.forget(fd_.get());
	fd_ = UniqueFd();
	line_.clear();
}

} // namespace hn
