// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <vector>

#include "hanatd/challenge.h"

namespace
{

using hn::Challenge;
using hn::ChallengeAnswer;
using hn::Challenges;
using hn::Epoch;

constexpr std::uint64_t start = 1000000;
const Epoch epoch_a{std::byte{1}};
const Epoch epoch_b{std::byte{2}};

std::uint64_t nonce_for(Challenges &challenges, std::uint64_t now, std::uint32_t node,
			const Epoch &epoch)
{
	challenges.challenge(now, node, epoch);
	const Challenges::Due due = challenges.take(now);
	EXPECT_EQ(due.challenges.size(), 1U);
	EXPECT_EQ(due.challenges.front().node, node);
	EXPECT_EQ(due.challenges.front().epoch, epoch);
	return due.challenges.front().nonce;
}

bool answered(const Challenges &challenges, std::uint64_t now, std::uint32_t node,
	      const Epoch &epoch, std::uint64_t nonce)
{
	const std::vector<ChallengeAnswer> answers{{.nonce = nonce + 1, .last = {}},
						   {.nonce = nonce, .last = {}}};

	return challenges.answer_of(now, node, epoch, answers) == &answers[1];
}

TEST(Challenges, AreForOneEpochOfOneNode)
{
	Challenges challenges({1});
	const std::uint64_t nonce = nonce_for(challenges, start, 7, epoch_a);

	EXPECT_TRUE(answered(challenges, start, 7, epoch_a, nonce));
	EXPECT_FALSE(answered(challenges, start, 8, epoch_a, nonce));
	EXPECT_FALSE(answered(challenges, start, 7, epoch_b, nonce));
	EXPECT_FALSE(answered(Challenges({2}), start, 7, epoch_a, nonce)) << "another secret";
	EXPECT_EQ(challenges.answer_of(start, 7, epoch_a, {}), nullptr);
}

TEST(Challenges, AreVoidAfterATimeAndAfterAnAdmission)
{
	Challenges challenges({1});
	const std::uint64_t nonce = nonce_for(challenges, start, 7, epoch_a);

	EXPECT_TRUE(answered(challenges, start + Challenges::slot_ms, 7, epoch_a, nonce));
	EXPECT_FALSE(answered(challenges, start + 2 * Challenges::slot_ms, 7, epoch_a, nonce));
	challenges.admitted();
	EXPECT_FALSE(answered(challenges, start, 7, epoch_a, nonce));
}

TEST(Challenges, ArePacedAndBounded)
{
	Challenges challenges({1});

	EXPECT_FALSE(challenges.deadline());
	for (std::uint32_t node = 1; node <= 1000; ++node) {
		challenges.challenge(start, node, epoch_a);
		challenges.challenge(start, node, epoch_a);
		challenges.asked(node);
		challenges.asked(node);
	}
	ASSERT_TRUE(challenges.deadline());
	EXPECT_LE(*challenges.deadline(), start);
	const Challenges::Due due = challenges.take(start);
	EXPECT_EQ(due.challenges.size(), Challenges::max_waiting);
	EXPECT_EQ(due.challenges.back().node, Challenges::max_waiting) << "no one twice";
	EXPECT_EQ(due.nonces.size(), Challenges::max_waiting);
	EXPECT_FALSE(challenges.deadline());
	challenges.asked(1);
	EXPECT_EQ(challenges.deadline(), start + Challenges::interval_ms);
	EXPECT_TRUE(challenges.take(start + Challenges::interval_ms - 1).nonces.empty());
	EXPECT_EQ(challenges.take(start + Challenges::interval_ms).nonces.size(), 1U);
}

} // namespace
