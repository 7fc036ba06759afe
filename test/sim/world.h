// SPDX-License-Identifier: GPL-2.0-or-later
// Nodes, their network and time: one queue of events, all that happens by chance from one seed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "judge.h"
#include "machine.h"
#include "model/random.h"
#include "mutant.h"
#include "plan.h"
#include "trace.h"

namespace hn::sim
{

class World
{
public:
	World(const Plan &plan, Trace &trace, Mutant mutant);

	// To this time, or to the first failure.
	void run(std::uint64_t until);

	[[nodiscard]] std::uint64_t now() const { return now_; }
	test::Random &random() { return random_; }
	[[nodiscard]] const Plan &plan() const { return plan_; }
	Judge &judge() { return judge_; }
	Machines &machines() { return machines_; }
	test::Link &link(const Machine &from, const Machine &to);
	Machine &any() { return *machines_[random_.below(machines_.size())]; }
	[[nodiscard]] std::uint64_t events() const { return events_; }

	void after(std::uint64_t us, std::function<void()> action);

	// A daemon starts, or stops; in order, if so.
	void start(Machine &m);
	void stop(Machine &m, bool in_order);
	// The module's instance goes, or comes; in a former one's place, of the same id or not.
	void remove_instance(Machine &m);
	void add_instance(Machine &m);
	void renumber(Machine &m);
	void power_off(Machine &m);
	void power_on(Machine &m);
	void freeze(Machine &m, std::uint64_t us, bool clock_stops);

	// A packet of the flow reaches this node; the session ends there.
	void packet(Machine &m, std::uint16_t port, hn_tcp_event event);
	void close(Machine &m, std::uint16_t port);

	// The datagram is in its socket then.
	void deliver(Machine &to, std::uint64_t at, const test::SharedFrame &frame, Kind kind);

	// Its state was changed from outside: see when it wants to do something.
	void arm(Machine &m);

	// Frames that nodes sent, for whoever listens to the network.
	struct Recording {
		test::SharedFrame frame;
		unsigned machine;
		Epoch epoch;
	};
	[[nodiscard]] const std::vector<Recording> &recordings() const { return recordings_; }

	template<class Text>
	void trace(const Machine &m, const Text &text)
	{
		if (trace_.on())
			trace_.line("node " + std::to_string(m.node.kernel.node) + ": " + text());
	}

private:
	enum class What : std::uint8_t { Arrival, Turn, Work, Expiry, Sending, Action };

	struct Event {
		std::uint64_t at;
		std::uint64_t order; // of those at the same time
		What what;
		Kind kind;
		unsigned machine;
		test::SharedFrame frame;
		std::uint32_t action;

		// For the heap, whose top is what comes first.
		bool operator<(const Event &other) const
		{
			return at != other.at ? at > other.at : order > other.order;
		}
	};

	void push(std::uint64_t at, What what, unsigned machine, Kind kind = Kind::Genuine,
		  test::SharedFrame frame = nullptr, std::uint32_t action = 0);
	void happen(Event &event);
	void arrive(Machine &m, Event &event);
	void turn(Machine &m);
	void work(Machine &m);
	void expire(Machine &m);
	void transmit(Machine &m);
	void send(Machine &m, const Outgoing &out);
	void send_to(Machine &m, Machine &to, const test::SharedFrame &frame);
	void record(const Machine &m, const test::SharedFrame &frame);
	std::uint32_t new_id();
	void remember(const test::Delta &delta);
	[[nodiscard]] bool may_begin(const Machine &m, std::uint16_t port) const;

	// Of all lives of a session that count its versions together: port, owner, generation.
	using Line = std::tuple<std::uint16_t, std::uint32_t, std::uint16_t>;
	void watch(Machine &m);
	void set_time_of_day(Machine &m);
	[[nodiscard]] bool sleepless(const Machine &m) const;

	const Plan plan_;
	Trace &trace_;
	const Mutant mutant_;
	test::Random random_;
	Machines machines_;
	Judge judge_;
	std::vector<test::Link> links_;
	std::vector<Event> queue_; // a heap
	std::uint64_t now_ = 0;
	std::uint64_t order_ = 0;
	std::uint64_t events_ = 0;
	std::map<std::uint32_t, std::function<void()>> actions_;
	std::uint32_t last_action_ = 0;
	std::uint32_t last_id_ = 0;
	std::map<Line, std::uint16_t> versions_; // the highest that was told
	std::vector<Recording> recordings_;
	std::uint64_t recorded_ = 0;
};

} // namespace hn::sim
