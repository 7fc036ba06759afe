/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is inside. IPv6 hosts are, whose packets NAT64 translates; and the IPv4 hosts of the
 * prefixes in HN_LIST_INSIDE, whose packets NAT44 translates. Mappings have the address of
 * such a host as ::ffff:0:0/96, by which alone a session is known to be NAT44's.
 */
#ifndef HANAT_INSIDE_H
#define HANAT_INSIDE_H

#include <net/ipv6.h>

#include "instance.h"
#include "prefixes.h"

/* Is it the address of an IPv4 host? */
static inline bool hn_inside_is4(const struct in6_addr *addr)
{
	return ipv6_addr_v4mapped(addr);
}

static inline __be32 hn_inside4(const struct in6_addr *addr)
{
	return addr->s6_addr32[3];
}

/*
 * The source that the address is of: an IPv4 host, or an IPv6 prefix of source-prefix-length.
 */
static inline void hn_inside_source(const struct in6_addr *inside, u8 len,
				    struct in6_addr *prefix)
{
	ipv6_addr_prefix(prefix, inside, hn_inside_is4(inside) ? 128 : len);
}

/* Whether the list has the address. RCU read section. */
static inline bool hn_listed4(const struct hn_instance *inst, enum hn_list which, __be32 addr)
{
	const struct hn_prefixes *list = rcu_dereference(inst->lists[which]);

	return list && hn_prefixes_have4(list, addr);
}

/*
 * Whether an inside host can have the address: IPv4 ones in a prefix; IPv6 ones but in pool6,
 * whose addresses stand for IPv4 hosts that are outside. RCU read section or hn_net.lock.
 */
bool hn_inside_valid(const struct hn_instance *inst, const struct in6_addr *addr);

/*
 * Whether NAT44 serves what is for this address: not what is inside as well, or excluded. RCU
 * read section.
 */
static inline bool hn_outside4(const struct hn_instance *inst, __be32 addr)
{
	return !hn_listed4(inst, HN_LIST_INSIDE, addr) &&
	       !hn_listed4(inst, HN_LIST_NO_TRANSLATE, addr);
}

/*
 * Why the prefixes cannot be in the list, or NULL. Any context.
 */
const char *hn_inside_fault(enum hn_list which, const struct hn_prefix6 *prefixes, u32 n);

/*
 * Mappings and sessions of hosts that are not inside any more, and sessions with those that
 * are now, or are excluded, go; nobody sees the former lists when it returns. hn_net.lock,
 * may sleep.
 */
void hn_inside_update(struct hn_instance *inst);

#endif
