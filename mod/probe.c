// SPDX-License-Identifier: GPL-2.0-only
#include <net/dst.h>
#include <net/ip6_checksum.h>

#include "probe.h"
#include "xlat.h"

struct segment {
	struct ipv6hdr	ip;
	struct tcphdr	tcp;
} __packed;

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
static void fill(struct segment *seg, const struct hn_probe *probe, const struct in6_addr *saddr)
{
	ip6_flow_hdr(&seg->ip, 0, 0);
	seg->ip.payload_len = htons(sizeof(seg->tcp));
	seg->ip.nexthdr = IPPROTO_TCP;
	seg->ip.hop_limit = IPV6_DEFAULT_HOPLIMIT;
	seg->ip.saddr = *saddr;
	seg->ip.daddr = probe->inside;
	seg->tcp.source = probe->remote_port;
	seg->tcp.dest = probe->inside_port;
	seg->tcp.doff = sizeof(seg->tcp) / 4;
	seg->tcp.ack = 1;
	seg->tcp.check = csum_ipv6_magic(saddr, &probe->inside, sizeof(seg->tcp), IPPROTO_TCP,
					 csum_partial(&seg->tcp, sizeof(seg->tcp), 0));
}

static struct sk_buff *build(const struct hn_probe *probe, const struct in6_addr *saddr)
{
	struct sk_buff *skb;

	skb = alloc_skb(LL_MAX_HEADER + sizeof(struct segment), GFP_KERNEL | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	fill(skb_put_zero(skb, sizeof(struct segment)), probe, saddr);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, sizeof(struct ipv6hdr));
	skb->protocol = htons(ETH_P_IPV6);
	return skb;
}

/* From the remote host, as what is translated: behind the hooks of local output. */
static void send(struct hn_instance *inst, const struct hn_probe *probe)
{
	struct in6_addr saddr;
	struct dst_entry *dst;
	struct sk_buff *skb;

	hn_rfc6052_embed(&saddr, &inst->pool6, probe->remote);
	dst = hn_output6(inst, 0, &saddr, &probe->inside);
	if (!dst)
		return;
	skb = build(probe, &saddr);
	if (!skb) {
		dst_release(dst);
		return;
	}
	skb_dst_set(skb, dst);
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
