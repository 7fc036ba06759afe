// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions of other nodes. Nothing in a record is trusted: what does not fit
 * this node's tables is counted by cause and left out.
 */
#include <net/ipv6.h>

#include "netlink.h"
#include "pool4.h"
#include "session.h"

/* The longest lifetime that any setting allows. */
#define LIFETIME_MAX 864000000
/* Records between two chances to schedule. */
#define BURST 32

static bool valid(const struct hn_instance *inst, const struct hn_record *r)
{
	if (r->proto >= HN_PROTO_COUNT || r->state >= HN_TCP_COUNT)
		return false;
	if (r->proto != HN_PROTO_TCP && r->state != HN_TCP_ESTABLISHED)
		return false;
	if (!r->owner || r->owner == inst->node)
		return false;
	if (r->flags & ~HN_RF_DELETE || r->reserved || r->lifetime > LIFETIME_MAX)
		return false;
	if (r->proto == HN_PROTO_ICMP)
		return r->remote_port == r->ext_port;
	return r->inside_port && r->ext_port && r->remote_port;
}

/*
 * NAT64 serves IPv6 hosts; its pool6 addresses stand for IPv4 ones, which are
 * never inside.
 */
static bool outside(const struct hn_instance *inst, const struct hn_record *r)
{
	int type = ipv6_addr_type(&r->inside);

	return !(type & IPV6_ADDR_UNICAST) || type & (IPV6_ADDR_MAPPED | IPV6_ADDR_LOOPBACK) ||
	       hn_prefix6_contains(&inst->pool6, &r->inside) ||
	       !hn_pool4_has(inst, r->proto, r->ext, r->ext_port);
}

/* RCU, BH off. */
static enum hn_apply_fate apply_one(struct hn_instance *inst, const struct hn_record *r)
{
	struct hn_endpoint ep = { r->inside, r->inside_port, r->proto };
	struct hn_session_init init = {
		.remote = r->remote,
		.remote_port = r->proto == HN_PROTO_ICMP ? 0 : r->remote_port,
		.state = r->state,
		.lifetime = msecs_to_jiffies(r->lifetime),
		.owner = r->owner,
		.generation = r->generation,
		.version = r->version,
	};
	enum hn_apply_fate fate;

	init.hash = hn_session_hash(inst, &ep, init.remote, init.remote_port);
	if (!valid(inst, r))
		return HN_APPLY_INVALID;
	if (outside(inst, r))
		return HN_APPLY_OUTSIDE;
	if (r->flags & HN_RF_DELETE)
		return hn_session_apply_delete(inst, &ep, init.remote, init.remote_port, r->owner,
					       r->generation, r->version);
	init.map = hn_mapping_get_pair(inst, &ep, r->ext, r->ext_port, &fate);
	if (!init.map)
		return fate;
	return hn_session_apply(inst, &init);
}

void hn_apply(struct hn_instance *inst, const struct hn_record *records, u32 n,
	      u32 fates[HN_APPLY_COUNT])
{
	while (n) {
		u32 burst = min_t(u32, n, BURST);

		rcu_read_lock_bh();
		rcu_read_lock();
		for (n -= burst; burst; burst--, records++) {
			enum hn_apply_fate fate = apply_one(inst, records);

			fates[fate]++;
			hn_count(inst, HN_STAT_APPLY_INSERTED + fate);
		}
		rcu_read_unlock();
		rcu_read_unlock_bh();
		cond_resched();
	}
}
