// SPDX-License-Identifier: GPL-2.0-only
/* IPv4 to IPv6: RFC 6146 section 3.5, RFC 7915 section 4. */
#include <linux/inetdevice.h>
#include <net/dst.h>
#include <net/gso.h>
#include <net/ip6_checksum.h>

#include "csum.h"
#include "flow.h"
#include "inside.h"

#define GROWTH (sizeof(struct ipv6hdr) - sizeof(struct iphdr))

static enum hn_verdict check_addresses(struct hn_packet *p)
{
	/* RFC 7915 section 4.1: illegal sources are dropped silently. */
	if (!hn_remote_valid(ip_hdr(p->skb)->saddr))
		return hn_drop(p, HN_STAT_DROP_ADDR);
	return HN_CONTINUE;
}

static enum hn_verdict check_ttl(struct hn_packet *p)
{
	if (likely(ip_hdr(p->skb)->ttl > 1))
		return HN_CONTINUE;
	hn_icmp4_error(p->skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	return hn_drop(p, HN_STAT_DROP_TTL);
}

/* RFC 7915 section 4.1: options are ignored, but for source routes. */
static enum hn_verdict check_options(struct hn_packet *p)
{
	const struct iphdr *iph = ip_hdr(p->skb);

	if (likely(iph->ihl == 5) || !hn_source_routed(iph))
		return HN_CONTINUE;
	hn_icmp4_error(p->skb, ICMP_DEST_UNREACH, ICMP_SR_FAILED, 0);
	return hn_drop(p, HN_STAT_DROP_SRCROUTE);
}

/*
 * A packet from outside to a mapping of ours opens a session. The identifiers of ICMP
 * queries can't be kept apart from the host's own, so what is unmapped is left to a host
 * that has the address.
 */
static enum hn_verdict create(struct hn_packet *p, struct hn_session **s)
{
	const struct iphdr *iph = ip_hdr(p->skb);
	struct hn_instance *inst = p->inst;
	struct hn_mapping *m;

	m = hn_mapping_get_ext(inst, p->proto, iph->daddr, p->dst_port);
	if (m)
		return hn_flow_open_in(p, m, iph->saddr, p->src_port, s);
	if (p->proto == HN_PROTO_ICMP && inet_addr_type(inst->net, iph->daddr) == RTN_LOCAL) {
		hn_count(inst, HN_STAT_PASS_HOST);
		return HN_PASS;
	}
	hn_syn_store(p);
	return hn_drop(p, HN_STAT_DROP_NO_MAPPING);
}

static enum hn_verdict find(struct hn_packet *p, struct hn_session **found)
{
	struct hn_session *s = hn_flow_find_in(p, ip_hdr(p->skb)->saddr, p->src_port);
	enum hn_verdict v;

	if (unlikely(!s)) {
		if (!hn_pool4_has(p->inst, p->proto, ip_hdr(p->skb)->daddr, p->dst_port))
			return HN_PASS;
		v = create(p, &s);
		if (v != HN_CONTINUE)
			return v;
	}
	/* If it is not hairpinned, made since hn_xlat_44_in() looked. */
	if (unlikely(hn_inside_is4(&s->map->inside)))
		return p->hairpin ? hn_hairpin_44(p, s) : hn_drop(p, HN_STAT_DROP_NO_MAPPING);
	hn_flow_packet(p, s);
	*found = s;
	return HN_CONTINUE;
}

/*
 * RFC 7915 section 4: with DF, what does not fit is reported; without, it
 * leaves in fragments of lowest-ipv6-mtu, sized by *frag_size.
 */
static enum hn_verdict check_mtu(struct hn_packet *p, const struct dst_entry *dst, u32 *frag_size)
{
	struct sk_buff *skb = p->skb;
	unsigned int len = skb->len - p->l3len + sizeof(struct ipv6hdr);
	unsigned int mtu = dst_mtu(dst);
	u32 lowest = min_t(u32, hn_global(p->inst, HN_G_LOWEST_IPV6_MTU), mtu);

	*frag_size = 0;
	if (likely(len <= lowest))
		return HN_CONTINUE;
	if (!(ip_hdr(skb)->frag_off & htons(IP_DF)) || p->frag_max_size) {
		*frag_size = lowest;
		return HN_CONTINUE;
	}
	if (len <= mtu || (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu - GROWTH)))
		return HN_CONTINUE;
	/* Of a hairpinned one nobody would get it: hn_xlat_64() has looked before. */
	if (!p->hairpin)
		hn_icmp4_error(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu - GROWTH);
	return hn_drop(p, HN_STAT_DROP_MTU);
}

/* IPv6 requires a checksum where IPv4 does not (RFC 7915 section 4.5). */
static enum hn_verdict amend_zero_csum(struct hn_packet *p)
{
	struct sk_buff *skb = p->skb;
	const struct iphdr *iph = ip_hdr(skb);
	struct udphdr *uh = (struct udphdr *)(skb->data + p->l3len);
	unsigned int len = ntohs(uh->len);

	if (!hn_global(p->inst, HN_G_UDP_ZERO_CSUM))
		return hn_drop(p, HN_STAT_DROP_UDP_ZERO);
	if (hn_make_writable(p, 0) != HN_CONTINUE)
		return HN_DROP;
	/* Headers may have moved. */
	iph = ip_hdr(skb);
	uh = (struct udphdr *)(skb->data + p->l3len);
	uh->check = csum_tcpudp_magic(iph->saddr, iph->daddr, len, IPPROTO_UDP,
				      skb_checksum(skb, p->l3len, len, 0));
	if (!uh->check)
		uh->check = CSUM_MANGLED_0;
	return HN_CONTINUE;
}

static bool zero_csum(const struct hn_packet *p)
{
	const struct udphdr *uh = (struct udphdr *)(p->skb->data + p->l3len);

	return p->proto == HN_PROTO_UDP && !uh->check && p->skb->ip_summed != CHECKSUM_PARTIAL;
}

/* RFC 7915 section 4.1. */
static void fill(struct hn_packet *p, struct ipv6hdr *ip6h, const struct iphdr *old,
		 const struct in6_addr *saddr, const struct in6_addr *daddr)
{
	ip6_flow_hdr(ip6h, hn_traffic_class(p->inst, old->tos), 0);
	ip6h->payload_len = htons(p->skb->len - sizeof(*ip6h));
	ip6h->nexthdr = hn_ip_protocol(p->proto, IPPROTO_ICMPV6);
	ip6h->hop_limit = old->ttl - 1;
	ip6h->saddr = *saddr;
	ip6h->daddr = *daddr;
}

/* ICMPv6 has a pseudo header: adds it to the checksum. */
static void rewrite_echo(struct hn_packet *p, const struct in6_addr *saddr,
			 const struct in6_addr *daddr, __be16 id)
{
	struct icmphdr *ih = (struct icmphdr *)(p->skb->data + p->l3len);
	unsigned int len = p->skb->len - p->l3len;
	u16 before, delta;

	delta = ~(__force u16)csum_ipv6_magic(saddr, daddr, len, IPPROTO_ICMPV6, 0);
	before = hn_csum_words(ih, 2);
	ih->type = ih->type == ICMP_ECHO ? ICMPV6_ECHO_REQUEST : ICMPV6_ECHO_REPLY;
	delta = hn_csum_add(delta, hn_csum_sub(hn_csum_words(ih, 2), before));
	delta = hn_csum_add(delta, hn_csum_sub((__force u16)id, (__force u16)ih->un.echo.id));
	ih->un.echo.id = id;
	ih->checksum = (__force __sum16)hn_csum_update((__force u16)ih->checksum, delta);
}

static enum hn_verdict rewrite(struct hn_packet *p, const struct hn_session *s,
			       const struct in6_addr *saddr)
{
	const struct hn_mapping *m = s->map;
	struct sk_buff *skb = p->skb;
	enum hn_verdict v;
	struct iphdr old;

	v = hn_make_writable(p, GROWTH);
	if (v != HN_CONTINUE)
		return v;
	old = *ip_hdr(skb);

	if (p->proto == HN_PROTO_ICMP) {
		rewrite_echo(p, saddr, &m->inside, m->inside_port);
	} else {
		/* Destination port is the second word of TCP and UDP alike. */
		*(__be16 *)(skb->data + p->l3len + 2) = m->inside_port;
		hn_l4_csum(p, skb, p->l3len, ~s->csum_addr, ~s->csum_all);
	}
	hn_scrub(skb);
	fill(p, hn_swap_l3(skb, p->l3len, sizeof(struct ipv6hdr), htons(ETH_P_IPV6)), &old, saddr,
	     &m->inside);
	hn_gso_switch(skb, SKB_GSO_TCPV4, SKB_GSO_TCPV6);
	return HN_CONTINUE;
}

static enum hn_verdict translate(struct hn_packet *p)
{
	struct in6_addr saddr;
	struct hn_session *s;
	struct dst_entry *dst;
	enum hn_verdict v;
	u32 frag_size;

	v = hn_parse4(p);
	if (v != HN_CONTINUE)
		return v;
	if (unlikely(p->icmp_error))
		return hn_icmp_46(p);
	v = check_addresses(p);
	if (v != HN_CONTINUE)
		return v;
	v = find(p, &s);
	if (v != HN_CONTINUE)
		return v;
	v = check_ttl(p);
	if (v != HN_CONTINUE)
		return v;
	v = check_options(p);
	if (v != HN_CONTINUE)
		return v;
	hn_rfc6052_embed(&saddr, &p->inst->pool6, s->remote);
	dst = hn_route6(p->inst, s, p->skb, &saddr, &s->map->inside);
	if (!dst) {
		hn_icmp4_error(p->skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
		return hn_drop(p, HN_STAT_DROP_ROUTE);
	}
	v = check_mtu(p, dst, &frag_size);
	if (v != HN_CONTINUE)
		return v;
	if (unlikely(zero_csum(p))) {
		v = amend_zero_csum(p);
		if (v != HN_CONTINUE)
			return v;
	}
	v = rewrite(p, s, &saddr);
	if (v != HN_CONTINUE)
		return v;
	if (unlikely(frag_size)) {
		p->skb->ignore_df = 1;
		/*
		 * Segmentation comes first for aggregates, and fragments to the
		 * MTU.
		 */
		if (!skb_is_gso(p->skb))
			IP6CB(p->skb)->frag_max_size = frag_size;
	}
	hn_count_46(p);
	return hn_send(p, dst);
}

enum hn_verdict hn_hairpin(struct hn_packet *p)
{
	struct hn_packet back = { .inst = p->inst, .skb = p->skb, .hairpin = true };
	enum hn_verdict v = translate(&back);

	/* It is no packet of the host's hook any more, and pool4 may have changed. */
	return v == HN_PASS ? hn_drop(p, HN_STAT_DROP_NO_MAPPING) : v;
}

unsigned int hn_xlat_46(struct hn_instance *inst, struct sk_buff *skb)
{
	struct hn_packet p = { .inst = inst, .skb = skb };

	if (unlikely(!hn_global(inst, HN_G_ENABLED))) {
		hn_count(inst, HN_STAT_PASS_DISABLED);
		return NF_ACCEPT;
	}
	return hn_netfilter_verdict(translate(&p));
}
