// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/kernel.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hn::test
{

namespace
{

constexpr std::uint32_t lifetime_max = 864000000;
constexpr std::uint32_t touch_lifetime_ms = 300000;

std::int64_t since(std::uint64_t now, std::uint64_t then)
{
	return static_cast<std::int64_t>(now - then);
}

hn_proto proto_of(std::uint16_t port)
{
	switch (port % 4) {
	case 2:
		return HN_PROTO_UDP;
	case 3:
		return HN_PROTO_ICMP;
	default:
		return HN_PROTO_TCP;
	}
}

// Hosts of both families, behind 192.0.2.1, to 198.51.100.1.
hn_record flow_of(std::uint16_t port)
{
	static constexpr std::array<std::uint8_t, 16> host6{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
							    0,	  0,	0,    0,    0, 0, 0, 8};
	static constexpr std::array<std::uint8_t, 16> host4{0, 0, 0,	0,    0,  0, 0, 0,
							    0, 0, 0xff, 0xff, 10, 0, 0, 5};
	const auto &host = port % 2 ? host4 : host6;
	hn_record r{};

	std::copy(host.begin(), host.end(), std::begin(r.inside.s6_addr));
	r.ext = htonl(0xc0000201);
	r.remote = htonl(0xc6336401);
	r.inside_port = htons(port);
	r.ext_port = htons(port);
	r.remote_port = htons(80);
	return r;
}

// apply.c, valid().
bool valid(const hn_record &r, std::uint32_t node)
{
	if (r.proto >= HN_PROTO_COUNT || r.state >= HN_TCP_COUNT)
		return false;
	if (r.proto != HN_PROTO_TCP && r.state != HN_TCP_ESTABLISHED)
		return false;
	if (r.owner == 0 || r.owner == node)
		return false;
	if ((r.flags & ~(HN_RF_DELETE | HN_RF_EXACT)) || r.flags == HN_RF_EXACT)
		return false;
	if (r.reserved || r.lifetime > lifetime_max)
		return false;
	if (r.proto == HN_PROTO_ICMP)
		return r.remote_port == r.ext_port;
	return r.inside_port && r.ext_port && r.remote_port;
}

} // namespace

bool prevails(const hn_record &a, const hn_record &b)
{
	if (a.generation != b.generation)
		return static_cast<std::int16_t>(a.generation - b.generation) > 0;
	if (a.owner != b.owner)
		return a.owner < b.owner;
	return static_cast<std::int16_t>(a.version - b.version) > 0;
}

bool ends(const hn_record &a, const hn_record &b)
{
	if (!prevails(a, b))
		return false;
	if (a.generation != b.generation)
		return !(a.flags & HN_RF_EXACT);
	return a.owner == b.owner;
}

bool ModelKernel::expired(const Session &s) const
{
	const std::int64_t late = since(now, s.deadline);

	return late >= 0 && (owns(s) || late >= static_cast<std::int64_t>(replica_grace_ms));
}

std::uint32_t ModelKernel::lifetime_of(const Session &s) const
{
	switch (s.proto) {
	case HN_PROTO_UDP:
		return settings.udp_ms;
	case HN_PROTO_ICMP:
		return settings.icmp_ms;
	default:
		return hn_tcp_class_of(static_cast<hn_tcp_state>(s.state)) == HN_TCP_LIVES
			       ? settings.est_ms
			       : settings.trans_ms;
	}
}

// One whose time is up ends when a packet meets it.
Session *ModelKernel::find(std::uint16_t port)
{
	const auto it = table.find(port);

	if (it == table.end())
		return nullptr;
	if (!expired(it->second))
		return &it->second;
	kill(port);
	return nullptr;
}

std::uint16_t ModelKernel::first_version() const
{
	return static_cast<std::uint16_t>((birth + now) / 1000);
}

Session &ModelKernel::create(std::uint16_t port, std::uint8_t state, std::uint32_t lifetime)
{
	Session &s = table[port];

	s = {};
	static_cast<hn_record &>(s) = flow_of(port);
	s.state = state;
	s.owner = node;
	s.version = first_version();
	s.owned_since = s.held_since = now;
	s.deadline = now + lifetime;
	s.told_deadline = s.deadline;
	s.life = ++lives_;
	mark(s);
	return s;
}

void ModelKernel::touch(std::uint16_t port)
{
	Session *s = find(port);

	if (!s) {
		create(port, HN_TCP_ESTABLISHED, touch_lifetime_ms);
		return;
	}
	s->deadline = now + touch_lifetime_ms;
	if (owns(*s))
		mark(*s);
	else
		adopt(*s);
}

void ModelKernel::packet(std::uint16_t port, hn_tcp_event event)
{
	const hn_proto proto = proto_of(port);
	Session *s = find(port);

	if (s && s->proto == HN_PROTO_TCP)
		return tcp_step(*s, event);
	if (s)
		return touch_slow(*s, lifetime_of(*s));
	if (proto == HN_PROTO_TCP && event != HN_TCP_EV_V6_SYN)
		return;
	Session &made = create(port, proto == HN_PROTO_TCP ? HN_TCP_V6_INIT : HN_TCP_ESTABLISHED,
			       settings.trans_ms);
	made.proto = proto;
	made.remote_port = proto == HN_PROTO_ICMP ? made.ext_port : made.remote_port;
	made.deadline = now + lifetime_of(made);
	made.told_deadline = made.deadline;
}

// hn_session_touch() and _touch_slow().
void ModelKernel::touch_slow(Session &s, std::uint32_t lifetime)
{
	const std::int64_t gain = since(now + lifetime, s.deadline);

	if (!adoptable(s) && gain >= 0 && gain < 1000)
		return;
	s.deadline = now + lifetime;
	if (adoptable(s))
		adopt(s);
	else if (enabled_ && owns(s) && refresh_due(s, lifetime))
		mark(s);
}

// hn_session_tcp_step() and tcp_change().
void ModelKernel::tcp_step(Session &s, hn_tcp_event event)
{
	const auto before = static_cast<hn_tcp_state>(s.state);
	const struct hn_tcp_step step = ::hn_tcp_step(before, event);
	const auto after = static_cast<hn_tcp_state>(step.state);
	const std::uint32_t lifetime =
		step.timer == HN_TCP_TIMER_EST ? settings.est_ms : settings.trans_ms;

	if (after == before && step.timer != HN_TCP_TIMER_KEEP)
		return touch_slow(s, lifetime);
	if (after == before && !adoptable(s))
		return;
	s.state = step.state;
	if (step.timer != HN_TCP_TIMER_KEEP)
		s.deadline = now + lifetime;
	// The node that has ceded it is the only one to know of this segment.
	if (!owns(s))
		adopt(s);
	else if (hn_tcp_class_of(before) != hn_tcp_class_of(after))
		mark(s);
}

void ModelKernel::adopt(Session &s)
{
	s.owner = node;
	++s.generation;
	s.version = first_version();
	s.owned_since = now;
	s.told_deadline = now;
	mark(s);
}

bool ModelKernel::refresh_due(const Session &s, std::uint32_t lifetime) const
{
	return s.told && since(s.told_deadline, now) <
				 static_cast<std::int64_t>(std::max(lifetime / 4, 2000U));
}

void ModelKernel::mark(Session &s)
{
	if (s.queued || !enabled_ || !listening_)
		return;
	s.queued = true;
	pending_.push_back({.port = ntohs(s.ext_port), .life = s.life});
	kick(now + settings.flush_ms);
}

void ModelKernel::kick(std::uint64_t at)
{
	work_at_ = std::min(work_at_.value_or(at), at);
}

void ModelKernel::remove(std::uint16_t port)
{
	if (table.contains(port))
		kill(port);
}

void ModelKernel::kill(std::uint16_t port)
{
	const auto it = table.find(port);
	Session &s = it->second;

	if (owns(s) && s.told)
		mark(s);
	if (s.queued) {
		s.flags = HN_RF_DELETE;
		dead_.emplace(s.life, s);
	}
	table.erase(it);
}

void ModelKernel::expire()
{
	for (auto it = table.begin(); it != table.end();) {
		const std::uint16_t port = it->first;
		Session &s = it->second;

		++it;
		if (expired(s))
			kill(port);
		else if (enabled_ && owns(s) && !s.queued &&
			 since(s.deadline, s.told_deadline) >= 1000 &&
			 refresh_due(s, lifetime_of(s)))
			mark(s);
	}
}

void ModelKernel::set_node(std::uint32_t id)
{
	const std::uint32_t former = std::exchange(node, id);

	for (auto &[life, s] : dead_)
		if (s.owner == former)
			s.owner = id;
	for (auto &[port, s] : table)
		if (s.owner == former)
			adopt(s);
}

void ModelKernel::set_enabled(bool enabled)
{
	const bool was = std::exchange(enabled_, enabled);

	if (enabled && !was)
		advertise();
}

void ModelKernel::listen(bool listening)
{
	listening_ = listening;
	socket.clear();
}

void ModelKernel::advertise()
{
	for (auto &[port, s] : table)
		if (owns(s))
			mark(s);
	kick(now);
}

hn_apply_fate ModelKernel::apply(const hn_record &r)
{
	const auto it = table.find(ntohs(r.ext_port));

	if (!valid(r, node))
		return HN_APPLY_INVALID;
	if (r.flags & HN_RF_DELETE) {
		if (it == table.end() || !ends(r, it->second))
			return HN_APPLY_STALE;
		it->second.owner = r.owner; // peers know from the same word
		table.erase(it);
		return HN_APPLY_DELETED;
	}
	if (it == table.end() && starving)
		return HN_APPLY_NOMEM;
	if (it != table.end())
		return update(it->second, r);
	Session &s = table[ntohs(r.ext_port)];
	static_cast<hn_record &>(s) = r;
	s.deadline = now + r.lifetime;
	s.told = true;
	s.life = ++lives_;
	s.held_since = now;
	return HN_APPLY_INSERTED;
}

// session.c, update(): who knows more than what he is told has it again, and tells.
hn_apply_fate ModelKernel::update(Session &s, const hn_record &r)
{
	if (!prevails(r, s))
		return HN_APPLY_STALE;
	const bool owned = owns(s);
	const std::uint8_t state = adoptable(s) ? r.state
						: static_cast<std::uint8_t>(hn_tcp_merge(
							  static_cast<hn_tcp_state>(s.state),
							  static_cast<hn_tcp_state>(r.state)));
	static_cast<hn_record &>(s) = r;
	s.deadline = now + r.lifetime;
	s.told = true;
	if (owned)
		s.ceded_until = now + ceded_ms;
	if (state != r.state) {
		s.state = state;
		s.deadline = now + lifetime_of(s);
		adopt(s);
	}
	return HN_APPLY_UPDATED;
}

DigestSums ModelKernel::sums(const SumsQuery &query, std::uint64_t &sessions) const
{
	DigestSums out{};

	for (const auto &[port, s] : table) {
		if (s.owner != query.owner)
			continue;
		const std::uint64_t hash = flow_hash(s, query.key);

		out[HN_DIGEST_BUCKET(hash)] ^= digest_of(s, hash);
		++sessions;
	}
	return out;
}

std::vector<hn_record> ModelKernel::read(const TableQuery &query)
{
	std::vector<hn_record> out;

	read(query, 0, table.size(), out);
	return out;
}

std::uint32_t ModelKernel::read(const TableQuery &query, std::uint32_t from, std::size_t max,
				std::vector<hn_record> &out)
{
	for (auto it = table.lower_bound(static_cast<std::uint16_t>(from)); it != table.end();
	     ++it) {
		Session &s = it->second;

		if (max-- == 0)
			return it->first;
		if ((query.owner && s.owner != query.owner) || (query.foreign && owns(s)) ||
		    (query.buckets &&
		     !query.buckets->test(HN_DIGEST_BUCKET(flow_hash(s, query.key)))))
			continue;
		out.push_back(fill(s));
		if (query.buckets && owns(s) && !s.told) {
			s.told = true;
			s.told_deadline = s.deadline;
		}
	}
	return 0;
}

hn_record ModelKernel::fill(const Session &s) const
{
	hn_record r = s;
	const std::int64_t left = since(s.deadline, now);

	r.lifetime = left > 0 && !(s.flags & HN_RF_DELETE) ? static_cast<std::uint32_t>(left) : 0;
	return r;
}

// Null: what was queued is gone without a word.
Session *ModelKernel::pending_session(const Pending &pending)
{
	const auto dead = dead_.find(pending.life);

	if (dead != dead_.end())
		return &dead->second;
	const auto it = table.find(pending.port);
	return it != table.end() && it->second.life == pending.life ? &it->second : nullptr;
}

// Puts it into the record, if it is still something to tell.
bool ModelKernel::serialise(Session &s, hn_record &record)
{
	const bool dead = s.flags & HN_RF_DELETE;

	if (!owns(s) || (dead && !s.told)) {
		s.queued = false;
		return false;
	}
	++s.version;
	s.told_deadline = s.deadline;
	record = fill(s);
	return true;
}

std::vector<hn_record> ModelKernel::deltas(std::size_t max)
{
	std::vector<hn_record> out;

	while (out.size() < max && !pending_.empty()) {
		const Pending pending = pending_.front();
		Session *s = pending_session(pending);
		hn_record record{};

		pending_.pop_front();
		if (s && serialise(*s, record)) {
			out.push_back(record);
			s->told = true;
			s->queued = false;
		}
		dead_.erase(pending.life);
	}
	return out;
}

// The message is made, and its sessions are pending again. As some listener may have got it, they
// count as told.
void ModelKernel::undelivered()
{
	const std::size_t n = std::min(pending_.size(), message_records);

	for (std::size_t i = 0; i < n; ++i) {
		Session *s = pending_session(pending_[i]);

		if (!s || !owns(*s) || ((s->flags & HN_RF_DELETE) && !s->told))
			continue;
		++s->version;
		s->told_deadline = s->deadline;
		s->told = true;
	}
}

// One message. False: the socket is full.
bool ModelKernel::flush()
{
	if (listening_ && socket.size() >= settings.socket) {
		undelivered();
		return false;
	}
	std::vector<hn_record> records = deltas(message_records);
	if (records.empty())
		return true;
	// Without a listener it is made, and sent to nobody.
	if (!listening_)
		return true;
	socket.push_back({.epoch = epoch,
			  .node = node,
			  .sequence = ++sequence,
			  .lost = std::exchange(lost_, 0),
			  .records = std::move(records)});
	return true;
}

// Deletions hold memory and ports: those beyond keep are given up, and listeners are told so.
void ModelKernel::give_up(std::size_t keep)
{
	std::erase_if(pending_, [&](const Pending &pending) {
		const auto dead = dead_.find(pending.life);

		if (dead == dead_.end())
			return false;
		if (keep > 0) {
			--keep;
			return false;
		}
		dead_.erase(dead);
		++lost_;
		return true;
	});
}

void ModelKernel::work()
{
	work_at_.reset();
	while (!pending_.empty()) {
		if (flush()) {
			failing_since_.reset();
			continue;
		}
		if (!failing_since_)
			failing_since_ = now;
		give_up(now > *failing_since_ + patience_ms ? 0 : settings.capacity);
		kick(now + retry_ms);
		return;
	}
}

void ModelKernel::forget_changes()
{
	for (auto &[port, s] : table)
		s.queued = false;
	pending_.clear();
	dead_.clear();
	work_at_.reset();
}

} // namespace hn::test
