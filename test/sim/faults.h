// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>

#include "traffic.h"
#include "world.h"

namespace hn::sim
{

// All that goes wrong, as the plan says, until calm().
class Faults
{
public:
	Faults(World &world, Traffic &traffic);

	// What was broken is whole again, what was down is up, but for the dead.
	void calm();

private:
	using Event = void (Faults::*)();

	void every(Fault fault, Event event);
	void later(std::uint64_t us, std::function<void()> action);
	Machine *awake();

	void change_links();
	void partition();
	void cut(bool both_ways);
	void heal();
	void fail_over();
	void restart();
	void reload();
	void reboot();
	void renumber();
	void die();
	void disable();
	void stall();
	void freeze();
	void slow_receiver();
	void slow_sender();
	void overrun();
	void starve();
	void kernel_errors();
	void replay();
	void forge();
	void push();

	World &world_;
	Traffic &traffic_;
	const Plan &plan_;
	test::Random &random_;
	bool calm_ = false;
};

} // namespace hn::sim
