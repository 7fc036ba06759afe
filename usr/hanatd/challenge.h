// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hanatd/wire.h"

namespace hn
{

// Random, and nobody else's.
using ChallengeSecret = std::array<unsigned char, 16>;

// Who is to be challenged, and what is to be answered (docs/protocol.md, section 9). A recorded
// frame authenticates as well as on the day it was sent; a node that restarted has nothing else to
// tell it by. Nothing is kept of a stranger: the nonce is computed from who he says he is. Pure.
class Challenges
{
public:
	static constexpr std::uint64_t slot_ms = 10000; // a nonce lives for one to two of these
	static constexpr std::uint64_t interval_ms = 20;
	static constexpr std::size_t max_waiting = 8; // of each kind, in each interval

	explicit Challenges(const ChallengeSecret &secret) : secret_(secret) {}

	// A frame of this stranger came: he is challenged, unless too many are.
	void challenge(std::uint64_t now, std::uint32_t node, const Epoch &epoch);

	// Somebody's challenge of this node.
	void asked(std::uint64_t nonce);

	// The answer to a challenge of (node, epoch), if it is among these.
	[[nodiscard]] const ChallengeAnswer *
	answer_of(std::uint64_t now, std::uint32_t node, const Epoch &epoch,
		  std::span<const ChallengeAnswer> answers) const;

	// Somebody has been let in: all nonces until now are void, for what answered one of them is
	// on record.
	void admitted() { ++admissions_; }

	// What is to be sent; empty before deadline().
	struct Due {
		std::vector<Challenge> challenges;
		std::vector<std::uint64_t> nonces;
	};
	Due take(std::uint64_t now);

	// Nothing while nothing waits.
	[[nodiscard]] std::optional<std::uint64_t> deadline() const;

	[[nodiscard]] std::size_t waiting() const
	{
		return due_.challenges.size() + due_.nonces.size();
	}

private:
	[[nodiscard]] std::uint64_t nonce(std::uint64_t slot, std::uint32_t node,
					  const Epoch &epoch) const;

	ChallengeSecret secret_;
	std::uint64_t admissions_ = 0;
	std::uint64_t next_at_ = 0;
	Due due_;
};

} // namespace hn
