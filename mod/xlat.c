// SPDX-License-Identifier: GPL-2.0-only
/* What both directions of translation share. */
#include <linux/hash.h>
#include <linux/netfilter.h>
#include <net/dst.h>
#include <net/icmp.h>
#include <net/ip6_checksum.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>

#include "compat/compat.h"
#include "csum.h"
#include "xlat.h"

unsigned int hn_netfilter_verdict(enum hn_verdict v)
{
	switch (v) {
	case HN_STOLEN:
		return NF_STOLEN;
	case HN_DROP:
		return NF_DROP;
	default:
		return NF_ACCEPT;
	}
}

/* Aggregates that can be translated whole: by the headers in front. */
#define GSO_TYPES (SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_UDP_L4 | SKB_GSO_DODGY | \
		   SKB_GSO_TCP_ECN | SKB_GSO_TCP_ACCECN | SKB_GSO_TCP_FIXEDID | SKB_GSO_FRAGLIST)

static bool gso_valid(const struct hn_packet *p)
{
	const struct sk_buff *skb = p->skb;

	return !(skb_shinfo(skb)->gso_type & ~GSO_TYPES) &&
	       (skb->ip_summed != CHECKSUM_PARTIAL ||
		skb_checksum_start_offset(skb) == p->l3len);
}

/* Of the pseudo header, as it stands in a checksum that is left to hardware. */
static __sum16 pseudo_sum(const struct hn_packet *p, u8 protocol)
{
	unsigned int len = p->skb->len - p->l3len;

	if (ip_hdr(p->skb)->version == 4)
		return ~csum_tcpudp_magic(ip_hdr(p->skb)->saddr, ip_hdr(p->skb)->daddr, len,
					  protocol, 0);
	return ~csum_ipv6_magic(&ipv6_hdr(p->skb)->saddr, &ipv6_hdr(p->skb)->daddr, len, protocol,
				0);
}

/*
 * A chain of packets each of which has headers of its own (fraglist GRO) becomes an aggregate
 * like others, whose segments get the headers in front: GRO has seen to it that these differ
 * only by what segmentation sets, and has verified the checksums, which are made anew.
 * Segmentation relies on a packet of the chain being a segment; what somebody has pulled
 * together before us is that no more.
 */
static noinline enum hn_verdict leave_fraglist(struct hn_packet *p)
{
	bool udp = p->proto == HN_PROTO_UDP;
	struct sk_buff *skb = p->skb;
	unsigned int headers = p->l3len;
	__sum16 *check;

	if (p->proto == HN_PROTO_ICMP)
		return hn_drop(p, HN_STAT_DROP_GSO);
	headers += udp ? sizeof(struct udphdr) :
			 ((struct tcphdr *)(skb->data + p->l3len))->doff * 4;
	if (skb_pagelen(skb) != headers + skb_shinfo(skb)->gso_size && skb_linearize(skb))
		return hn_drop(p, HN_STAT_DROP_NOMEM);
	skb_shinfo(skb)->gso_type &= ~SKB_GSO_FRAGLIST;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + p->l3len;
	skb->csum_offset = udp ? offsetof(struct udphdr, check) : offsetof(struct tcphdr, check);
	check = (__sum16 *)(skb_checksum_start(skb) + skb->csum_offset);
	*check = pseudo_sum(p, udp ? IPPROTO_UDP : IPPROTO_TCP);
	return HN_CONTINUE;
}

static enum hn_verdict make_aggregate_writable(struct hn_packet *p)
{
	if (!gso_valid(p))
		return hn_drop(p, HN_STAT_DROP_GSO);
	/* The type is in the shared info, which a clone shares too. */
	if (skb_unclone(p->skb, GFP_ATOMIC))
		return hn_drop(p, HN_STAT_DROP_NOMEM);
	if (unlikely(skb_shinfo(p->skb)->gso_type & SKB_GSO_FRAGLIST))
		return leave_fraglist(p);
	return HN_CONTINUE;
}

enum hn_verdict hn_make_writable(struct hn_packet *p, unsigned int grow)
{
	struct sk_buff *skb = p->skb;

	if (unlikely(p->proto == HN_PROTO_ICMP && skb->ip_summed == CHECKSUM_PARTIAL &&
		     skb_checksum_help(skb)))
		return hn_drop(p, HN_STAT_DROP_NOMEM);
	if (skb_is_gso(skb)) {
		enum hn_verdict v = make_aggregate_writable(p);

		if (v != HN_CONTINUE)
			return v;
	}
	if (skb_cow_head(skb, grow))
		return hn_drop(p, HN_STAT_DROP_NOMEM);
	return HN_CONTINUE;
}

static void csum_apply(__sum16 *check, u16 delta)
{
	*check = (__force __sum16)hn_csum_update((__force u16)*check, delta);
}

void hn_l4_csum(struct hn_packet *p, struct sk_buff *skb, unsigned int offset, u16 csum_addr,
		u16 csum_all)
{
	bool udp = p->proto == HN_PROTO_UDP;
	__sum16 *check;

	check = (__sum16 *)(skb->data + offset + (udp ? offsetof(struct udphdr, check) :
							 offsetof(struct tcphdr, check)));
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		/*
		 * The field holds the sum of the pseudo header; hardware adds
		 * the rest.
		 */
		*check = (__force __sum16)hn_csum_add((__force u16)*check, csum_addr);
		return;
	}
	if (udp && !*check)
		return;
	csum_apply(check, csum_all);
	if (udp && !*check)
		*check = CSUM_MANGLED_0;
}

void *hn_swap_l3(struct sk_buff *skb, unsigned int old_len, unsigned int len, __be16 protocol)
{
	/* CHECKSUM_COMPLETE covers bytes that change now. */
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	skb_set_transport_header(skb, old_len);
	__skb_pull(skb, old_len);
	__skb_push(skb, len);
	skb_reset_network_header(skb);
	/* The link header is gone, or overwritten by the growth. */
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	skb->protocol = protocol;
	return skb->data;
}

void hn_scrub(struct sk_buff *skb)
{
	nf_reset_ct(skb);
	skb_dst_drop(skb);
	skb_clear_hash(skb);
	skb_clear_tstamp(skb);
	memset(skb->cb, 0, max(sizeof(struct inet_skb_parm), sizeof(struct inet6_skb_parm)));
}

void hn_gso_switch(struct sk_buff *skb, unsigned int from, unsigned int to)
{
	struct skb_shared_info *si = skb_shinfo(skb);

	if (!skb_is_gso(skb) || !(si->gso_type & from))
		return;
	si->gso_type = (si->gso_type & ~from) | to | SKB_GSO_DODGY;
	/* Segmentation must look at the headers again. */
	si->gso_segs = 0;
}

enum hn_verdict hn_send(struct hn_packet *p, struct dst_entry *dst)
{
	skb_dst_set_noref(p->skb, dst);
	dst_output(p->inst->net, NULL, p->skb);
	return HN_STOLEN;
}

void hn_icmp4_error(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	const struct iphdr *iph = ip_hdr(skb);

	/*
	 * icmp_send() wants the packet routed, which has not happened in
	 * PRE_ROUTING.
	 */
	if (!skb_dst(skb) &&
	    ip_route_input(skb, iph->daddr, iph->saddr, inet_dsfield_to_dscp(iph->tos), skb->dev))
		return;
	icmp_send(skb, type, code, htonl(info));
}

void hn_icmp6_error(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	icmpv6_send(skb, type, code, info);
}

/*
 * The same for all packets between two addresses with a protocol, in whatever flow: a receiver
 * knows no more of a fragment (RFC 6864 section 4.3). Others may share it, but cannot tell whose
 * it is.
 */
static u32 ident_group(const struct hn_instance *inst, const struct iphdr *iph)
{
	return hash_32((__force u32)iph->saddr ^ (__force u32)iph->daddr ^ iph->protocol ^
		       (u32)inst->key.key[0], HN_IDENT_BITS);
}

/*
 * The first of so many that follow each other. What of its part a CPU skips for that is not used
 * again any sooner. Where an aggregate has more segments than a part has numbers, as it may
 * with hundreds of CPUs, the rest are the next CPU's.
 */
static __be16 take_idents(const struct hn_instance *inst, u32 group, unsigned int count)
{
	struct hn_counters *counters = this_cpu_ptr(inst->counters);
	u16 *next = &counters->ident[group];
	u16 first = *next + count <= inst->ident_part ? *next : 0;

	*next = first + count;
	return htons(counters->ident_first + first);
}

void hn_ip4_fill(struct hn_instance *inst, struct iphdr *iph, unsigned int len,
		 unsigned int idents)
{
	iph->tot_len = htons(len);
	iph->frag_off = idents ? 0 : htons(IP_DF);
	iph->id = idents ? take_idents(inst, ident_group(inst, iph), idents) : 0;
	ip_send_check(iph);
}
