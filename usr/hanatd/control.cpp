// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/control.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "lib/control.h"

namespace hn
{

namespace
{

bool is_privileged(int fd)
{
	ucred peer{};
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

// "COMMAND [MILLISECONDS [NODE]]"
ControlRequest parse_request(const std::string &line, std::uint64_t now)
{
	std::istringstream words(line);
	ControlRequest request;
	std::uint64_t ms = 0;

	words >> request.command >> ms >> request.node;
	request.deadline = now + std::min(ms, Control::wait_max_ms);
	return request;
}

} // namespace

Control::~Control()
{
	while (!clients_.empty())
		drop(clients_.begin()->first);
	if (listener_)
		loop_.forget(listener_.get());
}

Result<void> Control::open()
{
	Result<UniqueFd> listener = control_listen();

	if (!listener)
		return fail(listener.error());
	listener_ = std::move(*listener);
	return loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_all(); });
}

void Control::accept_all()
{
	for (;;) {
		UniqueFd fd(
			accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
		const int number = fd.get();

		if (!fd)
			return;
		if (clients_.size() >= max_clients)
			continue;
		if (!loop_.watch(number, EPOLLIN, [this, number](std::uint32_t events) {
			    on_client(number, events);
		    }))
			continue;
		const bool privileged = is_privileged(number);
		clients_.emplace(number, Client{.fd = std::move(fd),
						.privileged = privileged,
						.input = {},
						.request = {},
						.output = {},
						.deadline = monotonic_ms() + patience_ms});
	}
}

void Control::drop(int fd)
{
	loop_.forget(fd);
	clients_.erase(fd);
}

void Control::on_client(int fd, std::uint32_t events)
{
	const auto it = clients_.find(fd);
	const std::uint64_t now = monotonic_ms();

	if (it == clients_.end())
		return;
	Client &client = it->second;
	bool keep = true;
	if (!client.output.empty())
		keep = write_answer(client);
	else if (!client.request)
		keep = read_request(client, now) && serve(client, now);
	else
		keep = !(events & (EPOLLERR | EPOLLHUP)); // it waits, or went away
	if (!keep)
		drop(fd);
}

bool Control::read_request(Client &client, std::uint64_t now)
{
	std::array<char, control_request_max> part{};
	const ssize_t n = ::read(client.fd.get(), part.data(), part.size());

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	client.input.append(part.data(), static_cast<std::size_t>(n));
	const std::size_t end = client.input.find('\n');
	if (end == std::string::npos)
		return n > 0 && client.input.size() < control_request_max;
	client.request = parse_request(client.input.substr(0, end), now);
	client.request->privileged = client.privileged;
	client.deadline = client.request->deadline;
	// From now on it is only watched for going away.
	return static_cast<bool>(loop_.change(client.fd.get(), 0));
}

// Answers it if that is possible now.
bool Control::serve(Client &client, std::uint64_t now)
{
	if (!client.request || !client.output.empty())
		return true;
	const std::optional<std::string> answer =
		answer_(*client.request, now >= client.request->deadline);
	client.request->begun = true;
	if (!answer)
		return true;
	client.output = *answer;
	client.deadline = now + patience_ms;
	return write_answer(client);
}

bool Control::write_answer(Client &client)
{
	const ssize_t n =
		send(client.fd.get(), client.output.data(), client.output.size(), MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR
			       ? static_cast<bool>(loop_.change(client.fd.get(), EPOLLOUT))
			       : false;
	client.output.erase(0, static_cast<std::size_t>(n));
	return !client.output.empty() && loop_.change(client.fd.get(), EPOLLOUT);
}

void Control::settle(std::uint64_t now)
{
	std::vector<int> done;

	for (auto &[fd, client] : clients_) {
		const bool waits = client.request && client.output.empty();

		if (waits ? !serve(client, now) : now >= client.deadline)
			done.push_back(fd);
	}
	for (const int fd : done)
		drop(fd);
}

std::optional<std::uint64_t> Control::deadline() const
{
	std::optional<std::uint64_t> first;

	for (const auto &[fd, client] : clients_)
		first = std::min(first.value_or(client.deadline), client.deadline);
	return first;
}

} // namespace hn
