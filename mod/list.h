/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lists of prefixes that an instance is configured with, and what becomes of its
 * sessions when one changes.
 */
#ifndef HANAT_LIST_H
#define HANAT_LIST_H

#include "instance.h"
#include "prefixes.h"

struct netlink_ext_ack;

/*
 * hn_net.lock, may sleep. Errors are those of the netlink commands in hanat.h; all or
 * nothing.
 */
int hn_list_add(struct hn_instance *inst, enum hn_list which, const struct hn_prefix6 *prefixes,
		u32 n, struct netlink_ext_ack *extack);
int hn_list_remove(struct hn_instance *inst, enum hn_list which,
		   const struct hn_prefix6 *prefixes, u32 n, struct netlink_ext_ack *extack);
int hn_list_flush(struct hn_instance *inst, enum hn_list which);
/* How many prefixes it has, and these; they are valid as long as the lock is held. */
u32 hn_list_get(const struct hn_instance *inst, enum hn_list which,
		const struct hn_prefix6 **prefixes);
/* No packet is left. */
void hn_lists_exit(struct hn_instance *inst);

#endif
