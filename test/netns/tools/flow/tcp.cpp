// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "commands.h"
#include "report.h"
#include "sockets.h"

namespace hn::flow
{
namespace
{

// Fails with how long it took, in time or not.
UniqueFd connected(const Options &options)
{
	UniqueFd fd = client(options, SOCK_STREAM);
	const Address host{options.host, options.port};
	const Clock::time_point begin = Clock::now();
	int error = 0;

	set_nonblocking(fd.get());
	if (connect(fd.get(), host.get(), host.length()) != 0)
		error = errno;
	if (error == EINPROGRESS) {
		socklen_t length = sizeof(error);

		if (!comes(fd.get(), POLLOUT, in(options.timeout)))
			error = ETIMEDOUT;
		else
			getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
	}
	if (error != 0) {
		const auto took =
			std::chrono::round<std::chrono::milliseconds>(Clock::now() - begin);

		throw std::runtime_error(std::string{std::strerror(error)} + " after " +
					 std::to_string(took.count()) + " ms");
	}
	return fd;
}

// One connection of the server: what came in goes out.
class EchoConnection
{
public:
	explicit EchoConnection(UniqueFd fd) : fd_(std::move(fd)) {}

	[[nodiscard]] pollfd wanted() const
	{
		const bool room = !finished_ && waiting_.size() < 4 * chunk;
		const bool more = finished_ || !waiting_.empty();

		return {.fd = fd_.get(),
			.events = static_cast<short>((room ? POLLIN : 0) | (more ? POLLOUT : 0)),
			.revents = 0};
	}

	// Bytes that were read. It is over when that throws, or over() afterwards.
	std::size_t handle(short events)
	{
		std::string data;

		if (!finished_ && (events & (POLLIN | POLLERR | POLLHUP)) != 0) {
			data = receive(fd_.get());
			finished_ = data.empty();
			waiting_ += data;
		}
		if (!waiting_.empty() && (events & POLLOUT) != 0) {
			const ssize_t length =
				send(fd_.get(), waiting_.data(), waiting_.size(), MSG_NOSIGNAL);

			if (length < 0)
				throw_errno(errno);
			waiting_.erase(0, static_cast<std::size_t>(length));
		}
		return data.size();
	}

	[[nodiscard]] bool over() const { return finished_ && waiting_.empty(); }

private:
	UniqueFd fd_;
	std::string waiting_;
	bool finished_ = false;
};

class Server
{
public:
	explicit Server(const Options &options)
		: listener_(listening(options)),
		  report_(options.report, [this](std::ostream &out) { write(out); })
	{
	}

	void run()
	{
		for (;;) {
			std::vector<pollfd> fds = {
				{.fd = listener_.get(), .events = POLLIN, .revents = 0}};

			for (const EchoConnection &connection : connections_)
				fds.push_back(connection.wanted());
			if (poll(fds.data(), fds.size(), static_cast<int>(Report::period.count())) <
			    0)
				throw_errno(errno);
			serve(fds);
			if (fds[0].revents != 0)
				accept_one();
			report_.write();
		}
	}

private:
	static UniqueFd listening(const Options &options)
	{
		UniqueFd fd = server(options, SOCK_STREAM);

		if (listen(fd.get(), 64) != 0)
			throw_errno(errno);
		return fd;
	}

	void serve(const std::vector<pollfd> &fds)
	{
		std::vector<EchoConnection> open;

		for (std::size_t i = 1; i < fds.size(); ++i) {
			EchoConnection &connection = connections_[i - 1];

			try {
				if (fds[i].revents != 0)
					bytes_ += connection.handle(fds[i].revents);
				if (!connection.over())
					open.push_back(std::move(connection));
			} catch (const std::system_error &) {
				// Reset by its client: it is not kept.
			}
		}
		connections_ = std::move(open);
	}

	void accept_one()
	{
		Address peer;
		socklen_t room = Address::room;
		UniqueFd fd{
			accept4(listener_.get(), peer.get(), &room, SOCK_NONBLOCK | SOCK_CLOEXEC)};

		// Its client may have given up already.
		if (!fd)
			return;
		peers_.push_back(peer.name());
		connections_.emplace_back(std::move(fd));
	}

	void write(std::ostream &out) const
	{
		write_list(out, "peers", peers_);
		out << "open " << connections_.size() << "\nbytes " << bytes_ << '\n';
	}

	UniqueFd listener_;
	std::vector<EchoConnection> connections_;
	std::vector<std::string> peers_;
	unsigned long bytes_ = 0;
	Report report_;
};

void echo_one(const Options &options, std::size_t size)
{
	const UniqueFd fd = connected(options);
	const std::string data = random_bytes(size);
	const Clock::time_point end = in(options.timeout);
	std::string back;
	std::size_t sent = 0;

	while (back.size() < size) {
		const bool more = sent < size;
		pollfd poll_fd = {.fd = fd.get(),
				  .events = static_cast<short>(POLLIN | (more ? POLLOUT : 0)),
				  .revents = 0};

		if (Clock::now() > end)
			throw std::runtime_error("timeout: " + std::to_string(sent) +
						 " bytes sent, " + std::to_string(back.size()) +
						 " of " + std::to_string(size) + " back");
		if (poll(&poll_fd, 1, static_cast<int>(Report::period.count())) < 0)
			throw_errno(errno);
		if ((poll_fd.revents & ~POLLOUT) != 0) {
			const std::string part = receive(fd.get());

			if (part.empty())
				throw std::runtime_error("connection ends after " +
							 std::to_string(back.size()) + " bytes");
			back += part;
		}
		if (more && (poll_fd.revents & POLLOUT) != 0) {
			const ssize_t length = send(fd.get(), data.data() + sent,
						    std::min(size - sent, 4 * chunk), MSG_NOSIGNAL);

			if (length < 0)
				throw_errno(errno);
			sent += static_cast<std::size_t>(length);
		}
	}
	if (back != data)
		throw std::runtime_error("what came back differs from the " + std::to_string(size) +
					 " bytes sent");
}

volatile std::sig_atomic_t terminated = 0;

// From then on SIGTERM comes while wait_for_input() waits, and at no other time.
void catch_sigterm()
{
	struct sigaction action = {};
	sigset_t set;

	action.sa_handler = [](int) { terminated = 1; };
	sigaction(SIGTERM, &action, nullptr);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, nullptr);
}

bool wait_for_input(int fd, Clock::time_point end)
{
	const auto left = std::max<Clock::duration>(end - Clock::now(), Clock::duration::zero());
	const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
	const timespec timeout = {.tv_sec = seconds.count(),
				  .tv_nsec = std::chrono::nanoseconds{left - seconds}.count()};
	pollfd poll_fd = {.fd = fd, .events = POLLIN, .revents = 0};
	sigset_t none;

	sigemptyset(&none);
	return ppoll(&poll_fd, 1, &timeout, &none) > 0;
}

// With a FIN of both sides: what is still to be read would make it an RST.
void close_in_order(int fd)
{
	shutdown(fd, SHUT_WR);
	while (comes(fd, POLLIN, in(Seconds{10})) && !receive(fd).empty())
		;
}

// A line of 16 bytes each interval.
class Stream
{
public:
	Stream(const Options &options, UniqueFd fd)
		: interval_(options.interval), fd_(std::move(fd)), local_(local_port(fd_.get())),
		  last_(Clock::now()), due_(last_),
		  report_(options.report, [this](std::ostream &out) { write(out); })
	{
		set_option(fd_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
	}

	void run()
	{
		try {
			for (; terminated == 0; report_.write()) {
				if (Clock::now() >= due_ && sent_ - received_ / line < most_ahead)
					send_line();
				if (wait_for_input(fd_.get(), in(interval_)))
					take();
			}
		} catch (const std::exception &error) {
			error_ = error.what();
			report_.write_now();
			throw;
		}
		close_in_order(fd_.get());
	}

private:
	static constexpr unsigned long line = 16;
	static constexpr unsigned long most_ahead = 500;
	// A stream without an echo for longer is said to pause.
	static constexpr Seconds pause{0.2};

	void send_line()
	{
		const std::string number = std::to_string(sent_);
		const std::string text = std::string(line - 1 - number.size(), '0') + number + "\n";

		if (send(fd_.get(), text.data(), line, MSG_NOSIGNAL) != line)
			throw_errno(errno);
		++sent_;
		due_ = in(interval_);
	}

	void take()
	{
		const std::string data = receive(fd_.get());
		const Seconds since = Clock::now() - last_;

		if (data.empty())
			throw std::runtime_error("closed by the server");
		received_ += data.size();
		last_ = Clock::now();
		if (since > pause + interval_)
			pauses_.push_back(
				std::chrono::round<std::chrono::milliseconds>(since).count());
	}

	void write(std::ostream &out) const
	{
		out << "sent " << sent_ << "\nechoed " << received_ / line << "\nlocal " << local_
		    << "\nerror " << error_ << '\n';
		write_list(out, "pauses", pauses_);
	}

	Seconds interval_;
	UniqueFd fd_;
	std::uint16_t local_;
	Clock::time_point last_, due_;
	unsigned long sent_ = 0, received_ = 0;
	std::string error_;
	std::vector<std::chrono::milliseconds::rep> pauses_;
	Report report_;
};

} // namespace

void tcp_server(const Options &options)
{
	Server{options}.run();
}

void tcp_echo(const Options &options)
{
	for (const std::size_t size : options.sizes)
		echo_one(options, size);
}

void tcp_stream(const Options &options)
{
	UniqueFd fd = connected(options);

	catch_sigterm();
	Stream{options, std::move(fd)}.run();
}

void tcp_knock(const Options &options)
{
	for (unsigned i = 0; i < options.times; ++i) {
		{
			const UniqueFd fd = client(options, SOCK_STREAM);
			const Address host{options.host, options.port};

			set_nonblocking(fd.get());
			// It cannot be there yet.
			static_cast<void>(connect(fd.get(), host.get(), host.length()));
		}
		std::this_thread::sleep_for(options.interval);
	}
}

} // namespace hn::flow
