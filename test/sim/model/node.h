// SPDX-License-Identifier: GPL-2.0-or-later
// A node: the module, and hanatd's loop around sync as usr/hanatd/daemon.cpp has it, with queues in
// the place of sockets.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hanatd/sync.h"
#include "model/kernel.h"
#include "model/random.h"

namespace hn::test
{

// What goes wrong between the daemon and its kernel: probabilities for each request.
struct KernelFaults {
	double apply = 0; // half of the records are taken
	double advertise = 0;
	double read = 0; // a step of a table
	double sums = 0;
	bool lies = false; // sums are wrong
};

class Node
{
public:
	static constexpr std::uint64_t look_ms = 1000;
	static constexpr std::size_t messages_per_turn = 64;

	explicit Node(std::uint32_t id) : kernel(id) {}

	// A new life of the daemon; its sudden end; its end in order, the last frames in tx.
	void start(std::uint64_t now, const Epoch &epoch, const ChallengeSecret &secret);
	void crash();
	void stop(std::uint64_t now);

	// While the daemon lives. A turn of its loop, after datagrams or when it is due.
	Origin receive(std::uint64_t now, std::span<const std::byte> datagram);
	void turn(std::uint64_t now);
	void act(std::uint64_t now);		      // what sync wants done
	[[nodiscard]] std::uint64_t deadline() const; // of the next turn

	// Which node the daemon takes itself for; 0: there is no instance.
	[[nodiscard]] std::uint32_t known_id() const { return state_ ? state_->node : 0; }
	[[nodiscard]] std::uint64_t known_epoch() const { return state_ ? state_->epoch : 0; }

	[[nodiscard]] int noticed(Notice notice) const;

	ModelKernel kernel;
	bool present = true;  // the module's instance
	bool closed = false;  // the daemon's sockets are of a module that was replaced meanwhile
	bool overrun = false; // its messages were lost, and the next read says so
	KernelFaults faults;
	Random random{1};

	Keyring keys;
	Fingerprint fingerprint; // of the instance's configuration; empty: it is not looked at
	std::size_t max_payload = Sender::default_payload;
	std::optional<std::uint64_t> digest_period;
	std::size_t read_step = 4096; // records
	std::size_t tx_mark = 1024;   // frames; above it the kernel waits

	Counters counters;
	std::unique_ptr<Sync> sync; // the daemon, while it runs
	Epoch epoch{};
	std::deque<Outgoing> tx;
	std::vector<NoticeOf> notices;
	std::string config = "{}";	 // what the instance is configured with
	bool accepts_config = false;	 // from its next start on
	std::string config_error;	 // why another one cannot be loaded
	std::vector<std::string> loaded; // those that were
	ShareMask held = 0;		 // of pool4, as it was told; 0: it was not
	std::uint64_t expected = 0;	 // sessions, as its kernel was told
	bool linked = true;		 // to the network

	// Of each record that is given to the kernel, what was there before, and what became of it.
	std::function<void(const hn_record &, const std::optional<Session> &, hn_apply_fate)>
		applied;
	std::function<void(const std::string &)> configured; // of each that is loaded

private:
	struct KernelState {
		std::uint64_t epoch = 0;
		std::uint32_t node = 0;
		bool enabled = false;

		bool operator==(const KernelState &) const = default;
	};

	void hear_kernel();
	void look(std::uint64_t now);
	void apply(std::uint64_t now, std::span<const hn_record> records);
	bool apply_some(std::span<const hn_record> records);
	void advertise(std::uint64_t now);
	void read_table(std::uint64_t now);
	void sum(std::uint64_t now, const SumsQuery &query);
	void load(const std::string &text);
	void kernel_failed(std::uint64_t now);
	[[nodiscard]] bool full() const { return tx.size() > tx_mark || sync->congested(); }

	std::optional<KernelState> state_; // as of the last look
	std::uint64_t look_at_ = 0;
	std::optional<TableQuery> reading_;
	std::uint32_t cursor_ = 0;
};

} // namespace hn::test
