// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include <array>

namespace hn::sim
{

namespace
{

struct FaultInfo {
	const char *name;
	std::uint64_t percent;
};

constexpr std::array<FaultInfo, fault_count> fault_infos = {{
#define HN_SIM_FAULT_INFO(id, name, percent) {name, percent},
	HN_SIM_FAULTS(HN_SIM_FAULT_INFO)
#undef HN_SIM_FAULT_INFO
}};

// Each by itself, so that each combination comes; in some runs there is nothing, or but one.
std::bitset<fault_count> draw_faults(test::Random &random)
{
	const std::uint64_t kind = random.below(100);
	std::bitset<fault_count> faults;

	if (kind < 3)
		return faults;
	if (kind < 15)
		return faults.set(random.below(fault_count));
	for (std::size_t i = 0; i < fault_count; ++i)
		faults.set(i, random.below(100) < fault_infos[i].percent);
	return faults;
}

std::uint64_t draw_digest_period(test::Random &random)
{
	constexpr std::array<std::uint64_t, 8> periods{1000, 2000, 2000, 3000,
						       3000, 5000, 5000, 10000};

	return periods[random.below(periods.size())];
}

test::ModelKernel::Settings draw_settings(test::Random &random)
{
	test::ModelKernel::Settings settings;

	// What hanat.h allows; the shorter ones run out within the run.
	settings.est_ms = static_cast<std::uint32_t>(random.scale(60000, 7440000));
	settings.trans_ms = static_cast<std::uint32_t>(random.scale(10000, 240000));
	settings.udp_ms = static_cast<std::uint32_t>(random.scale(120000, 300000));
	settings.icmp_ms = 60000;
	if (random.chance(0.2))
		settings.flush_ms = random.scale(1, 500);
	return settings;
}

} // namespace

Plan plan_of(std::uint64_t seed)
{
	constexpr std::array<unsigned, 10> sizes{2, 2, 2, 3, 3, 3, 3, 4, 4, 5};
	test::Random random(seed * 0x2545f4914f6cdd1d + 1);
	Plan plan;

	plan.seed = seed;
	plan.nodes = sizes[random.below(sizes.size())];
	plan.keys = random.chance(0.5);
	plan.unicast = random.chance(0.3);
	plan.loopback = random.chance(0.3);
	plan.spread = random.chance(0.3);
	plan.stable_ids = random.chance(0.6);
	plan.faults = draw_faults(random);
	plan.active = random.scale(3000000, 30000000);
	plan.digest_ms = draw_digest_period(random);
	plan.flows = static_cast<std::uint16_t>(random.scale(2, 80));
	plan.packet_wait = plan.active / random.scale(20, 500);
	plan.closing = random.below(25);
	plan.fault_wait = plan.active / random.between(1, 8);
	plan.loss = 0.5 * random.real();
	plan.delay = random.scale(100, 50000);
	plan.jitter = random.scale(1000, 500000);
	plan.payload = random.chance(0.5) ? 1452 : 512;
	plan.read_step = random.scale(2, 100);
	plan.settings = draw_settings(random);
	if (plan.has(Fault::SmallSocket)) {
		plan.settings.socket = random.between(1, 4);
		plan.settings.capacity = random.between(0, 8);
	}
	return plan;
}

std::string describe(const Plan &plan)
{
	std::string out = "seed " + std::to_string(plan.seed) + ": " + std::to_string(plan.nodes) +
			  " nodes, " + std::to_string(plan.flows) + " flows, " +
			  (plan.keys ? "keys" : "no keys") + (plan.unicast ? ", unicast" : "") +
			  (plan.loopback ? ", loopback" : "") +
			  (plan.spread ? ", all active" : "") +
			  (plan.stable_ids ? "" : ", changing ids") + ", digests each " +
			  std::to_string(plan.digest_ms) + " ms, " +
			  std::to_string(plan.active / 1000000) + " s, faults:";

	for (std::size_t i = 0; i < fault_count; ++i)
		if (plan.faults.test(i))
			out += std::string(" ") + fault_infos[i].name;
	return out;
}

} // namespace hn::sim
