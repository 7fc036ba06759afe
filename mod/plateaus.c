// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/sort.h>

#include "icmp_map.h"
#include "plateaus.h"

static const u16 plateaus_default[] = { HN_PLATEAUS };

u32 hn_plateaus_below(const struct hn_instance *inst, u32 len)
{
	const struct hn_plateaus *p = rcu_dereference(inst->plateaus);

	if (p)
		return hn_icmp_plateau(p->mtu, p->count, len);
	return hn_icmp_plateau(plateaus_default, ARRAY_SIZE(plateaus_default), len);
}

static int descending(const void *a, const void *b)
{
	return *(const u16 *)b - *(const u16 *)a;
}

static bool valid(const struct hn_plateaus *p, u16 min)
{
	u32 i;

	for (i = 1; i < p->count; i++) {
		if (p->mtu[i] == p->mtu[i - 1])
			return false;
	}
	return p->mtu[p->count - 1] >= min;
}

struct hn_plateaus *hn_plateaus_read(const struct nlattr *attr, u16 min)
{
	u32 count = nla_len(attr) / sizeof(u16);
	struct hn_plateaus *p;

	if (nla_len(attr) % sizeof(u16))
		return ERR_PTR(-EINVAL);
	if (!count || count > HN_PLATEAUS_MAX)
		return ERR_PTR(-ERANGE);
	p = kmalloc(struct_size(p, mtu, count), GFP_KERNEL_ACCOUNT);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->count = count;
	nla_memcpy(p->mtu, attr, count * sizeof(u16));
	sort(p->mtu, count, sizeof(u16), descending, NULL);
	if (valid(p, min))
		return p;
	kfree(p);
	return ERR_PTR(-ERANGE);
}

void hn_plateaus_set(struct hn_instance *inst, struct hn_plateaus *plateaus)
{
	struct hn_plateaus *old = rcu_replace_pointer(inst->plateaus, plateaus, true);

	if (old)
		kfree_rcu(old, rcu);
}

int hn_plateaus_put(struct sk_buff *skb, int attr, const struct hn_instance *inst)
{
	const struct hn_plateaus *p = rcu_dereference_protected(inst->plateaus, true);

	if (p)
		return nla_put(skb, attr, p->count * sizeof(u16), p->mtu);
	return nla_put(skb, attr, sizeof(plateaus_default), plateaus_default);
}

void hn_plateaus_exit(struct hn_instance *inst)
{
	kfree(rcu_dereference_protected(inst->plateaus, true));
}
