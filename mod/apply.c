// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions of other nodes. Nothing in a record is trusted: what does not fit
 * this node's tables is counted by cause and left out.
 */
#include <linux/bitmap.h>
#include <net/ipv6.h>

#include "apply.h"
#include "conflict.h"
#include "inside.h"
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
	if (r->flags & ~(HN_RF_DELETE | HN_RF_EXACT) || r->flags == HN_RF_EXACT)
		return false;
	if (r->reserved || r->lifetime > LIFETIME_MAX)
		return false;
	if (r->proto == HN_PROTO_ICMP)
		return r->remote_port == r->ext_port;
	return r->inside_port && r->ext_port && r->remote_port;
}

static bool outside(const struct hn_instance *inst, const struct hn_record *r)
{
	return !hn_inside_valid(inst, &r->inside) ||
	       !hn_pool4_has(inst, r->proto, r->ext, r->ext_port);
}

/* Packets of ICMP do not tell it, and no session has it. */
static __be16 remote_port_of(const struct hn_record *r)
{
	return r->proto == HN_PROTO_ICMP ? 0 : r->remote_port;
}

void hn_apply_prepare(const struct hn_record *r, struct hn_endpoint *ep,
		      struct hn_session_init *init)
{
	*ep = (struct hn_endpoint) { r->inside, r->inside_port, r->proto };
	*init = (struct hn_session_init) {
		.remote = r->remote,
		.remote_port = remote_port_of(r),
		.state = r->state,
		.lifetime = msecs_to_jiffies(r->lifetime),
		.owner = r->owner,
		.generation = r->generation,
		.version = r->version,
	};
}

/* What a record is looked up by, valid or not. */
struct hashes {
	u32	mapping;
	u32	session;
};

/*
 * In a large table each lookup waits for memory: it comes for all of a burst at once, first the
 * buckets and then what their chains begin with. RCU.
 */
static void expect(const struct hn_instance *inst, const struct hn_record *records, u32 n,
		   struct hashes *hashes)
{
	u32 i;

	for (i = 0; i < n; i++) {
		const struct hn_record *r = &records[i];
		struct hn_endpoint ep = { r->inside, r->inside_port, r->proto };

		hashes[i].mapping = hn_mapping_hash(inst, &ep);
		hashes[i].session = hn_session_hash(inst, &ep, r->remote, remote_port_of(r));
		hn_table_expect(&inst->mapping_in, hashes[i].mapping);
		hn_table_expect(&inst->session_in, hashes[i].session);
	}
	for (i = 0; i < n; i++) {
		hn_table_expect_first(&inst->mapping_in, hashes[i].mapping);
		hn_table_expect_first(&inst->session_in, hashes[i].session);
	}
}

/* RCU, BH off. */
static enum hn_apply_fate apply_one(struct hn_instance *inst, const struct hn_record *r,
				    const struct hashes *hashes)
{
	struct hn_session_init init;
	enum hn_apply_fate fate;
	struct hn_endpoint ep;

	if (!valid(inst, r))
		return HN_APPLY_INVALID;
	if (outside(inst, r))
		return HN_APPLY_OUTSIDE;
	hn_apply_prepare(r, &ep, &init);
	init.hash = hashes->session;
	if (r->flags & HN_RF_DELETE)
		return hn_session_apply_delete(inst, &ep, r->ext, r->ext_port, &init,
					       r->flags & HN_RF_EXACT);
	init.map = hn_mapping_get_pair(inst, &ep, hashes->mapping, r->ext, r->ext_port, false,
				       &fate);
	if (!init.map)
		return fate;
	return hn_session_apply(inst, &init);
}

void hn_apply_count(struct hn_instance *inst, u32 fates[HN_APPLY_COUNT], enum hn_apply_fate fate)
{
	static const enum hn_stat stats[HN_APPLY_COUNT] = {
		[HN_APPLY_INSERTED]	= HN_STAT_APPLY_INSERTED,
		[HN_APPLY_UPDATED]	= HN_STAT_APPLY_UPDATED,
		[HN_APPLY_DELETED]	= HN_STAT_APPLY_DELETED,
		[HN_APPLY_STALE]	= HN_STAT_APPLY_STALE,
		[HN_APPLY_OUTSIDE]	= HN_STAT_APPLY_OUTSIDE,
		[HN_APPLY_CONFLICT]	= HN_STAT_APPLY_CONFLICT,
		[HN_APPLY_FULL]		= HN_STAT_APPLY_FULL,
		[HN_APPLY_INVALID]	= HN_STAT_APPLY_INVALID,
		[HN_APPLY_NOMEM]	= HN_STAT_APPLY_NOMEM,
		[HN_APPLY_WON]		= HN_STAT_APPLY_WON,
	};

	fates[fate]++;
	hn_count(inst, stats[fate]);
}

/* What conflicts is left for later, and noted. */
static void apply_all(struct hn_instance *inst, const struct hn_record *records, u32 n,
		      u32 fates[HN_APPLY_COUNT], unsigned long *conflicts)
{
	struct hashes hashes[BURST];
	u32 start, i, end;

	for (start = 0; start < n; start = end) {
		end = min_t(u32, n, start + BURST);
		rcu_read_lock_bh();
		rcu_read_lock();
		expect(inst, &records[start], end - start, hashes);
		for (i = start; i < end; i++) {
			enum hn_apply_fate fate;

			fate = apply_one(inst, &records[i], &hashes[i - start]);
			if (fate == HN_APPLY_CONFLICT)
				__set_bit(i, conflicts);
			else
				hn_apply_count(inst, fates, fate);
		}
		rcu_read_unlock();
		rcu_read_unlock_bh();
		cond_resched();
	}
}

void hn_apply(struct hn_instance *inst, const struct hn_record *records, u32 n,
	      u32 fates[HN_APPLY_COUNT])
{
	DECLARE_BITMAP(conflicts, HN_APPLY_MAX_RECORDS) = {};

	apply_all(inst, records, n, fates, conflicts);
	if (!bitmap_empty(conflicts, HN_APPLY_MAX_RECORDS))
		hn_conflict_resolve(inst, records, n, conflicts, fates);
}
