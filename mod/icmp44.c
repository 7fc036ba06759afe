// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors of IPv4 about packets of IPv4 that NAT44 has translated: those inside, and the
 * addresses outside of them, are turned back (RFC 5508 section 4). Type and code stay, and so
 * does all behind the headers inside. Errors neither refresh nor end a session.
 */
#include <linux/netfilter_ipv4.h>

#include "csum.h"
#include "icmp.h"
#include "inside.h"

/* The end of the packet inside that has changed: which, and to what. */
struct end {
	bool	is_source;
	__be32	addr;
	__be16	port;
	u16	delta;	/* of the checksums of TCP and UDP */
};

/* What the checksum of what the mapping's host sends changes by. */
static u16 change_of(const struct hn_mapping *m)
{
	u16 sum = hn_csum_sub(hn_csum_words(&m->ext, 4), hn_csum_words(&m->inside, 16));

	sum = hn_csum_add(sum, (__force u16)m->ext_port);
	return hn_csum_sub(sum, (__force u16)m->inside_port);
}

static void rewrite_inner(struct hn_packet *p, const struct hn_inner *in, const struct end *end)
{
	struct sk_buff *skb = p->skb;
	struct iphdr *iph = (struct iphdr *)(skb->data + in->l3);
	__be16 *words = (__be16 *)(skb->data + in->l4);

	hn_set_addr4(iph, end->is_source ? &iph->saddr : &iph->daddr, end->addr);
	if (in->proto == HN_PROTO_ICMP) {
		words[1] = (__force __be16)
			hn_csum_update((__force u16)words[1],
				       hn_csum_sub((__force u16)end->port,
						   (__force u16)words[2]));
		words[2] = end->port;
		return;
	}
	words[end->is_source ? 0 : 1] = end->port;
	hn_icmp_inner_csum(p, in, end->delta);
}

/* Its checksum, of the whole message: there are too few of them to be clever. */
static void finish(struct hn_packet *p)
{
	struct icmphdr *ih = (struct icmphdr *)(p->skb->data + p->l3len);

	ih->checksum = 0;
	ih->checksum = csum_fold(skb_checksum(p->skb, p->l3len, p->skb->len - p->l3len, 0));
}

/*
 * Its checksum is right (RFC 5508 REQ-3), and there is room for as much of the packet inside as
 * is changed. Pointers go stale.
 */
static enum hn_verdict prepare(struct hn_packet *p, const struct hn_inner *in)
{
	struct sk_buff *skb = p->skb;
	unsigned int len = min_t(unsigned int, skb->len, in->l4 + sizeof(struct tcphdr));

	if (nf_ip_checksum(skb, NF_INET_PRE_ROUTING, p->l3len, IPPROTO_ICMP))
		return hn_drop(p, HN_STAT_DROP_CSUM);
	if (skb_ensure_writable(skb, len))
		return hn_drop(p, HN_STAT_DROP_NOMEM);
	/* That of the packet inside is complete; that of this one will be. */
	skb->ip_summed = CHECKSUM_NONE;
	return HN_CONTINUE;
}

/* A mapping of who has received the packet inside, for as long as RCU. NULL: there is none. */
static const struct hn_mapping *receiver(struct hn_packet *p, const struct hn_inner *in)
{
	const struct iphdr *inner = (const struct iphdr *)(p->skb->data + in->l3);
	struct hn_endpoint ep = { .port = in->dst_port, .proto = in->proto };
	struct hn_mapping *m;

	ipv6_addr_set_v4mapped(inner->daddr, &ep.addr);
	m = hn_mapping_find_in(p->inst, &ep);
	if (m)
		hn_mapping_put(p->inst, m);
	return m;
}

/*
 * Of the sender of the packet inside. One to an inside host was hairpinned: that one's mapping is
 * left in *to.
 */
static struct hn_session *find_sent(struct hn_packet *p, const struct hn_inner *in,
				    const struct hn_mapping **to)
{
	bool icmp = in->proto == HN_PROTO_ICMP;
	struct hn_session *s;

	*to = NULL;
	s = hn_session_find_ext(p->inst, in->proto, in->ext, in->src_port, in->remote,
				icmp ? 0 : in->dst_port);
	if (s || !hn_listed4(p->inst, HN_LIST_INSIDE, in->remote))
		return s;
	*to = receiver(p, in);
	return *to ? hn_session_find_ext(p->inst, in->proto, in->ext, in->src_port, (*to)->ext,
					 icmp ? 0 : (*to)->ext_port) : NULL;
}

/* To the host that has sent the packet inside. */
static enum hn_verdict turn_in(struct hn_packet *p, const struct hn_inner *in,
			       const struct hn_mapping *m)
{
	struct end end = {
		.is_source = true,
		.addr = hn_inside4(&m->inside),
		.port = m->inside_port,
		.delta = ~change_of(m),
	};
	enum hn_verdict v;

	v = prepare(p, in);
	if (v != HN_CONTINUE)
		return v;
	rewrite_inner(p, in, &end);
	hn_set_addr4(ip_hdr(p->skb), &ip_hdr(p->skb)->daddr, end.addr);
	finish(p);
	return HN_CONTINUE;
}

/* As if the packet inside had been received at the mapping's external end. */
static enum hn_verdict turn_out(struct hn_packet *p, const struct hn_inner *in,
				const struct hn_mapping *m)
{
	struct end end = {
		.addr = m->ext,
		.port = m->ext_port,
		.delta = change_of(m),
	};
	struct sk_buff *skb = p->skb;
	enum hn_verdict v;

	v = prepare(p, in);
	if (v != HN_CONTINUE)
		return v;
	rewrite_inner(p, in, &end);
	/* RFC 5508 REQ-5: all but this host's own, which come from no device, are from inside. */
	if (skb->skb_iif || hn_listed4(p->inst, HN_LIST_INSIDE, ip_hdr(skb)->saddr))
		hn_set_addr4(ip_hdr(skb), &ip_hdr(skb)->saddr, m->ext);
	finish(p);
	hn_count(p->inst, HN_STAT_XLAT_44_OUT);
	return HN_PASS;
}

/*
 * About what an inside host has sent. What is not of NAT44 is left to hn_icmp_46(): if it was
 * hairpinned to a host that is, as from outside.
 */
enum hn_verdict hn_icmp_44_in(struct hn_packet *p)
{
	struct sk_buff *skb = p->skb;
	const struct hn_mapping *to;
	struct hn_session *s;
	struct hn_inner in;
	enum hn_verdict v;

	v = hn_icmp_inner4(p, &in);
	if (v != HN_CONTINUE)
		return v;
	s = find_sent(p, &in, &to);
	if (!s || (!hn_inside_is4(&s->map->inside) && !to))
		return HN_PASS;
	/* Errors go to who sent what they are about (RFC 1122 section 3.2.2). */
	if (in.ext != ip_hdr(skb)->daddr)
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	if (!hn_remote_valid(ip_hdr(skb)->saddr))
		return hn_drop(p, HN_STAT_DROP_ADDR);
	if (!hn_inside_is4(&s->map->inside))
		return turn_out(p, &in, to);
	v = turn_in(p, &in, s->map);
	if (v != HN_CONTINUE)
		return v;
	hn_count(p->inst, HN_STAT_XLAT_44_IN);
	return HN_PASS;
}

enum hn_verdict hn_icmp_hairpin_44(struct hn_packet *p, const struct hn_inner *in,
				   const struct hn_session *s)
{
	enum hn_verdict v = turn_in(p, in, s->map);

	return v == HN_CONTINUE ? hn_hairpin_output4(p) : v;
}

/* Whether it is about what was sent to an inside host. Of others nothing may be dropped. */
static bool concerns_inside(const struct hn_packet *p)
{
	const struct iphdr *inner;
	struct iphdr buf;

	inner = skb_header_pointer(p->skb, p->l3len + sizeof(struct icmphdr), sizeof(buf), &buf);
	return inner && hn_listed4(p->inst, HN_LIST_INSIDE, inner->daddr);
}

/*
 * Whether the packet inside has come to the mapping from its sender by a session: from outside,
 * or hairpinned from an inside host.
 */
static bool was_received(struct hn_packet *p, const struct hn_inner *in,
			 const struct hn_mapping *m)
{
	const struct iphdr *inner = (const struct iphdr *)(p->skb->data + in->l3);
	bool icmp = in->proto == HN_PROTO_ICMP;
	struct hn_endpoint from = { .port = in->src_port, .proto = in->proto };
	__be16 port = icmp ? 0 : m->ext_port;

	if (hn_session_find_ext(p->inst, in->proto, m->ext, m->ext_port, inner->saddr,
				icmp ? 0 : in->src_port))
		return true;
	ipv6_addr_set_v4mapped(inner->saddr, &from.addr);
	return hn_session_find_in(p->inst, hn_session_hash(p->inst, &from, m->ext, port), &from,
				  m->ext, port);
}

/*
 * Those of inside hosts alone may not leave as they are: they say who is inside. Not to one that
 * is inside as well.
 */
static enum hn_verdict refuse(struct hn_packet *p)
{
	if (!hn_listed4(p->inst, HN_LIST_INSIDE, ip_hdr(p->skb)->saddr) ||
	    !hn_outside4(p->inst, ip_hdr(p->skb)->daddr))
		return HN_PASS;
	return hn_drop(p, HN_STAT_DROP_ICMP_NO_SESSION);
}

/* About what was sent to an inside host, by that, a router inside, or this one. */
enum hn_verdict hn_icmp_44_out(struct hn_packet *p)
{
	const struct hn_mapping *m;
	struct hn_inner in;
	enum hn_verdict v;

	if (!concerns_inside(p))
		return HN_PASS;
	v = hn_icmp_inner4(p, &in);
	if (v != HN_CONTINUE)
		return v;
	m = receiver(p, &in);
	if (!m || !was_received(p, &in, m))
		return refuse(p);
	/* Errors go to who sent what they are about; who hairpinned it may not be that. */
	if (in.ext != ip_hdr(p->skb)->daddr)
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	return turn_out(p, &in, m);
}
