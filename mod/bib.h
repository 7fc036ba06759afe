/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Static mappings (RFC 6146 section 3.1), which are configuration: mappings like
 * others, each with a reference that is no session's. So it lives, and has its port,
 * until it is removed.
 */
#ifndef HANAT_BIB_H
#define HANAT_BIB_H

#include <net/netlink.h>

#include "mapping.h"

extern const struct nla_policy hn_bib_add_policy[__HN_A_LAST];
extern const struct nla_policy hn_bib_remove_policy[__HN_A_LAST];

/*
 * Both: hn_net.lock, may sleep. Errors are those of the netlink commands in hanat.h;
 * what the policies check is right already.
 */
int hn_bib_add(struct hn_instance *inst, const struct hn_bib_entry *e,
	       struct netlink_ext_ack *extack);
int hn_bib_remove(struct hn_instance *inst, const struct hn_bib_entry *e, bool quick,
		  struct netlink_ext_ack *extack);
/*
 * The mapping, a static one, is so no more, and goes with its last session.
 * hn_net.lock; from hn_mapping_for_each().
 */
void hn_bib_forget(struct hn_instance *inst, struct hn_mapping *m);

#endif
