/* SPDX-License-Identifier: GPL-2.0-only */
/* The settings of an instance, as hanat.h lists them. */
#ifndef HANAT_GLOBALS_H
#define HANAT_GLOBALS_H

#include <net/netlink.h>

#include "instance.h"

/* Of what is nested in HN_A_GLOBALS. */
extern const struct nla_policy hn_globals_policy[__HN_G_LAST];

/* Both: hn_net.lock. _set may sleep; its errors are those of GLOBAL_SET. */
int hn_globals_put(struct sk_buff *skb, const struct hn_instance *inst);
int hn_globals_set(struct hn_instance *inst, const struct nlattr *nest,
		   struct netlink_ext_ack *extack);

#endif
