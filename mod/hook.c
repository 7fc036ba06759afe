// SPDX-License-Identifier: GPL-2.0-only
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>

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

static const struct nf_hook_ops hooks[] = {
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

int hn_hooks_register(struct hn_instance *inst)
{
	unsigned int i;
	int err;

	inst->hooks = kmemdup(hooks, sizeof(hooks), GFP_KERNEL);
	if (!inst->hooks)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		inst->hooks[i].priv = inst;
	err = nf_register_net_hooks(inst->net, inst->hooks, ARRAY_SIZE(hooks));
	if (err)
		kfree(inst->hooks);
	return err;
}

void hn_hooks_unregister(struct hn_instance *inst)
{
	nf_unregister_net_hooks(inst->net, inst->hooks, ARRAY_SIZE(hooks));
	/* Packets leave the hooks; netfilter's own listing leaves the array. */
	synchronize_net();
	kfree(inst->hooks);
}
