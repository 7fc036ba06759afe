// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "lib/loop.h"
#include "lib/result.h"
#include "lib/unique_fd.h"

namespace hn
{

// What a client of the control socket wants.
struct ControlRequest {
	std::string command;
	std::uint64_t deadline = 0; // by when it is to be answered
	std::uint32_t node = 0;	    // that it is about; 0: none is named
	bool privileged = false;    // root's, or of the daemon's own user
	bool begun = false;	    // it was asked before
};

// Serves lib/control.h: reads a line, "COMMAND [MILLISECONDS [NODE]]", and writes the answer. A
// request may wait for its answer; a client that says nothing is dropped.
class Control
{
public:
	static constexpr std::size_t max_clients = 32; // more are turned away
	static constexpr std::uint64_t patience_ms =
		5000; // for a request, and for taking the answer
	static constexpr std::uint64_t wait_max_ms = 86400000;

	// The answer; nothing: not yet, ask again in settle(). Last: there must be one.
	using Answer = std::function<std::optional<std::string>(const ControlRequest &, bool last)>;

	// Both outlive this.
	Control(Loop &loop, Answer answer) : loop_(loop), answer_(std::move(answer)) {}
	Control(const Control &) = delete;
	Control &operator=(const Control &) = delete;
	Control(Control &&) = delete;
	Control &operator=(Control &&) = delete;
	~Control();

	Result<void> open();

	// Something may have changed that a request waits for, or a deadline is over.
	void settle(std::uint64_t now);
	[[nodiscard]] std::optional<std::uint64_t> deadline() const;

private:
	struct Client {
		UniqueFd fd;
		bool privileged = false;
		std::string input;
		std::optional<ControlRequest> request;
		std::string output;
		std::uint64_t deadline = 0; // of what it does now
	};

	void accept_all();
	void on_client(int fd, std::uint32_t events);
	bool read_request(Client &client, std::uint64_t now);
	bool serve(Client &client, std::uint64_t now);
	bool write_answer(Client &client);
	void drop(int fd);

	Loop &loop_;
	Answer answer_;
	UniqueFd listener_;
	std::map<int, Client> clients_; // by fd
};

} // namespace hn
