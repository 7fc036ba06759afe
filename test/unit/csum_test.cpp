// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <initializer_list>
#include <random>
#include <span>
#include <vector>

#include "csum.h"

namespace hn
{
namespace
{

using Words = std::vector<std::uint16_t>;

/* RFC 1071, the long way: the carry goes around at each addition. */
std::uint16_t sum_of(std::span<const std::uint16_t> words)
{
	std::uint32_t sum = 0;

	for (const std::uint16_t word : words) {
		sum += word;
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return static_cast<std::uint16_t>(sum);
}

std::uint16_t checksum_of(std::span<const std::uint16_t> words)
{
	return static_cast<std::uint16_t>(~sum_of(words));
}

std::uint16_t complement(std::uint16_t value)
{
	return static_cast<std::uint16_t>(~value);
}

/* Zero has two representations, and they are the same number. */
bool same(std::uint16_t a, std::uint16_t b)
{
	return a % 0xffff == b % 0xffff;
}

unsigned int bytes_of(std::span<const std::uint16_t> words)
{
	return static_cast<unsigned int>(words.size_bytes());
}

/* What has to be added to the sum when these words change. */
std::uint16_t delta_of(std::span<const std::uint16_t> before, std::span<const std::uint16_t> after)
{
	return hn_csum_sub(hn_csum_words(after.data(), bytes_of(after)),
			   hn_csum_words(before.data(), bytes_of(before)));
}

Words random_words(std::mt19937 &random, std::size_t n)
{
	Words words(n);

	/* The corners of one's complement are rare among random numbers. */
	for (std::uint16_t &word : words) {
		switch (random() % 8) {
		case 0:
			word = 0;
			break;
		case 1:
			word = 0xffff;
			break;
		default:
			word = static_cast<std::uint16_t>(random());
		}
	}
	return words;
}

TEST(Csum, Fold)
{
	EXPECT_EQ(hn_csum_fold(0), 0);
	EXPECT_EQ(hn_csum_fold(0xffff), 0xffff);
	EXPECT_EQ(hn_csum_fold(0x10000), 1);
	EXPECT_EQ(hn_csum_fold(0x1fffe), 0xffff);
	EXPECT_EQ(hn_csum_fold(0x1ffff), 1);
	EXPECT_EQ(hn_csum_fold(0xffff0000), 0xffff);
	EXPECT_EQ(hn_csum_fold(0xfffeffff), 0xfffe);
	EXPECT_EQ(hn_csum_fold(0xffff0001), 1);
	EXPECT_EQ(hn_csum_fold(0xffffffff), 0xffff);
}

TEST(Csum, AddAndSub)
{
	for (std::uint32_t a = 0; a <= 0xffff; a += 0x33) {
		const auto x = static_cast<std::uint16_t>(a);

		for (const std::uint16_t y : std::initializer_list<std::uint16_t>{
			     0, 1, 2, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff}) {
			const std::uint16_t sum = hn_csum_add(x, y);

			ASSERT_EQ(sum, sum_of(std::array{x, y}));
			ASSERT_EQ(sum, hn_csum_add(y, x));
			ASSERT_TRUE(same(hn_csum_sub(sum, y), x)) << x << ' ' << y;
			ASSERT_TRUE(same(hn_csum_sub(x, x), 0)) << x;
		}
	}
}

TEST(Csum, Words)
{
	std::mt19937 random(1071);

	EXPECT_EQ(hn_csum_words(nullptr, 0), 0);
	for (const std::size_t n : {1U, 2U, 3U, 4U, 8U, 20U, 40U, 750U, 32767U}) {
		const Words words = random_words(random, n);

		EXPECT_EQ(hn_csum_words(words.data(), bytes_of(words)), sum_of(words)) << n;
	}
	/* The longest packet, and the greatest sum. */
	const Words ones(32767, 0xffff);
	EXPECT_EQ(hn_csum_words(ones.data(), bytes_of(ones)), 0xffff);
}

/* RFC 1624 section 4: equation 2 would give 0xffff. */
TEST(Csum, Rfc1624Example)
{
	EXPECT_EQ(hn_csum_update(0xdd2f, hn_csum_sub(0x3285, 0x5555)), 0x0000);
}

/* RFC 1624 section 3: a field that was 0x0000 or becomes it stays as full recomputation has it. */
TEST(Csum, Rfc1624Zeroes)
{
	/* Data whose sum is 0xffff: the field is zero. */
	const Words zero{0x1234, 0xedcb};
	ASSERT_EQ(checksum_of(zero), 0);

	for (std::uint32_t i = 0; i <= 0xffff; i++) {
		const Words other{static_cast<std::uint16_t>(i), 0xedcb};

		ASSERT_EQ(hn_csum_update(0, delta_of(zero, other)), checksum_of(other)) << i;
		ASSERT_EQ(hn_csum_update(checksum_of(other), delta_of(other, zero)), 0) << i;
	}
	/* No change, in both representations of nothing. */
	for (std::uint32_t i = 0; i < 0xffff; i++) {
		const auto check = static_cast<std::uint16_t>(i);

		ASSERT_EQ(hn_csum_update(check, 0x0000), check);
		ASSERT_EQ(hn_csum_update(check, 0xffff), check);
	}
	/*
	 * A field of 0xffff stands for data that are all zero. No packet is; were there one, the
	 * field would stay right as a number, though not as bits.
	 */
	EXPECT_EQ(hn_csum_update(0xffff, 0x0000), 0xffff);
	EXPECT_EQ(hn_csum_update(0xffff, 0xffff), 0x0000);
}

/* A run of words is replaced by one of another length, as addresses of another family are. */
TEST(Csum, UpdateEqualsRecomputation)
{
	std::mt19937 random(1624);

	for (int round = 0; round < 20000; round++) {
		const Words payload = random_words(random, random() % 40);
		const Words before = random_words(random, 1 + random() % 20);
		const Words after = random_words(random, 1 + random() % 20);
		Words old_packet = payload, new_packet = payload;

		/* At least one word is not zero, as in every packet with a length in it. */
		old_packet.push_back(static_cast<std::uint16_t>(1 + random() % 0xffff));
		new_packet.push_back(old_packet.back());
		old_packet.insert(old_packet.end(), before.begin(), before.end());
		new_packet.insert(new_packet.end(), after.begin(), after.end());

		const std::uint16_t delta = delta_of(before, after);
		const std::uint16_t old_check = checksum_of(old_packet);
		const std::uint16_t new_check = checksum_of(new_packet);

		ASSERT_EQ(hn_csum_update(old_check, delta), new_check) << round;
		/* The way back is the complement of the delta, and its own delta. */
		ASSERT_EQ(hn_csum_update(new_check, complement(delta)), old_check) << round;
		ASSERT_EQ(hn_csum_update(new_check, delta_of(after, before)), old_check) << round;
		ASSERT_TRUE(same(complement(delta), delta_of(after, before))) << round;
	}
}

/* Deltas of several changes add up, in any order: what a session keeps is such a sum. */
TEST(Csum, DeltasAddUp)
{
	std::mt19937 random(6146);

	for (int round = 0; round < 20000; round++) {
		Words packet = random_words(random, 20);
		packet[0] = 0x4500;
		const std::uint16_t before = checksum_of(packet);
		std::array<std::uint16_t, 4> deltas{};

		for (std::size_t i = 0; i < deltas.size(); i++) {
			const auto word = static_cast<std::uint16_t>(random());

			deltas[i] = hn_csum_sub(word, packet[i + 1]);
			packet[i + 1] = word;
		}
		const std::uint16_t sum = hn_csum_add(hn_csum_add(deltas[3], deltas[1]),
						      hn_csum_add(deltas[0], deltas[2]));
		ASSERT_EQ(hn_csum_update(before, sum), checksum_of(packet)) << round;
	}
}

/* One byte at an odd or even offset, as the type of an ICMP message or a hop limit. */
TEST(Csum, SingleBytes)
{
	std::mt19937 random(4443);

	for (int round = 0; round < 20000; round++) {
		Words packet = random_words(random, 8);
		const std::size_t at = 2 + random() % 14;
		packet[0] = 0x8000;
		const std::uint16_t check = checksum_of(packet);
		const std::uint16_t before = packet[at / 2];

		reinterpret_cast<unsigned char *>(packet.data())[at] =
			static_cast<unsigned char>(random());
		ASSERT_EQ(hn_csum_update(check, hn_csum_sub(packet[at / 2], before)),
			  checksum_of(packet))
			<< round << " offset " << at;
	}
}

/* Exhaustively, a field and a delta: update is the complement of adding to the complement. */
TEST(Csum, EveryDelta)
{
	for (const std::uint16_t check :
	     std::initializer_list<std::uint16_t>{0x0000, 0x0001, 0x1234, 0x7fff, 0x8000, 0xfffe}) {
		for (std::uint32_t i = 0; i <= 0xffff; i++) {
			const auto delta = static_cast<std::uint16_t>(i);
			const std::array words{complement(check), delta};
			const std::uint16_t updated = hn_csum_update(check, delta);

			ASSERT_EQ(updated, checksum_of(words)) << check << ' ' << delta;
			ASSERT_EQ(hn_csum_update(updated, complement(delta)), check)
				<< check << ' ' << delta;
		}
	}
}

} // namespace
} // namespace hn
