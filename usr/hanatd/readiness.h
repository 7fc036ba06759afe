// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hn
{

// Whether this node could take over from any other now: it holds what each living peer owns
// (docs/protocol.md, section 12). Pure.
class Readiness
{
public:
	// A ready node has so long to prove itself equal to a peer that is new, or of which it
	// missed something, before it is not ready any more.
	static constexpr std::uint64_t grace_ms = 5000;
	static constexpr std::uint64_t alone_ms = 10000; // without a peer; unless set

	void set_alone(std::uint64_t ms) { alone_ms_ = ms; }

	// Anew, and not ready.
	void begin(std::uint64_t now);
	void end() { ready_ = false; }

	// So many peers live, and so many of them this node is known to equal. Returns whether
	// ready() changed.
	bool update(std::uint64_t now, std::size_t peers, std::size_t equal);

	[[nodiscard]] bool ready() const { return ready_; }

	// When it changes though the peers stay as they are; nothing: never.
	[[nodiscard]] std::optional<std::uint64_t> deadline() const;

private:
	enum class State { Alone, Equal, Unequal };

	std::uint64_t alone_ms_ = alone_ms;
	bool ready_ = false;
	State state_ = State::Alone;
	std::uint64_t since_ = 0;
};

} // namespace hn
