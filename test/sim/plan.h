// SPDX-License-Identifier: GPL-2.0-or-later
// What a seed says: how many nodes there are, and what happens to them.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>

#include "model/kernel.h"
#include "model/random.h"

namespace hn::sim
{

// What may go wrong in a run: X(identifier, "name", percent of the runs in which it does).
#define HN_SIM_FAULTS(X)                                                                           \
	X(Loss, "loss", 50)                                                                        \
	X(Duplication, "duplication", 30)                                                          \
	X(Reordering, "reordering", 40)                                                            \
	X(Corruption, "corruption", 25)                                                            \
	X(Truncation, "truncation", 15)                                                            \
	X(Partition, "partition", 35)                                                              \
	X(Failover, "failover", 45)                                                                \
	X(Flapping, "flapping", 20)                                                                \
	X(Restart, "restart", 35)                                                                  \
	X(Reload, "reload", 25)                                                                    \
	X(Reboot, "reboot", 15)                                                                    \
	X(Renumber, "renumber", 8)                                                                 \
	X(Death, "death", 12)                                                                      \
	X(Disable, "disable", 15)                                                                  \
	X(Skew, "skew", 40)                                                                        \
	X(Stall, "stall", 25)                                                                      \
	X(Freeze, "freeze", 15)                                                                    \
	X(SlowReceiver, "slow-receiver", 20)                                                       \
	X(SlowSender, "slow-sender", 15)                                                           \
	X(Overrun, "overrun", 25)                                                                  \
	X(SmallSocket, "small-socket", 20)                                                         \
	X(Starvation, "starvation", 15)                                                            \
	X(KernelErrors, "kernel-errors", 20)                                                       \
	X(Replay, "replay", 35)                                                                    \
	X(Forgery, "forgery", 25)                                                                  \
	X(Push, "push", 25)

enum class Fault {
#define HN_SIM_FAULT_ENUM(id, name, percent) id,
	HN_SIM_FAULTS(HN_SIM_FAULT_ENUM)
#undef HN_SIM_FAULT_ENUM
		Last
};

constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::Last);

// Times are in microseconds of the world, where nothing else is said.
struct Plan {
	std::uint64_t seed = 0;
	unsigned nodes = 2;
	bool keys = false;
	bool unicast = false;	// what is for one node goes to that alone
	bool loopback = false;	// own frames come back
	bool spread = false;	// several nodes have traffic at once, each its own flows
	bool stable_ids = true; // a new kernel instance has the former one's id
	std::bitset<fault_count> faults{};

	std::uint64_t active = 0; // traffic and faults last so long
	std::uint64_t digest_ms = 0;
	std::uint16_t flows = 0;
	std::uint64_t packet_wait = 0; // between packets that matter, on average
	std::uint64_t closing = 0;     // percent of them that end the session
	std::uint64_t fault_wait = 0;  // between two events of one kind, on average
	double loss = 0;	       // at most
	std::uint64_t delay = 0;       // at most
	std::uint64_t jitter = 0;      // at most
	std::size_t payload = 0;
	std::size_t read_step = 0;
	test::ModelKernel::Settings settings;

	[[nodiscard]] bool has(Fault fault) const
	{
		return faults.test(static_cast<std::size_t>(fault));
	}
};

Plan plan_of(std::uint64_t seed);

// In one line.
std::string describe(const Plan &plan);

} // namespace hn::sim
