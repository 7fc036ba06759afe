// SPDX-License-Identifier: GPL-2.0-only
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "xlat.h"

/* Headers with all options. Data of a SYN is not kept. */
#define MAX_HEADERS (60 + 60)

struct syn {
	struct hlist_node	flow;
	struct list_head	age;
	unsigned long		deadline;
	__be32			saddr, daddr;
	__be16			source, dest;
	/* What the answer is routed by. */
	int			ifindex;
	u32			mark;
	u32			len;
	u8			data[];
};

void hn_syn_init(struct hn_instance *inst)
{
	spin_lock_init(&inst->syns.lock);
	INIT_LIST_HEAD(&inst->syns.list);
}

void hn_syn_exit(struct hn_instance *inst)
{
	struct syn *syn, *next;

	list_for_each_entry_safe(syn, next, &inst->syns.list, age)
		kfree(syn);
}

static struct hlist_head *bucket(struct hn_instance *inst, const struct syn *syn)
{
	u32 hash = hsiphash_3u32((__force u32)syn->saddr, (__force u32)syn->daddr,
				 (u32)(__force u16)syn->source << 16 | (__force u16)syn->dest,
				 &inst->key);

	return &inst->syns.flows[hash % HN_SYN_BUCKETS];
}

static struct syn *copy(const struct hn_packet *p)
{
	const struct iphdr *iph = ip_hdr(p->skb);
	u32 len = min_t(u32, p->skb->len, MAX_HEADERS);
	struct syn *syn;

	syn = kmalloc(struct_size(syn, data, len), GFP_ATOMIC | __GFP_NOWARN);
	if (!syn)
		return NULL;
	syn->deadline = jiffies + HN_SYN_LIFETIME;
	syn->saddr = iph->saddr;
	syn->daddr = iph->daddr;
	syn->source = p->src_port;
	syn->dest = p->dst_port;
	syn->ifindex = p->skb->dev->ifindex;
	syn->mark = p->skb->mark;
	syn->len = len;
	if (skb_copy_bits(p->skb, 0, syn->data, len)) {
		kfree(syn);
		return NULL;
	}
	return syn;
}

static bool is_stored(const struct hlist_head *head, const struct syn *syn)
{
	const struct syn *i;

	hlist_for_each_entry(i, head, flow) {
		if (i->saddr == syn->saddr && i->daddr == syn->daddr &&
		    i->source == syn->source && i->dest == syn->dest)
			return true;
	}
	return false;
}

/* True if it is kept now. A repeated one is not: the first one's time counts. */
static bool insert(struct hn_instance *inst, struct syn *syn, u32 max)
{
	struct hlist_head *head = bucket(inst, syn);
	struct hn_syns *syns = &inst->syns;
	bool fits = false;

	spin_lock(&syns->lock);
	if (syns->count < max && !is_stored(head, syn)) {
		hlist_add_head(&syn->flow, head);
		list_add_tail(&syn->age, &syns->list);
		WRITE_ONCE(syns->count, syns->count + 1);
		fits = true;
	}
	spin_unlock(&syns->lock);
	return fits;
}

/* Not the second segment of a handshake, which answers nothing of ours. */
static bool opens(const struct hn_packet *p)
{
	const struct tcphdr *th = (const struct tcphdr *)(p->skb->data + p->l3len);

	return p->proto == HN_PROTO_TCP && p->tcp_event == HN_TCP_EV_V4_SYN && !th->ack;
}

void hn_syn_store(const struct hn_packet *p)
{
	struct hn_instance *inst = p->inst;
	u32 max = hn_global(inst, HN_G_MAX_SIMULTANEOUS_OPENS);
	struct syn *syn;

	/* An answer to who is inside as well would have to be translated. */
	if (!max || p->hairpin || !opens(p) || hn_global(inst, HN_G_DROP_EXT_TCP))
		return;
	/* A flood does not come as far as to the lock. */
	if (READ_ONCE(inst->syns.count) >= max) {
		hn_count(inst, HN_STAT_SYN_OVERFLOW);
		return;
	}
	syn = copy(p);
	if (syn && insert(inst, syn, max))
		hn_count(inst, HN_STAT_SYN_STORED);
	else
		kfree(syn);
}

/* The SYN as it came, for its sender to be told of it. NULL also if the way back is gone. */
static struct sk_buff *rebuild(struct hn_instance *inst, const struct syn *syn)
{
	struct net_device *dev = dev_get_by_index_rcu(inst->net, syn->ifindex);
	struct sk_buff *skb;

	if (!dev)
		return NULL;
	skb = alloc_skb(syn->len, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_put_data(skb, syn->data, syn->len);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ip_hdrlen(skb));
	skb->protocol = htons(ETH_P_IP);
	skb->dev = dev;
	skb->skb_iif = syn->ifindex;
	skb->mark = syn->mark;
	return skb;
}

/* The session is not overlooked in a table that grows: it does so in the same worker. */
static void finish(struct hn_instance *inst, const struct syn *syn)
{
	struct sk_buff *skb;

	rcu_read_lock();
	if (hn_session_find_ext(inst, HN_PROTO_TCP, syn->daddr, syn->dest, syn->saddr,
				syn->source)) {
		hn_count(inst, HN_STAT_SYN_MET);
		goto out;
	}
	hn_count(inst, HN_STAT_SYN_REFUSED);
	skb = rebuild(inst, syn);
	if (skb) {
		hn_icmp4_error(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
		consume_skb(skb);
	}
out:
	rcu_read_unlock();
}

static struct syn *take_expired(struct hn_syns *syns)
{
	struct syn *syn;

	spin_lock_bh(&syns->lock);
	syn = list_first_entry_or_null(&syns->list, struct syn, age);
	if (syn && time_before(jiffies, syn->deadline))
		syn = NULL;
	if (syn) {
		list_del(&syn->age);
		hlist_del(&syn->flow);
		WRITE_ONCE(syns->count, syns->count - 1);
	}
	spin_unlock_bh(&syns->lock);
	return syn;
}

void hn_syn_expire(struct hn_instance *inst)
{
	struct syn *syn;

	while ((syn = take_expired(&inst->syns))) {
		finish(inst, syn);
		kfree(syn);
		cond_resched();
	}
}
