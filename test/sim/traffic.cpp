// SPDX-License-Identifier: GPL-2.0-or-later
#include "traffic.h"

#include <algorithm>
#include <array>
#include <set>

namespace hn::sim
{

namespace
{

// How often each comes, of a hundred segments.
struct Share {
	hn_tcp_event event;
	std::uint64_t percent;
};

constexpr std::array<Share, 7> shares{{{HN_TCP_EV_OTHER, 40},
				       {HN_TCP_EV_V6_SYN, 20},
				       {HN_TCP_EV_V4_SYN, 20},
				       {HN_TCP_EV_V6_FIN, 7},
				       {HN_TCP_EV_V4_FIN, 7},
				       {HN_TCP_EV_V6_RST, 3},
				       {HN_TCP_EV_V4_RST, 3}}};

hn_tcp_event draw_event(test::Random &random)
{
	std::uint64_t n = random.below(100);

	for (const Share &share : shares) {
		if (n < share.percent)
			return share.event;
		n -= share.percent;
	}
	return HN_TCP_EV_OTHER;
}

} // namespace

Traffic::Traffic(World &world) : world_(world), fresh_(world.plan().flows)
{
	next();
}

void Traffic::next()
{
	world_.after(world_.random().wait(world_.plan().packet_wait), [this] {
		if (stopped_)
			return;
		packet();
		next();
	});
}

bool Traffic::reaches(const Machine &m, unsigned part) const
{
	return m.forwards(world_.now()) && (parts_.empty() || parts_[m.index] == part);
}

// Where that can't be, the next one has taken over.
Machine &Traffic::active(std::uint16_t port)
{
	const Machines &machines = world_.machines();
	const std::uint64_t first = world_.plan().spread ? port : active_;
	const unsigned part = parts_.empty() ? 0 : parts_[world_.random().below(machines.size())];

	if (world_.plan().has(Fault::Flapping) && world_.random().chance(0.1))
		return world_.any();
	for (std::size_t i = 0; i < machines.size(); ++i) {
		Machine &m = *machines[(first + i) % machines.size()];

		if (reaches(m, part))
			return m;
	}
	return *machines[first % machines.size()];
}

void Traffic::packet()
{
	test::Random &random = world_.random();
	const auto port = static_cast<std::uint16_t>(1 + random.below(world_.plan().flows));
	Machine &m = active(port);

	if (random.below(100) < world_.plan().closing)
		world_.close(m, port);
	else
		world_.packet(m, port, draw_event(random));
}

void Traffic::trickle()
{
	std::set<std::uint16_t> chosen;

	for (const auto &m : world_.machines()) {
		const auto &table = m->node.kernel.table;
		const auto it = std::find_if(table.begin(), table.end(), [&](const auto &entry) {
			return !chosen.contains(entry.first);
		});

		world_.packet(*m, ++fresh_, HN_TCP_EV_V6_SYN);
		chosen.insert(fresh_);
		if (it == table.end() || it->first >= fresh_)
			continue;
		// It ends if it is the node's, or else becomes the node's.
		const std::uint16_t port = it->first;
		chosen.insert(port);
		if (world_.random().chance(0.5))
			world_.close(*m, port);
		else
			world_.packet(*m, port, HN_TCP_EV_OTHER);
	}
}

} // namespace hn::sim
