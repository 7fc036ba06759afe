// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/tcp_link.h"

#include <algorithm>
#include <cerrno>
#include <net/if.h>
#include <random>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

#include "hanatd/socket.h"

namespace hn
{

namespace
{

constexpr int accept_rounds = 16; // before others get their turn

using State = TcpConnection::State;

// Between the same hosts, to the same node.
bool are_rivals(const TcpConnection &a, const TcpConnection &b)
{
	return &a != &b && a.node() != 0 && a.node() == b.node() &&
	       a.ends().local.same_host(b.ends().local) &&
	       a.ends().remote.same_host(b.ends().remote);
}

} // namespace

TcpLink::TcpLink(std::size_t number, const LinkConfig &config, LinkContext &context)
	: number_(number), config_(config), context_(context)
{
	std::random_device seed;

	for (const SocketAddress &local : config.listen)
		listeners_.push_back({.local = local, .fd = {}});
	for (const SocketAddress &to : config.peers)
		dials_.push_back({.ends = {.link = number,
					   .transport = Transport::Tcp,
					   .interface = config.interface,
					   .local = {},
					   .remote = to},
				  .backoff = Backoff(seed()),
				  .why = "not tried yet"});
}

TcpLink::~TcpLink()
{
	for (const Listener &listener : listeners_)
		if (listener.fd)
			context_.loop.forget(listener.fd.get());
	for (const auto &connection : connections_)
		context_.loop.forget(connection->fd());
}

bool TcpLink::moved() const
{
	const Result<unsigned> index = interface_index(config_.interface);

	return index && *index != interface_;
}

void TcpLink::close_all(std::uint64_t now, const std::string &why)
{
	while (!connections_.empty())
		close(now, *connections_.back(), why);
	for (Listener &listener : listeners_) {
		if (listener.fd)
			context_.loop.forget(listener.fd.get());
		listener.fd = UniqueFd();
		listener.paused = false;
	}
}

Result<void> TcpLink::open(std::uint64_t now)
{
	Result<void> result;

	look_at_ = now + look_ms;
	if (moved()) {
		close_all(now, "the interface is another one");
		interface_ = if_nametoindex(config_.interface.c_str());
	}
	for (Listener &listener : listeners_) {
		if (listener.paused)
			pause(listener, false);
		const Result<void> opened = listener.fd ? Result<void>() : open_listener(listener);
		if (!opened)
			result = opened;
	}
	return result;
}

Result<void> TcpLink::open_listener(Listener &listener)
{
	const auto number = static_cast<std::size_t>(&listener - listeners_.data());
	Result<UniqueFd> fd = hn::open_listener(listener.local, config_.interface,
						{context_.receive_buffer, context_.send_buffer});

	if (!fd)
		return fail(fd.error());
	listener.fd = std::move(*fd);
	return context_.loop.watch(listener.fd.get(), EPOLLIN, [this, number](std::uint32_t) {
		on_listener(number);
		bury();
		context_.after();
	});
}

void TcpLink::tick(std::uint64_t now)
{
	if (now >= look_at_) {
		const Result<void> opened = open(now);

		if (!opened && !std::exchange(complained_, true))
			log(Priority::Error, "tcp: %s", opened.error().what.c_str());
		if (opened)
			complained_ = false;
	}
	if (std::exchange(node_, context_.node) != context_.node)
		close_losers(now);
	for (Dial &peer : dials_)
		if (wanted(peer) && now >= peer.backoff.at())
			dial(now, peer);
	expire(now);
	bury();
}

std::uint64_t TcpLink::deadline() const
{
	std::uint64_t first = look_at_;

	for (const Dial &peer : dials_)
		if (wanted(peer))
			first = std::min(first, peer.backoff.at());
	for (const auto &connection : connections_)
		if (connection->state() == State::Connecting)
			first = std::min(first, connection->since() + connect_ms);
		else if (connection->state() == State::Unproven && connection->ends().accepted)
			first = std::min(first, connection->since() + unproven_ms);
	return first;
}

void TcpLink::flush(std::uint64_t now)
{
	// Those that break are taken out meanwhile.
	for (std::size_t i = connections_.size(); i-- > 0;)
		if (connections_[i]->state() != State::Connecting)
			send(now, *connections_[i]);
}

std::vector<PathStatus> TcpLink::status(std::uint64_t now) const
{
	std::vector<PathStatus> status;

	for (const Path *path : paths_)
		status.push_back(path->status(now));
	for (const Dial &peer : dials_) {
		PathStatus none;

		if (peer.connection && peer.connection->state() != State::Connecting)
			continue;
		none.ends = peer.ends;
		none.why = wanted(peer) || peer.connection ? peer.why : "connected from there";
		status.push_back(none);
	}
	return status;
}

bool TcpLink::drained() const
{
	return std::all_of(connections_.begin(), connections_.end(), [](const auto &connection) {
		return connection->state() == State::Connecting || connection->drained();
	});
}

// It would be called again and again while connections wait that can't be accepted.
void TcpLink::pause(Listener &listener, bool paused)
{
	const Result<void> changed =
		context_.loop.change(listener.fd.get(), paused ? 0U : std::uint32_t{EPOLLIN});

	listener.paused = paused;
	if (!changed)
		log(Priority::Error, "%s", changed.error().what.c_str());
}

void TcpLink::on_listener(std::size_t number)
{
	Listener &listener = listeners_[number];
	const std::uint64_t now = monotonic_ms();

	for (int round = 0; round < accept_rounds; ++round) {
		SocketAddress remote;
		socklen_t size = SocketAddress::max_size;
		UniqueFd fd(accept4(listener.fd.get(), remote.get(), &size,
				    SOCK_NONBLOCK | SOCK_CLOEXEC));

		if (fd) {
			accept_from(now, std::move(fd), remote);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			pause(listener, true); // until the next look
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

void TcpLink::accept_from(std::uint64_t now, UniqueFd fd, const SocketAddress &remote)
{
	if (TcpConnection *own = own_dial(remote)) {
		close(now, *own, "this node itself");
		return;
	}
	displace(now, remote);
	const std::string why = refusal(remote);
	if (!why.empty()) {
		refused(now, remote, why);
		return;
	}
	set_up_connection(fd.get());
	const PathEnds ends{.link = number_,
			    .transport = Transport::Tcp,
			    .interface = config_.interface,
			    .local = SocketAddress::local(fd.get()),
			    .remote = remote,
			    .accepted = true};
	// Of those that waited while this node was stopped, all but the last are dead: they must be
	// seen to be before they count as too many.
	if (TcpConnection *added = add(now, std::move(fd), ends, EPOLLIN))
		receive(now, *added);
}

// This node's end of a connection that it made to itself. Null: none.
TcpConnection *TcpLink::own_dial(const SocketAddress &remote)
{
	const auto it =
		std::find_if(connections_.begin(), connections_.end(), [&](const auto &connection) {
			return !connection->ends().accepted && connection->ends().local == remote;
		});

	return it == connections_.end() ? nullptr : it->get();
}

// Why nothing is accepted from there; empty: it is.
std::string TcpLink::refusal(const SocketAddress &remote)
{
	std::size_t accepted = 0, unproven = 0;

	if (!dials_.empty() && std::none_of(dials_.begin(), dials_.end(), [&](const Dial &peer) {
		    return peer.ends.remote.same_host(remote);
	    })) {
		++context_.counters.strangers;
		return R"(none of "peers")";
	}
	for (const auto &connection : connections_) {
		if (!connection->ends().accepted)
			continue;
		++accepted;
		if (connection->node() == 0)
			++unproven;
	}
	return unproven >= max_unproven || accepted >= max_accepted ? "too many connections" : "";
}

// Of those of a host of which no node is known the last is the one that lives, if one does: after
// this node was stopped, of others half a frame may be here, and their end on its way behind the
// rest.
void TcpLink::displace(std::uint64_t now, const SocketAddress &remote)
{
	std::size_t of_host = 0;
	TcpConnection *oldest = nullptr;

	for (const auto &connection : connections_) {
		if (!connection->ends().accepted || connection->node() != 0 ||
		    !connection->ends().remote.same_host(remote))
			continue;
		oldest = oldest ? oldest : connection.get();
		++of_host;
	}
	if (of_host >= max_unproven_of_host)
		close(now, *oldest, "there are too many from there", By::Other);
}

void TcpLink::refused(std::uint64_t now, const SocketAddress &remote, const std::string &why)
{
	++context_.counters.connections_refused;
	if (!refusal_gate_.open(now))
		return;
	const std::string held = refusal_gate_.held() > 0
					 ? " (" + std::to_string(refusal_gate_.held()) +
						   " like this were not logged)"
					 : "";
	log(Priority::Warning, "tcp: connection from %s refused: %s%s", remote.host().c_str(),
	    why.c_str(), held.c_str());
}

// From where to connect: by this address the peer knows this node, if there is but one.
SocketAddress TcpLink::source(int family) const
{
	SocketAddress found;

	for (const SocketAddress &local : config_.listen) {
		if (local.family() != family)
			continue;
		if (found.family() == family)
			return {};
		found = local;
	}
	return found;
}

// It is to be connected to: there is no connection, and none that it made either.
bool TcpLink::wanted(const Dial &dial) const
{
	return !dial.connection &&
	       std::none_of(connections_.begin(), connections_.end(), [&](const auto &connection) {
		       return connection->ends().accepted && connection->node() != 0 &&
			      connection->ends().remote.same_host(dial.ends.remote);
	       });
}

void TcpLink::dial(std::uint64_t now, Dial &dial)
{
	Result<UniqueFd> fd =
		open_connection(dial.ends.remote, source(dial.ends.remote.family()),
				config_.interface, {context_.receive_buffer, context_.send_buffer});

	if (!fd) {
		dial_failed(now, dial, fd.error().what);
		return;
	}
	PathEnds ends = dial.ends;
	ends.local = SocketAddress::local(fd->get());
	dial.connection = add(now, std::move(*fd), ends, EPOLLOUT);
}

void TcpLink::dial_failed(std::uint64_t now, Dial &dial, const std::string &why)
{
	dial.connection = nullptr;
	dial.why = why;
	dial.backoff.failed(now);
	if (!std::exchange(dial.complained, true))
		log(Priority::Warning, "%s: down: %s", dial.ends.text().c_str(), why.c_str());
}

// Null: nobody would hear of it any more.
TcpConnection *TcpLink::add(std::uint64_t now, UniqueFd fd, const PathEnds &ends,
			    std::uint32_t events)
{
	connections_.push_back(
		std::make_unique<TcpConnection>(std::move(fd), ends, context_.counters, now,
						ends.accepted ? &accepted_gates_ : nullptr));
	TcpConnection &added = *connections_.back();
	const Result<void> watched =
		context_.loop.watch(added.fd(), events, [this, &added](std::uint32_t event) {
			on_event(added, event);
		});

	if (!watched) {
		log(Priority::Error, "%s", watched.error().what.c_str());
		connections_.pop_back();
		return nullptr;
	}
	list_paths();
	return &added;
}

void TcpLink::list_paths()
{
	paths_.clear();
	for (const auto &connection : connections_)
		if (connection->state() != State::Connecting)
			paths_.push_back(&connection->path());
}

void TcpLink::on_event(TcpConnection &connection, std::uint32_t events)
{
	const std::uint64_t now = monotonic_ms();

	if (connection.state() == State::Connecting) {
		const Result<void> connected = connection.connected();

		if (connected)
			watch_for(connection, EPOLLIN);
		else
			close(now, connection, connected.error().what);
		list_paths();
	} else {
		if (events & EPOLLOUT) {
			connection.unblock();
			watch_for(connection, EPOLLIN);
		}
		if (events & ~std::uint32_t{EPOLLOUT})
			receive(now, connection);
	}
	bury();
	context_.after(); // which may be the end of the connection
}

void TcpLink::watch_for(const TcpConnection &connection, std::uint32_t events)
{
	const Result<void> changed = context_.loop.change(connection.fd(), events);

	if (!changed)
		log(Priority::Error, "%s", changed.error().what.c_str());
}

void TcpLink::receive(std::uint64_t now, TcpConnection &connection)
{
	const State before = connection.state();
	const std::uint32_t node = connection.node();
	const Result<void> received =
		connection.receive(now, context_.buffer, [&](std::span<const std::byte> frame) {
			return context_.receive(now, frame);
		});

	if (connection.state() != before)
		++context_.counters.connections_opened;
	if (Dial *peer = connection.node() != node ? dial_of(connection) : nullptr) {
		peer->complained = false;
		peer->backoff.succeeded();
	}
	if (!received) {
		const bool bad = received.error().code == EBADMSG;
		if (bad)
			++context_.counters.streams_bad;
		close(now, connection, received.error().what, bad ? By::Us : By::Peer);
	} else if (connection.node() != node) {
		close_losers(now);
	}
}

void TcpLink::send(std::uint64_t now, TcpConnection &connection)
{
	if (connection.blocked())
		return;
	const Result<void> sent = connection.send();
	if (!sent) {
		++context_.counters.send_errors;
		close(now, connection, sent.error().what);
	} else if (connection.blocked()) {
		++context_.counters.send_blocked;
		watch_for(connection, EPOLLIN | EPOLLOUT);
	}
}

// Of two connections, the one that is not needed. Both nodes choose the same: that which the lower
// one made stays; of two made by the other node, the older one, which it does not know any more.
const TcpConnection *TcpLink::loser(const TcpConnection &older, const TcpConnection &newer) const
{
	if (!are_rivals(older, newer) || context_.node == 0)
		return nullptr;
	if (older.ends().accepted != newer.ends().accepted) {
		const bool stays_accepted = older.node() < context_.node;

		return older.ends().accepted == stays_accepted ? &newer : &older;
	}
	return older.ends().accepted ? &older : nullptr;
}

void TcpLink::close_losers(std::uint64_t now)
{
	// In the order in which they came.
	const auto loses_to = [&](std::size_t one, std::size_t other) {
		return loser(*connections_[std::min(one, other)],
			     *connections_[std::max(one, other)]) == connections_[one].get();
	};

	for (std::size_t i = connections_.size(); i-- > 0;) {
		bool lost = false;

		for (std::size_t j = 0; j < connections_.size() && !lost; ++j)
			lost = loses_to(i, j);
		if (lost)
			close(now, *connections_[i], "there is another connection to that node",
			      By::Us, Priority::Info);
	}
}

// It had its time to prove that there is a node.
bool TcpLink::overdue(std::uint64_t now, const TcpConnection &connection)
{
	return connection.state() == State::Unproven && connection.ends().accepted &&
	       now - connection.since() >= unproven_ms;
}

// The node there is connected: it gave this one up before it was heard.
bool TcpLink::outlived(const TcpConnection &connection) const
{
	return std::any_of(connections_.begin(), connections_.end(), [&](const auto &other) {
		return other->node() != 0 &&
		       other->ends().remote.same_host(connection.ends().remote);
	});
}

void TcpLink::expire(std::uint64_t now)
{
	std::vector<TcpConnection *> late;

	// The proof may be here: this node itself may have been busy, or stopped, for so long.
	for (const auto &connection : connections_)
		if (overdue(now, *connection))
			late.push_back(connection.get());
	for (TcpConnection *connection : late)
		receive(now, *connection);
	for (std::size_t i = connections_.size(); i-- > 0;) {
		TcpConnection &connection = *connections_[i];

		if (connection.state() == State::Connecting &&
		    now - connection.since() >= connect_ms)
			close(now, connection, "connect: no answer");
		else if (overdue(now, connection))
			close(now, connection, "nothing came that is of a node",
			      outlived(connection) ? By::Other : By::Us);
	}
}

TcpLink::Dial *TcpLink::dial_of(const TcpConnection &connection)
{
	const auto it = std::find_if(dials_.begin(), dials_.end(), [&](const Dial &peer) {
		return peer.connection == &connection;
	});

	return it == dials_.end() ? nullptr : &*it;
}

void TcpLink::close(std::uint64_t now, TcpConnection &connection, const std::string &why, By by,
		    Priority priority)
{
	const auto it = std::find_if(connections_.begin(), connections_.end(),
				     [&](const auto &c) { return c.get() == &connection; });
	Dial *peer = dial_of(connection);

	context_.loop.forget(connection.fd());
	if (connection.state() == State::Proven) {
		++context_.counters.connections_closed;
		connection.path().down(now, why, priority);
		if (peer)
			peer->complained = true; // just now
	} else if (connection.ends().accepted && by == By::Us) {
		refused(now, connection.ends().remote, why);
	} else if (connection.ends().accepted && by == By::Other) {
		++context_.counters.connections_displaced;
	} else if (connection.ends().accepted) {
		++context_.counters.connections_left;
	}
	if (peer)
		dial_failed(now, *peer, why);
	closed_.push_back(std::move(*it));
	connections_.erase(it);
	list_paths();
}

// The connections that were closed, when nobody is about to use them.
void TcpLink::bury()
{
	closed_.clear();
}

} // namespace hn
