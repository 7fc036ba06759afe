// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPv4 to IPv4: addresses and ports alone change, in place, and the packet stays the host's.
 * It routes, fragments, counts hops and answers what cannot be sent.
 */
#include <net/dst.h>
#include <net/gso.h>

#include "csum.h"
#include "flow.h"
#include "inside.h"

/* The port of this side in TCP and UDP, or the identifier of a ping. */
static void rewrite_transport(struct hn_packet *p, const struct hn_session *s)
{
	__be16 port = p->from_inside ? s->map->ext_port : s->map->inside_port;
	void *header = p->skb->data + p->l3len;
	struct icmphdr *ih = header;

	if (p->proto != HN_PROTO_ICMP) {
		((__be16 *)header)[p->from_inside ? 0 : 1] = port;
		hn_l4_csum(p, p->skb, p->l3len, p->from_inside ? s->csum_addr : ~s->csum_addr,
			   p->from_inside ? s->csum_all : ~s->csum_all);
		return;
	}
	ih->checksum = (__force __sum16)
		hn_csum_update((__force u16)ih->checksum,
			       hn_csum_sub((__force u16)port, (__force u16)ih->un.echo.id));
	ih->un.echo.id = port;
}

static enum hn_verdict rewrite(struct hn_packet *p, const struct hn_session *s)
{
	struct sk_buff *skb = p->skb;
	enum hn_verdict v;

	v = hn_make_writable(p, 0);
	if (v != HN_CONTINUE)
		return v;
	/* It covers bytes that change now. */
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	rewrite_transport(p, s);
	if (p->from_inside)
		hn_set_addr4(ip_hdr(skb), &ip_hdr(skb)->saddr, s->map->ext);
	else
		hn_set_addr4(ip_hdr(skb), &ip_hdr(skb)->daddr, hn_inside4(&s->map->inside));
	return HN_CONTINUE;
}

/* RFC 6888 REQ-11. */
static enum hn_verdict refuse(struct hn_packet *p, enum hn_stat why)
{
	if (hn_flow_told(why))
		hn_icmp4_error(p->skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	return hn_drop(p, why);
}

/* Has an address of pool4 as its source: it was translated before, or is this host's. */
static bool translated(const struct hn_packet *p)
{
	return hn_pool4_has_addr(p->inst, ip_hdr(p->skb)->saddr);
}

static enum hn_verdict find_out(struct hn_packet *p, struct hn_session **found)
{
	const struct iphdr *iph = ip_hdr(p->skb);
	enum hn_stat why = HN_STAT_DROP_NOMEM;
	struct in6_addr inside;
	struct hn_flow flow;

	ipv6_addr_set_v4mapped(iph->saddr, &inside);
	*found = hn_flow_find_out(p, &inside, iph->daddr, &flow);
	if (unlikely(!*found)) {
		if (!hn_outside4(p->inst, iph->daddr) || translated(p))
			return HN_PASS;
		*found = hn_flow_open_out(p, &flow, &why);
		if (!*found)
			return refuse(p, why);
	}
	hn_flow_packet(p, *found);
	return HN_CONTINUE;
}

/* What IPsec is to encrypt is not for who translates addresses. */
static bool transformed(const struct sk_buff *skb)
{
#ifdef CONFIG_XFRM
	return skb_dst(skb) && skb_dst(skb)->xfrm;
#else
	return false;
#endif
}

/*
 * In the flags that a packet has on its way through the host, of which that counts from the other
 * end: hn_xlat_44_in() has hairpinned it. Nothing else would tell it from a packet between the
 * same ports of these hosts that has their own addresses.
 */
#define HAIRPINNED BIT(15)

/* The source of a packet whose destination hn_xlat_44_in() has changed. */
static enum hn_verdict finish_hairpin(struct hn_packet *p)
{
	const struct iphdr *iph = ip_hdr(p->skb);
	struct hn_endpoint to = { .port = p->dst_port, .proto = p->proto };
	struct hn_session *s;
	struct in6_addr from;
	struct hn_mapping *m;
	struct hn_flow flow;

	IPCB(p->skb)->flags &= ~HAIRPINNED;
	ipv6_addr_set_v4mapped(iph->daddr, &to.addr);
	m = hn_mapping_find_in(p->inst, &to);
	if (!m)
		return hn_drop(p, HN_STAT_DROP_NO_MAPPING);
	ipv6_addr_set_v4mapped(iph->saddr, &from);
	p->dst_port = m->ext_port;
	s = hn_flow_find_out(p, &from, m->ext, &flow);
	hn_mapping_put(p->inst, m);
	if (!s)
		return hn_drop(p, HN_STAT_DROP_NO_MAPPING);
	return rewrite(p, s);
}

static enum hn_verdict translate_out(struct hn_packet *p)
{
	struct hn_session *s;
	enum hn_verdict v;

	if (!hn_remote_valid(ip_hdr(p->skb)->daddr) || transformed(p->skb))
		return HN_PASS;
	/* Those that came are whole here, see hn_xlat_44_in(): a program made it so. */
	if (unlikely(ip_is_fragment(ip_hdr(p->skb))))
		return hn_drop(p, HN_STAT_DROP_FRAGMENT);
	v = hn_parse4(p);
	if (v != HN_CONTINUE)
		return v;
	if (unlikely(p->icmp_error))
		return hn_icmp_44_out(p);
	if (unlikely(IPCB(p->skb)->flags & HAIRPINNED))
		return finish_hairpin(p);
	v = find_out(p, &s);
	if (v != HN_CONTINUE)
		return v;
	v = rewrite(p, s);
	if (v != HN_CONTINUE)
		return v;
	hn_count(p->inst, HN_STAT_XLAT_44_OUT);
	return HN_PASS;
}

/*
 * To a host of NAT44, as if the packet came from the sender's external address; which it gets
 * from hn_xlat_44_out(), so that the host sees inside addresses alone. Takes the reference.
 */
static enum hn_verdict hairpin_to_4(struct hn_packet *p, struct hn_mapping *to,
				    const struct hn_mapping *from)
{
	struct hn_session *s = hn_flow_find_in(p, from->ext, from->ext_port);
	enum hn_verdict v;

	if (s) {
		hn_mapping_put(p->inst, to);
	} else {
		v = hn_flow_open_in(p, to, from->ext, from->ext_port, &s);
		if (v != HN_CONTINUE)
			return v;
	}
	hn_flow_packet(p, s);
	v = rewrite(p, s);
	if (v != HN_CONTINUE)
		return v;
	IPCB(p->skb)->flags |= HAIRPINNED;
	hn_count(p->inst, HN_STAT_XLAT_HAIRPIN);
	return HN_PASS;
}

enum hn_verdict hn_hairpin_output4(struct hn_packet *p)
{
	const struct iphdr *iph = ip_hdr(p->skb);
	struct dst_entry *dst;

	dst = hn_output4(p->inst, p->skb->mark, iph->saddr, iph->daddr, iph->tos);
	if (!dst)
		return hn_drop(p, HN_STAT_DROP_ROUTE);
	/* The first half has seen to it that there is a hop left. */
	ip_decrease_ttl(ip_hdr(p->skb));
	hn_count(p->inst, HN_STAT_XLAT_HAIRPIN);
	skb_dst_set(p->skb, dst);
	dst_output(p->inst->net, NULL, p->skb);
	return HN_STOLEN;
}

enum hn_verdict hn_hairpin_44(struct hn_packet *p, struct hn_session *s)
{
	enum hn_verdict v;

	hn_flow_packet(p, s);
	v = rewrite(p, s);
	return v == HN_CONTINUE ? hn_hairpin_output4(p) : v;
}

/* To a host of NAT64. On the second half of the way nobody can be told any more. */
static enum hn_verdict check_hairpin_mtu(struct hn_packet *p, const struct hn_mapping *to,
					 const struct hn_mapping *from)
{
	unsigned int growth = sizeof(struct ipv6hdr) - sizeof(struct iphdr);
	struct sk_buff *skb = p->skb;
	struct in6_addr saddr;
	u32 mtu;

	if (likely(skb->len <= IPV6_MIN_MTU - growth) ||
	    !(ip_hdr(skb)->frag_off & htons(IP_DF)) || p->frag_max_size)
		return HN_CONTINUE;
	hn_rfc6052_embed(&saddr, &p->inst->pool6, from->ext);
	mtu = hn_mtu6(p->inst, skb, &saddr, &to->inside) - growth;
	if (skb->len <= mtu || (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu)))
		return HN_CONTINUE;
	hn_icmp4_error(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
	return hn_drop(p, HN_STAT_DROP_MTU);
}

/*
 * From an inside host to another one's external address, or its own (RFC 4787 REQ-9). What
 * nobody has there is left to hn_xlat_46(). There are two sessions, each the other's mirror.
 */
static enum hn_verdict hairpin(struct hn_packet *p)
{
	struct hn_packet back = *p;
	struct hn_session *s;
	struct hn_mapping *to;
	enum hn_verdict v;

	to = hn_mapping_get_ext(p->inst, p->proto, ip_hdr(p->skb)->daddr, p->dst_port);
	if (!to)
		return HN_PASS;
	p->from_inside = true;
	if (p->proto == HN_PROTO_TCP)
		p->tcp_event = hn_tcp_event(p);
	v = find_out(p, &s);
	if (v == HN_CONTINUE) {
		back.hairpin = true;
		if (hn_inside_is4(&to->inside))
			return hairpin_to_4(&back, to, s->map);
		p->hairpin = true;
		v = check_hairpin_mtu(p, to, s->map);
	}
	if (v == HN_CONTINUE)
		v = rewrite(p, s);
	hn_mapping_put(p->inst, to);
	return v == HN_CONTINUE ? hn_hairpin(p) : v;
}

/* What is not of NAT44 is left to hn_xlat_46(). */
static enum hn_verdict find_in(struct hn_packet *p, struct hn_session **found)
{
	struct hn_mapping *m;
	enum hn_verdict v;

	*found = hn_flow_find_in(p, ip_hdr(p->skb)->saddr, p->src_port);
	if (unlikely(!*found)) {
		m = hn_mapping_get_ext(p->inst, p->proto, ip_hdr(p->skb)->daddr, p->dst_port);
		if (!m)
			return HN_PASS;
		if (!hn_inside_is4(&m->inside)) {
			hn_mapping_put(p->inst, m);
			return HN_PASS;
		}
		v = hn_flow_open_in(p, m, ip_hdr(p->skb)->saddr, p->src_port, found);
		if (v != HN_CONTINUE)
			return v;
	}
	if (!hn_inside_is4(&(*found)->map->inside))
		return HN_PASS;
	hn_flow_packet(p, *found);
	return HN_CONTINUE;
}

static enum hn_verdict translate_in(struct hn_packet *p)
{
	struct hn_session *s;
	enum hn_verdict v;

	if (unlikely(ip_is_fragment(ip_hdr(p->skb)))) {
		v = hn_reassemble4(p);
		if (v != HN_CONTINUE)
			return v;
	}
	/* A fragment from inside, for the other hook. */
	if (!hn_pool4_has_addr(p->inst, ip_hdr(p->skb)->daddr))
		return HN_PASS;
	v = hn_parse4(p);
	if (v != HN_CONTINUE)
		return v;
	if (unlikely(p->icmp_error))
		return hn_icmp_44_in(p);
	if (!hn_remote_valid(ip_hdr(p->skb)->saddr))
		return HN_PASS;
	if (unlikely(hn_listed4(p->inst, HN_LIST_INSIDE, ip_hdr(p->skb)->saddr)))
		return hairpin(p);
	v = find_in(p, &s);
	if (v != HN_CONTINUE)
		return v;
	v = rewrite(p, s);
	if (v != HN_CONTINUE)
		return v;
	hn_count(p->inst, HN_STAT_XLAT_44_IN);
	return HN_PASS;
}

unsigned int hn_xlat_44_out(struct hn_instance *inst, struct sk_buff *skb)
{
	struct hn_packet p = { .inst = inst, .skb = skb, .from_inside = true };

	if (unlikely(!hn_global(inst, HN_G_ENABLED)))
		return NF_ACCEPT;
	return hn_netfilter_verdict(translate_out(&p));
}

unsigned int hn_xlat_44_in(struct hn_instance *inst, struct sk_buff *skb)
{
	struct hn_packet p = { .inst = inst, .skb = skb };

	/* hn_xlat_46() counts it. */
	if (unlikely(!hn_global(inst, HN_G_ENABLED)))
		return NF_ACCEPT;
	return hn_netfilter_verdict(translate_in(&p));
}
