// SPDX-License-Identifier: GPL-2.0-or-later
// What must hold in every run (docs/testing.md, "Simulation").
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "machine.h"
#include "mutant.h"
#include "plan.h"
#include "trace.h"

namespace hn::sim
{

using Machines = std::vector<std::unique_ptr<Machine>>;

struct Failure {
	std::string property;
	std::string text;
};

class Judge
{
public:
	Judge(const Plan &plan, const Machines &machines, const Trace &trace);

	// The first thing that did not hold.
	[[nodiscard]] const std::optional<Failure> &failure() const { return failure_; }

	// What happens, when it happens.
	void started(const Machine &m, std::uint64_t now);
	void emptied(const Machine &m); // its kernel
	void told(const Machine &m, const test::Delta &delta);
	void sent(const Machine &m, std::size_t bytes);
	void lost(const Machine &from, const Machine &to);
	void attacked(const Machine &to);
	// Some node is configured with this, and tells another, for so long; one is configured
	// anew.
	static constexpr std::uint64_t push_ms = 5000;
	void handed_on(const std::string &text);
	void configured(const Machine &m, const std::string &text);
	void turns(const Machine &m); // it begins to
	void hear(Machine &m, std::uint64_t local, const Datagram &datagram);
	void applied(const Machine &m, const hn_record &record,
		     const std::optional<test::Session> &before, hn_apply_fate fate);
	void turned(const Machine &m, std::uint64_t now, bool idle, std::uint64_t deadline);

	// Now and then.
	void sizes(const Machine &m);

	// All was well for long enough: tables are equal. Something is still on its way, if not
	// yet.
	[[nodiscard]] std::string difference() const;
	void equal();
	// But for sessions of nodes that are gone, with which there is no end of comparing.
	[[nodiscard]] bool haunted() const;
	// Between these two nothing is to be mended.
	void quiet_begins();
	void quiet_ends(std::uint64_t ms);
	// Of the whole run.
	void frames(std::uint64_t ms);

	[[nodiscard]] std::uint64_t frames_sent() const;

private:
	// Of a session.
	struct End {
		std::uint32_t owner;
		std::uint16_t generation;
		std::uint16_t version;
	};

	// Of a node, in all its lives.
	struct Account {
		std::uint64_t frames = 0;
		std::uint64_t messages = 0; // of its kernel
		std::uint64_t lost = 0;	    // datagrams from or to it
		std::uint64_t attacks = 0;  // datagrams
		Counters quiet;		    // as quiet began
		std::uint64_t quiet_frames = 0;
		// In the present life.
		std::uint64_t began = 0;
		std::map<std::uint32_t, Epoch> met;
		std::map<std::uint16_t, End> ended; // the last that was applied, by port
		std::set<std::uint32_t> equal;	    // peers, as the turn began
		std::uint64_t turns = 0;	    // without an end
		bool ready = false;
	};

	void fail(const char *property, const Machine &m, const std::string &text);
	void pruned(const Machine &m, const hn_record &record, const test::Session &before);
	void deleted(const Machine &m, const hn_record &record, const test::Session &before);
	void inserted(const Machine &m, const hn_record &record);
	[[nodiscard]] bool has(std::uint32_t node, std::uint16_t port) const;
	void became_ready(const Machine &m, std::uint64_t now);
	void has_what_dead_own(const Machine &m, std::uint64_t age);
	[[nodiscard]] std::string lacks(const Machine &m, const Machine &from,
					std::uint64_t age) const;
	[[nodiscard]] static bool lacks(const Machine &m, std::uint16_t port,
					const test::Session &s);
	[[nodiscard]] const Machine *owner(std::uint32_t node) const;
	[[nodiscard]] bool haunts(const hn_record &theirs, const hn_record &mine) const;
	[[nodiscard]] std::string difference(const Machine &owner, const Machine &other) const;
	[[nodiscard]] std::uint64_t messages_told() const;
	[[nodiscard]] bool may_be_believed(const Account &account, const Frame &frame) const;

	const Plan &plan_;
	const Machines &machines_;
	const Trace &trace_;
	std::optional<Failure> failure_;
	std::vector<Account> accounts_;
	// Ends of sessions that a kernel told: port, generation, version.
	std::set<std::tuple<std::uint16_t, std::uint16_t, std::uint16_t>> ends_;
	std::set<std::string> texts_; // what nodes were configured with and told others
	std::uint64_t starts_ = 0;
	std::uint64_t quiet_messages_ = 0;
	Frame frame_;
};

} // namespace hn::sim
