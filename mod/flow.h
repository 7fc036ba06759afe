/* SPDX-License-Identifier: GPL-2.0-only */
/* From a packet to its session, which is there or is made. All of it: BH off, RCU. */
#ifndef HANAT_FLOW_H
#define HANAT_FLOW_H

#include "xlat.h"

/* By what a packet from inside finds its session. */
struct hn_flow {
	struct hn_endpoint	ep;
	__be32			remote;
	__be16			remote_port;
	u32			hash;
};

/* NULL for one that is over. */
static inline struct hn_session *hn_flow_alive(struct hn_packet *p, struct hn_session *s)
{
	if (unlikely(s && hn_session_expired(s) && hn_session_kill_expired(p->inst, s)))
		return NULL;
	return s;
}

/* From inside; fills *flow in any case. NULL: there is none. */
static inline struct hn_session *hn_flow_find_out(struct hn_packet *p,
						  const struct in6_addr *inside, __be32 remote,
						  struct hn_flow *flow)
{
	flow->ep = (struct hn_endpoint) { *inside, p->src_port, p->proto };
	flow->remote = remote;
	flow->remote_port = p->proto == HN_PROTO_ICMP ? 0 : p->dst_port;
	flow->hash = hn_session_hash(p->inst, &flow->ep, remote, flow->remote_port);
	return hn_flow_alive(p, hn_session_find_in(p->inst, flow->hash, &flow->ep, remote,
						   flow->remote_port));
}

/* The first packet of a flow from inside: RFC 6146 sections 3.5.1 to 3.5.3. NULL and *why. */
struct hn_session *hn_flow_open_out(struct hn_packet *p, const struct hn_flow *flow,
				    enum hn_stat *why);
/* Whether the host learns why: that no mapping can be had; the rest is silent. */
bool hn_flow_told(enum hn_stat why);

/*
 * From outside, by the IPv4 header. Whom it is from is in the header as well, or will be: then it
 * is hairpinned. NULL: there is none.
 */
static inline struct hn_session *hn_flow_find_in(struct hn_packet *p, __be32 remote,
						 __be16 remote_port)
{
	return hn_flow_alive(p, hn_session_find_ext(p->inst, p->proto, ip_hdr(p->skb)->daddr,
						    p->dst_port, remote,
						    p->proto == HN_PROTO_ICMP ? 0 : remote_port));
}

/* The first one from outside, below a mapping whose reference it takes. */
enum hn_verdict hn_flow_open_in(struct hn_packet *p, struct hn_mapping *m, __be32 remote,
				__be16 remote_port, struct hn_session **s);

/* It is the packet's: moves its state, restarts its life. */
static inline void hn_flow_packet(struct hn_packet *p, struct hn_session *s)
{
	if (p->proto == HN_PROTO_TCP)
		hn_session_tcp_step(p->inst, s, p->tcp_event);
	else
		hn_session_touch(p->inst, s, hn_lifetime_of(p->inst, p->proto, s->state));
}

#endif
