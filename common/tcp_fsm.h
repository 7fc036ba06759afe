/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * The TCP state machine of RFC 6146 section 3.5.2 as a constant table. Pure,
 * any context. "V6" is the inside, "V4" the outside; for NAT44 the inside is
 * IPv4 all the same.
 */
#ifndef HANAT_TCP_FSM_H
#define HANAT_TCP_FSM_H

#include "hanat.h"

enum hn_tcp_event {
	HN_TCP_EV_V6_SYN,
	HN_TCP_EV_V4_SYN,
	HN_TCP_EV_V6_FIN,
	HN_TCP_EV_V4_FIN,
	HN_TCP_EV_V6_RST,
	HN_TCP_EV_V4_RST,
	HN_TCP_EV_OTHER,
	/* An RST of either side while handle-rst-during-fin-rcv is true. */
	HN_TCP_EV_ABORT,
	__HN_TCP_EV_LAST
};

#define HN_TCP_EV_COUNT __HN_TCP_EV_LAST

/* What the event does to the lifetime of the session. */
enum hn_tcp_timer {
	HN_TCP_TIMER_KEEP,	/* leave it */
	HN_TCP_TIMER_OPEN,	/* restart it with tcp-open-timeout */
	HN_TCP_TIMER_TRANS,	/* restart it with tcp-trans-timeout */
	HN_TCP_TIMER_EST,	/* restart it with tcp-est-timeout */
};

struct hn_tcp_step {
	__u8	state;		/* enum hn_tcp_state */
	__u8	timer;		/* enum hn_tcp_timer */
};

/*
 * The flags of a segment as an event. RST rules over SYN and FIN, SYN over FIN:
 * a segment with several of them is judged by the one that changes most.
 */
static inline enum hn_tcp_event hn_tcp_event_of(int from_v6, int syn, int fin, int rst)
{
	if (rst)
		return from_v6 ? HN_TCP_EV_V6_RST : HN_TCP_EV_V4_RST;
	if (syn)
		return from_v6 ? HN_TCP_EV_V6_SYN : HN_TCP_EV_V4_SYN;
	if (fin)
		return from_v6 ? HN_TCP_EV_V6_FIN : HN_TCP_EV_V4_FIN;
	return HN_TCP_EV_OTHER;
}

#define HN_S(state, timer) { HN_TCP_##state, HN_TCP_TIMER_##timer }

/*
 * What an event does to a session. A session in CLOSED exists only where a
 * segment that is no SYN met a mapping of another session: it is translated,
 * and kept for the time of those that open. An ABORT is an RST that ends what is
 * closing already, where the RFC has that live on as long as an established one.
 */
static inline struct hn_tcp_step hn_tcp_step(enum hn_tcp_state state, enum hn_tcp_event ev)
{
	/* Rows are hn_tcp_state, columns hn_tcp_event. */
	static const struct hn_tcp_step table[HN_TCP_COUNT][HN_TCP_EV_COUNT] = {
		/* CLOSED */
		{ HN_S(V6_INIT, OPEN), HN_S(V4_INIT, OPEN), HN_S(CLOSED, OPEN),
		  HN_S(CLOSED, OPEN), HN_S(CLOSED, OPEN), HN_S(CLOSED, OPEN),
		  HN_S(CLOSED, OPEN), HN_S(CLOSED, OPEN) },
		/* V4_INIT */
		{ HN_S(ESTABLISHED, EST), HN_S(V4_INIT, KEEP), HN_S(V4_INIT, KEEP),
		  HN_S(V4_INIT, KEEP), HN_S(V4_INIT, KEEP), HN_S(V4_INIT, KEEP),
		  HN_S(V4_INIT, KEEP), HN_S(V4_INIT, KEEP) },
		/* V6_INIT */
		{ HN_S(V6_INIT, OPEN), HN_S(ESTABLISHED, EST), HN_S(V6_INIT, KEEP),
		  HN_S(V6_INIT, KEEP), HN_S(V6_INIT, KEEP), HN_S(V6_INIT, KEEP),
		  HN_S(V6_INIT, KEEP), HN_S(V6_INIT, KEEP) },
		/* ESTABLISHED */
		{ HN_S(ESTABLISHED, EST), HN_S(ESTABLISHED, EST), HN_S(V6_FIN, KEEP),
		  HN_S(V4_FIN, KEEP), HN_S(TRANS, TRANS), HN_S(TRANS, TRANS),
		  HN_S(ESTABLISHED, EST), HN_S(TRANS, TRANS) },
		/* V4_FIN */
		{ HN_S(V4_FIN, EST), HN_S(V4_FIN, EST), HN_S(FIN_FIN, TRANS), HN_S(V4_FIN, EST),
		  HN_S(V4_FIN, EST), HN_S(V4_FIN, EST), HN_S(V4_FIN, EST),
		  HN_S(TRANS, TRANS) },
		/* V6_FIN */
		{ HN_S(V6_FIN, EST), HN_S(V6_FIN, EST), HN_S(V6_FIN, EST), HN_S(FIN_FIN, TRANS),
		  HN_S(V6_FIN, EST), HN_S(V6_FIN, EST), HN_S(V6_FIN, EST),
		  HN_S(TRANS, TRANS) },
		/* FIN_FIN */
		{ HN_S(FIN_FIN, KEEP), HN_S(FIN_FIN, KEEP), HN_S(FIN_FIN, KEEP),
		  HN_S(FIN_FIN, KEEP), HN_S(FIN_FIN, KEEP), HN_S(FIN_FIN, KEEP),
		  HN_S(FIN_FIN, KEEP), HN_S(FIN_FIN, KEEP) },
		/* TRANS */
		{ HN_S(ESTABLISHED, EST), HN_S(ESTABLISHED, EST), HN_S(ESTABLISHED, EST),
		  HN_S(ESTABLISHED, EST), HN_S(TRANS, KEEP), HN_S(TRANS, KEEP),
		  HN_S(ESTABLISHED, EST), HN_S(TRANS, KEEP) },
	};

	return table[state][ev];
}

#undef HN_S

/* What matters of a state to others: whether the flow opens, lives or closes. */
enum hn_tcp_class { HN_TCP_OPENS, HN_TCP_LIVES, HN_TCP_CLOSES };

static inline enum hn_tcp_class hn_tcp_class_of(enum hn_tcp_state state)
{
	switch (state) {
	case HN_TCP_ESTABLISHED:
	case HN_TCP_V4_FIN:
	case HN_TCP_V6_FIN:
		return HN_TCP_LIVES;
	case HN_TCP_FIN_FIN:
	case HN_TCP_TRANS:
		return HN_TCP_CLOSES;
	default:
		return HN_TCP_OPENS;
	}
}

/*
 * What two nodes know together that have seen different segments of a flow, one of
 * which is told by the other: that it was established, and each FIN, is not forgotten.
 * All else is as the later word has it.
 */
static inline enum hn_tcp_state hn_tcp_merge(enum hn_tcp_state ours, enum hn_tcp_state theirs)
{
	/* For those with a FIN of V4, bit 0, and of V6, bit 1; from ESTABLISHED on. */
	static const enum hn_tcp_state fins[] = {
		HN_TCP_ESTABLISHED, HN_TCP_V4_FIN, HN_TCP_V6_FIN, HN_TCP_FIN_FIN,
	};

	if (ours < HN_TCP_ESTABLISHED || ours > HN_TCP_FIN_FIN || theirs > HN_TCP_FIN_FIN)
		return theirs;
	if (theirs < HN_TCP_ESTABLISHED)
		return ours;
	return fins[(ours - HN_TCP_ESTABLISHED) | (theirs - HN_TCP_ESTABLISHED)];
}

#endif
