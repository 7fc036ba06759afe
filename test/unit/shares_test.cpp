// SPDX-License-Identifier: GPL-2.0-or-later
#include <bit>
#include <gtest/gtest.h>

#include "hanatd/shares.h"

namespace
{

using hn::share_bit;
using hn::ShareMask;
using hn::shares_held;

TEST(Shares, OfOneNode)
{
	EXPECT_EQ(shares_held(1, 1, 1), 1U);
	EXPECT_EQ(shares_held(4, 2, share_bit(2)), 0xfU);
	EXPECT_EQ(shares_held(64, 64, share_bit(64)), ~ShareMask{0});
}

TEST(Shares, OfTheDeadGoToTheNextInACircle)
{
	const ShareMask living = share_bit(2) | share_bit(3);

	EXPECT_EQ(shares_held(5, 3, living), share_bit(3));
	EXPECT_EQ(shares_held(5, 2, living),
		  share_bit(2) | share_bit(1) | share_bit(5) | share_bit(4));
}

TEST(Shares, EachIsHeldOnceWhoeverLives)
{
	for (unsigned shares = 1; shares <= 8; ++shares)
		for (ShareMask living = 1; living < ShareMask{1} << shares; ++living) {
			ShareMask all = 0;
			int held = 0;

			for (unsigned own = 1; own <= shares; ++own) {
				if (!(living & share_bit(own)))
					continue;
				all |= shares_held(shares, own, living);
				held += std::popcount(shares_held(shares, own, living));
			}
			EXPECT_EQ(all, (ShareMask{1} << shares) - 1);
			EXPECT_EQ(held, static_cast<int>(shares));
		}
}

} // namespace
