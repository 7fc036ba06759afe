/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MTUs of links where routers do not tell them: the setting mtu-plateaus.
 * Packets see an immutable list under RCU, which is replaced as a whole.
 */
#ifndef HANAT_PLATEAUS_H
#define HANAT_PLATEAUS_H

#include <net/netlink.h>

#include "instance.h"

struct hn_plateaus {
	struct rcu_head	rcu;
	u32		count;
	u16		mtu[];	/* descending */
};

/* RCU read section. What a packet of this length was too big for. */
u32 hn_plateaus_below(const struct hn_instance *inst, u32 len);

/*
 * The list of an attribute, all numbers of which are min at least; to be given to
 * hn_plateaus_set(), or kfree(). -EINVAL it is no array, -ERANGE they are too few or too
 * many, one is too small or there twice.
 */
struct hn_plateaus *hn_plateaus_read(const struct nlattr *attr, u16 min);

/* All: hn_net.lock, or nobody knows the instance. */
void hn_plateaus_set(struct hn_instance *inst, struct hn_plateaus *plateaus);
int hn_plateaus_put(struct sk_buff *skb, int attr, const struct hn_instance *inst);
void hn_plateaus_exit(struct hn_instance *inst);

#endif
