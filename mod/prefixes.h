/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list of prefixes as packets see it: it never changes, is replaced as a whole and freed
 * after a grace period, and is not there while it is empty. IPv4 is ::ffff:0:0/96.
 */
#ifndef HANAT_PREFIXES_H
#define HANAT_PREFIXES_H

#include <linux/in6.h>
#include <linux/types.h>

#include "hanat.h"

struct hn_prefixes;
struct netlink_ext_ack;

/* Whether one of them has the address. Any context. */
bool hn_prefixes_have(const struct hn_prefixes *list, const struct in6_addr *addr);
bool hn_prefixes_have4(const struct hn_prefixes *list, __be32 addr);

/*
 * A list with n more or fewer than the old one, which may be NULL and stays. May sleep. An
 * ERR_PTR: -ENOMEM, -E2BIG, -EEXIST, -ENOENT as of the netlink commands in hanat.h; NULL: it
 * is empty.
 */
struct hn_prefixes *hn_prefixes_add(const struct hn_prefixes *old,
				    const struct hn_prefix6 *prefixes, u32 n,
				    struct netlink_ext_ack *extack);
struct hn_prefixes *hn_prefixes_remove(const struct hn_prefixes *old,
				       const struct hn_prefix6 *prefixes, u32 n,
				       struct netlink_ext_ack *extack);
/* How many there are, and these: by address, then by length. */
u32 hn_prefixes_get(const struct hn_prefixes *list, const struct hn_prefix6 **prefixes);
void hn_prefixes_free(struct hn_prefixes *list);

#endif
