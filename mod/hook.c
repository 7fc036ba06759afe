// SPDX-License-Identifier: GPL-2.0-only
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack.h>

#include "inside.h"
#include "xlat.h"

/*
 * Behind the raw and mangle tables, where operators filter and mark; before
 * routing.
 */
#define PRIORITY (NF_IP_PRI_NAT_DST + 25)

static unsigned int hook6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct hn_instance *inst = priv;

	if (!hn_prefix6_contains(&inst->pool6, &ipv6_hdr(skb)->daddr) ||
	    skb->pkt_type != PACKET_HOST)
		return NF_ACCEPT;
	return hn_xlat_64(inst, skb);
}

static unsigned int hook4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct hn_instance *inst = priv;

	if (!hn_pool4_has_addr(inst, ip_hdr(skb)->daddr) || skb->pkt_type != PACKET_HOST)
		return NF_ACCEPT;
	return hn_xlat_46(inst, skb);
}

/*
 * Before conntrack, behind raw: it sees inside addresses in both directions, as routing and
 * the FORWARD chain do.
 */
static unsigned int hook44_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct hn_instance *inst = priv;

	if (skb->pkt_type != PACKET_HOST ||
	    (!hn_pool4_has_addr(inst, iph->daddr) &&
	     (likely(!ip_is_fragment(iph)) || !hn_listed4(inst, HN_LIST_INSIDE, iph->saddr))))
		return NF_ACCEPT;
	return hn_xlat_44_in(inst, skb);
}

/* One about what is inside may be of anybody, this host as well. */
static bool is_icmp_error(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	const u8 *type;
	u8 buf;

	if (iph->protocol != IPPROTO_ICMP || ip_is_fragment(iph))
		return false;
	type = skb_header_pointer(skb, ip_hdrlen(skb), sizeof(buf), &buf);
	return type && (*type == ICMP_DEST_UNREACH || *type == ICMP_TIME_EXCEEDED ||
			*type == ICMP_PARAMETERPROB);
}

/*
 * nftables' flowtable would send the packets of a flow past the hook that gives them their
 * source. It leaves alone what has this flag, which says that NAT had a conflict and costs a UDP
 * flow nothing but to be called assured. A flow is not confirmed while its first packet, of
 * whoever it is, is on its way. What the kernel's own NAT translates is not ours.
 */
static void keep_from_flowtable(const struct hn_instance *inst, const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	if (likely(!ct || nf_ct_is_confirmed(ct)) || ct->status & IPS_NAT_MASK)
		return;
	if ((hn_listed4(inst, HN_LIST_INSIDE, iph->saddr) && hn_outside4(inst, iph->daddr)) ||
	    (hn_listed4(inst, HN_LIST_INSIDE, iph->daddr) && hn_outside4(inst, iph->saddr)))
		set_bit(IPS_NAT_CLASH_BIT, &ct->status);
}

/* Behind the kernel's own NAT: what that has translated is not from inside any more. */
static unsigned int hook44_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct hn_instance *inst = priv;
	unsigned int verdict;

	keep_from_flowtable(inst, skb);
	if (!hn_listed4(inst, HN_LIST_INSIDE, ip_hdr(skb)->saddr) && !is_icmp_error(skb))
		return NF_ACCEPT;
	/* A program's own packets come here with them on. */
	local_bh_disable();
	verdict = hn_xlat_44_out(inst, skb);
	local_bh_enable();
	return verdict;
}

static const struct nf_hook_ops nat64[] = {
	{
		.hook		= hook6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= PRIORITY,
	},
	{
		.hook		= hook4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= PRIORITY,
	},
};

static const struct nf_hook_ops nat44[] = {
	{
		.hook		= hook44_in,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_CONNTRACK - 10,
	},
	{
		.hook		= hook44_out,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP_PRI_NAT_SRC + 25,
	},
};

static const struct {
	const struct nf_hook_ops	*ops;
	unsigned int			n;
} sets[HN_HOOKS_COUNT] = {
	[HN_HOOKS_NAT64] = { nat64, ARRAY_SIZE(nat64) },
	[HN_HOOKS_NAT44] = { nat44, ARRAY_SIZE(nat44) },
};

int hn_hooks_register(struct hn_instance *inst, enum hn_hooks which)
{
	unsigned int i, n = sets[which].n;
	struct nf_hook_ops *ops;
	int err;

	ops = kmemdup(sets[which].ops, n * sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		ops[i].priv = inst;
	err = nf_register_net_hooks(inst->net, ops, n);
	if (err) {
		kfree(ops);
		return err;
	}
	inst->hooks[which] = ops;
	return 0;
}

void hn_hooks_unregister(struct hn_instance *inst, enum hn_hooks which)
{
	struct nf_hook_ops *ops = inst->hooks[which];

	if (!ops)
		return;
	inst->hooks[which] = NULL;
	nf_unregister_net_hooks(inst->net, ops, sets[which].n);
	/* Packets leave the hooks; netfilter's own listing leaves the array. */
	synchronize_net();
	kfree(ops);
}
