// SPDX-License-Identifier: GPL-2.0-only
/* IPv6 to IPv4: RFC 6146 section 3.5, RFC 7915 section 5. */
#include <net/dst.h>
#include <net/gso.h>
#include <net/ip6_checksum.h>

#include "csum.h"
#include "flow.h"
#include "inside.h"

/*
 * IPv4 datagrams up to this size may be fragmented further on (RFC 7915 section
 * 5.1).
 */
#define DF_THRESHOLD 1260
/* By so much IPv6 is longer. */
#define GROWTH (sizeof(struct ipv6hdr) - sizeof(struct iphdr))

static enum hn_verdict check_addresses(struct hn_packet *p, __be32 *remote)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(p->skb);

	if (hn_prefix6_contains(&p->inst->pool6, &ip6h->saddr))
		return hn_drop(p, HN_STAT_DROP_LOOP);
	*remote = hn_rfc6052_extract(&p->inst->pool6, &ip6h->daddr);
	/* Nor may it claim to be a host of NAT44. */
	if (!hn_remote_valid(*remote) || ipv6_addr_any(&ip6h->saddr) ||
	    ipv6_addr_type(&ip6h->saddr) & (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_MAPPED))
		return hn_drop(p, HN_STAT_DROP_ADDR);
	return HN_CONTINUE;
}

static enum hn_verdict check_hop_limit(struct hn_packet *p)
{
	if (likely(ipv6_hdr(p->skb)->hop_limit > 1))
		return HN_CONTINUE;
	hn_icmp6_error(p->skb, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
	return hn_drop(p, HN_STAT_DROP_TTL);
}

static struct hn_session *find(struct hn_packet *p, __be32 remote, enum hn_stat *why)
{
	struct hn_session *s;
	struct hn_flow flow;

	s = hn_flow_find_out(p, &ipv6_hdr(p->skb)->saddr, remote, &flow);
	if (unlikely(!s))
		s = hn_flow_open_out(p, &flow, why);
	if (s)
		hn_flow_packet(p, s);
	return s;
}

/*
 * RFC 7915 section 5: what does not fit is reported with the MTU of the IPv4
 * side, plus 20.
 */
static noinline enum hn_verdict over_mtu(struct hn_packet *p, unsigned int len, unsigned int mtu)
{
	unsigned int limit = max_t(unsigned int, mtu, DF_THRESHOLD);
	struct sk_buff *skb = p->skb;

	if (skb_is_gso(skb) ?
	    skb_gso_validate_network_len(skb, limit + p->l3len - sizeof(struct iphdr)) :
	    len <= limit)
		return HN_CONTINUE;
	hn_icmp6_error(skb, ICMPV6_PKT_TOOBIG, 0, max_t(u32, mtu + GROWTH, IPV6_MIN_MTU));
	return hn_drop(p, HN_STAT_DROP_MTU);
}

static enum hn_verdict check_mtu(struct hn_packet *p, unsigned int mtu)
{
	unsigned int len = p->skb->len - p->l3len + sizeof(struct iphdr);

	if (unlikely(len > IP_MAX_MTU))
		return hn_drop(p, HN_STAT_DROP_TRUNCATED);
	if (likely(len <= mtu) || p->frag_max_size)
		return HN_CONTINUE;
	return over_mtu(p, len, mtu);
}

/* Of an aggregate each segment is a datagram. The last one may be shorter: it is as the others. */
static noinline unsigned int segment_idents(const struct sk_buff *skb)
{
	if (!skb_gso_validate_network_len(skb, DF_THRESHOLD))
		return 0;
	return DIV_ROUND_UP(skb->len, skb_shinfo(skb)->gso_size);
}

/* RFC 7915 section 5.1: none has what is longer than 1260 bytes, and did not come in fragments. */
static unsigned int count_idents(const struct hn_packet *p)
{
	if (unlikely(skb_is_gso(p->skb)))
		return segment_idents(p->skb);
	return p->skb->len <= DF_THRESHOLD || p->frag_max_size;
}

/* The transport header is behind it already. */
static void fill(struct hn_packet *p, struct iphdr *iph, const struct ipv6hdr *old,
		 const struct hn_session *s)
{
	iph->version = 4;
	iph->ihl = 5;
	iph->tos = hn_tos(p->inst, ipv6_get_dsfield(old));
	iph->ttl = old->hop_limit - !p->hairpin;
	iph->protocol = hn_ip_protocol(p->proto, IPPROTO_ICMP);
	iph->saddr = s->map->ext;
	iph->daddr = s->remote;
	hn_ip4_fill(p->inst, iph, p->skb->len, count_idents(p));
}

/* ICMPv4 has no pseudo header: takes the one of ICMPv6 out of the checksum. */
static void rewrite_echo(struct hn_packet *p, const struct ipv6hdr *old, __be16 id)
{
	struct icmp6hdr *ih = (struct icmp6hdr *)(p->skb->data + p->l3len);
	unsigned int len = p->skb->len - p->l3len;
	u16 before, delta;

	delta = (__force u16)csum_ipv6_magic(&old->saddr, &old->daddr, len, IPPROTO_ICMPV6, 0);
	before = hn_csum_words(ih, 2);
	ih->icmp6_type = ih->icmp6_type == ICMPV6_ECHO_REQUEST ? ICMP_ECHO : ICMP_ECHOREPLY;
	delta = hn_csum_add(delta, hn_csum_sub(hn_csum_words(ih, 2), before));
	delta = hn_csum_add(delta, hn_csum_sub((__force u16)id,
					       (__force u16)ih->icmp6_identifier));
	ih->icmp6_identifier = id;
	ih->icmp6_cksum = (__force __sum16)hn_csum_update((__force u16)ih->icmp6_cksum, delta);
}

/* What came in fragments leaves in no larger ones; what came as one may be cut still. */
static void keep_fragmented(struct hn_packet *p)
{
	struct iphdr *iph = ip_hdr(p->skb);

	if (!p->atomic) {
		IPCB(p->skb)->frag_max_size = max_t(int, p->frag_max_size - 20, 68);
		return;
	}
	iph->id = p->ident;
	ip_send_check(iph);
}

static enum hn_verdict rewrite(struct hn_packet *p, const struct hn_session *s)
{
	struct sk_buff *skb = p->skb;
	struct ipv6hdr old;
	enum hn_verdict v;

	v = hn_make_writable(p, 0);
	if (v != HN_CONTINUE)
		return v;
	old = *ipv6_hdr(skb);

	if (p->proto == HN_PROTO_ICMP) {
		rewrite_echo(p, &old, s->map->ext_port);
	} else {
		/* Source port is the first word of TCP and UDP alike. */
		*(__be16 *)(skb->data + p->l3len) = s->map->ext_port;
		hn_l4_csum(p, skb, p->l3len, s->csum_addr, s->csum_all);
	}
	hn_scrub(skb);
	fill(p, hn_swap_l3(skb, p->l3len, sizeof(struct iphdr), htons(ETH_P_IP)), &old, s);
	hn_gso_switch(skb, SKB_GSO_TCPV6, SKB_GSO_TCPV4);
	if (p->frag_max_size)
		keep_fragmented(p);
	return HN_CONTINUE;
}

/* RFC 6146 section 3.5.1.1. */
static enum hn_verdict refuse(struct hn_packet *p, enum hn_stat why)
{
	if (hn_flow_told(why))
		hn_icmp6_error(p->skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
	return hn_drop(p, why);
}

/* The way out, and that the packet fits it. */
static enum hn_verdict route(struct hn_packet *p, struct hn_session *s, struct dst_entry **dst)
{
	*dst = hn_route4(p->inst, s, p->skb, s->map->ext, s->remote,
			 hn_tos(p->inst, ipv6_get_dsfield(ipv6_hdr(p->skb))));
	if (!*dst) {
		hn_icmp6_error(p->skb, ICMPV6_DEST_UNREACH, ICMPV6_NOROUTE, 0);
		return hn_drop(p, HN_STAT_DROP_ROUTE);
	}
	return check_mtu(p, dst_mtu(*dst));
}

/*
 * On the second half of a hairpinned packet's way nobody can be told any more that it
 * does not fit. What fits every link of IPv6 need not look for the one it takes.
 */
static noinline enum hn_verdict check_hairpin_mtu(struct hn_packet *p,
						  const struct hn_session *s)
{
	struct hn_mapping *to;
	struct in6_addr saddr;
	u32 mtu;

	if (likely(p->skb->len <= IPV6_MIN_MTU))
		return HN_CONTINUE;
	to = hn_mapping_get_ext(p->inst, p->proto, s->remote, hn_session_remote_port(s));
	if (!to)
		return hn_drop(p, HN_STAT_DROP_NO_MAPPING);
	hn_rfc6052_embed(&saddr, &p->inst->pool6, s->map->ext);
	mtu = hn_mtu6(p->inst, p->skb, &saddr, &to->inside);
	hn_mapping_put(p->inst, to);
	return check_mtu(p, mtu - GROWTH);
}

static enum hn_verdict translate(struct hn_packet *p)
{
	enum hn_stat why = HN_STAT_DROP_NOMEM;
	struct hn_session *s;
	struct dst_entry *dst;
	enum hn_verdict v;
	__be32 remote;

	v = hn_parse6(p);
	if (v != HN_CONTINUE)
		return v;
	if (unlikely(p->icmp_error))
		return hn_icmp_64(p);
	v = check_addresses(p, &remote);
	if (v != HN_CONTINUE)
		return v;
	v = check_hop_limit(p);
	if (v != HN_CONTINUE)
		return v;
	s = find(p, remote, &why);
	if (!s)
		return refuse(p, why);
	p->hairpin = hn_hairpins(p->inst, s);
	if (likely(!p->hairpin))
		v = route(p, s, &dst);
	else
		v = check_hairpin_mtu(p, s);
	if (v != HN_CONTINUE)
		return v;
	v = rewrite(p, s);
	if (v != HN_CONTINUE)
		return v;
	if (unlikely(p->hairpin))
		return hn_hairpin(p);
	hn_count(p->inst, HN_STAT_XLAT_64);
	return hn_send(p, dst);
}

unsigned int hn_xlat_64(struct hn_instance *inst, struct sk_buff *skb)
{
	struct hn_packet p = { .inst = inst, .skb = skb, .from_inside = true };

	if (unlikely(!hn_global(inst, HN_G_ENABLED))) {
		hn_count(inst, HN_STAT_PASS_DISABLED);
		return NF_ACCEPT;
	}
	return hn_netfilter_verdict(translate(&p));
}
