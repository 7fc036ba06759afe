// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP error messages: the packet inside is one that we translated the other
 * way, so it is looked up with its ends swapped and turned back (RFC 7915
 * sections 4.3 and 5.3, RFC 5508 section 4). Errors neither refresh nor end a
 * session.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/dst.h>
#include <net/ip6_checksum.h>

#include "csum.h"
#include "icmp.h"
#include "icmp_map.h"
#include "inside.h"
#include "plateaus.h"

/* Bytes that also carry TCP's checksum. */
#define INNER_TCP 18

struct headers4 {
	struct iphdr	ip;
	struct icmphdr	icmp;
	struct iphdr	inner;
} __packed;

struct headers6 {
	struct ipv6hdr	ip;
	struct icmp6hdr	icmp;
	struct ipv6hdr	inner;
} __packed;

static const struct hn_icmp_room room4 = {
	.header	= sizeof(struct iphdr),
	.unit	= 4,
	.max	= IP_MAX_MTU - offsetof(struct headers4, inner),
};

/* An ICMPv6 error fits the minimum MTU (RFC 4443 section 2.4). */
static const struct hn_icmp_room room6 = {
	.header	= sizeof(struct ipv6hdr),
	.unit	= 8,
	.max	= IPV6_MIN_MTU - offsetof(struct headers6, inner),
};

/* The same of a type without a length field. */
static const struct hn_icmp_room room6_plain = {
	.header	= sizeof(struct ipv6hdr),
	.max	= IPV6_MIN_MTU - offsetof(struct headers6, inner),
};

/* Ports of the inner packet. Errors about errors are not translated. */
static bool inner_ports(struct sk_buff *skb, struct hn_inner *in, u8 protocol, u8 icmp, u8 echo_a,
			u8 echo_b)
{
	const __be16 *word;
	u8 type;

	if (!pskb_may_pull(skb, in->l4 + HN_INNER_MIN))
		return false;
	word = (__be16 *)(skb->data + in->l4);
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		in->proto = protocol == IPPROTO_TCP ? HN_PROTO_TCP : HN_PROTO_UDP;
		in->src_port = word[0];
		in->dst_port = word[1];
		return true;
	default:
		type = *(u8 *)word;
		in->proto = HN_PROTO_ICMP;
		in->src_port = word[2];
		in->dst_port = word[2];
		return protocol == icmp && (type == echo_a || type == echo_b);
	}
}

void hn_icmp_inner_csum(struct hn_packet *p, const struct hn_inner *in, u16 delta)
{
	struct sk_buff *skb = p->skb;
	unsigned int need = in->proto == HN_PROTO_TCP ? INNER_TCP : HN_INNER_MIN;
	struct hn_packet inner = { .inst = p->inst, .proto = in->proto };

	if (!pskb_may_pull(skb, in->l4 + need))
		return;
	/* No header has no length: these are the zeroes in front of an extension. */
	if (in->proto == HN_PROTO_TCP && !((struct tcphdr *)(skb->data + in->l4))->doff)
		return;
	hn_l4_csum(&inner, skb, in->l4, delta, delta);
}

/*
 * An inner echo message gets the type and identifier of the other family;
 * pseudo is the delta.
 */
static void inner_echo(struct sk_buff *skb, const struct hn_inner *in, u8 type, __be16 id,
		       u16 pseudo)
{
	struct icmphdr *ih = (struct icmphdr *)(skb->data + in->l4);
	u16 before = hn_csum_words(ih, 2);
	u16 delta;

	ih->type = type;
	delta = hn_csum_add(pseudo, hn_csum_sub(hn_csum_words(ih, 2), before));
	delta = hn_csum_add(delta, hn_csum_sub((__force u16)id, (__force u16)ih->un.echo.id));
	ih->un.echo.id = id;
	ih->checksum = (__force __sum16)hn_csum_update((__force u16)ih->checksum, delta);
}

static enum hn_verdict parse_inner6(struct hn_packet *p, struct hn_inner *in)
{
	struct sk_buff *skb = p->skb;
	const struct ipv6hdr *ip6h;
	struct hn_fragment frag;
	u8 nexthdr;
	int err;

	in->l3 = p->l3len + sizeof(struct icmp6hdr);
	if (!pskb_may_pull(skb, in->l3 + sizeof(*ip6h)))
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	ip6h = (struct ipv6hdr *)(skb->data + in->l3);
	nexthdr = ip6h->nexthdr;
	in->l4 = in->l3 + sizeof(*ip6h);
	err = hn_skip_exthdrs(skb, &in->l4, &nexthdr, &frag);
	if (ip6h->version != 6 || err || frag.part ||
	    in->l4 - in->l3 > ntohs(ip6h->payload_len) + sizeof(*ip6h))
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	in->l4_len = ntohs(ip6h->payload_len) + sizeof(*ip6h) - (in->l4 - in->l3);
	/* Longer than any packet that was IPv4. */
	if (in->l4_len > IP_MAX_MTU - sizeof(struct iphdr))
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	if (!inner_ports(skb, in, nexthdr, IPPROTO_ICMPV6, ICMPV6_ECHO_REQUEST,
			 ICMPV6_ECHO_REPLY))
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	/* The pull may have moved the headers. */
	ip6h = (struct ipv6hdr *)(skb->data + in->l3);
	/* Errors go to who sent what they are about (RFC 4443 section 2.2). */
	if (!ipv6_addr_equal(&ip6h->saddr, &ipv6_hdr(skb)->daddr))
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	/* What IPv6 hosts say is not about a flow of IPv4 ones. */
	if (hn_inside_is4(&ip6h->daddr))
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	in->remote = hn_rfc6052_extract(&p->inst->pool6, &ip6h->saddr);
	return HN_CONTINUE;
}

enum hn_verdict hn_icmp_inner4(struct hn_packet *p, struct hn_inner *in)
{
	struct sk_buff *skb = p->skb;
	const struct iphdr *iph;

	in->l3 = p->l3len + sizeof(struct icmphdr);
	if (!pskb_may_pull(skb, in->l3 + sizeof(*iph)))
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	iph = (struct iphdr *)(skb->data + in->l3);
	if (iph->version != 4 || iph->ihl < 5 || ntohs(iph->tot_len) < iph->ihl * 4 ||
	    iph->frag_off & htons(IP_OFFSET))
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	/* About a packet of the host's own, such as of a tunnel. */
	if (iph->protocol != IPPROTO_TCP && iph->protocol != IPPROTO_UDP &&
	    iph->protocol != IPPROTO_ICMP)
		return HN_PASS;
	in->l4 = in->l3 + iph->ihl * 4;
	in->l4_len = ntohs(iph->tot_len) - iph->ihl * 4;
	in->remote = iph->daddr;
	in->ext = iph->saddr;
	if (!inner_ports(skb, in, iph->protocol, IPPROTO_ICMP, ICMP_ECHO, ICMP_ECHOREPLY))
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	return HN_CONTINUE;
}

/*
 * The second word of an ICMPv4 error, and by RFC 4884 how many bytes of it are of
 * the packet inside; 0: it does not say.
 */
static struct hn_icmp_error error4(const struct icmphdr *ih, unsigned int *length)
{
	struct hn_icmp_error e = { .type = ih->type, .code = ih->code };

	*length = ((const u8 *)ih)[5] * 4;
	if (ih->type == ICMP_PARAMETERPROB)
		e.info = ntohl(ih->un.gateway) >> 24;
	else if (ih->type == ICMP_DEST_UNREACH && ih->code == ICMP_FRAG_NEEDED)
		e.info = ntohs(ih->un.frag.mtu);
	return e;
}

/* These have a length field, the others a number in its place (RFC 4884 section 4). */
static bool extensible6(u8 type)
{
	return type == ICMPV6_DEST_UNREACH || type == ICMPV6_TIME_EXCEED;
}

static struct hn_icmp_error error6(const struct icmp6hdr *ih, unsigned int *length)
{
	struct hn_icmp_error e = { .type = ih->icmp6_type, .code = ih->icmp6_code };

	*length = 0;
	if (extensible6(ih->icmp6_type))
		*length = ((const u8 *)ih)[4] * 8;
	else
		e.info = ntohl(ih->icmp6_dataun.un_data32[0]);
	return e;
}

static void fill4(struct hn_packet *p, struct headers4 *h, const struct hn_inner *in,
		  const struct hn_session *s, const struct hn_icmp_error *e, u8 length)
{
	const struct ipv6hdr *outer = ipv6_hdr(p->skb);
	const struct ipv6hdr *inner = (struct ipv6hdr *)(p->skb->data + in->l3);

	memset(h, 0, sizeof(*h));
	h->ip.version = 4;
	h->ip.ihl = 5;
	h->ip.tos = hn_tos(p->inst, ipv6_get_dsfield(outer));
	h->ip.ttl = outer->hop_limit - !p->hairpin;
	h->ip.protocol = IPPROTO_ICMP;
	/*
	 * A router of the IPv6 side has no address in IPv4: the mapping's
	 * stands for it.
	 */
	h->ip.saddr = hn_prefix6_contains(&p->inst->pool6, &outer->saddr) ?
		      hn_rfc6052_extract(&p->inst->pool6, &outer->saddr) : s->map->ext;
	h->ip.daddr = s->remote;

	h->icmp.type = e->type;
	h->icmp.code = e->code;
	if (e->type == ICMP_PARAMETERPROB)
		h->icmp.un.gateway = htonl(e->info << 24);
	else
		h->icmp.un.frag.mtu = htons(e->info);
	h->icmp.un.reserved[1] = length;

	h->inner.version = 4;
	h->inner.ihl = 5;
	h->inner.tos = ipv6_get_dsfield(inner);
	h->inner.ttl = inner->hop_limit;
	h->inner.protocol = hn_ip_protocol(in->proto, IPPROTO_ICMP);
	h->inner.saddr = s->remote;
	h->inner.daddr = s->map->ext;
	hn_ip4_fill(p->inst, &h->inner, in->l4_len + sizeof(h->inner), 0);
}

static void rewrite_inner6(struct hn_packet *p, const struct hn_inner *in,
			   const struct hn_session *s)
{
	struct sk_buff *skb = p->skb;
	const struct ipv6hdr *inner = (struct ipv6hdr *)(skb->data + in->l3);

	if (in->proto == HN_PROTO_ICMP) {
		u8 type = skb->data[in->l4] == ICMPV6_ECHO_REQUEST ? ICMP_ECHO : ICMP_ECHOREPLY;
		u16 pseudo = (__force u16)csum_ipv6_magic(&inner->saddr, &inner->daddr,
							  in->l4_len, IPPROTO_ICMPV6, 0);

		inner_echo(skb, in, type, s->map->ext_port, pseudo);
		return;
	}
	*(__be16 *)(skb->data + in->l4 + 2) = s->map->ext_port;
	hn_icmp_inner_csum(p, in, s->csum_all);
}

static enum hn_verdict send4(struct hn_packet *p, struct headers4 *h, const struct hn_inner *in,
			     const struct hn_session *s, struct dst_entry *dst)
{
	struct sk_buff *skb = p->skb;
	struct headers4 *new;

	hn_scrub(skb);
	new = hn_swap_l3(skb, in->l4, sizeof(*h), htons(ETH_P_IP));
	skb_set_transport_header(skb, sizeof(h->ip));
	hn_ip4_fill(p->inst, &h->ip, skb->len, 1);
	*new = *h;
	new->icmp.checksum = csum_fold(skb_checksum(skb, sizeof(h->ip), skb->len - sizeof(h->ip),
						    0));
	if (p->hairpin)
		return hn_hairpin(p);
	hn_count(p->inst, HN_STAT_XLAT_64);
	return hn_send(p, dst);
}

/* Most come from routers, whose addresses have no meaning in IPv4. */
static bool source6_valid(const struct hn_packet *p)
{
	const struct in6_addr *source = &ipv6_hdr(p->skb)->saddr;

	return !hn_prefix6_contains(&p->inst->pool6, source) ||
	       hn_remote_valid(hn_rfc6052_extract(&p->inst->pool6, source));
}

enum hn_verdict hn_icmp_64(struct hn_packet *p)
{
	struct hn_icmp_error in_error, error;
	struct sk_buff *skb = p->skb;
	struct hn_endpoint ep;
	struct hn_session *s;
	struct dst_entry *dst = NULL;
	u32 mtu = IP_MAX_MTU;
	struct headers4 h;
	struct hn_inner in;
	__be16 remote_port;
	unsigned int said;
	enum hn_verdict v;
	int length;

	if (!source6_valid(p))
		return hn_drop(p, HN_STAT_DROP_ADDR);
	if (ipv6_hdr(skb)->hop_limit <= 1)
		return hn_drop(p, HN_STAT_DROP_TTL);
	if (nf_ip6_checksum(skb, NF_INET_PRE_ROUTING, p->l3len, IPPROTO_ICMPV6))
		return hn_drop(p, HN_STAT_DROP_CSUM);
	/* That of the packet inside is complete; that of ours will be. */
	skb->ip_summed = CHECKSUM_NONE;
	in_error = error6((struct icmp6hdr *)(skb->data + p->l3len), &said);
	if (!hn_icmp_error64(&in_error, &error))
		return hn_drop(p, HN_STAT_DROP_ICMP_TYPE);
	v = parse_inner6(p, &in);
	if (v != HN_CONTINUE)
		return v;
	ep.addr = ((struct ipv6hdr *)(skb->data + in.l3))->daddr;
	ep.port = in.dst_port;
	ep.proto = in.proto;
	remote_port = in.proto == HN_PROTO_ICMP ? 0 : in.src_port;
	s = hn_session_find_in(p->inst, hn_session_hash(p->inst, &ep, in.remote, remote_port),
			       &ep, in.remote, remote_port);
	if (!s)
		return hn_drop(p, HN_STAT_DROP_ICMP_NO_SESSION);
	p->hairpin = hn_hairpins(p->inst, s);
	if (!p->hairpin) {
		dst = hn_route4(p->inst, s, skb, s->map->ext, s->remote, 0);
		if (!dst)
			return hn_drop(p, HN_STAT_DROP_ROUTE);
		mtu = dst_mtu(dst);
	}
	if (in_error.type == ICMPV6_PKT_TOOBIG)
		error.info = hn_icmp_mtu64(error.info, mtu, READ_ONCE(skb->dev->mtu));

	length = hn_icmp_ext_fit(skb, in.l3, in.l4, said, &room4);
	if (length < 0)
		return hn_drop(p, -length);
	v = hn_make_writable(p, 0);
	if (v != HN_CONTINUE)
		return v;
	fill4(p, &h, &in, s, &error, length);
	rewrite_inner6(p, &in, s);
	return send4(p, &h, &in, s, dst);
}

static void fill6(struct hn_packet *p, struct headers6 *h, const struct hn_inner *in,
		  const struct hn_session *s, const struct hn_icmp_error *e, u8 length)
{
	const struct iphdr *outer = ip_hdr(p->skb);
	const struct iphdr *inner = (struct iphdr *)(p->skb->data + in->l3);

	memset(h, 0, sizeof(*h));
	ip6_flow_hdr(&h->ip, hn_traffic_class(p->inst, outer->tos), 0);
	h->ip.nexthdr = IPPROTO_ICMPV6;
	h->ip.hop_limit = outer->ttl - 1;
	hn_rfc6052_embed(&h->ip.saddr, &p->inst->pool6, outer->saddr);
	h->ip.daddr = s->map->inside;

	h->icmp.icmp6_type = e->type;
	h->icmp.icmp6_code = e->code;
	h->icmp.icmp6_dataun.un_data32[0] = htonl(e->info);
	if (extensible6(e->type))
		h->icmp.icmp6_dataun.un_data8[0] = length;

	ip6_flow_hdr(&h->inner, inner->tos, 0);
	h->inner.payload_len = htons(in->l4_len);
	h->inner.nexthdr = hn_ip_protocol(in->proto, IPPROTO_ICMPV6);
	h->inner.hop_limit = inner->ttl;
	h->inner.saddr = s->map->inside;
	hn_rfc6052_embed(&h->inner.daddr, &p->inst->pool6, s->remote);
}

static void rewrite_inner4(struct hn_packet *p, const struct hn_inner *in,
			   const struct hn_session *s, const struct headers6 *h)
{
	struct sk_buff *skb = p->skb;

	if (in->proto == HN_PROTO_ICMP) {
		u8 type = skb->data[in->l4] == ICMP_ECHO ? ICMPV6_ECHO_REQUEST : ICMPV6_ECHO_REPLY;
		u16 pseudo = ~(__force u16)csum_ipv6_magic(&h->inner.saddr, &h->inner.daddr,
							   in->l4_len, IPPROTO_ICMPV6, 0);

		inner_echo(skb, in, type, s->map->inside_port, pseudo);
		return;
	}
	*(__be16 *)(skb->data + in->l4) = s->map->inside_port;
	hn_icmp_inner_csum(p, in, ~s->csum_all);
}

static enum hn_verdict send6(struct hn_packet *p, struct headers6 *h, const struct hn_inner *in,
			     struct dst_entry *dst)
{
	struct sk_buff *skb = p->skb;
	struct headers6 *new;
	unsigned int len;

	hn_scrub(skb);
	new = hn_swap_l3(skb, in->l4, sizeof(*h), htons(ETH_P_IPV6));
	skb_set_transport_header(skb, sizeof(h->ip));
	len = skb->len - sizeof(h->ip);
	h->ip.payload_len = htons(len);
	*new = *h;
	new->icmp.icmp6_cksum = csum_ipv6_magic(&h->ip.saddr, &h->ip.daddr, len, IPPROTO_ICMPV6,
						skb_checksum(skb, sizeof(h->ip), len, 0));
	hn_count_46(p);
	return hn_send(p, dst);
}

enum hn_verdict hn_icmp_46(struct hn_packet *p)
{
	struct hn_icmp_error in_error, error;
	struct sk_buff *skb = p->skb;
	struct in6_addr saddr;
	struct hn_session *s;
	struct dst_entry *dst;
	struct headers6 h;
	struct hn_inner in;
	unsigned int said;
	enum hn_verdict v;
	int length;

	v = hn_icmp_inner4(p, &in);
	if (v != HN_CONTINUE)
		return v;
	/* An error about a packet of the host's own. */
	if (!hn_pool4_has(p->inst, in.proto, ip_hdr(skb)->daddr, in.src_port))
		return HN_PASS;
	/* Errors go to who sent what they are about (RFC 1122 section 3.2.2). */
	if (in.ext != ip_hdr(skb)->daddr)
		return hn_drop(p, HN_STAT_DROP_ICMP_INNER);
	s = hn_session_find_ext(p->inst, in.proto, in.ext, in.src_port, in.remote,
				in.proto == HN_PROTO_ICMP ? 0 : in.dst_port);
	if (s && p->hairpin && hn_inside_is4(&s->map->inside))
		return hn_icmp_hairpin_44(p, &in, s);
	/* One of NAT44 was made since hn_xlat_44_in() looked. */
	if (!s || hn_inside_is4(&s->map->inside))
		return hn_drop(p, HN_STAT_DROP_ICMP_NO_SESSION);
	if (!hn_remote_valid(ip_hdr(skb)->saddr))
		return hn_drop(p, HN_STAT_DROP_ADDR);
	if (ip_hdr(skb)->ttl <= 1)
		return hn_drop(p, HN_STAT_DROP_TTL);
	if (nf_ip_checksum(skb, NF_INET_PRE_ROUTING, p->l3len, IPPROTO_ICMP))
		return hn_drop(p, HN_STAT_DROP_CSUM);
	/* That of the packet inside is complete; that of ours will be. */
	skb->ip_summed = CHECKSUM_NONE;
	in_error = error4((struct icmphdr *)(skb->data + p->l3len), &said);
	if (!hn_icmp_error46(&in_error, &error))
		return hn_drop(p, HN_STAT_DROP_ICMP_TYPE);
	hn_rfc6052_embed(&saddr, &p->inst->pool6, s->remote);
	dst = hn_route6(p->inst, s, skb, &saddr, &s->map->inside);
	if (!dst)
		return hn_drop(p, HN_STAT_DROP_ROUTE);
	if (error.type == ICMPV6_PKT_TOOBIG) {
		const struct iphdr *inner = (struct iphdr *)(skb->data + in.l3);

		if (!error.info)
			error.info = hn_plateaus_below(p->inst, ntohs(inner->tot_len));
		error.info = hn_icmp_mtu46(error.info, READ_ONCE(skb->dev->mtu), dst_mtu(dst));
	}

	length = hn_icmp_ext_fit(skb, in.l3, in.l4, said,
				 extensible6(error.type) ? &room6 : &room6_plain);
	if (length < 0)
		return hn_drop(p, -length);
	v = hn_make_writable(p, sizeof(struct headers6));
	if (v != HN_CONTINUE)
		return v;
	fill6(p, &h, &in, s, &error, length);
	rewrite_inner4(p, &in, s, &h);
	return send6(p, &h, &in, dst);
}
