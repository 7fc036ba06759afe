// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes of translated packets. A session keeps the route of each direction and
 * checks that it is still valid; a route lookup is paid once per flow and
 * change.
 *
 * The session owns the reference. A packet borrows the route under RCU: another
 * CPU may replace it meanwhile, and the kernel frees routes after a grace
 * period.
 */
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "xlat.h"

/* Takes over the reference. */
static struct dst_entry *keep(struct hn_session *s, enum hn_dir dir, struct dst_entry *dst)
{
	dst_release(xchg(&s->dst[dir], dst));
	return dst;
}

struct dst_entry *hn_output4(struct hn_instance *inst, u32 mark, __be32 saddr, __be32 daddr,
			     u8 tos)
{
	struct flowi4 fl4;
	struct rtable *rt;

	/*
	 * pool4 addresses need not be the host's own. Older kernels take a bit
	 * of ECN for one of theirs.
	 */
	flowi4_init_output(&fl4, 0, mark, tos & INET_DSCP_MASK, RT_SCOPE_UNIVERSE, 0,
			   FLOWI_FLAG_ANYSRC, daddr, saddr, 0, 0, GLOBAL_ROOT_UID);
	rt = ip_route_output_key(inst->net, &fl4);
	if (IS_ERR(rt))
		return NULL;
	if (rt->rt_type != RTN_UNICAST && rt->rt_type != RTN_LOCAL) {
		ip_rt_put(rt);
		return NULL;
	}
	return &rt->dst;
}

static struct dst_entry *look_up4(struct hn_instance *inst, struct hn_session *s,
				  const struct sk_buff *skb, __be32 saddr, __be32 daddr, u8 tos)
{
	struct dst_entry *dst = hn_output4(inst, skb->mark, saddr, daddr, tos);

	return dst ? keep(s, HN_TO_V4, dst) : NULL;
}

struct dst_entry *hn_route4(struct hn_instance *inst, struct hn_session *s, struct sk_buff *skb,
			    __be32 saddr, __be32 daddr, u8 tos)
{
	struct dst_entry *dst = READ_ONCE(s->dst[HN_TO_V4]);

	if (likely(dst && dst_check(dst, 0)))
		return dst;
	return look_up4(inst, s, skb, saddr, daddr, tos);
}

struct dst_entry *hn_output6(struct hn_instance *inst, u32 mark, const struct in6_addr *saddr,
			     const struct in6_addr *daddr)
{
	struct flowi6 fl6 = {
		.daddr = *daddr,
		.saddr = *saddr,
		.flowi6_mark = mark,
	};
	struct dst_entry *dst;

	dst = ip6_route_output(inst->net, NULL, &fl6);
	if (!dst->error)
		return dst;
	dst_release(dst);
	return NULL;
}

static struct dst_entry *look_up6(struct hn_instance *inst, struct hn_session *s,
				  const struct sk_buff *skb, const struct in6_addr *saddr,
				  const struct in6_addr *daddr)
{
	struct dst_entry *dst = hn_output6(inst, skb->mark, saddr, daddr);

	if (!dst)
		return NULL;
	WRITE_ONCE(s->dst_cookie, rt6_get_cookie((struct rt6_info *)dst));
	return keep(s, HN_TO_V6, dst);
}

struct dst_entry *hn_route6(struct hn_instance *inst, struct hn_session *s, struct sk_buff *skb,
			    const struct in6_addr *saddr, const struct in6_addr *daddr)
{
	struct dst_entry *dst = READ_ONCE(s->dst[HN_TO_V6]);

	if (likely(dst && dst_check(dst, READ_ONCE(s->dst_cookie))))
		return dst;
	return look_up6(inst, s, skb, saddr, daddr);
}

u32 hn_mtu6(struct hn_instance *inst, const struct sk_buff *skb, const struct in6_addr *saddr,
	    const struct in6_addr *daddr)
{
	struct dst_entry *dst = hn_output6(inst, skb->mark, saddr, daddr);
	u32 mtu = U16_MAX;

	if (dst)
		mtu = dst_mtu(dst);
	dst_release(dst);
	return mtu;
}
