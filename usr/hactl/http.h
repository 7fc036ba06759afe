// SPDX-License-Identifier: GPL-2.0-or-later
// One request of HTTP/1.1 (RFC 9112), answered, for a process that has the connection as its
// standard input and output: enough for one page that anybody may read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hn
{

constexpr std::size_t http_request_max = 8192; // bytes, with all fields

struct HttpRequest {
	bool whole = false; // the head came to its end, and its first line is one
	std::string method;
	std::string target; // without a query
	std::string accept; // all such fields, in lower case
};

HttpRequest parse_request(std::string_view head);

// Reads to the empty line, at most http_request_max; what follows is left.
HttpRequest read_request(int fd);

// The answer, after which the connection ends: the body for GET of the one page there is, its head
// for HEAD; 400, 404 or 405 for what else is asked.
std::string http_answer(const HttpRequest &request, std::string_view page, std::string_view type,
			std::string_view body);

} // namespace hn
