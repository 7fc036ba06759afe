// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "lib/loop.h"
#include "lib/result.h"
#include "lib/unique_fd.h"

namespace hn
{

// The role (lib/role.h) that a line of keepalived's notify_fifo tells, keepalived.conf(5):
//	INSTANCE|GROUP "NAME" STATE PRIORITY
// Empty: none, or it is about another NAME; an empty name stands for all.
std::string_view notify_role(std::string_view line, std::string_view name);

// The FIFO into which keepalived writes them.
class NotifyFifo
{
public:
	static constexpr std::size_t max_line = 512;

	using Heard = std::function<void(std::string_view role)>;

	// The loop outlives it.
	NotifyFifo(Loop &loop, std::string path, std::string name, Heard heard);
	NotifyFifo(const NotifyFifo &) = delete;
	NotifyFifo(NotifyFifo &&) = delete;
	NotifyFifo &operator=(const NotifyFifo &) = delete;
	NotifyFifo &operator=(NotifyFifo &&) = delete;
	~NotifyFifo() { close(); }

	// Makes it if there is none, and listens. To be called again now and then: keepalived
	// removes one that it has made itself when it ends, and makes another.
	Result<void> look();

private:
	[[nodiscard]] bool current() const;
	void read();
	void take(std::string_view bytes);
	void close();

	Loop &loop_;
	const std::string path_;
	const std::string name_;
	const Heard heard_;
	UniqueFd fd_;
	std::string line_; // begun
};

} // namespace hn
