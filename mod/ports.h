/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ports of one address, protocol and range of pool4: a bit for each says
 * whether it is taken. Any context; ports that a snapshot of pool4 shows stay
 * until a grace period after it is replaced.
 *
 * Hold-down (RFC 6888 REQ-8): what still comes from outside for the host that had a
 * port must not reach the next one, so a port that was released is given to nobody
 * for a while. Two bitmaps have the ports released in this period and in the one
 * before; with the first request behind a period's end the older one is emptied and
 * becomes the newer one. So a port waits for one period at least and for two at
 * most, if there are requests. TCP does without: its mappings end with their
 * connections (REQ-8 A).
 */
#ifndef HANAT_PORTS_H
#define HANAT_PORTS_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "hanat.h"

/*
 * Into how many shares a range is cut, and of which this node takes new ports:
 * so many of held[], counted from 0.
 */
struct hn_shares {
	u8	count;
	u8	held_count;
	u8	held[HN_SHARES_MAX];
};

/*
 * What a host's port has that the one of its mapping shall have as well, as long as
 * there is such a one: its class, 0 to 1023 or above, and its parity (RFC 6146 sections
 * 3.5.1.1 and 3.5.2.3).
 */
enum hn_port_kind {
	HN_PORT_ANY,
	HN_PORT_LOW,
	HN_PORT_LOW_EVEN,
	HN_PORT_LOW_ODD,
	HN_PORT_HIGH,
	HN_PORT_HIGH_EVEN,
	HN_PORT_HIGH_ODD,
	__HN_PORT_KIND_LAST
};

/* Ports to search, as bits of the bitmap. */
struct hn_port_part {
	u32		start, end;
	unsigned long	mask;	/* of each word */
};

/* What becomes of a port that is released; READ_ONCE, for it may be set meanwhile. */
struct hn_hold_down {
	unsigned long	period;	/* jiffies; 0: it is free at once */
	u32		percent; /* of a range; beyond it those released are free at once */
};

/* Which ports will do. */
struct hn_port_wish {
	const struct hn_shares		*shares;
	const struct hn_hold_down	*hold;
	enum hn_port_kind		kind;
	u16				first, last;	/* a range may have but some of these */
};

struct hn_ports {
	u16		min, max;
	u16		share;	/* the one that has all; 0: cut into shares */
	u8		newer;	/* of waiting[] and waits[], that of this period */
	atomic_t	used;
	struct hn_port_part kinds[__HN_PORT_KIND_LAST];
	/*
	 * How often one was released, and how often it was when a search found
	 * none of the kind that this node may take: equal, there is still none.
	 */
	atomic_t	released;
	int		exhausted_at[__HN_PORT_KIND_LAST];
	unsigned long	period_start;	/* jiffies */
	atomic_t	waits[2];	/* how many bits of waiting[] are set */
	unsigned long	*waiting[2];	/* behind taken[]; NULL: none is held down */
	unsigned long	taken[];
};

void hn_shares_set(struct hn_shares *shares, u32 count, u64 mask);

/* NULL: no memory. May sleep. */
struct hn_ports *hn_ports_alloc(u8 proto, u16 min, u16 max, u16 share);
void hn_ports_free(struct hn_ports *r);

/* Whether there are any in the shares held. */
bool hn_ports_usable(const struct hn_ports *r, const struct hn_shares *shares);
/* A random one of those; false if none is free. */
bool hn_ports_take(struct hn_ports *r, const struct hn_port_wish *wish, u16 *port);
/*
 * What is held of the range, in parts: how many, and the ends of one of them; false if it is
 * empty.
 */
u32 hn_ports_parts(const struct hn_ports *r, const struct hn_shares *shares);
bool hn_ports_part(const struct hn_ports *r, const struct hn_shares *shares, u32 i, u16 *first,
		   u16 *last);
/*
 * This one, which is in the range; false if it is taken. It may be held down: who asks
 * has it from the operator or from the node that gave it.
 */
bool hn_ports_take_exactly(struct hn_ports *r, u16 port);
/* Again is no error. */
void hn_ports_release(struct hn_ports *r, const struct hn_hold_down *hold, u16 port);
/* How many are held down. */
u32 hn_ports_waiting(const struct hn_ports *r);
/* The shares held are others now: what was exhausted need not be so. */
void hn_ports_search_again(struct hn_ports *r);

/* TCP has no use for the parity, and the identifiers of ICMP have neither. */
static inline enum hn_port_kind hn_port_kind_of(u8 proto, u16 port)
{
	enum hn_port_kind class = port < 1024 ? HN_PORT_LOW : HN_PORT_HIGH;

	switch (proto) {
	case HN_PROTO_TCP:
		return class;
	case HN_PROTO_UDP:
		return class + 1 + (port & 1);
	default:
		return HN_PORT_ANY;
	}
}

static inline u32 hn_ports_size(const struct hn_ports *r)
{
	return r->max - r->min + 1;
}

static inline bool hn_ports_has(const struct hn_ports *r, u16 port)
{
	return port >= r->min && port <= r->max;
}

static inline bool hn_shares_all(const struct hn_shares *shares)
{
	return shares->held_count == shares->count;
}

#endif
