// SPDX-License-Identifier: GPL-2.0-only
/* What being ignored does to sessions. */
#include <net/ipv6.h>

#include "../digest.h"
#include "../list.h"
#include "../pool4.h"
#include "selftest.h"

#define SESSIONS 64

static u64 known(struct hn_instance *inst, u64 *sums)
{
	const struct hn_digest_filter f = { .owner = inst->node };

	memset(sums, 0, HN_DIGEST_BUCKETS * sizeof(*sums));
	return hn_digest(inst, &f, sums);
}

static void expect_ignored(struct hn_instance *inst, struct hn_session **sessions, u32 n, u64 *sums)
{
	u32 i;

	for (i = 0; i < SESSIONS; i++)
		HN_EXPECT(!!(sessions[i]->flags & HN_SESSION_IGNORED) == (i < n));
	HN_EXPECT(known(inst, sums) == SESSIONS - n);
}

/* By each of the three addresses, and by the protocol. */
static void sessions_follow(struct hn_instance *inst, struct hn_session **sessions, u64 *sums)
{
	struct hn_prefix6 p = { .addr.s6_addr32[0] = cpu_to_be32(0x20010db8), .len = 124 };
	__be32 addrs[2] = { sessions[0]->map->ext, sessions[0]->remote };
	u32 i;

	expect_ignored(inst, sessions, 0, sums);
	HN_EXPECT(!hn_list_add(inst, HN_LIST_IGNORE, &p, 1, NULL));
	expect_ignored(inst, sessions, 16, sums);
	for (i = 0; i < ARRAY_SIZE(addrs); i++) {
		p.len = 128;
		ipv6_addr_set_v4mapped(addrs[i], &p.addr);
		HN_EXPECT(!hn_list_add(inst, HN_LIST_IGNORE, &p, 1, NULL));
		expect_ignored(inst, sessions, SESSIONS, sums);
		HN_EXPECT(!hn_list_remove(inst, HN_LIST_IGNORE, &p, 1, NULL));
		expect_ignored(inst, sessions, 16, sums);
	}
	HN_EXPECT(!hn_list_flush(inst, HN_LIST_IGNORE));
	expect_ignored(inst, sessions, 0, sums);
	WRITE_ONCE(inst->globals[HN_G_SS_PROTOCOLS], HN_PROTO_BIT(HN_PROTO_TCP));
	hn_scope_update(inst);
	expect_ignored(inst, sessions, SESSIONS, sums);
	WRITE_ONCE(inst->globals[HN_G_SS_PROTOCOLS], HN_PROTO_ALL);
	hn_scope_update(inst);
	expect_ignored(inst, sessions, 0, sums);
}

/* As the walk finds it that expires sessions. */
static void expect_young(struct hn_instance *inst, struct hn_session *s, bool young)
{
	spinlock_t *lock = hn_session_lock(inst, s);

	spin_lock_bh(lock);
	if (!young)
		s->told = jiffies;
	hn_session_tend(inst, s);
	HN_EXPECT(!!(s->flags & HN_SESSION_YOUNG) == young);
	spin_unlock_bh(lock);
}

/* Peers are not to know of it until its time has come; then at once. */
static void age(struct hn_instance *inst, u64 *sums)
{
	struct hn_session *s;

	WRITE_ONCE(inst->globals[HN_G_SS_MIN_AGE], 60000);
	rcu_read_lock_bh();
	rcu_read_lock();
	s = hn_selftest_session(inst, SESSIONS, HZ * 3600);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	WRITE_ONCE(inst->globals[HN_G_SS_MIN_AGE], 0);
	if (!HN_EXPECT(s))
		return;
	expect_young(inst, s, true);
	HN_EXPECT(known(inst, sums) == SESSIONS);
	expect_young(inst, s, false);
	HN_EXPECT(known(inst, sums) == SESSIONS + 1);
}

static bool make(struct hn_instance *inst, struct hn_session **sessions)
{
	bool made = true;
	u32 i;

	rcu_read_lock_bh();
	rcu_read_lock();
	for (i = 0; i < SESSIONS; i++) {
		sessions[i] = hn_selftest_session(inst, i, HZ * 3600);
		made &= HN_EXPECT(sessions[i]);
	}
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return made;
}

void hn_scope_selftest(struct hn_instance *inst)
{
	static const struct hn_pool4_entry pool4 = {
		.addr = cpu_to_be32(0xc0000201), .len = 32, .protos = HN_PROTO_BIT(HN_PROTO_UDP),
		.port_min = 1024, .port_max = 65535,
	};
	struct hn_session *sessions[SESSIONS];
	u64 *sums = kvmalloc_array(HN_DIGEST_BUCKETS, sizeof(*sums), GFP_KERNEL);

	if (HN_EXPECT(sums) && HN_EXPECT(!hn_pool4_add(inst, &pool4, NULL)) &&
	    make(inst, sessions)) {
		sessions_follow(inst, sessions, sums);
		age(inst, sums);
	}
	HN_EXPECT(!hn_pool4_flush(inst, false));
	HN_EXPECT(!percpu_counter_sum(&inst->sessions));
	kvfree(sums);
}
