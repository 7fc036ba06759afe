// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/http.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <unistd.h>

namespace hn
{

namespace
{

std::string lower(std::string_view text)
{
	std::string out(text);

	std::transform(out.begin(), out.end(), out.begin(),
		       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
	return out;
}

// Up to what ends a line, and both taken off.
std::string_view take_line(std::string_view &head)
{
	const std::size_t end = head.find('\n');
	std::string_view line = head.substr(0, end);

	head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
	if (line.ends_with('\r'))
		line.remove_suffix(1);
	return line;
}

bool ends(std::string_view head)
{
	return head.find("\r\n\r\n") != std::string_view::npos ||
	       head.find("\n\n") != std::string_view::npos;
}

std::string answer(std::string_view status, std::string_view type, std::size_t length,
		   std::string_view body)
{
	return "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: " + std::string(type) +
	       "\r\nContent-Length: " + std::to_string(length) +
	       "\r\nAllow: GET, HEAD\r\nConnection: close\r\n\r\n" + std::string(body);
}

std::string refusal(std::string_view status)
{
	const std::string body = std::string(status) + "\n";

	return answer(status, "text/plain; charset=utf-8", body.size(), body);
}

} // namespace

HttpRequest parse_request(std::string_view head)
{
	HttpRequest out;

	if (!ends(head))
		return out;
	const std::string_view line = take_line(head);
	const std::size_t target = line.find(' ');
	const std::size_t version = line.rfind(' ');
	if (target == std::string_view::npos || version <= target + 1 ||
	    !line.substr(version + 1).starts_with("HTTP/1."))
		return out;
	out.whole = true;
	out.method = line.substr(0, target);
	out.target = line.substr(target + 1, version - target - 1);
	out.target.erase(std::min(out.target.find('?'), out.target.size()));
	while (!head.empty()) {
		const std::string field = lower(take_line(head));

		if (field.starts_with("accept:"))
			out.accept += field.substr(7) + ",";
	}
	return out;
}

HttpRequest read_request(int fd)
{
	std::string head;
	std::array<char, 1024> buffer{};

	while (!ends(head) && head.size() < http_request_max) {
		const ssize_t got = ::read(fd, buffer.data(), buffer.size());

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		head.append(buffer.data(), static_cast<std::size_t>(got));
	}
	return parse_request(head);
}

std::string http_answer(const HttpRequest &request, std::string_view page, std::string_view type,
			std::string_view body)
{
	if (!request.whole)
		return refusal("400 Bad Request");
	if (request.method != "GET" && request.method != "HEAD")
		return refusal("405 Method Not Allowed");
	if (request.target != page)
		return refusal("404 Not Found");
	return answer("200 OK", type, body.size(),
		      request.method == "GET" ? body : std::string_view());
}

} // namespace hn
