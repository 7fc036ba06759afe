// SPDX-License-Identifier: GPL-2.0-only
#include <net/ipv6_frag.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "xlat.h"

/* Extension headers of one packet; more are not met outside attacks. */
#define MAX_EXTHDRS 8

int hn_skip_exthdrs(const struct sk_buff *skb, unsigned int *offset, u8 *nexthdr,
		    struct hn_fragment *frag)
{
	unsigned int i;

	*frag = (struct hn_fragment){};
	for (i = 0; i < MAX_EXTHDRS; i++) {
		union {
			struct ipv6_opt_hdr	opt;
			struct ipv6_rt_hdr	rt;
			struct frag_hdr		frag;
		} buf;
		const struct ipv6_opt_hdr *opt;

		if (*nexthdr == NEXTHDR_FRAGMENT) {
			const struct frag_hdr *fh;

			fh = skb_header_pointer(skb, *offset, sizeof(*fh), &buf.frag);
			if (!fh)
				return -HN_STAT_DROP_TRUNCATED;
			if (fh->frag_off & htons(IP6_OFFSET | IP6_MF)) {
				/* What follows is not a header if it is not the first. */
				frag->part = true;
				return 0;
			}
			frag->atomic = true;
			frag->ident = htons(lower_16_bits(ntohl(fh->identification)));
			*nexthdr = fh->nexthdr;
			*offset += sizeof(*fh);
			continue;
		}
		if (*nexthdr != NEXTHDR_HOP && *nexthdr != NEXTHDR_DEST &&
		    *nexthdr != NEXTHDR_ROUTING)
			return 0;
		opt = skb_header_pointer(skb, *offset, sizeof(buf.rt), &buf);
		if (!opt)
			return -HN_STAT_DROP_TRUNCATED;
		/*
		 * RFC 7915 section 5.1: a route with hops left is not
		 * translated.
		 */
		if (*nexthdr == NEXTHDR_ROUTING && ((const struct ipv6_rt_hdr *)opt)->segments_left)
			return -HN_STAT_DROP_SRCROUTE;
		*nexthdr = opt->nexthdr;
		*offset += ipv6_optlen(opt);
	}
	return -HN_STAT_DROP_EXTHDR;
}

/*
 * A checksum that was left to hardware must be that of the transport, at the
 * offset check, for translation keeps no other right; virtual machines ask for
 * anything. One further back, as of a packet in a tunnel, is computed now:
 * headers may move then, and change. Aggregates: hn_make_writable().
 */
static enum hn_verdict settle_csum(struct hn_packet *p, unsigned int check)
{
	struct sk_buff *skb = p->skb;
	int start;

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return HN_CONTINUE;
	start = skb_checksum_start_offset(skb);
	if (likely(start == p->l3len && skb->csum_offset == check) || skb_is_gso(skb))
		return HN_CONTINUE;
	if (start < p->l3len ||
	    !pskb_may_pull(skb, start + skb->csum_offset + sizeof(__sum16)))
		return hn_drop(p, HN_STAT_DROP_TRUNCATED);
	if (skb_checksum_help(skb))
		return hn_drop(p, HN_STAT_DROP_NOMEM);
	return HN_CONTINUE;
}

u8 hn_tcp_event(const struct hn_packet *p)
{
	const struct tcphdr *th = (const struct tcphdr *)(p->skb->data + p->l3len);

	if (unlikely(th->rst && hn_global(p->inst, HN_G_RST_AFTER_FIN)))
		return HN_TCP_EV_ABORT;
	return hn_tcp_event_of(p->from_inside, th->syn, th->fin, th->rst);
}

static enum hn_verdict parse_tcp(struct hn_packet *p)
{
	struct sk_buff *skb = p->skb;
	const struct tcphdr *th;
	enum hn_verdict v;

	v = settle_csum(p, offsetof(struct tcphdr, check));
	if (v != HN_CONTINUE)
		return v;
	if (!pskb_may_pull(skb, p->l3len + sizeof(*th)))
		return hn_drop(p, HN_STAT_DROP_TRUNCATED);
	th = (struct tcphdr *)(skb->data + p->l3len);
	if (th->doff < 5 || p->l3len + th->doff * 4U > skb->len)
		return hn_drop(p, HN_STAT_DROP_TRUNCATED);
	p->proto = HN_PROTO_TCP;
	p->src_port = th->source;
	p->dst_port = th->dest;
	p->tcp_event = hn_tcp_event(p);
	return HN_CONTINUE;
}

static enum hn_verdict parse_udp(struct hn_packet *p)
{
	struct sk_buff *skb = p->skb;
	const struct udphdr *uh;
	enum hn_verdict v;

	v = settle_csum(p, offsetof(struct udphdr, check));
	if (v != HN_CONTINUE)
		return v;
	if (!pskb_may_pull(skb, p->l3len + sizeof(*uh)))
		return hn_drop(p, HN_STAT_DROP_TRUNCATED);
	uh = (struct udphdr *)(skb->data + p->l3len);
	if (ntohs(uh->len) < sizeof(*uh) || p->l3len + ntohs(uh->len) > skb->len)
		return hn_drop(p, HN_STAT_DROP_TRUNCATED);
	p->proto = HN_PROTO_UDP;
	p->src_port = uh->source;
	p->dst_port = uh->dest;
	return HN_CONTINUE;
}

static enum hn_verdict parse_icmp6(struct hn_packet *p)
{
	struct sk_buff *skb = p->skb;
	const struct icmp6hdr *ih;
	enum hn_verdict v;

	v = settle_csum(p, offsetof(struct icmp6hdr, icmp6_cksum));
	if (v != HN_CONTINUE)
		return v;
	if (!pskb_may_pull(skb, p->l3len + sizeof(*ih)))
		return hn_drop(p, HN_STAT_DROP_TRUNCATED);
	ih = (struct icmp6hdr *)(skb->data + p->l3len);
	p->proto = HN_PROTO_ICMP;
	if (!(ih->icmp6_type & ICMPV6_INFOMSG_MASK)) {
		p->icmp_error = true;
		return HN_CONTINUE;
	}
	if (ih->icmp6_type != ICMPV6_ECHO_REQUEST && ih->icmp6_type != ICMPV6_ECHO_REPLY)
		return hn_drop(p, HN_STAT_DROP_ICMP_TYPE);
	if (unlikely(hn_global(p->inst, HN_G_DROP_ICMP6_INFO)))
		return hn_drop(p, HN_STAT_DROP_ICMP6_INFO);
	p->src_port = ih->icmp6_identifier;
	p->dst_port = ih->icmp6_identifier;
	return HN_CONTINUE;
}

static enum hn_verdict parse_icmp4(struct hn_packet *p)
{
	struct sk_buff *skb = p->skb;
	const struct icmphdr *ih;
	enum hn_verdict v;

	v = settle_csum(p, offsetof(struct icmphdr, checksum));
	if (v != HN_CONTINUE)
		return v;
	if (!pskb_may_pull(skb, p->l3len + sizeof(*ih)))
		return hn_drop(p, HN_STAT_DROP_TRUNCATED);
	ih = (struct icmphdr *)(skb->data + p->l3len);
	p->proto = HN_PROTO_ICMP;
	switch (ih->type) {
	case ICMP_ECHO:
	case ICMP_ECHOREPLY:
		p->src_port = ih->un.echo.id;
		p->dst_port = ih->un.echo.id;
		return HN_CONTINUE;
	case ICMP_DEST_UNREACH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		p->icmp_error = true;
		return HN_CONTINUE;
	default:
		/*
		 * Obsolete or single-hop (RFC 7915 section 4.2): the host may
		 * want it, not IPv6.
		 */
		return HN_PASS;
	}
}

static enum hn_verdict hold(struct hn_packet *p)
{
	hn_count(p->inst, HN_STAT_FRAG_HELD);
	return HN_STOLEN;
}

/*
 * Ports are in the first fragment only: the host's reassembly, whose memory is
 * bounded, keeps all until they are one packet, which goes on in the last one's
 * place.
 */
static enum hn_verdict defrag6(struct hn_packet *p)
{
	int err = nf_ct_frag6_gather(p->inst->net, p->skb, IP6_DEFRAG_CONNTRACK_IN);

	if (err == -EINPROGRESS)
		return hold(p);
	return err ? hn_drop(p, HN_STAT_DROP_FRAGMENT) : HN_CONTINUE;
}

enum hn_verdict hn_reassemble4(struct hn_packet *p)
{
	int err = ip_defrag(p->inst->net, p->skb, IP_DEFRAG_CONNTRACK_IN);

	if (err == -EINPROGRESS)
		return hold(p);
	if (err) {
		/* It has freed the packet. */
		hn_count(p->inst, HN_STAT_DROP_FRAGMENT);
		return HN_STOLEN;
	}
	/* It came in pieces: it may be cut again, whatever its DF bit says. */
	p->skb->ignore_df = 1;
	return HN_CONTINUE;
}

/* Nothing to translate behind the header at offset; of a route the sender hears. */
static enum hn_verdict refuse_exthdr(struct hn_packet *p, enum hn_stat why, unsigned int offset)
{
	if (why == HN_STAT_DROP_SRCROUTE)
		hn_icmp6_error(p->skb, ICMPV6_PARAMPROB, ICMPV6_HDR_FIELD,
			       offset + offsetof(struct ipv6_rt_hdr, segments_left));
	return hn_drop(p, why);
}

/*
 * A fragment that is all of its packet (RFC 7915 section 5.1): may be cut like one that
 * came in parts, the largest of which is itself.
 */
static void note_atomic(struct hn_packet *p, __be16 ident)
{
	p->atomic = true;
	p->ident = ident;
	IP6CB(p->skb)->frag_max_size = min_t(unsigned int, p->skb->len, U16_MAX);
}

/* Finds the transport header, behind extension headers and in one piece. */
static enum hn_verdict find_transport6(struct hn_packet *p, u8 *nexthdr)
{
	struct hn_fragment frag;
	int err, tries;

	/*
	 * A jumbogram's (RFC 2675), which is too long for IPv4; or that of a packet with a
	 * hop-by-hop header which the host takes for one, and of which nobody says how long it is.
	 */
	if (!ipv6_hdr(p->skb)->payload_len)
		return hn_drop(p, HN_STAT_DROP_TRUNCATED);
	for (tries = 0; tries < 2; tries++) {
		unsigned int offset = sizeof(struct ipv6hdr);
		enum hn_verdict v;

		*nexthdr = ipv6_hdr(p->skb)->nexthdr;
		err = hn_skip_exthdrs(p->skb, &offset, nexthdr, &frag);
		if (err)
			return refuse_exthdr(p, -err, offset);
		p->l3len = offset;
		if (!frag.part) {
			if (frag.atomic)
				note_atomic(p, frag.ident);
			return HN_CONTINUE;
		}
		v = defrag6(p);
		if (v != HN_CONTINUE)
			return v;
	}
	return hn_drop(p, HN_STAT_DROP_FRAGMENT);
}

enum hn_verdict hn_parse6(struct hn_packet *p)
{
	struct sk_buff *skb = p->skb;
	u8 nexthdr = ipv6_hdr(skb)->nexthdr;

	p->l3len = sizeof(struct ipv6hdr);
	if (unlikely(nexthdr != IPPROTO_TCP && nexthdr != IPPROTO_UDP &&
		     nexthdr != IPPROTO_ICMPV6)) {
		enum hn_verdict v = find_transport6(p, &nexthdr);

		if (v != HN_CONTINUE)
			return v;
	}
	p->frag_max_size = IP6CB(skb)->frag_max_size;
	switch (nexthdr) {
	case IPPROTO_TCP:
		return parse_tcp(p);
	case IPPROTO_UDP:
		return parse_udp(p);
	case IPPROTO_ICMPV6:
		return parse_icmp6(p);
	default:
		/*
		 * RFC 6146 section 3.4: unknown protocols SHOULD be answered.
		 */
		hn_icmp6_error(skb, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0);
		return hn_drop(p, HN_STAT_DROP_PROTO);
	}
}

bool hn_source_routed(const struct iphdr *iph)
{
	const u8 *opt = (const u8 *)(iph + 1);
	const u8 *end = (const u8 *)iph + iph->ihl * 4;

	while (opt < end && *opt != IPOPT_END) {
		if (*opt == IPOPT_NOOP) {
			opt++;
			continue;
		}
		if (opt + 2 >= end || opt[1] < 2)
			return false;
		if ((*opt == IPOPT_LSRR || *opt == IPOPT_SSRR) && opt[2] <= opt[1])
			return true;
		opt += opt[1];
	}
	return false;
}

enum hn_verdict hn_parse4(struct hn_packet *p)
{
	struct sk_buff *skb = p->skb;
	const struct iphdr *iph = ip_hdr(skb);

	if (unlikely(ip_is_fragment(iph))) {
		enum hn_verdict v = hn_reassemble4(p);

		if (v != HN_CONTINUE)
			return v;
		iph = ip_hdr(skb);
	}
	p->l3len = iph->ihl * 4;
	p->frag_max_size = IPCB(skb)->frag_max_size;
	switch (iph->protocol) {
	case IPPROTO_TCP:
		return parse_tcp(p);
	case IPPROTO_UDP:
		return parse_udp(p);
	case IPPROTO_ICMP:
		return parse_icmp4(p);
	default:
		/*
		 * Not a transport that pool4 has ports of: the host's own, such
		 * as VRRP.
		 */
		return HN_PASS;
	}
}
