// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <cstddef>
#include <gtest/gtest.h>
#include <initializer_list>

#include "tcp_fsm.h"

namespace hn
{
namespace
{

struct Arrow {
	hn_tcp_state from;
	hn_tcp_event event;
	hn_tcp_state to;
	hn_tcp_timer timer;
};

/* RFC 6146 section 3.5.2.2, sentence by sentence. */
constexpr std::array<Arrow, 20> arrows{{
	/* CLOSED */
	{HN_TCP_CLOSED, HN_TCP_EV_V6_SYN, HN_TCP_V6_INIT, HN_TCP_TIMER_OPEN},
	{HN_TCP_CLOSED, HN_TCP_EV_V4_SYN, HN_TCP_V4_INIT, HN_TCP_TIMER_OPEN},
	/* V4 INIT */
	{HN_TCP_V4_INIT, HN_TCP_EV_V6_SYN, HN_TCP_ESTABLISHED, HN_TCP_TIMER_EST},
	/* V6 INIT; the SYN of the opener may be repeated */
	{HN_TCP_V6_INIT, HN_TCP_EV_V4_SYN, HN_TCP_ESTABLISHED, HN_TCP_TIMER_EST},
	{HN_TCP_V6_INIT, HN_TCP_EV_V6_SYN, HN_TCP_V6_INIT, HN_TCP_TIMER_OPEN},
	/* ESTABLISHED; the section sets no lifetime at a FIN */
	{HN_TCP_ESTABLISHED, HN_TCP_EV_V4_FIN, HN_TCP_V4_FIN, HN_TCP_TIMER_KEEP},
	{HN_TCP_ESTABLISHED, HN_TCP_EV_V6_FIN, HN_TCP_V6_FIN, HN_TCP_TIMER_KEEP},
	{HN_TCP_ESTABLISHED, HN_TCP_EV_V4_RST, HN_TCP_TRANS, HN_TCP_TIMER_TRANS},
	{HN_TCP_ESTABLISHED, HN_TCP_EV_V6_RST, HN_TCP_TRANS, HN_TCP_TIMER_TRANS},
	/* V4 FIN RCV */
	{HN_TCP_V4_FIN, HN_TCP_EV_V6_FIN, HN_TCP_FIN_FIN, HN_TCP_TIMER_TRANS},
	/* V6 FIN RCV */
	{HN_TCP_V6_FIN, HN_TCP_EV_V4_FIN, HN_TCP_FIN_FIN, HN_TCP_TIMER_TRANS},
	/* TRANS: any packet but an RST shows that the peer lives */
	{HN_TCP_TRANS, HN_TCP_EV_V6_SYN, HN_TCP_ESTABLISHED, HN_TCP_TIMER_EST},
	{HN_TCP_TRANS, HN_TCP_EV_V4_SYN, HN_TCP_ESTABLISHED, HN_TCP_TIMER_EST},
	{HN_TCP_TRANS, HN_TCP_EV_V6_FIN, HN_TCP_ESTABLISHED, HN_TCP_TIMER_EST},
	{HN_TCP_TRANS, HN_TCP_EV_V4_FIN, HN_TCP_ESTABLISHED, HN_TCP_TIMER_EST},
	{HN_TCP_TRANS, HN_TCP_EV_OTHER, HN_TCP_ESTABLISHED, HN_TCP_TIMER_EST},
	/* Its RSTs leave it as it is, as does all that is not listed here: see below. */
	{HN_TCP_TRANS, HN_TCP_EV_V4_RST, HN_TCP_TRANS, HN_TCP_TIMER_KEEP},
	/* Not of the RFC: an RST that ends what is closing as well */
	{HN_TCP_ESTABLISHED, HN_TCP_EV_ABORT, HN_TCP_TRANS, HN_TCP_TIMER_TRANS},
	{HN_TCP_V4_FIN, HN_TCP_EV_ABORT, HN_TCP_TRANS, HN_TCP_TIMER_TRANS},
	{HN_TCP_V6_FIN, HN_TCP_EV_ABORT, HN_TCP_TRANS, HN_TCP_TIMER_TRANS},
}};

/* "Any other packet": the state remains unchanged in all of them. */
constexpr std::array<hn_tcp_timer, HN_TCP_COUNT> timer_of_others{
	/* No session has this state in the RFC: ours live as those that open. */
	HN_TCP_TIMER_OPEN, /* CLOSED */
	HN_TCP_TIMER_KEEP, /* V4 INIT */
	HN_TCP_TIMER_KEEP, /* V6 INIT */
	HN_TCP_TIMER_EST,  /* ESTABLISHED */
	HN_TCP_TIMER_EST,  /* V4 FIN RCV */
	HN_TCP_TIMER_EST,  /* V6 FIN RCV */
	HN_TCP_TIMER_KEEP, /* V4 FIN + V6 FIN RCV */
	HN_TCP_TIMER_KEEP, /* TRANS */
};

hn_tcp_state run(hn_tcp_state state, std::initializer_list<hn_tcp_event> events)
{
	for (const hn_tcp_event event : events)
		state = static_cast<hn_tcp_state>(hn_tcp_step(state, event).state);
	return state;
}

TEST(TcpFsm, Arrows)
{
	for (const Arrow &arrow : arrows) {
		const auto step = hn_tcp_step(arrow.from, arrow.event);

		EXPECT_EQ(step.state, arrow.to) << arrow.from << " event " << arrow.event;
		EXPECT_EQ(step.timer, arrow.timer) << arrow.from << " event " << arrow.event;
	}
}

TEST(TcpFsm, EverythingElseLeavesTheState)
{
	int cells = 0;

	for (int s = 0; s < HN_TCP_COUNT; s++) {
		for (int e = 0; e < HN_TCP_EV_COUNT; e++) {
			const auto state = static_cast<hn_tcp_state>(s);
			const auto event = static_cast<hn_tcp_event>(e);
			const auto step = hn_tcp_step(state, event);

			ASSERT_LT(step.state, HN_TCP_COUNT);
			ASSERT_LE(step.timer, HN_TCP_TIMER_EST);
			if (std::ranges::any_of(arrows, [&](const Arrow &a) {
				    return a.from == state && a.event == event;
			    }))
				continue;
			EXPECT_EQ(step.state, state) << "event " << e;
			EXPECT_EQ(step.timer, timer_of_others.at(static_cast<std::size_t>(s)))
				<< "state " << s << " event " << e;
			cells++;
		}
	}
	EXPECT_EQ(cells + static_cast<int>(arrows.size()),
		  int{HN_TCP_COUNT} * int{HN_TCP_EV_COUNT});
}

TEST(TcpFsm, AbortIsAnRstButBehindAFin)
{
	for (int s = 0; s < HN_TCP_COUNT; s++) {
		const auto state = static_cast<hn_tcp_state>(s);

		if (state == HN_TCP_V4_FIN || state == HN_TCP_V6_FIN)
			continue;
		for (const hn_tcp_event rst : {HN_TCP_EV_V4_RST, HN_TCP_EV_V6_RST}) {
			const auto step = hn_tcp_step(state, rst);
			const auto abort = hn_tcp_step(state, HN_TCP_EV_ABORT);

			EXPECT_EQ(abort.state, step.state) << "state " << s;
			EXPECT_EQ(abort.timer, step.timer) << "state " << s;
		}
	}
	EXPECT_EQ(run(HN_TCP_ESTABLISHED, {HN_TCP_EV_V6_FIN, HN_TCP_EV_V4_RST}), HN_TCP_V6_FIN);
	EXPECT_EQ(run(HN_TCP_ESTABLISHED, {HN_TCP_EV_V6_FIN, HN_TCP_EV_ABORT}), HN_TCP_TRANS);
}

TEST(TcpFsm, EventOf)
{
	for (unsigned int flags = 0; flags < 8; flags++) {
		const bool syn = flags & 1, fin = flags & 2, rst = flags & 4;

		EXPECT_EQ(hn_tcp_event_of(1, syn, fin, rst), rst   ? HN_TCP_EV_V6_RST
							     : syn ? HN_TCP_EV_V6_SYN
							     : fin ? HN_TCP_EV_V6_FIN
								   : HN_TCP_EV_OTHER)
			<< flags;
		EXPECT_EQ(hn_tcp_event_of(0, syn, fin, rst), rst   ? HN_TCP_EV_V4_RST
							     : syn ? HN_TCP_EV_V4_SYN
							     : fin ? HN_TCP_EV_V4_FIN
								   : HN_TCP_EV_OTHER)
			<< flags;
	}
}

TEST(TcpFsm, Lives)
{
	/* Opened from inside, closed by either side first. */
	EXPECT_EQ(run(HN_TCP_CLOSED,
		      {HN_TCP_EV_V6_SYN, HN_TCP_EV_V4_SYN, HN_TCP_EV_OTHER, HN_TCP_EV_V6_FIN,
		       HN_TCP_EV_OTHER, HN_TCP_EV_V4_FIN, HN_TCP_EV_OTHER}),
		  HN_TCP_FIN_FIN);
	EXPECT_EQ(run(HN_TCP_CLOSED, {HN_TCP_EV_V6_SYN, HN_TCP_EV_V4_SYN, HN_TCP_EV_OTHER,
				      HN_TCP_EV_V4_FIN, HN_TCP_EV_OTHER, HN_TCP_EV_V6_FIN}),
		  HN_TCP_FIN_FIN);
	/* Opened from outside, and from both sides at once. */
	EXPECT_EQ(run(HN_TCP_CLOSED, {HN_TCP_EV_V4_SYN, HN_TCP_EV_V6_SYN, HN_TCP_EV_OTHER}),
		  HN_TCP_ESTABLISHED);
	EXPECT_EQ(run(HN_TCP_CLOSED, {HN_TCP_EV_V6_SYN, HN_TCP_EV_V4_SYN, HN_TCP_EV_V6_SYN}),
		  HN_TCP_ESTABLISHED);
	/* A refused opening stays what it was, and an RST that is not believed is undone. */
	EXPECT_EQ(run(HN_TCP_CLOSED, {HN_TCP_EV_V6_SYN, HN_TCP_EV_V4_RST}), HN_TCP_V6_INIT);
	EXPECT_EQ(run(HN_TCP_ESTABLISHED, {HN_TCP_EV_V4_RST, HN_TCP_EV_V6_RST, HN_TCP_EV_OTHER}),
		  HN_TCP_ESTABLISHED);
	/* No packet brings a session back to the state without one. */
	for (int s = HN_TCP_CLOSED + 1; s < HN_TCP_COUNT; s++) {
		for (int e = 0; e < HN_TCP_EV_COUNT; e++)
			EXPECT_NE(run(static_cast<hn_tcp_state>(s), {static_cast<hn_tcp_event>(e)}),
				  HN_TCP_CLOSED);
	}
}

TEST(TcpFsm, Merge)
{
	// FINs of both sides add up, whoever saw which.
	EXPECT_EQ(hn_tcp_merge(HN_TCP_V6_FIN, HN_TCP_V4_FIN), HN_TCP_FIN_FIN);
	EXPECT_EQ(hn_tcp_merge(HN_TCP_V4_FIN, HN_TCP_V6_FIN), HN_TCP_FIN_FIN);
	EXPECT_EQ(hn_tcp_merge(HN_TCP_V6_FIN, HN_TCP_ESTABLISHED), HN_TCP_V6_FIN);
	EXPECT_EQ(hn_tcp_merge(HN_TCP_FIN_FIN, HN_TCP_ESTABLISHED), HN_TCP_FIN_FIN);
	// What is established is not opening.
	EXPECT_EQ(hn_tcp_merge(HN_TCP_ESTABLISHED, HN_TCP_V6_INIT), HN_TCP_ESTABLISHED);
	EXPECT_EQ(hn_tcp_merge(HN_TCP_V6_INIT, HN_TCP_ESTABLISHED), HN_TCP_ESTABLISHED);
	// Of an RST the later word decides: packets take it back.
	EXPECT_EQ(hn_tcp_merge(HN_TCP_ESTABLISHED, HN_TCP_TRANS), HN_TCP_TRANS);
	EXPECT_EQ(hn_tcp_merge(HN_TCP_TRANS, HN_TCP_ESTABLISHED), HN_TCP_ESTABLISHED);
	for (int a = 0; a < HN_TCP_COUNT; a++) {
		for (int b = 0; b < HN_TCP_COUNT; b++) {
			const auto ours = static_cast<hn_tcp_state>(a);
			const auto theirs = static_cast<hn_tcp_state>(b);
			const hn_tcp_state both = hn_tcp_merge(ours, theirs);

			// Told the result, either has nothing to add.
			EXPECT_EQ(hn_tcp_merge(both, both), both);
			EXPECT_EQ(hn_tcp_merge(theirs, both), both) << a << " " << b;
		}
	}
}

} // namespace
} // namespace hn
