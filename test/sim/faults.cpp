// SPDX-License-Identifier: GPL-2.0-or-later
#include "faults.h"

#include <utility>

namespace hn::sim
{

namespace
{

constexpr std::uint64_t ms = 1000;
constexpr std::uint64_t second = 1000 * ms;

} // namespace

Faults::Faults(World &world, Traffic &traffic)
	: world_(world), traffic_(traffic), plan_(world.plan()), random_(world.random())
{
	for (int i = 0; i < 4; ++i)
		change_links();
	for (const Fault fault : {Fault::Loss, Fault::Duplication, Fault::Reordering,
				  Fault::Corruption, Fault::Truncation})
		every(fault, &Faults::change_links);
	every(Fault::Partition, &Faults::partition);
	every(Fault::Failover, &Faults::fail_over);
	every(Fault::Restart, &Faults::restart);
	every(Fault::Reload, &Faults::reload);
	every(Fault::Reboot, &Faults::reboot);
	every(Fault::Renumber, &Faults::renumber);
	every(Fault::Death, &Faults::die);
	every(Fault::Disable, &Faults::disable);
	every(Fault::Stall, &Faults::stall);
	every(Fault::Freeze, &Faults::freeze);
	every(Fault::SlowReceiver, &Faults::slow_receiver);
	every(Fault::SlowSender, &Faults::slow_sender);
	every(Fault::Overrun, &Faults::overrun);
	every(Fault::Starvation, &Faults::starve);
	every(Fault::KernelErrors, &Faults::kernel_errors);
	every(Fault::Replay, &Faults::replay);
	every(Fault::Forgery, &Faults::forge);
	every(Fault::Push, &Faults::push);
}

void Faults::every(Fault fault, Event event)
{
	if (!plan_.has(fault))
		return;
	later(random_.wait(plan_.fault_wait), [this, fault, event] {
		(this->*event)();
		every(fault, event);
	});
}

void Faults::later(std::uint64_t us, std::function<void()> action)
{
	world_.after(us, [this, action = std::move(action)] {
		if (!calm_)
			action();
	});
}

// One to which something can be done. Null: chance hit one that is off, or frozen.
Machine *Faults::awake()
{
	Machine &m = world_.any();

	return m.on && world_.now() >= m.frozen_until ? &m : nullptr;
}

// Of one way, in one direction. What has no key is covered by UDP's checksum: what changes is lost.
void Faults::change_links()
{
	test::Link &link = world_.link(world_.any(), world_.any());
	const auto up_to = [&](Fault fault, double most) {
		return plan_.has(fault) && random_.chance(0.7) ? most * random_.real() : 0;
	};

	link.loss = up_to(Fault::Loss, plan_.loss);
	link.duplication = up_to(Fault::Duplication, 0.3);
	link.truncation = up_to(Fault::Truncation, 0.1);
	link.corruption = up_to(Fault::Corruption, 0.2);
	if (!plan_.keys)
		link.loss += std::exchange(link.corruption, 0.0);
	link.jitter = plan_.has(Fault::Reordering) ? random_.below(plan_.jitter) : 0;
}

void Faults::partition()
{
	const std::uint64_t kind = random_.below(4);

	if (kind < 2) {
		std::vector<unsigned> parts;

		for (unsigned i = 0; i < plan_.nodes; ++i)
			parts.push_back(static_cast<unsigned>(random_.below(plan_.nodes)));
		for (const auto &from : world_.machines())
			for (const auto &to : world_.machines())
				world_.link(*from, *to).up = parts[from->index] == parts[to->index];
		traffic_.split(parts);
	} else {
		cut(kind == 2);
	}
	later(random_.scale(50 * ms, 12 * second), [this] { heal(); });
}

// Some ways only; if so, in one direction.
void Faults::cut(bool both_ways)
{
	for (unsigned i = 0; i < plan_.nodes; ++i) {
		Machine &from = world_.any();
		Machine &to = world_.any();

		world_.link(from, to).up = false;
		if (both_ways)
			world_.link(to, from).up = false;
	}
}

void Faults::heal()
{
	for (const auto &from : world_.machines())
		for (const auto &to : world_.machines())
			world_.link(*from, *to).up = true;
	traffic_.heal();
}

void Faults::fail_over()
{
	traffic_.fail_over();
}

void Faults::restart()
{
	Machine *m = awake();

	if (!m)
		return;
	world_.stop(*m, random_.chance(0.5));
	later(random_.scale(10 * ms, 8 * second), [this, m] { world_.start(*m); });
}

void Faults::reload()
{
	Machine *m = awake();

	if (!m || !m->node.present)
		return;
	world_.remove_instance(*m);
	later(random_.scale(1 * ms, 5 * second), [this, m] {
		if (m->on && !m->node.present)
			world_.add_instance(*m);
	});
}

void Faults::reboot()
{
	Machine *m = awake();

	if (!m)
		return;
	world_.power_off(*m);
	later(random_.scale(1 * second, 10 * second), [this, m] { world_.power_on(*m); });
}

void Faults::renumber()
{
	Machine *m = awake();

	if (m && m->node.present)
		world_.renumber(*m);
}

// One stays.
void Faults::die()
{
	Machine &m = world_.any();
	unsigned living = 0;

	for (const auto &each : world_.machines())
		living += !each->dead;
	if (m.dead || living < 2)
		return;
	world_.power_off(m);
	m.dead = true;
}

void Faults::disable()
{
	Machine *m = awake();

	if (!m || !m->node.present)
		return;
	m->node.kernel.set_enabled(false);
	later(random_.scale(10 * ms, 8 * second), [this, m] {
		m->node.kernel.set_enabled(true);
		world_.arm(*m);
	});
}

void Faults::stall()
{
	Machine *m = awake();

	if (m)
		m->stalled_until = world_.now() + random_.scale(100 * ms, 20 * second);
}

void Faults::freeze()
{
	Machine *m = awake();

	if (!m)
		return;
	// Sessions outlive the owner's clock by ModelKernel::replica_grace_ms in all.
	if (random_.chance(0.5))
		world_.freeze(*m, random_.scale(100 * ms, 10 * second), false);
	else if (m->stood_still < 3 * second)
		world_.freeze(*m, random_.scale(10 * ms, 1 * second), true);
}

void Faults::slow_receiver()
{
	Machine &m = world_.any();

	m.rx_room = random_.scale(4, 64);
	m.rx_batch = random_.between(1, 8);
	m.receive_time = random_.scale(200, 20 * ms);
	later(random_.scale(100 * ms, 8 * second), [&m] {
		m.rx_room = 4096;
		m.rx_batch = 256;
		m.receive_time = 0;
	});
}

void Faults::slow_sender()
{
	Machine &m = world_.any();

	m.send_time = random_.scale(100, 10 * ms);
	m.node.tx_mark = random_.scale(4, 100);
	later(random_.scale(100 * ms, 8 * second), [&m] {
		m.send_time = 0;
		m.node.tx_mark = 1024;
	});
}

void Faults::overrun()
{
	Machine &m = world_.any();

	m.overrun = 0.5 * random_.real();
	later(random_.scale(100 * ms, 8 * second), [&m] { m.overrun = 0; });
}

void Faults::starve()
{
	Machine &m = world_.any();

	m.node.kernel.starving = true;
	later(random_.scale(10 * ms, 8 * second), [&m] { m.node.kernel.starving = false; });
}

void Faults::kernel_errors()
{
	Machine &m = world_.any();

	m.node.faults.apply = 0.3 * random_.real();
	m.node.faults.advertise = 0.5 * random_.real();
	m.node.faults.read = 0.3 * random_.real();
	m.node.faults.sums = 0.5 * random_.real();
	later(random_.scale(100 * ms, 8 * second), [&m] { m.node.faults = {}; });
}

// Frames of daemons that have ended, to whoever is there.
void Faults::replay()
{
	Machine &to = world_.any();

	if (!plan_.keys)
		return;
	for (const World::Recording &recording : world_.recordings()) {
		const test::Node &from = world_.machines()[recording.machine]->node;

		if ((from.sync && from.epoch == recording.epoch) || random_.chance(0.9))
			continue;
		world_.judge().attacked(to);
		world_.deliver(to, world_.now() + random_.below(100 * ms), recording.frame,
			       Kind::Replayed);
	}
}

void Faults::forge()
{
	const auto &recordings = world_.recordings();

	if (!plan_.keys || recordings.empty())
		return;
	for (std::uint64_t n = random_.between(1, 20); n > 0; --n) {
		Machine &to = world_.any();
		const Bytes &frame = *recordings[random_.below(recordings.size())].frame;

		world_.judge().attacked(to);
		world_.deliver(to, world_.now() + random_.below(100 * ms),
			       test::corrupted(random_, frame), Kind::Damaged);
	}
}

// A node is configured, and an operator has another one be configured as it is.
void Faults::push()
{
	constexpr std::size_t longest = 4000;
	Machine *from = awake();
	const Machine &to = world_.any();
	std::string text;

	if (!from || !from->node.sync || from->index == to.index)
		return;
	for (std::uint64_t n = random_.between(1, longest); n > 0; --n)
		text += static_cast<char>('a' + random_.below(26));
	from->node.config = text;
	world_.judge().handed_on(text);
	const std::uint64_t local = from->local(world_.now());
	if (from->node.sync->offer_config(local, to.node.kernel.node, local + Judge::push_ms))
		world_.trace(*from, [] { return "an operator hands its configuration on"; });
	world_.arm(*from);
}

void Faults::calm()
{
	calm_ = true;
	heal();
	for (const auto &from : world_.machines())
		for (const auto &to : world_.machines())
			world_.link(*from, *to) = {.delay = 200, .jitter = 0};
	for (const auto &m : world_.machines()) {
		m->stalled_until = 0;
		m->frozen_until = std::min(m->frozen_until, world_.now());
		m->rx_room = 4096;
		m->rx_batch = 256;
		m->receive_time = m->send_time = 0;
		m->node.tx_mark = 1024;
		m->overrun = 0;
		m->node.faults = {};
		m->node.kernel.starving = false;
		m->node.kernel.settings.socket = 100000;
		if (m->dead)
			continue;
		world_.power_on(*m);
		if (!m->node.present)
			world_.add_instance(*m);
		m->node.kernel.set_enabled(true);
		world_.start(*m);
		world_.arm(*m);
	}
}

} // namespace hn::sim
