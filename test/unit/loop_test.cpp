// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <csignal>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/loop.h"

namespace
{

using hn::Loop;
using hn::UniqueFd;

struct Pipe {
	UniqueFd out;
	UniqueFd in;

	Pipe()
	{
		std::array<int, 2> fds{};

		if (pipe(fds.data()) == 0) {
			out = UniqueFd(fds[0]);
			in = UniqueFd(fds[1]);
		}
	}
	void poke() const { EXPECT_EQ(write(in.get(), "x", 1), 1); }
};

TEST(Loop, CallsBackWhileReadable)
{
	auto loop = Loop::open();
	const Pipe pipe;
	int calls = 0;

	ASSERT_TRUE(loop);
	ASSERT_TRUE(loop->watch(pipe.out.get(), EPOLLIN, [&](std::uint32_t) { ++calls; }));
	ASSERT_TRUE(loop->step(0));
	EXPECT_EQ(calls, 0);
	pipe.poke();
	ASSERT_TRUE(loop->step(1000));
	ASSERT_TRUE(loop->step(1000));
	EXPECT_EQ(calls, 2);
	ASSERT_TRUE(loop->change(pipe.out.get(), 0));
	ASSERT_TRUE(loop->step(0));
	EXPECT_EQ(calls, 2);
}

// Each of two ready descriptors forgets both: only the first callback runs, and survives it.
TEST(Loop, ForgetsWhileDispatching)
{
	auto loop = Loop::open();
	const std::array<Pipe, 2> pipes;
	int calls = 0;

	for (const Pipe &pipe : pipes) {
		const auto forget_all = [&, note = std::string(100, 'x')](std::uint32_t) {
			for (const Pipe &p : pipes)
				loop->forget(p.out.get());
			calls += static_cast<int>(note.size());
		};
		ASSERT_TRUE(loop->watch(pipe.out.get(), EPOLLIN, forget_all));
		pipe.poke();
	}
	ASSERT_TRUE(loop->step(1000));
	ASSERT_TRUE(loop->step(0));
	EXPECT_EQ(calls, 100);
}

// The event of a closed descriptor must not reach the new owner of its number.
TEST(Loop, StaleEventDoesNotReachANewWatch)
{
	auto loop = Loop::open();
	Pipe a;
	Pipe b;
	Pipe fresh;
	int wrong = 0;

	const auto replace = [&](int other) {
		loop->forget(other);
		dup2(fresh.out.get(), other);
		EXPECT_TRUE(loop->watch(other, EPOLLIN, [&](std::uint32_t) { ++wrong; }));
	};
	ASSERT_TRUE(loop->watch(a.out.get(), EPOLLIN, [&](std::uint32_t) {
		loop->forget(a.out.get());
		replace(b.out.get());
	}));
	ASSERT_TRUE(loop->watch(b.out.get(), EPOLLIN, [&](std::uint32_t) {
		loop->forget(b.out.get());
		replace(a.out.get());
	}));
	a.poke();
	b.poke();
	ASSERT_TRUE(loop->step(1000));
	EXPECT_EQ(wrong, 0);
}

TEST(Loop, StopsFromACallback)
{
	auto loop = Loop::open();
	auto timer = hn::Timer::open();
	int calls = 0;

	ASSERT_TRUE(loop->watch(timer->fd(), EPOLLIN, [&](std::uint32_t) {
		++calls;
		timer->clear();
		loop->stop();
	}));
	const std::uint64_t deadline = hn::monotonic_ms() + 20;
	timer->arm(deadline);
	ASSERT_TRUE(loop->run());
	EXPECT_EQ(calls, 1);
	EXPECT_GE(hn::monotonic_ms(), deadline);
	timer->arm(0); // long past
	ASSERT_TRUE(loop->run());
	EXPECT_EQ(calls, 2);
}

TEST(Signals, AreTaken)
{
	auto signals = hn::Signals::open({SIGUSR1, SIGUSR2});

	ASSERT_TRUE(signals);
	EXPECT_EQ(signals->take(), 0);
	kill(getpid(), SIGUSR2);
	EXPECT_EQ(signals->take(), SIGUSR2);
	EXPECT_EQ(signals->take(), 0);
}

TEST(Log, LinesForPeopleAndForTheJournal)
{
	EXPECT_EQ(hn::log_line(false, "hanatd", hn::Priority::Error, "a\nb\x1b"), "hanatd: a?b?\n");
	EXPECT_EQ(hn::log_line(true, "hanatd", hn::Priority::Error, "x"), "<3>x\n");
}

TEST(Log, GateLetsOneThroughPerInterval)
{
	hn::LogGate gate(100);

	EXPECT_TRUE(gate.open(1000));
	EXPECT_FALSE(gate.open(1001));
	EXPECT_FALSE(gate.open(1099));
	EXPECT_TRUE(gate.open(1100));
	EXPECT_EQ(gate.held(), 2U);
	EXPECT_TRUE(gate.open(1200));
	EXPECT_EQ(gate.held(), 0U);
}

} // namespace
