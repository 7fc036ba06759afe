/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ports of one address, protocol and range of pool4: a bit for each says
 * whether it is taken. Any context; ports that a snapshot of pool4 shows stay
 * until a grace period after it is replaced.
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

struct hn_ports {
	u16		min, max;
	u16		share;	/* the one that has all; 0: cut into shares */
	atomic_t	used;
	/*
	 * How often one was released, and how often it was when a search found
	 * none that this node may take: equal, there is still none.
	 */
	atomic_t	released;
	int		exhausted_at;
	unsigned long	taken[];
};

void hn_shares_set(struct hn_shares *shares, u32 count, u64 mask);

/* NULL: no memory. May sleep. */
struct hn_ports *hn_ports_alloc(u16 min, u16 max, u16 share);
void hn_ports_free(struct hn_ports *r);

/* Whether there are any in the shares held. */
bool hn_ports_usable(const struct hn_ports *r, const struct hn_shares *shares);
/* A random one of the shares held; false if none is free. */
bool hn_ports_take(struct hn_ports *r, const struct hn_shares *shares, u16 *port);
/* This one, which is in the range; false if it is taken. */
bool hn_ports_take_exactly(struct hn_ports *r, u16 port);
/* Again is no error. */
void hn_ports_release(struct hn_ports *r, u16 port);
/* The shares held are others now: what was exhausted need not be so. */
void hn_ports_search_again(struct hn_ports *r);

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
