// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include "faults.h"
#include "traffic.h"
#include "world.h"

namespace hn::sim
{

namespace
{

constexpr std::uint64_t ms = 1000;

// What may still be on its way when the network is good again, until nothing has to be mended any
// more: frames are missed for the window's patience; then a request for a table, or for sums, rests
// for the longest pause, and what it asks for comes an answer's interval later.
constexpr std::uint64_t settled_ms =
	SequenceWindow::patience_ms + Sync::pause_max_ms + 2 * Sync::answer_ms;

// Besides, a digest that came while a comparison was stuck counts for nothing: the next but one
// finds what differs, looks twice, and fetches it.
std::uint64_t settling_ms(const Plan &plan)
{
	const std::uint64_t compared =
		2 * Comparison::max_asks * Comparison::answer_ms + 2 * plan.digest_ms +
		Comparison::max_looks * (Comparison::answer_ms + Comparison::look_ms);

	return std::max(settled_ms, compared);
}

// Sessions end by themselves, and others are told of it a moment later.
bool agree(World &world, std::uint64_t until)
{
	while (!world.judge().difference().empty() && world.now() < until)
		world.run(world.now() + 50 * ms);
	world.judge().equal();
	return !world.judge().failure();
}

// Changes go on, and nothing is lost: nothing has to be mended.
void be_quiet(World &world, Traffic &traffic, Mutant mutant)
{
	const std::uint64_t quiet_ms = 3 * world.plan().digest_ms + 6000;

	world.judge().quiet_begins();
	world.run(world.now() + 1000 * ms);
	traffic.trickle();
	world.run(world.now() + 100 * ms);
	if (world.judge().haunted())
		return;
	if (mutant == Mutant::ForgottenReplica)
		world.machines().front()->node.kernel.table.clear();
	if (mutant == Mutant::LyingDigest)
		world.machines().front()->node.faults.lies = true;
	world.run(world.now() + (quiet_ms - 1100) * ms);
	world.judge().quiet_ends(quiet_ms);
	agree(world, world.now() + 2000 * ms);
}

} // namespace

Outcome run(const Plan &plan, Trace &trace, Mutant mutant)
{
	World world(plan, trace, mutant);
	Traffic traffic(world);
	Faults faults(world, traffic);

	for (const auto &m : world.machines()) {
		Machine *machine = m.get();

		world.after(world.random().below(2000 * ms),
			    [&world, machine] { world.start(*machine); });
	}
	world.run(plan.active);
	if (trace.on())
		trace.line("the network is good, and traffic ends");
	traffic.stop();
	faults.calm();
	world.run(world.now() + 2000 * ms);
	traffic.trickle(); // a kernel tells what it lost with the next change
	world.run(world.now() + settling_ms(plan) * ms);
	if (agree(world, world.now() + 2000 * ms) && !world.judge().haunted())
		be_quiet(world, traffic, mutant);
	world.judge().frames(world.now() / ms);
	return {.failure = world.judge().failure(),
		.events = world.events(),
		.frames = world.judge().frames_sent()};
}

} // namespace hn::sim
