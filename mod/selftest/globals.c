// SPDX-License-Identifier: GPL-2.0-only
/* A request with a number and a list: both are set, or neither is. */
#include "selftest.h"

static int set(struct hn_instance *inst, u32 lowest, const u16 *mtus, u32 size)
{
	struct sk_buff *skb = nlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct netlink_ext_ack extack = {};
	struct nlattr *nest;
	int err = -ENOMEM;

	if (!HN_EXPECT(skb))
		return err;
	nest = nla_nest_start(skb, HN_A_GLOBALS);
	if (HN_EXPECT(nest && !nla_put_u32(skb, HN_G_LOWEST_IPV6_MTU, lowest) &&
		      !nla_put(skb, HN_G_MTU_PLATEAUS, size, mtus))) {
		nla_nest_end(skb, nest);
		err = hn_globals_set(inst, nest, &extack);
		HN_EXPECT(!err == !extack._msg);
	}
	kfree_skb(skb);
	return err;
}

static u32 below(struct hn_instance *inst, u32 len)
{
	u32 mtu;

	rcu_read_lock();
	mtu = hn_plateaus_below(inst, len);
	rcu_read_unlock();
	return mtu;
}

static void unchanged(struct hn_instance *inst)
{
	HN_EXPECT(hn_global(inst, HN_G_LOWEST_IPV6_MTU) == 1300);
	HN_EXPECT(below(inst, 1501) == 1500 && below(inst, 1500) == 1400);
	HN_EXPECT(below(inst, 1400) == 1300 && below(inst, 1300) == 68);
}

void hn_globals_selftest(struct hn_instance *inst)
{
	static const u16 good[] = { 1300, 1500, 1400 }, twice[] = { 1400, 1500, 1400 };
	static const u16 small[] = { 1400, 67 };
	u16 most[HN_PLATEAUS_MAX + 1];
	u32 i;

	HN_EXPECT(below(inst, 1500) == 1492);
	HN_EXPECT(!set(inst, 1300, good, sizeof(good)));
	unchanged(inst);
	HN_EXPECT(set(inst, 1, good, sizeof(u16)) == -ERANGE);
	HN_EXPECT(set(inst, 1280, twice, sizeof(twice)) == -ERANGE);
	HN_EXPECT(set(inst, 1280, small, sizeof(small)) == -ERANGE);
	HN_EXPECT(set(inst, 1280, good, 0) == -ERANGE);
	HN_EXPECT(set(inst, 1280, good, sizeof(u16) + 1) == -EINVAL);
	for (i = 0; i < ARRAY_SIZE(most); i++)
		most[i] = 1000 + i;
	HN_EXPECT(set(inst, 1280, most, sizeof(most)) == -ERANGE);
	unchanged(inst);
	HN_EXPECT(!set(inst, 1280, most, HN_PLATEAUS_MAX * sizeof(u16)));
	HN_EXPECT(below(inst, 65535) == 1000 + HN_PLATEAUS_MAX - 1);
	hn_plateaus_set(inst, NULL);
}
