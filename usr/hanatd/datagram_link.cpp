// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/datagram_link.h"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <system_error>
#include <utility>

#include "hanatd/datagram_batch.h"
#include "hanatd/socket.h"

namespace hn
{

namespace
{

constexpr int receive_rounds = 16; // before others get their turn

std::string error_text(int error)
{
	return std::generic_category().message(error);
}

// Cutting a run into datagrams: this kernel, this device or this route can't; or a datagram would
// be longer than the path takes.
bool is_about_segments(int error)
{
	return error == EIO || error == EINVAL || error == EOPNOTSUPP || error == EMSGSIZE;
}

} // namespace

DatagramLink::DatagramLink(std::size_t number, const LinkConfig &config, LinkContext &context)
	: config_(config), context_(context)
{
	const bool multicast = config.transport == Transport::Multicast;

	for (const SocketAddress &to : multicast ? std::vector{config.group} : config.peers) {
		const PathEnds ends{.link = number,
				    .transport = config.transport,
				    .interface =
					    multicast ? config.out_interface : config.interface,
				    .local = {},
				    .remote = to};
		destinations_.push_back({.path = Path(ends, context.counters), .to = to});
	}
	for (Destination &destination : destinations_)
		paths_.push_back(&destination.path);
}

DatagramLink::~DatagramLink()
{
	close_sockets();
}

void DatagramLink::close_sockets()
{
	for (const Socket &socket : sockets_)
		context_.loop.forget(socket.fd.get());
	sockets_.clear();
}

Result<void> DatagramLink::open(std::uint64_t now)
{
	look_at_ = now + look_ms;
	// Those that are there hold the port.
	close_sockets();
	Result<void> opened = open_sockets();
	if (!opened)
		close_sockets();
	assign();
	for (Destination &destination : destinations_) {
		destination.retry_at = 0;
		destination.segment = true;
		if (opened)
			destination.path.up(now);
	}
	return opened;
}

Result<DatagramLink::Interfaces> DatagramLink::interfaces() const
{
	const bool multicast = config_.transport == Transport::Multicast;
	const auto in = interface_index(multicast ? config_.in_interface : config_.interface);
	const auto out = interface_index(multicast ? config_.out_interface : config_.interface);

	if (!in || !out)
		return fail(in ? out.error() : in.error());
	return Interfaces{*in, *out};
}

Result<void> DatagramLink::open_sockets()
{
	const Result<Interfaces> interfaces = this->interfaces();
	const SocketBuffers buffers{context_.receive_buffer, context_.send_buffer};

	if (!interfaces)
		return fail(interfaces.error());
	interfaces_ = *interfaces;
	if (config_.transport == Transport::Multicast)
		return add_socket(open_multicast(config_, buffers), {});
	for (const SocketAddress &local : config_.listen) {
		Result<void> added = add_socket(open_udp(local, config_.interface, buffers), local);
		if (!added)
			return added;
	}
	return {};
}

Result<void> DatagramLink::add_socket(Result<UniqueFd> fd, const SocketAddress &local)
{
	const std::size_t number = sockets_.size();

	if (!fd)
		return fail(fd.error());
	sockets_.push_back({.fd = std::move(*fd), .local = local});
	return context_.loop.watch(
		sockets_.back().fd.get(), EPOLLIN,
		[this, number](std::uint32_t events) { on_event(number, events); });
}

// An interface that is not there now may come back: until then nothing better can be opened.
bool DatagramLink::moved() const
{
	const Result<Interfaces> now = interfaces();

	return now && *now != interfaces_;
}

// Which socket sends to whom, and where exactly he is.
void DatagramLink::assign()
{
	for (Destination &destination : destinations_) {
		destination.to.set_interface(interfaces_[1]);
		destination.socket = socket_for(destination.to);
		if (destination.socket < sockets_.size())
			destination.path.set_local(sockets_[destination.socket].local);
	}
}

// The one of this family; of several, that from whose address the kernel would send there, for by
// that address the peer knows this node.
std::size_t DatagramLink::socket_for(const SocketAddress &remote) const
{
	std::vector<std::size_t> fitting;

	for (std::size_t i = 0; i < sockets_.size(); ++i)
		if (config_.transport == Transport::Multicast ||
		    sockets_[i].local.family() == remote.family())
			fitting.push_back(i);
	if (fitting.size() > 1) {
		const SocketAddress source = source_of(remote, config_.interface);
		const auto own = std::find_if(fitting.begin(), fitting.end(), [&](std::size_t i) {
			return sockets_[i].local.same_host(source);
		});
		if (own != fitting.end())
			return *own;
	}
	return fitting.empty() ? sockets_.size() : fitting.front();
}

void DatagramLink::tick(std::uint64_t now)
{
	if (now < look_at_)
		return;
	look_at_ = now + look_ms;
	if (sockets_.empty() || moved()) {
		const Result<void> opened = open(now);

		for (Path *path : paths_)
			if (!opened)
				path->down(now, opened.error().what);
	} else if (sockets_.size() > 1) {
		assign(); // routes may have changed
	}
}

std::uint64_t DatagramLink::deadline() const
{
	std::uint64_t first = look_at_;

	for (const Destination &destination : destinations_)
		if (destination.path.queued() > 0 && destination.socket < sockets_.size() &&
		    !sockets_[destination.socket].blocked)
			first = std::min(first, destination.retry_at);
	return first;
}

std::vector<PathStatus> DatagramLink::status(std::uint64_t now) const
{
	std::vector<PathStatus> status;

	for (const Destination &destination : destinations_)
		status.push_back(destination.path.status(now));
	return status;
}

bool DatagramLink::drained() const
{
	return std::all_of(paths_.begin(), paths_.end(),
			   [](const Path *path) { return path->queued() == 0; });
}

void DatagramLink::on_event(std::size_t socket, std::uint32_t events)
{
	if (events & EPOLLOUT)
		set_blocked(sockets_[socket], false);
	if (events & (EPOLLIN | EPOLLERR))
		receive(monotonic_ms(), sockets_[socket]);
	context_.after();
}

void DatagramLink::receive(std::uint64_t now, const Socket &socket)
{
	ReceiveBatch batch(context_.buffer);
	int n = static_cast<int>(ReceiveBatch::max_datagrams);

	for (int round = 0; round < receive_rounds && n == ReceiveBatch::max_datagrams; ++round) {
		n = batch.receive(socket.fd.get());
		for (std::size_t i = 0; n > 0 && i < static_cast<std::size_t>(n); ++i) {
			Path *path = path_from(now, batch.source(i));

			if (path)
				path->heard(now, context_.receive(now, batch.datagram(i)),
					    batch.datagram(i).size());
		}
	}
	if (n < 0 && n != -EAGAIN && n != -EINTR && error_gate_.open(now))
		log(Priority::Warning, "%s: receive: %s", transport_name(config_.transport),
		    error_text(-n).c_str());
}

// Null: a stranger, to be ignored.
Path *DatagramLink::path_from(std::uint64_t now, const SocketAddress &source)
{
	Path *found = nullptr;

	if (config_.transport == Transport::Multicast)
		return paths_.front();
	for (Destination &destination : destinations_) {
		if (destination.to == source)
			return &destination.path;
		if (!found && destination.to.same_host(source))
			found = &destination.path;
	}
	if (found)
		return found;
	++context_.counters.strangers;
	if (stranger_gate_.open(now))
		log(Priority::Warning, "udp: from %s, which is none of \"peers\": dropped",
		    source.host().c_str());
	return nullptr;
}

void DatagramLink::flush(std::uint64_t now)
{
	for (Destination &destination : destinations_)
		if (destination.retry_at <= now)
			flush(now, destination);
}

void DatagramLink::flush(std::uint64_t now, Destination &destination)
{
	Path &path = destination.path;

	if (destination.socket >= sockets_.size())
		return;
	Socket &socket = sockets_[destination.socket];
	destination.retry_at = 0;
	while (path.queued() > 0 && !socket.blocked && destination.retry_at <= now) {
		SendBatch batch(path, destination.to, destination.segment);
		const int sent = batch.send(socket.fd.get());

		if (sent >= 0) {
			path.sent(static_cast<std::size_t>(sent));
			path.up(now);
		} else if (batch.begins_with_run() && is_about_segments(-sent)) {
			destination.segment = false;
		} else if (sent == -EAGAIN) {
			++context_.counters.send_blocked;
			set_blocked(socket, true);
		} else {
			failed(now, destination, -sent);
		}
	}
}

void DatagramLink::failed(std::uint64_t now, Destination &destination, int error)
{
	++context_.counters.send_errors;
	destination.path.failed();
	if (error == EMSGSIZE) {
		destination.path.give_up(); // the peers see a gap
	} else if (error == ENOBUFS || error == EINTR) {
		destination.retry_at = now + retry_ms;
	} else {
		destination.retry_at = now + outage_ms;
		destination.path.down(now, "send: " + error_text(error));
	}
}

void DatagramLink::set_blocked(Socket &socket, bool blocked)
{
	socket.blocked = blocked;
	const Result<void> changed = context_.loop.change(
		socket.fd.get(), blocked ? EPOLLIN | EPOLLOUT : std::uint32_t{EPOLLIN});
	if (!changed)
		log(Priority::Error, "%s", changed.error().what.c_str());
}

} // namespace hn
