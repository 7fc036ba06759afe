// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "lib/result.h"

namespace hn
{
namespace
{

Result<int> half(int n)
{
	if (n % 2)
		return fail(EINVAL, std::to_string(n) + " is odd");
	return n / 2;
}

Result<void> check(int n)
{
	const Result<int> r = half(n);
	if (!r)
		return fail("check", r.error());
	return {};
}

TEST(Result, Value)
{
	const Result<int> r = half(4);

	ASSERT_TRUE(r);
	EXPECT_TRUE(r.has_value());
	EXPECT_EQ(*r, 2);
	EXPECT_EQ(r.value(), 2);
}

TEST(Result, Error)
{
	const Result<int> r = half(3);

	ASSERT_FALSE(r);
	EXPECT_EQ(r.error().code, EINVAL);
	EXPECT_EQ(r.error().what, "3 is odd");
}

TEST(Result, Void)
{
	EXPECT_TRUE(check(2));
	EXPECT_EQ(check(5).error().what, "check: 5 is odd");
	EXPECT_EQ(check(5).error().code, EINVAL);
}

TEST(Result, MovesItsValueOut)
{
	Result<std::unique_ptr<std::string>> r = std::make_unique<std::string>("x");

	ASSERT_TRUE(r);
	EXPECT_EQ((*r)->size(), 1U);
	const std::unique_ptr<std::string> taken = *std::move(r);
	EXPECT_EQ(*taken, "x");
}

TEST(Result, Errno)
{
	const Result<void> r = fail_errno(ENOENT, "open");

	EXPECT_EQ(r.error().code, ENOENT);
	EXPECT_EQ(r.error().what, "open: No such file or directory");
}

TEST(Result, AnErrorIsOneLine)
{
	const Result<void> r = fail(EINVAL, "'a\nb\x1b[2J' is no number");

	EXPECT_EQ(r.error().what, "'a?b?[2J' is no number");
	EXPECT_EQ(fail(std::string("c\td"), r.error()).error.what, "c?d: " + r.error().what);
}

TEST(ResultDeathTest, MisuseAborts)
{
	const Result<int> value = 1;
	const Result<int> error = fail(EINVAL, "");

	EXPECT_DEATH(static_cast<void>(value.error()), "");
	EXPECT_DEATH(static_cast<void>(*error), "");
}

} // namespace
} // namespace hn
