// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hanatd/backoff.h"
#include "hanatd/link.h"
#include "hanatd/link_config.h"
#include "hanatd/tcp_connection.h"
#include "lib/log.h"
#include "lib/unique_fd.h"

namespace hn
{

// TCP: connections to the peers, and from them or, if none are named, from anybody. A frame that
// was sent by half when its connection broke is gone: peers ask for what they miss.
class TcpLink final : public Link
{
public:
	static constexpr std::uint64_t connect_ms = 3000;
	// An accepted connection has so long to prove that there is a frame of a node on it;
	// nothing is sent on it before. So many may be there that could be of anybody, with records
	// at best, and so many of one address.
	static constexpr std::uint64_t unproven_ms = 5000;
	static constexpr std::size_t max_unproven = 32;
	static constexpr std::size_t max_unproven_of_host = 4;
	static constexpr std::size_t max_accepted = 128;

	TcpLink(std::size_t number, const LinkConfig &config, LinkContext &context);
	TcpLink(const TcpLink &) = delete;
	TcpLink(TcpLink &&) = delete;
	TcpLink &operator=(const TcpLink &) = delete;
	TcpLink &operator=(TcpLink &&) = delete;
	~TcpLink() override;

	Result<void> open(std::uint64_t now) override;
	void tick(std::uint64_t now) override;
	[[nodiscard]] std::uint64_t deadline() const override;
	void flush(std::uint64_t now) override;
	[[nodiscard]] std::span<Path *const> paths() const override { return paths_; }
	[[nodiscard]] std::vector<PathStatus> status(std::uint64_t now) const override;
	[[nodiscard]] bool drained() const override;

private:
	struct Listener {
		SocketAddress local;
		UniqueFd fd; // none: it could not be opened
		bool paused = false;
	};

	// A peer to connect to.
	struct Dial {
		PathEnds ends;
		Backoff backoff;
		const TcpConnection *connection = nullptr;
		std::string why;	 // there is none
		bool complained = false; // since there was one that worked
	};

	using Connections = std::vector<std::unique_ptr<TcpConnection>>;

	[[nodiscard]] bool moved() const;
	void close_all(std::uint64_t now, const std::string &why);
	Result<void> open_listener(Listener &listener);
	void pause(Listener &listener, bool paused);

	void on_listener(std::size_t number);
	void accept_from(std::uint64_t now, UniqueFd fd, const SocketAddress &remote);
	TcpConnection *own_dial(const SocketAddress &remote);
	void displace(std::uint64_t now, const SocketAddress &remote);
	std::string refusal(const SocketAddress &remote);
	void refused(std::uint64_t now, const SocketAddress &remote, const std::string &why);

	[[nodiscard]] SocketAddress source(int family) const;
	[[nodiscard]] bool wanted(const Dial &dial) const;
	void dial(std::uint64_t now, Dial &dial);
	static void dial_failed(std::uint64_t now, Dial &dial, const std::string &why);
	Dial *dial_of(const TcpConnection &connection);

	TcpConnection *add(std::uint64_t now, UniqueFd fd, const PathEnds &ends,
			   std::uint32_t events);
	void list_paths();
	void on_event(TcpConnection &connection, std::uint32_t events);
	void watch_for(const TcpConnection &connection, std::uint32_t events);
	void receive(std::uint64_t now, TcpConnection &connection);
	void send(std::uint64_t now, TcpConnection &connection);
	[[nodiscard]] const TcpConnection *loser(const TcpConnection &older,
						 const TcpConnection &newer) const;
	void close_losers(std::uint64_t now);
	[[nodiscard]] static bool overdue(std::uint64_t now, const TcpConnection &connection);
	[[nodiscard]] bool outlived(const TcpConnection &connection) const;
	void expire(std::uint64_t now);
	// A peer leaves an accepted connection unheard where both have just dialled, or where it
	// was stopped and the other gave up: nothing was refused then. Nor where it makes room for
	// another one of its host, or is outlived by that.
	enum class By { Us, Peer, Other };
	void close(std::uint64_t now, TcpConnection &connection, const std::string &why,
		   By by = By::Us, Priority priority = Priority::Warning);
	void bury();

	const std::size_t number_;
	const LinkConfig config_;
	LinkContext &context_;
	unsigned interface_ = 0; // as of open()
	std::vector<Listener> listeners_;
	std::vector<Dial> dials_;
	Connections connections_;
	Connections closed_;	    // until nobody uses them any more
	std::vector<Path *> paths_; // of those that are connected
	std::uint32_t node_ = 0;    // this one, when the losers were last looked for
	std::uint64_t look_at_ = 0;
	bool complained_ = false; // about listeners
	LogGate refusal_gate_;
	PathGates accepted_gates_;
};

} // namespace hn
