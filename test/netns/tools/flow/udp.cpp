// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/resource.h>
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

std::string payload(const Options &options)
{
	std::string text;

	for (unsigned i = 0; i < options.times; ++i)
		text += options.text;
	return text;
}

// Errors of ICMP are told at once, and packets have that TTL.
void set_ttl_and_errors(int fd, const Options &options)
{
	if (Address{options.host, options.port}.family() == AF_INET) {
		set_option(fd, IPPROTO_IP, IP_RECVERR, 1);
		set_option(fd, IPPROTO_IP, IP_TTL, options.ttl);
	} else {
		set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
		set_option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, options.ttl);
	}
}

} // namespace

void udp_server(const Options &options)
{
	const UniqueFd fd = server(options, SOCK_DGRAM);
	std::vector<std::string> peers;
	unsigned long datagrams = 0;
	Report report{options.report, [&](std::ostream &out) {
			      write_list(out, "peers", peers);
			      out << "datagrams " << datagrams << '\n';
		      }};

	for (;; report.write()) {
		try {
			Address peer;
			const std::string data =
				receive_from(fd.get(), peer, Clock::now() + Report::period);

			++datagrams;
			if (std::find(peers.begin(), peers.end(), peer.name()) == peers.end())
				peers.push_back(peer.name());
			if (!options.silent)
				send_to(fd.get(), data, peer);
		} catch (const std::system_error &) {
			// Nothing came, or nobody is there any more.
		}
	}
}

void udp_echo(const Options &options)
{
	const UniqueFd fd = client(options, SOCK_DGRAM);

	set_ttl_and_errors(fd.get(), options);
	connect_to(fd.get(), Address{options.host, options.port});
	for (const std::size_t size : options.sizes) {
		const std::string data = random_bytes(size);

		if (send(fd.get(), data.data(), data.size(), 0) < 0)
			throw_errno(errno);
		if (!comes(fd.get(), POLLIN, in(options.timeout)))
			throw_errno(ETIMEDOUT);
		if (receive(fd.get()) != data)
			throw std::runtime_error("what came back differs from the " +
						 std::to_string(size) + " bytes sent");
	}
}

void udp_expect(const Options &options)
{
	const UniqueFd fd = client(options, SOCK_DGRAM);
	const std::string expected = payload(options);
	unsigned long got = 0;
	std::string last;

	send_to(fd.get(), "open", Address{options.host, options.port});
	Report report{options.report, [&](std::ostream &out) {
			      out << "got " << got << "\nlast " << last << '\n';
		      }};
	for (;;) {
		Address peer;

		if (receive_from(fd.get(), peer, in(options.timeout)) != expected)
			continue;
		++got;
		last = peer.name();
		report.write_now();
	}
}

void udp_send(const Options &options)
{
	const UniqueFd fd = client(options, SOCK_DGRAM);

	if (options.no_checksum)
		set_option(fd.get(), SOL_SOCKET, SO_NO_CHECK, 1);
	send_to(fd.get(), payload(options), Address{options.host, options.port});
}

void udp_stream(const Options &options)
{
	const UniqueFd fd = client(options, SOCK_DGRAM);
	unsigned long sent = 0, echoed = 0;

	connect_to(fd.get(), Address{options.host, options.port});
	const std::uint16_t local = local_port(fd.get());
	Report report{options.report, [&](std::ostream &out) {
			      out << "sent " << sent << "\nechoed " << echoed << "\nlocal " << local
				  << '\n';
		      }};
	for (Clock::time_point due = Clock::now();; report.write()) {
		try {
			if (Clock::now() >= due) {
				const std::string number = std::to_string(sent);

				due = in(options.interval);
				if (send(fd.get(), number.data(), number.size(), 0) < 0)
					throw_errno(errno);
				++sent;
			}
			if (!comes(fd.get(), POLLIN, due))
				continue;
			receive(fd.get());
			++echoed;
		} catch (const std::system_error &) {
			// What a router said of one of them; the others go on.
		}
	}
}

void udp_burst(const Options &options)
{
	const rlim_t files = options.count / options.fan + 64;
	const rlimit limit = {files, std::max<rlim_t>(files, 4096)};
	const Clock::time_point begin = Clock::now();
	std::vector<UniqueFd> sockets;
	Options from = options;
	std::size_t sent = 0;

	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		throw_errno(errno);
	while (sent < options.count) {
		const std::size_t fan = std::min(options.fan, options.count - sent);

		from.bind_port = static_cast<std::uint16_t>(
			(options.bind_port != 0 ? options.bind_port : 20000) + sockets.size());
		sockets.push_back(client(from, SOCK_DGRAM));
		for (std::size_t i = 0; i < fan; ++i)
			send_to(sockets.back().get(), "x",
				Address{options.host,
					static_cast<std::uint16_t>(options.port + i)});
		sent += fan;
		std::this_thread::sleep_until(
			begin + std::chrono::duration_cast<Clock::duration>(
					Seconds{static_cast<double>(sent) / options.rate}));
	}
	const auto took = std::chrono::round<std::chrono::milliseconds>(Clock::now() - begin);
	const auto now = std::chrono::round<std::chrono::milliseconds>(
		std::chrono::system_clock::now().time_since_epoch());
	std::printf("%zu %lld %lld\n", sent, static_cast<long long>(took.count()),
		    static_cast<long long>(now.count()));
}

} // namespace hn::flow
