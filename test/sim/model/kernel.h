// SPDX-License-Identifier: GPL-2.0-or-later
// The part of the module that hanatd talks to, by the rules of docs/design.md, section 7: who owns
// a session, what is told of it, which record is newer, when it ends. Names are those of
// mod/session.c, mod/delta.c and mod/apply.c. What several processors do at once is left out.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "hanat.h"
#include "hanatd/digest.h"
#include "hanatd/sync.h"
#include "tcp_fsm.h"

namespace hn::test
{

// Milliseconds of the node's clock since it booted, where a time is meant.
struct Session : hn_record {
	std::uint64_t deadline = 0;
	std::uint64_t told_deadline = 0; // peers know of this one
	std::uint64_t life = 0; // tells it from others of the same flow; of this kernel alone
	std::uint64_t owned_since = 0; // by this node
	std::uint64_t held_since = 0;  // here, whoever owns it
	std::uint64_t ceded_until = 0; // for so long packets leave it to who took it
	bool queued = false;
	bool told = false; // peers know of it
};

// A message of the multicast group "sessions".
struct Delta {
	std::uint64_t epoch = 0;
	std::uint32_t node = 0;
	std::uint64_t sequence = 0;
	std::uint64_t lost = 0;
	std::vector<hn_record> records;
};

// A flow is named by its port in pool4: each has a mapping of its own, the same one on every node.
class ModelKernel
{
public:
	static constexpr std::uint64_t replica_grace_ms = 4000;
	static constexpr std::uint64_t ceded_ms = 5000;
	static constexpr std::uint64_t retry_ms = 10;
	static constexpr std::uint64_t patience_ms = 1000;
	static constexpr std::size_t message_records = 160;

	struct Settings {
		std::uint32_t est_ms = 7440000;
		std::uint32_t trans_ms = 240000;
		std::uint32_t udp_ms = 300000;
		std::uint32_t icmp_ms = 60000;
		std::uint64_t flush_ms = 0;  // ss-flush-deadline; 0: ss-flush-asap
		std::size_t capacity = 1024; // ss-capacity
		std::size_t socket = 100000; // messages that the listener has room for
	};

	explicit ModelKernel(std::uint32_t id, std::uint64_t instance = 1)
		: node(id), epoch(instance)
	{
	}

	// An established TCP flow has a packet here, of which peers are told in any case; and of
	// another node's it is one that is not left to that node.
	void touch(std::uint16_t port);

	// A packet of the flow, if it opens, closes or lives by this event; TCP, UDP or ICMP by the
	// number of the port.
	void packet(std::uint16_t port, hn_tcp_event event);

	// The session of this port ends.
	void remove(std::uint16_t port);

	// The walk that looks for sessions that have run out, once a second.
	void expire();

	// With which a session that begins now would.
	[[nodiscard]] std::uint16_t first_version() const;

	// ss-node: what is this node's follows.
	void set_node(std::uint32_t id);

	// ss-enabled.
	void set_enabled(bool enabled);
	[[nodiscard]] bool enabled() const { return enabled_; }

	// Somebody joins the group, or leaves it.
	void listen(bool listening);

	// Requests.
	void advertise();
	hn_apply_fate apply(const hn_record &record);
	[[nodiscard]] DigestSums sums(const SumsQuery &query, std::uint64_t &sessions) const;
	[[nodiscard]] std::vector<hn_record> read(const TableQuery &query);
	// The same, of sessions from this port on and so many at most; the next port, 0 at the end.
	std::uint32_t read(const TableQuery &query, std::uint32_t from, std::size_t max,
			   std::vector<hn_record> &out);

	// What the next message holds; delivered.
	std::vector<hn_record> deltas(std::size_t max);

	// The worker: messages into the socket, as long as there is room. When it wants to run.
	void work();
	[[nodiscard]] std::optional<std::uint64_t> work_at() const { return work_at_; }

	// Sessions that are still to be told; nobody listened to these.
	[[nodiscard]] std::size_t changes() const { return pending_.size(); }
	void forget_changes();

	[[nodiscard]] bool owns(const Session &s) const { return s.owner == node; }

	std::uint64_t now = 0;	 // its clock, which is the caller's to set
	std::uint64_t birth = 0; // the time of day when that was 0, in ms
	std::uint32_t node;
	std::uint64_t epoch; // of the instance
	std::uint64_t sequence = 0;
	bool starving = false; // no memory for another session
	Settings settings;
	std::map<std::uint16_t, Session> table;
	std::deque<Delta> socket; // the listener's

private:
	struct Pending {
		std::uint16_t port;
		std::uint64_t life;
	};

	Session *find(std::uint16_t port);
	Session &create(std::uint16_t port, std::uint8_t state, std::uint32_t lifetime);
	[[nodiscard]] bool adoptable(const Session &s) const
	{
		return !owns(s) && now >= s.ceded_until;
	}
	void adopt(Session &s);
	hn_apply_fate update(Session &s, const hn_record &r);
	void touch_slow(Session &s, std::uint32_t lifetime);
	void tcp_step(Session &s, hn_tcp_event event);
	void kill(std::uint16_t port);
	void mark(Session &s);
	[[nodiscard]] bool expired(const Session &s) const;
	[[nodiscard]] bool refresh_due(const Session &s, std::uint32_t lifetime) const;
	[[nodiscard]] std::uint32_t lifetime_of(const Session &s) const;
	[[nodiscard]] hn_record fill(const Session &s) const;
	Session *pending_session(const Pending &pending);
	bool serialise(Session &s, hn_record &record);
	void undelivered();
	bool flush();
	void give_up(std::size_t keep);
	void kick(std::uint64_t at);

	bool enabled_ = true;
	bool listening_ = true;
	std::uint64_t lives_ = 0;
	std::deque<Pending> pending_;
	std::unordered_map<std::uint64_t, Session> dead_; // by life: queued, and not told yet
	std::uint64_t lost_ = 0;
	std::optional<std::uint64_t> work_at_;
	std::optional<std::uint64_t> failing_since_;
};

// Whether session a prevails over b, and whether the end of a is that of b: hn_rank_beats() and
// ends() of mod/session.
bool prevails(const hn_record &a, const hn_record &b);
bool ends(const hn_record &a, const hn_record &b);

} // namespace hn::test
