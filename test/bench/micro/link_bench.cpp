// SPDX-License-Identifier: GPL-2.0-or-later
// All that hanatd does for a changed session but netlink: from the message in which the kernel
// tells it to a frame in a UDP socket, and from there to the records that the other node's kernel
// is given. On the loopback device the sender pays for the way to the other one's socket as well.
#include <benchmark/benchmark.h>
#include <ctime>
#include <string>

#include "hanatd/links.h"
#include "hanatd/sync.h"
#include "keys.h"
#include "lib/json.h"
#include "loopback.h"
#include "records.h"

namespace
{

using hn::test::host;

constexpr int settle_rounds = 2000; // until both are admitted: some are enough

class Node
{
public:
	Node(std::uint32_t id, const hn::Keyring &keys)
		: loop_(*hn::Loop::open()), sync_(hn::Epoch{std::byte(id)}, {}, counters_),
		  links_(
			  config(id), loop_, counters_,
			  [this](std::uint64_t now, std::span<const std::byte> frame) {
				  return sync_.receive(now, frame);
			  },
			  [] {})
	{
		sync_.set_keys(keys);
		links_.set_node(id);
		opened_ = static_cast<bool>(links_.open(hn::monotonic_ms()));
		sync_.up(hn::monotonic_ms(), id);
	}

	[[nodiscard]] bool opened() const { return opened_; }
	[[nodiscard]] std::size_t applied() const { return applied_; }

	void change(std::span<const hn_record> records)
	{
		sync_.changed(1, ++sequence_, 0, records);
	}

	// What came, and what is due, as the daemon does.
	bool settle()
	{
		const bool stepped = static_cast<bool>(loop_.step(0));
		const std::uint64_t now = hn::monotonic_ms();

		links_.tick(now);
		sync_.tick(now);
		act(now);
		links_.flush(now);
		return stepped;
	}

private:
	static hn::Config config(std::uint32_t id)
	{
		const std::string text = R"({"transport": "udp", "listen": ")" + host(id) +
					 R"(", "peers": [")" + host(3 - id) + "\"]}";

		return *hn::config_from_json(*hn::json_parse(text), "bench");
	}

	// Without a kernel: there is nothing to read in its table.
	void act(std::uint64_t now)
	{
		hn::SyncActions actions = sync_.take();

		for (hn::Outgoing &out : actions.frames)
			links_.queue(now, std::move(out));
		applied_ += actions.apply.size();
		if (actions.read_table)
			sync_.table_end(now, true);
		if (actions.sum)
			sync_.sums(now, {}, 0);
	}

	hn::Loop loop_;
	hn::Counters counters_;
	hn::Sync sync_;
	hn::Links links_;
	bool opened_ = false;
	std::uint64_t sequence_ = 0;
	std::size_t applied_ = 0;
};

// Of this thread, in nanoseconds: in the kernel as well.
double cpu()
{
	timespec at{};

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	return 1e9 * static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec);
}

// Until what the one says is taken by the other.
bool admitted(Node &from, Node &to)
{
	const auto records = hn::bench::records_of(1, 1);

	for (int round = 0; round < settle_rounds && to.applied() == 0; ++round) {
		from.change(records);
		if (!from.settle() || !to.settle())
			return false;
	}
	return to.applied() > 0;
}

// Arguments: whether frames are sealed, and how many sessions a message of the kernel tells of:
// as many as it makes in 2.5 ms, or as it can hold.
void over_udp(benchmark::State &state)
{
	const auto records = hn::bench::records_of(1, static_cast<std::size_t>(state.range(1)));
	const hn::Keyring keys = hn::bench::keys_of(state);
	Node from(1, keys), to(2, keys);
	double sending = 0, receiving = 0;
	std::size_t sessions = 0;

	if (!from.opened() || !to.opened() || !admitted(from, to)) {
		state.SkipWithError("the nodes do not hear each other");
		return;
	}
	for ([[maybe_unused]] const auto round : state) {
		const std::size_t before = to.applied();
		const double start = cpu();
		from.change(records);
		from.settle();
		const double sent = cpu();
		to.settle();
		receiving += cpu() - sent;
		sending += sent - start;
		sessions += to.applied() - before;
	}
	if (sessions < static_cast<std::size_t>(state.iterations()) * records.size())
		state.SkipWithError("not every session arrived");
	state.SetItemsProcessed(static_cast<std::int64_t>(sessions));
	state.counters["sending, ns"] = sending / static_cast<double>(sessions);
	state.counters["receiving, ns"] = receiving / static_cast<double>(sessions);
}
BENCHMARK(over_udp)->ArgNames({"keyed", "told"})->Args({0, 50})->Args({1, 50})->Args({1, 160});

} // namespace
