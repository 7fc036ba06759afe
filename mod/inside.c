// SPDX-License-Identifier: GPL-2.0-only
#include "bib.h"
#include "inside.h"
#include "session.h"

bool hn_inside_valid(const struct hn_instance *inst, const struct in6_addr *addr)
{
	const struct hn_prefixes *inside;
	int type = ipv6_addr_type(addr);

	if (type & IPV6_ADDR_MAPPED) {
		inside = rcu_dereference_check(inst->lists[HN_LIST_INSIDE], true);
		return inside && hn_prefixes_have(inside, addr);
	}
	return type & IPV6_ADDR_UNICAST && !(type & (IPV6_ADDR_LOOPBACK | IPV6_ADDR_LINKLOCAL)) &&
	       !hn_prefix6_contains(&inst->pool6, addr);
}

/* Whether it has addresses that no host is known by: of these blocks, or around one. */
static bool has_no_hosts(const struct hn_prefix6 *p)
{
	static const struct { u32 addr, len; } blocks[] = {
		{ 0x00000000, 8 },	/* this network, RFC 1122 */
		{ 0x7f000000, 8 },	/* loopback */
		{ 0xe0000000, 4 },	/* multicast */
		{ 0xffffffff, 32 },	/* broadcast */
	};
	u32 addr = ntohl(hn_inside4(&p->addr));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		u32 len = min_t(u32, p->len - 96, blocks[i].len);

		if (!len || !((addr ^ blocks[i].addr) >> (32 - len)))
			return true;
	}
	return false;
}

const char *hn_inside_fault(enum hn_list which, const struct hn_prefix6 *prefixes, u32 n)
{
	for (; n; n--, prefixes++) {
		if (!hn_inside_is4(&prefixes->addr) || prefixes->len < 96)
			return "this list takes prefixes of IPv4";
		if (which == HN_LIST_INSIDE && has_no_hosts(prefixes))
			return "a prefix with addresses of no host, such as loopback or multicast";
	}
	return NULL;
}

/* Those of NAT44 that the lists have no place for. */
static bool misplaced(const struct hn_instance *inst, const struct hn_session *s)
{
	return hn_inside_is4(&s->map->inside) &&
	       (!hn_inside_valid(inst, &s->map->inside) || !hn_outside4(inst, s->remote));
}

static void forget_static(struct hn_instance *inst, struct hn_mapping *m, void *arg)
{
	if (m->is_static && !hn_inside_valid(inst, &m->inside))
		hn_bib_forget(inst, m);
}

static void kill_misplaced(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);
	struct hn_instance *inst = arg;

	if (misplaced(inst, s) && hn_session_kill_locked(inst, s))
		hn_count(inst, HN_STAT_SESSION_REMOVED);
}

/* Who made a session by the former lists has inserted it when the walk begins. */
void hn_inside_update(struct hn_instance *inst)
{
	synchronize_rcu();
	hn_mapping_for_each(inst, forget_static, NULL);
	hn_log_walk_all(inst, &inst->session_in, kill_misplaced, inst);
}

#ifdef HN_SELFTEST
#include "selftest/inside.c"
#endif
