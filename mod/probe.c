// SPDX-License-Identifier: GPL-2.0-only
#include <net/dst.h>
#include <net/ip6_checksum.h>

#include "inside.h"
#include "probe.h"
#include "xlat.h"

bool hn_probes_add(struct hn_probes *probes, const struct hn_session *s)
{
	if (!probes->budget || probes->count == HN_PROBES)
		return false;
	probes->budget--;
	probes->probe[probes->count++] = (struct hn_probe) {
		.inside = s->map->inside,
		.inside_port = s->map->inside_port,
		.remote = s->remote,
		.remote_port = s->remote_port,
	};
	return true;
}

/*
 * An ACK without data whose numbers, zero, are outside the window all but always: the
 * host says which it expects.
 */
static void fill_tcp(struct tcphdr *th, const struct hn_probe *probe)
{
	th->source = probe->remote_port;
	th->dest = probe->inside_port;
	th->doff = sizeof(*th) / 4;
	th->ack = 1;
}

/*
 * For that way, whose reference it takes: with room for the network header, zeroed, and TCP's
 * behind it. NULL: there is no way, or no memory.
 */
static struct sk_buff *build(const struct hn_probe *probe, struct dst_entry *dst,
			     unsigned int l3len, __be16 protocol)
{
	struct sk_buff *skb;

	if (!dst)
		return NULL;
	skb = alloc_skb(LL_MAX_HEADER + l3len + sizeof(struct tcphdr),
			GFP_KERNEL | __GFP_NOWARN);
	if (!skb) {
		dst_release(dst);
		return NULL;
	}
	skb_dst_set(skb, dst);
	skb_reserve(skb, LL_MAX_HEADER);
	skb_put_zero(skb, l3len + sizeof(struct tcphdr));
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, l3len);
	skb->protocol = protocol;
	fill_tcp(tcp_hdr(skb), probe);
	return skb;
}

/* From the remote host, as what is translated. */
static struct sk_buff *build6(struct hn_instance *inst, const struct hn_probe *probe)
{
	struct in6_addr saddr;
	struct ipv6hdr *ip6h;
	struct sk_buff *skb;

	hn_rfc6052_embed(&saddr, &inst->pool6, probe->remote);
	skb = build(probe, hn_output6(inst, 0, &saddr, &probe->inside), sizeof(*ip6h),
		    htons(ETH_P_IPV6));
	if (!skb)
		return NULL;
	ip6h = ipv6_hdr(skb);
	ip6_flow_hdr(ip6h, 0, 0);
	ip6h->payload_len = htons(sizeof(struct tcphdr));
	ip6h->nexthdr = IPPROTO_TCP;
	ip6h->hop_limit = IPV6_DEFAULT_HOPLIMIT;
	ip6h->saddr = saddr;
	ip6h->daddr = probe->inside;
	tcp_hdr(skb)->check = csum_ipv6_magic(&saddr, &probe->inside, sizeof(struct tcphdr),
					      IPPROTO_TCP,
					      csum_partial(tcp_hdr(skb), sizeof(struct tcphdr),
							   0));
	return skb;
}

static struct sk_buff *build4(struct hn_instance *inst, const struct hn_probe *probe)
{
	__be32 inside = hn_inside4(&probe->inside);
	struct sk_buff *skb;
	struct iphdr *iph;

	skb = build(probe, hn_output4(inst, 0, probe->remote, inside, 0), sizeof(*iph),
		    htons(ETH_P_IP));
	if (!skb)
		return NULL;
	iph = ip_hdr(skb);
	iph->version = 4;
	iph->ihl = 5;
	iph->ttl = IPDEFTTL;
	iph->protocol = IPPROTO_TCP;
	iph->saddr = probe->remote;
	iph->daddr = inside;
	tcp_hdr(skb)->check = csum_tcpudp_magic(probe->remote, inside, sizeof(struct tcphdr),
						IPPROTO_TCP,
						csum_partial(tcp_hdr(skb), sizeof(struct tcphdr),
							     0));
	local_bh_disable();
	hn_ip4_fill(inst, iph, skb->len, 0);
	local_bh_enable();
	return skb;
}

/* Behind the hooks of local output. */
static void send(struct hn_instance *inst, const struct hn_probe *probe)
{
	struct sk_buff *skb;

	skb = hn_inside_is4(&probe->inside) ? build4(inst, probe) : build6(inst, probe);
	if (!skb)
		return;
	hn_count(inst, HN_STAT_TCP_PROBES);
	local_bh_disable();
	dst_output(inst->net, NULL, skb);
	local_bh_enable();
}

void hn_probes_send(struct hn_probes *probes, struct hn_instance *inst)
{
	u32 i;

	/* What is disabled says nothing; its sessions end as if nobody had answered. */
	for (i = 0; i < probes->count && hn_global(inst, HN_G_ENABLED); i++)
		send(inst, &probes->probe[i]);
	probes->count = 0;
}
