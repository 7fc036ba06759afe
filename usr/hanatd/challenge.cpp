// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/challenge.h"

#include <algorithm>
#include <cstring>
#include <sodium.h>
#include <utility>

namespace hn
{

namespace
{

// Numbers as they are in memory: nobody else computes this hash.
template<class T>
void hash_in(crypto_generichash_state &state, const T &value)
{
	std::array<unsigned char, sizeof(value)> bytes{};

	std::memcpy(bytes.data(), &value, sizeof(value));
	crypto_generichash_update(&state, bytes.data(), bytes.size());
}

} // namespace

std::uint64_t Challenges::nonce(std::uint64_t slot, std::uint32_t node, const Epoch &epoch) const
{
	crypto_generichash_state state;
	std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
	std::uint64_t nonce = 0;

	crypto_generichash_init(&state, secret_.data(), secret_.size(), hash.size());
	hash_in(state, slot);
	hash_in(state, admissions_);
	hash_in(state, node);
	hash_in(state, epoch);
	crypto_generichash_final(&state, hash.data(), hash.size());
	std::memcpy(&nonce, hash.data(), sizeof(nonce));
	return nonce;
}

void Challenges::challenge(std::uint64_t now, std::uint32_t node, const Epoch &epoch)
{
	const Challenge challenge{
		.node = node, .epoch = epoch, .nonce = nonce(now / slot_ms, node, epoch)};
	std::vector<Challenge> &waiting = due_.challenges;

	if (waiting.size() < max_waiting &&
	    std::find(waiting.begin(), waiting.end(), challenge) == waiting.end())
		waiting.push_back(challenge);
}

void Challenges::asked(std::uint64_t nonce)
{
	std::vector<std::uint64_t> &waiting = due_.nonces;

	if (waiting.size() < max_waiting &&
	    std::find(waiting.begin(), waiting.end(), nonce) == waiting.end())
		waiting.push_back(nonce);
}

const ChallengeAnswer *Challenges::answer_of(std::uint64_t now, std::uint32_t node,
					     const Epoch &epoch,
					     std::span<const ChallengeAnswer> answers) const
{
	if (answers.empty())
		return nullptr;
	const std::uint64_t slot = now / slot_ms;
	const std::array<std::uint64_t, 2> valid{nonce(slot, node, epoch),
						 nonce(slot - 1, node, epoch)};
	const auto it =
		std::find_if(answers.begin(), answers.end(), [&](const ChallengeAnswer &answer) {
			return std::find(valid.begin(), valid.end(), answer.nonce) != valid.end();
		});

	return it == answers.end() ? nullptr : &*it;
}

Challenges::Due Challenges::take(std::uint64_t now)
{
	if (now < next_at_ || (due_.challenges.empty() && due_.nonces.empty()))
		return {};
	next_at_ = now + interval_ms;
	return std::exchange(due_, {});
}

std::optional<std::uint64_t> Challenges::deadline() const
{
	if (due_.challenges.empty() && due_.nonces.empty())
		return std::nullopt;
	return next_at_;
}

} // namespace hn
