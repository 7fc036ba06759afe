// SPDX-License-Identifier: GPL-2.0-or-later
// Runs of the simulation: many seeds, one seed with all that happens, or what must not pass.
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <mutex>
#include <sodium.h>
#include <string>
#include <thread>
#include <vector>

#include <boost/program_options.hpp>

#include "run.h"

namespace
{

namespace po = boost::program_options;
using hn::sim::Mutant;
using hn::sim::Outcome;
using hn::sim::Plan;
using hn::sim::Trace;

constexpr int exit_usage = 2;
// Within so many seeds each mutant is to be found.
constexpr std::uint64_t mutant_seeds = 200;

struct Options {
	std::uint64_t first = 1;
	std::uint64_t seeds = 10000;
	unsigned jobs = 1;
	std::uint64_t trace = 0;
	bool mutants = false;
	bool help = false;
};

struct Totals {
	std::uint64_t runs = 0;
	std::uint64_t failures = 0;
	std::uint64_t events = 0;
	std::uint64_t frames = 0;
};

po::options_description described(Options &options)
{
	po::options_description all("Options");

	// clang-format off
	all.add_options()
		("first", po::value(&options.first)->value_name("N"), "the first seed (1)")
		("seeds", po::value(&options.seeds)->value_name("N"), "how many (10000)")
		("jobs", po::value(&options.jobs)->value_name("N"), "how many at once (1)")
		("trace", po::value(&options.trace)->value_name("SEED"),
		 "this one alone, with all that happens")
		("mutants", po::bool_switch(&options.mutants),
		 "defects of the model's world: each must be found")
		("help,h", po::bool_switch(&options.help), "print this help and exit");
	// clang-format on
	return all;
}

void print_failure(const Plan &plan, const hn::sim::Failure &failure)
{
	std::printf("%s\n  %s: %s\n", describe(plan).c_str(), failure.property.c_str(),
		    failure.text.c_str());
}

int trace(std::uint64_t seed)
{
	const Plan plan = hn::sim::plan_of(seed);
	Trace trace(true);
	const Outcome outcome = hn::sim::run(plan, trace, Mutant::None);

	std::printf("%s\n", describe(plan).c_str());
	return outcome.failure ? EXIT_FAILURE : EXIT_SUCCESS;
}

// Seeds are independent of each other; failures are printed as they come.
Totals run_seeds(const Options &options)
{
	std::atomic<std::uint64_t> next = options.first;
	std::vector<std::thread> threads;
	std::mutex mutex;
	Totals totals;

	const auto work = [&] {
		for (;;) {
			const std::uint64_t seed = next++;
			if (seed - options.first >= options.seeds)
				return;
			const Plan plan = hn::sim::plan_of(seed);
			Trace silent(false);
			const Outcome outcome = hn::sim::run(plan, silent, Mutant::None);

			const std::lock_guard lock(mutex);
			++totals.runs;
			totals.events += outcome.events;
			totals.frames += outcome.frames;
			if (!outcome.failure)
				continue;
			++totals.failures;
			print_failure(plan, *outcome.failure);
		}
	};
	for (unsigned i = 0; i < options.jobs; ++i)
		threads.emplace_back(work);
	for (std::thread &thread : threads)
		thread.join();
	return totals;
}

bool found(const hn::sim::MutantInfo &mutant)
{
	for (std::uint64_t seed = 1; seed <= mutant_seeds; ++seed) {
		const Plan plan = hn::sim::plan_of(seed);
		Trace silent(false);
		const Outcome outcome = hn::sim::run(plan, silent, mutant.mutant);

		if (!outcome.failure)
			continue;
		std::printf("found: %s (seed %llu, %s)\n", mutant.help.data(),
			    static_cast<unsigned long long>(seed),
			    outcome.failure->property.c_str());
		return true;
	}
	std::printf("NOT FOUND: %s\n", mutant.help.data());
	return false;
}

int run_mutants()
{
	bool all = true;

	for (const hn::sim::MutantInfo &mutant : hn::sim::mutants)
		all &= found(mutant);
	return all ? EXIT_SUCCESS : EXIT_FAILURE;
}

int run(const Options &options)
{
	if (options.mutants)
		return run_mutants();
	if (options.trace > 0)
		return trace(options.trace);
	const Totals totals = run_seeds(options);
	std::printf("%llu seeds, %llu failed; %llu events, %llu frames\n",
		    static_cast<unsigned long long>(totals.runs),
		    static_cast<unsigned long long>(totals.failures),
		    static_cast<unsigned long long>(totals.events),
		    static_cast<unsigned long long>(totals.frames));
	if (totals.failures > 0)
		std::printf("\"sim --trace SEED\" shows what happens\n");
	return totals.runs > 0 && totals.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int argc, char **argv)
try {
	Options options;
	const po::options_description all = described(options);
	po::variables_map values;

	store(po::command_line_parser(argc, argv).options(all).run(), values);
	notify(values);
	if (options.help) {
		std::cout << "Usage: sim [OPTION]...\n" << all;
		return EXIT_SUCCESS;
	}
	return sodium_init() < 0 ? EXIT_FAILURE : run(options);
} catch (const po::error &e) {
	std::fprintf(stderr, "sim: %s; try \"sim --help\"\n", e.what());
	return exit_usage;
} catch (const std::exception &e) {
	std::fprintf(stderr, "sim: %s\n", e.what());
	return EXIT_FAILURE;
}
