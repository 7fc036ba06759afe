// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hanatd/config.h"
#include "hanatd/control.h"
#include "hanatd/counters.h"
#include "hanatd/kernel_link.h"
#include "hanatd/links.h"
#include "hanatd/notify_fifo.h"
#include "hanatd/sync.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/result.h"
#include "lib/role.h"

namespace hn
{

// Binds the kernel, the links and the protocol together: one loop, no decisions of its own but
// those about what is not there.
class Daemon
{
public:
	// What it writes for others to read, and where keepalived writes; an empty name: nothing.
	struct Files {
		std::string status;	 // the counters, each second
		std::string ready;	 // 0: it is, 1: not; for keepalived, when it changes
		std::string notify_fifo; // its states
		std::string notify_name; // of this instance or group only; empty: of all
	};

	Daemon(const Config &config, Files files);

	// Until a signal; the error is why it could not start, or not go on.
	Result<void> run();

private:
	static constexpr std::uint64_t look_ms = 1000;
	static constexpr std::uint64_t role_ms = 50; // between looks at it
	// At the end, until this node is not the master any more.
	static constexpr std::uint64_t yield_ms = 5000;

	Result<void> open();
	Result<void> load_keys();
	void reload_keys();
	Result<void> watch();
	Result<void> open_control();
	Result<void> open_notify();
	Result<void> watch_kernel();

	void on_signal();
	void stop();
	void on_kernel();

	// After every event: what is due, what sync wants done, what can be sent, when to wake up.
	void settle();
	void act(std::uint64_t now);
	void read_table(std::uint64_t now);
	void sum(const SumsQuery &query);
	void read_config();
	void load_config(const std::string &text);
	void arm(std::uint64_t now);

	// The state of the kernel, each second.
	void look(std::uint64_t now);
	void kernel_is(std::uint64_t now, const KernelState &state);
	void kernel_gone(const Error &error);
	void kernel_failed(const Error &error);
	bool advertise();
	void pause_kernel(bool pause);

	std::optional<std::string> answer(const ControlRequest &request, bool last);
	std::optional<std::string> answer_yield(const ControlRequest &request, bool last);
	std::optional<std::string> answer_config_fetch(const ControlRequest &request, bool last);
	std::optional<std::string> answer_config_offer(const ControlRequest &request, bool last);
	void report(std::uint64_t now, const NoticeOf &notice);
	void write_status();
	const std::optional<Role> &role(std::uint64_t now);
	void role_is(std::string_view role);
	void tell_ready();
	void write_ready(bool ready);
	bool write_file(const std::string &file, const std::string &text);
	void file_failed(const Error &error);
	void finish();

	const Config config_;
	const Files files_;
	Counters counters_;
	Sync sync_;
	KernelLink kernel_;
	std::optional<Loop> loop_;
	std::optional<Timer> timer_;
	std::optional<Signals> signals_;
	std::optional<Links> links_;
	std::optional<Control> control_;
	std::optional<NotifyFifo> notify_;
	std::uint8_t key_ = 0; // id of the one frames are sent with

	std::optional<KernelState> state_; // nothing: no module or no instance
	int kernel_fd_ = -1;		   // the one being watched
	bool paused_ = false;		   // it is not, for the queue is full
	bool reading_table_ = false;
	bool finishing_ = false;	       // BYE is said
	bool yielding_ = false;		       // it is not to be the master, ready or not
	bool role_awaited_ = false;	       // somebody waits until it is not
	std::optional<Role> role_;	       // as of the last look
	std::uint64_t role_at_ = 0;	       // not again before
	std::optional<std::uint64_t> stop_at_; // at the latest
	std::optional<bool> ready_told_;       // what the file says
	std::uint64_t look_at_ = 0;
	std::uint64_t watchdog_ms_ = 0;
	std::array<LogGate, static_cast<std::size_t>(Notice::Count)> gates_;
	LogGate error_gate_;
	LogGate file_gate_{60000};
};

} // namespace hn
