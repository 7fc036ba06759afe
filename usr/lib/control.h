// SPDX-License-Identifier: GPL-2.0-or-later
// The local socket on which hactl asks hanatd: one line with a request, one JSON value as the
// answer, end of file. Each network namespace has a socket of its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/result.h"
#include "lib/unique_fd.h"

namespace hn
{

constexpr const char *control_directory = "/run/hanatd";
constexpr std::size_t control_request_max = 256; // bytes, with the newline
constexpr std::size_t control_answer_max = 64U << 20;

// Of this process's network namespace.
Result<std::string> control_path();

// Listens there, non-blocking, for everybody who can reach the directory, which is made if need be.
// EADDRINUSE: a daemon that lives is there; a dead one's socket is replaced.
Result<UniqueFd> control_listen();

// Asks, and waits for the answer so long beyond the time that the request itself may take.
Result<std::string> control_ask(std::string_view request, int timeout_ms);

} // namespace hn
