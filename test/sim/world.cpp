// SPDX-License-Identifier: GPL-2.0-or-later
#include "world.h"

#include <algorithm>
#include <utility>

namespace hn::sim
{

namespace
{

constexpr std::uint64_t turn_us = 20;	     // a turn of the daemon's loop at least
constexpr std::uint64_t tick_us = 1000;	     // of the kernel, until its worker runs
constexpr std::uint64_t expiry_us = 1000000; // the walk over a small table
constexpr std::size_t recordings_max = 256;

Keyring group_keys()
{
	Keyring ring;
	Key::Secret secret{};

	secret.fill(7);
	static_cast<void>(ring.add(Key(7, secret)));
	return ring;
}

template<class Bytes>
void fill(test::Random &random, Bytes &bytes)
{
	for (auto &byte : bytes)
		byte = static_cast<typename Bytes::value_type>(random());
}

} // namespace

World::World(const Plan &plan, Trace &trace, Mutant mutant)
	: plan_(plan), trace_(trace), mutant_(mutant), random_(plan.seed),
	  judge_(plan_, machines_, trace), links_(std::size_t{plan.nodes} * plan.nodes)
{
	for (unsigned i = 0; i < plan_.nodes; ++i) {
		Machine &m = *machines_.emplace_back(std::make_unique<Machine>(i, ++last_id_));

		if (plan_.keys && mutant_ != Mutant::NoKeys)
			m.node.keys = group_keys();
		m.node.max_payload = plan_.payload;
		m.node.digest_period = plan_.digest_ms;
		m.node.read_step = plan_.read_step;
		m.node.random.seed(random_());
		m.node.kernel = test::ModelKernel(m.node.kernel.node, random_());
		m.node.kernel.settings = plan_.settings;
		m.node.kernel.listen(false);
		m.clock.set(0, random_.scale(1000, 100000000),
			    plan_.has(Fault::Skew)
				    ? static_cast<std::int64_t>(random_.below(10000)) - 5000
				    : 0);
		set_time_of_day(m);
		watch(m);
		push(random_.below(expiry_us), What::Expiry, i);
	}
	for (test::Link &link : links_)
		link.delay = random_.between(plan_.delay / 2, plan_.delay);
}

// A little wrong on each node.
void World::set_time_of_day(Machine &m)
{
	constexpr std::uint64_t began = 1700000000000;

	m.node.kernel.birth = began + now_ / 1000 - m.local(now_) + random_.below(500);
}

void World::watch(Machine &m)
{
	m.node.applied = [this, &m](const hn_record &record,
				    const std::optional<test::Session> &before,
				    hn_apply_fate fate) {
		trace(m, [&] {
			return "applies " + record_text(record) + ": " +
			       std::string(fate_text(fate));
		});
		judge_.applied(m, record, before, fate);
	};
	m.node.configured = [this, &m](const std::string &text) {
		trace(m, [&] { return "is configured: " + std::to_string(text.size()); });
		judge_.configured(m, mutant_ == Mutant::HalfConfig ? text.substr(1) : text);
	};
	m.node.accepts_config = plan_.has(Fault::Push);
}

test::Link &World::link(const Machine &from, const Machine &to)
{
	return links_[std::size_t{from.index} * plan_.nodes + to.index];
}

void World::push(std::uint64_t at, What what, unsigned machine, Kind kind, test::SharedFrame frame,
		 std::uint32_t action)
{
	queue_.push_back({.at = at,
			  .order = ++order_,
			  .what = what,
			  .kind = kind,
			  .machine = machine,
			  .frame = std::move(frame),
			  .action = action});
	std::push_heap(queue_.begin(), queue_.end());
}

void World::after(std::uint64_t us, std::function<void()> action)
{
	actions_.emplace(++last_action_, std::move(action));
	push(now_ + us, What::Action, 0, Kind::Genuine, nullptr, last_action_);
}

void World::run(std::uint64_t until)
{
	while (!judge_.failure() && !queue_.empty() && queue_.front().at <= until) {
		std::pop_heap(queue_.begin(), queue_.end());
		Event event = std::move(queue_.back());
		queue_.pop_back();
		now_ = event.at;
		trace_.set_time(now_);
		++events_;
		happen(event);
	}
	now_ = std::max(now_, until);
}

void World::happen(Event &event)
{
	Machine &m = *machines_[event.machine];

	if (event.what == What::Action) {
		const auto it = actions_.find(event.action);
		const std::function<void()> action = std::move(it->second);

		actions_.erase(it);
		action();
		return;
	}
	if (now_ < m.frozen_until && event.what != What::Arrival) {
		event.at = m.frozen_until;
		event.order = ++order_;
		queue_.push_back(std::move(event));
		std::push_heap(queue_.begin(), queue_.end());
		return;
	}
	switch (event.what) {
	case What::Arrival:
		return arrive(m, event);
	case What::Turn:
		if (event.at >= m.turn_at)
			turn(m);
		return;
	case What::Work:
		if (event.at >= m.work_at)
			work(m);
		return;
	case What::Expiry:
		return expire(m);
	case What::Sending:
		m.sending_at = never;
		transmit(m);
		return arm(m);
	case What::Action:
		return;
	}
}

void World::arrive(Machine &m, Event &event)
{
	if (!m.node.sync || !m.on)
		return;
	if (mutant_ == Mutant::Deaf && m.index == 0 && is_request(*event.frame, m.node.keys))
		return;
	if (m.rx.size() >= m.rx_room) {
		trace(m,
		      [&] { return "has no room for " + frame_text(*event.frame, m.node.keys); });
		judge_.lost(m, m);
		return;
	}
	m.rx.push_back({.frame = std::move(event.frame), .kind = event.kind});
	arm(m);
}

void World::deliver(Machine &to, std::uint64_t at, const test::SharedFrame &frame, Kind kind)
{
	push(at, What::Arrival, to.index, kind, frame);
}

void World::arm(Machine &m)
{
	test::Node &node = m.node;

	if (node.present && node.kernel.work_at()) {
		const std::uint64_t at =
			m.clock.when(*node.kernel.work_at(), now_) + random_.below(tick_us);

		if (m.work_at == never || m.work_at > at + tick_us) {
			m.work_at = at;
			push(at, What::Work, m.index);
		}
	}
	if (!node.sync || !m.on)
		return;
	const std::uint64_t due =
		!m.rx.empty() || sleepless(m) ? now_ : m.clock.when(node.deadline(), now_);
	const std::uint64_t at = std::max({due, m.busy_until, m.stalled_until});
	if (at < m.turn_at) {
		m.turn_at = at;
		push(at, What::Turn, m.index);
	}
}

bool World::sleepless(const Machine &m) const
{
	return mutant_ == Mutant::Sleepless && m.index == 0 && now_ > 1000000;
}

void World::turn(Machine &m)
{
	m.turn_at = never;
	if (!m.node.sync || !m.on)
		return;
	if (now_ < m.stalled_until)
		return arm(m);
	const std::uint64_t local = m.local(now_);
	std::uint64_t n = 0;

	m.known_id = m.node.known_id();
	m.known_epoch = m.node.known_epoch();
	judge_.turns(m);
	m.node.kernel.now = local;
	for (; n < m.rx_batch && !m.rx.empty(); ++n) {
		const Datagram datagram = std::move(m.rx.front());

		m.rx.pop_front();
		trace(m, [&] {
			return std::string("hears ") + kind_text(datagram.kind) +
			       frame_text(*datagram.frame, m.node.keys);
		});
		judge_.hear(m, local, datagram);
		if (mutant_ == Mutant::Storm && m.index == 0)
			m.node.tx.push_back({.frame = *datagram.frame});
	}
	m.node.turn(local);
	for (const NoticeOf &notice : m.node.notices)
		trace(m, [&] { return notice_text(notice); });
	m.node.notices.clear();
	m.busy_until = now_ + turn_us + n * m.receive_time;
	judge_.turned(m, now_, m.rx.empty(), sleepless(m) ? 0 : m.node.deadline());
	transmit(m);
	arm(m);
}

void World::work(Machine &m)
{
	test::ModelKernel &kernel = m.node.kernel;

	m.work_at = never;
	if (!m.node.present)
		return;
	const std::uint64_t before = kernel.sequence;
	kernel.now = m.local(now_);
	kernel.work();
	for (std::size_t i = kernel.socket.size() - (kernel.sequence - before);
	     i < kernel.socket.size(); ++i) {
		test::Delta &delta = kernel.socket[i];

		if (mutant_ == Mutant::SilentDeletion && m.index == 0)
			forget_deletions(delta);
		judge_.told(m, delta);
		remember(delta);
		trace(m, [&] { return "kernel tells " + delta_text(delta); });
	}
	if (kernel.sequence != before && m.overrun > 0 && random_.chance(m.overrun)) {
		trace(m, [] { return "misses that message"; });
		kernel.socket.pop_back();
		m.node.overrun = random_.chance(0.5);
	}
	arm(m);
}

void World::remember(const test::Delta &delta)
{
	for (const hn_record &r : delta.records) {
		const Line line{ntohs(r.ext_port), r.owner, r.generation};
		std::uint16_t &last = versions_.try_emplace(line, r.version).first->second;

		if (static_cast<std::int16_t>(r.version - last) > 0)
			last = r.version;
	}
}

// Versions of a flow with more than one delta a second run ahead of the clock: until that has
// passed them, the flow neither begins anew nor is taken back as what it was before
// (docs/design.md, section 10).
bool World::may_begin(const Machine &m, std::uint16_t port) const
{
	const test::ModelKernel &kernel = m.node.kernel;
	const auto there = kernel.table.find(port);
	std::uint16_t generation = 0;

	if (there != kernel.table.end() && kernel.owns(there->second))
		return true;
	if (there != kernel.table.end())
		generation = there->second.generation + 1;
	const auto told = versions_.find({port, kernel.node, generation});
	return told == versions_.end() ||
	       static_cast<std::int16_t>(kernel.first_version() - told->second) > 0;
}

void World::expire(Machine &m)
{
	push(now_ + expiry_us, What::Expiry, m.index);
	if (!m.on || !m.node.present)
		return;
	m.node.kernel.now = m.local(now_);
	m.node.kernel.expire();
	judge_.sizes(m);
	if (mutant_ == Mutant::OwnRecord)
		apply_own(m.node);
	arm(m);
}

void World::transmit(Machine &m)
{
	while (!m.node.tx.empty()) {
		if (now_ < m.send_at) {
			if (m.sending_at == never) {
				m.sending_at = m.send_at;
				push(m.send_at, What::Sending, m.index);
			}
			return;
		}
		const Outgoing out = std::move(m.node.tx.front());

		m.node.tx.pop_front();
		m.send_at = now_ + m.send_time;
		send(m, out);
	}
}

void World::send(Machine &m, const Outgoing &out)
{
	const bool changed = (mutant_ == Mutant::Resealed || mutant_ == Mutant::Stripped) &&
			     m.index == 0 && random_.chance(0.3);
	const auto frame = std::make_shared<const Bytes>(
		changed ? resealed(out.frame, m.node.keys, mutant_ == Mutant::Stripped)
			: out.frame);

	trace(m, [&] { return "sends " + frame_text(*frame, m.node.keys); });
	judge_.sent(m, frame->size());
	record(m, frame);
	for (const auto &to : machines_)
		if (to->index == m.index
			    ? plan_.loopback
			    : !plan_.unicast || !out.to || out.to == to->node.kernel.node)
			send_to(m, *to, frame);
}

void World::send_to(Machine &m, Machine &to, const test::SharedFrame &frame)
{
	bool arrives = false;

	if (m.index == to.index)
		return deliver(to, now_ + 1, frame, Kind::Genuine);
	test::carry(random_, link(m, to), frame, now_,
		    [&](std::uint64_t at, const test::SharedFrame &copy, bool damaged) {
			    arrives |= !damaged;
			    deliver(to, at, copy, damaged ? Kind::Damaged : Kind::Genuine);
		    });
	if (arrives)
		return;
	trace(to, [&] { return "does not get " + frame_text(*frame, m.node.keys); });
	judge_.lost(m, to);
}

// Each frame with the same probability, in the end.
void World::record(const Machine &m, const test::SharedFrame &frame)
{
	if (!plan_.has(Fault::Replay) && !plan_.has(Fault::Forgery) && mutant_ != Mutant::NoKeys)
		return;
	Recording recording{.frame = frame, .machine = m.index, .epoch = m.node.epoch};
	++recorded_;
	if (recordings_.size() < recordings_max)
		recordings_.push_back(std::move(recording));
	else if (const std::uint64_t i = random_.below(recorded_); i < recordings_max)
		recordings_[i] = std::move(recording);
}

void World::start(Machine &m)
{
	Epoch epoch{};
	ChallengeSecret secret{};

	if (m.node.sync || !m.on)
		return;
	fill(random_, epoch);
	fill(random_, secret);
	trace(m, [] { return "daemon starts"; });
	m.rx.clear();
	judge_.started(m, now_);
	m.node.start(m.local(now_), epoch, secret);
	m.busy_until = now_ + turn_us;
	transmit(m);
	arm(m);
}

void World::stop(Machine &m, bool in_order)
{
	if (!m.node.sync)
		return;
	trace(m, [&] { return in_order ? "daemon stops" : "daemon dies"; });
	if (in_order) {
		m.node.stop(m.local(now_));
		for (const Outgoing &out : std::exchange(m.node.tx, {}))
			send(m, out);
	} else {
		m.node.crash();
	}
	m.turn_at = never;
	m.rx.clear();
}

std::uint32_t World::new_id()
{
	return ++last_id_;
}

void World::remove_instance(Machine &m)
{
	trace(m, [] { return "instance removed"; });
	m.node.present = false;
	m.work_at = never;
}

void World::add_instance(Machine &m)
{
	test::ModelKernel &kernel = m.node.kernel;
	const std::uint32_t id = plan_.stable_ids ? kernel.node : new_id();
	const test::ModelKernel::Settings settings = kernel.settings;

	kernel = test::ModelKernel(id, random_());
	kernel.settings = settings;
	kernel.now = m.local(now_);
	judge_.emptied(m);
	set_time_of_day(m);
	// The module was loaded anew, or only the instance is.
	m.node.closed = random_.chance(0.5);
	kernel.listen(m.node.sync && !m.node.closed);
	m.node.present = true;
	trace(m, [] { return "instance added"; });
	arm(m);
}

void World::renumber(Machine &m)
{
	const std::uint32_t id = new_id();

	trace(m, [&] { return "is node " + std::to_string(id) + " from now on"; });
	m.node.kernel.set_node(id);
}

void World::power_off(Machine &m)
{
	stop(m, false);
	remove_instance(m);
	m.on = false;
	m.frozen_until = 0;
}

void World::power_on(Machine &m)
{
	if (m.on || m.dead)
		return;
	m.on = true;
	m.clock.set(now_, random_.scale(1000, 20000), 0);
	add_instance(m);
	start(m);
}

void World::freeze(Machine &m, std::uint64_t us, bool clock_stops)
{
	const std::uint64_t end = now_ + us;

	m.frozen_until = end;
	m.stood_still += clock_stops ? us : 0;
	if (clock_stops)
		after(us, [&m, us, end] {
			if (m.frozen_until == end)
				m.clock.stood_still(us);
		});
	trace(m, [&] { return "freezes for " + std::to_string(us) + " us"; });
}

void World::packet(Machine &m, std::uint16_t port, hn_tcp_event event)
{
	if (!m.forwards(now_))
		return;
	m.node.kernel.now = m.local(now_);
	if (!may_begin(m, port))
		return;
	trace(m, [&] { return "packet of p" + std::to_string(port); });
	m.node.kernel.packet(port, event);
	arm(m);
}

void World::close(Machine &m, std::uint16_t port)
{
	const auto it = m.node.kernel.table.find(port);

	if (!m.forwards(now_) || it == m.node.kernel.table.end() || !m.node.kernel.owns(it->second))
		return;
	trace(m, [&] { return "end of p" + std::to_string(port); });
	m.node.kernel.now = m.local(now_);
	m.node.kernel.remove(port);
	arm(m);
}

} // namespace hn::sim
