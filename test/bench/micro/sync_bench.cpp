// SPDX-License-Identifier: GPL-2.0-or-later
// The state machine: changed sessions on one node to records to be applied on
// another, with all that is between but the sockets. Items are sessions.
#include <benchmark/benchmark.h>

#include "hanatd/sync.h"
#include "records.h"

namespace
{

// As many as a message of the kernel holds.
constexpr std::size_t message_records = 160;

struct Node {
	explicit Node(std::uint32_t id) : sync(hn::Epoch{std::byte(id)}, {}, counters)
	{
		sync.up(0, id);
		sync.tick(0);
		sync.take();
	}

	hn::Counters counters;
	hn::Sync sync;
};

std::size_t pass_on(std::uint64_t now, const hn::SyncActions &actions, Node &to)
{
	for (const hn::Outgoing &out : actions.frames)
		to.sync.receive(now, out.frame);
	to.sync.tick(now);
	return to.sync.take().apply.size();
}

void one_to_one(benchmark::State &state)
{
	const auto records = hn::bench::records_of(1, message_records);
	std::uint64_t now = 0, sequence = 0;
	Node from(1), to(2);

	for ([[maybe_unused]] const auto round : state) {
		from.sync.changed(1, ++sequence, 0, records);
		from.sync.tick(++now);
		if (pass_on(now, from.sync.take(), to) != records.size())
			state.SkipWithError("not every session arrived");
	}
	state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records.size()));
}
BENCHMARK(one_to_one);

void sender_alone(benchmark::State &state)
{
	const auto records = hn::bench::records_of(1, message_records);
	std::uint64_t now = 0, sequence = 0;
	Node from(1);

	for ([[maybe_unused]] const auto round : state) {
		from.sync.changed(1, ++sequence, 0, records);
		from.sync.tick(++now);
		benchmark::DoNotOptimize(from.sync.take().frames.data());
	}
	state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records.size()));
}
BENCHMARK(sender_alone);

} // namespace
