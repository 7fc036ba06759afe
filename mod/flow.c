// SPDX-License-Identifier: GPL-2.0-only
#include "flow.h"
#include "inside.h"

/* Of IANA's registry of special-purpose addresses what is not globally reachable. */
static bool addr_global(__be32 addr)
{
	static const struct { u32 addr, mask; } special[] = {
		{ 0x0a000000, 0xff000000 },	/* private, RFC 1918 */
		{ 0x64400000, 0xffc00000 },	/* shared, RFC 6598 */
		{ 0xa9fe0000, 0xffff0000 },	/* link local, RFC 3927 */
		{ 0xac100000, 0xfff00000 },	/* private */
		{ 0xc0000000, 0xffffff00 },	/* protocol assignments, RFC 6890 */
		{ 0xc0000200, 0xffffff00 },	/* documentation, RFC 5737 */
		{ 0xc0a80000, 0xffff0000 },	/* private */
		{ 0xc6120000, 0xfffe0000 },	/* benchmarks, RFC 2544 */
		{ 0xc6336400, 0xffffff00 },	/* documentation */
		{ 0xcb007100, 0xffffff00 },	/* documentation */
		{ 0xf0000000, 0xf0000000 },	/* reserved, RFC 1112 */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(special); i++) {
		if ((ntohl(addr) & special[i].mask) == special[i].addr)
			return false;
	}
	return true;
}

/*
 * RFC 6052 section 3.1: the well-known prefix, by which only IPv6 hosts know a remote one, is
 * for global IPv4 addresses, if the operator says so.
 */
static bool remote_allowed(const struct hn_instance *inst, const struct in6_addr *inside,
			   __be32 remote)
{
	return likely(!hn_global(inst, HN_G_WKP_GLOBAL)) ||
	       !hn_prefix6_well_known(&inst->pool6) || hn_inside_is4(inside) ||
	       addr_global(remote);
}

struct hn_session *hn_flow_open_out(struct hn_packet *p, const struct hn_flow *flow,
				    enum hn_stat *why)
{
	struct hn_instance *inst = p->inst;
	struct hn_session_init init = {
		.remote = flow->remote,
		.remote_port = flow->remote_port,
		.state = HN_TCP_ESTABLISHED,
		.hash = flow->hash,
		.mark = p->skb->mark,
	};

	if (!remote_allowed(inst, &flow->ep.addr, flow->remote)) {
		*why = HN_STAT_DROP_ADDR;
		return NULL;
	}
	if (p->proto == HN_PROTO_TCP)
		init.state = hn_tcp_step(HN_TCP_CLOSED, p->tcp_event).state;
	init.lifetime = hn_lifetime_of(inst, p->proto, init.state);
	if (p->proto == HN_PROTO_TCP && p->tcp_event != HN_TCP_EV_V6_SYN) {
		/* It may belong to a mapping; it does not make one. */
		*why = HN_STAT_DROP_TCP_NO_SYN;
		init.map = hn_mapping_find_in(inst, &flow->ep);
	} else {
		init.map = hn_mapping_get_in(inst, &flow->ep, &init, why);
	}
	return init.map ? hn_session_create(inst, &init, why) : NULL;
}

bool hn_flow_told(enum hn_stat why)
{
	switch (why) {
	case HN_STAT_DROP_POOL_EMPTY:
	case HN_STAT_DROP_POOL_EXHAUSTED:
	case HN_STAT_DROP_POOL_SHARE:
	case HN_STAT_DROP_MAX_SESSIONS:
	case HN_STAT_DROP_SOURCE_LIMIT:
	case HN_STAT_DROP_SOURCE_RATE:
		return true;
	default:
		return false;
	}
}

/* Who may open a session from outside: RFC 4787 section 5, and what the operator says. */
static enum hn_verdict admit(struct hn_packet *p, const struct hn_mapping *m, __be32 remote)
{
	if (!remote_allowed(p->inst, &m->inside, remote))
		return hn_drop(p, HN_STAT_DROP_ADDR);
	if (!hn_census_admits(p->inst, m, remote)) {
		hn_syn_store(p);
		return hn_drop(p, HN_STAT_DROP_FILTERED);
	}
	if (p->proto == HN_PROTO_TCP && p->tcp_event == HN_TCP_EV_V4_SYN &&
	    hn_global(p->inst, HN_G_DROP_EXT_TCP))
		return hn_drop(p, HN_STAT_DROP_TCP_POLICY);
	return HN_CONTINUE;
}

enum hn_verdict hn_flow_open_in(struct hn_packet *p, struct hn_mapping *m, __be32 remote,
				__be16 remote_port, struct hn_session **s)
{
	struct hn_endpoint ep = { m->inside, m->inside_port, p->proto };
	enum hn_stat why = HN_STAT_DROP_NOMEM;
	struct hn_instance *inst = p->inst;
	struct hn_session_init init = {
		.map = m,
		.remote = remote,
		.remote_port = p->proto == HN_PROTO_ICMP ? 0 : remote_port,
		.state = HN_TCP_ESTABLISHED,
	};
	enum hn_verdict v = admit(p, m, remote);

	if (v != HN_CONTINUE) {
		hn_mapping_put(inst, m);
		return v;
	}
	if (p->proto == HN_PROTO_TCP)
		init.state = hn_tcp_step(HN_TCP_CLOSED, p->tcp_event).state;
	init.lifetime = hn_lifetime_of(inst, p->proto, init.state);
	init.hash = hn_session_hash(inst, &ep, init.remote, init.remote_port);
	*s = hn_session_create(inst, &init, &why);
	return *s ? HN_CONTINUE : hn_drop(p, why);
}
