// SPDX-License-Identifier: GPL-2.0-only
/* What has expired goes, with its mapping and port, and nothing else. */
#include "../pool4.h"
#include "selftest.h"

#define SESSIONS 900

/* Whose time is up at this moment: ours goes, another node's has its grace. */
static void expect_grace(struct hn_session *s)
{
	WRITE_ONCE(s->deadline, (u32)jiffies);
	HN_EXPECT(hn_session_expired(s));
	WRITE_ONCE(s->flags, s->flags | HN_SESSION_FOREIGN);
	HN_EXPECT(!hn_session_expired(s));
	WRITE_ONCE(s->deadline, (u32)jiffies - HN_REPLICA_GRACE);
	HN_EXPECT(hn_session_expired(s));
}

/* Each third lives for an hour, is old, or is another node's and old. */
static void populate(struct hn_instance *inst)
{
	u32 i;

	for (i = 0; i < SESSIONS; i++) {
		struct hn_session *s = hn_selftest_session(inst, i, i % 3 ? 0 : HZ * 3600);

		if (!HN_EXPECT(s))
			return;
		if (i % 3 == 2)
			expect_grace(s);
	}
}

static void walk_once(struct hn_instance *inst)
{
	inst->expire_cursor = 0;
	do {
		slice(inst);
	} while (inst->expire_cursor);
}

static void age(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);

	WRITE_ONCE(s->deadline, s->deadline - HZ * 3600);
}

static void age_all(struct hn_instance *inst)
{
	u32 i = 0;

	do {
		i = hn_table_walk(&inst->session_in, i, age, NULL);
	} while (i);
}

static void left(struct hn_instance *inst, u32 n)
{
	struct hn_pool4_entry e;

	HN_EXPECT(percpu_counter_sum(&inst->sessions) == n);
	HN_EXPECT(percpu_counter_sum(&inst->mappings) == n);
	HN_EXPECT(hn_pool4_entry(inst, 0, &e) && e.used == n);
}

/* Established TCP sessions of one end lapse, in batches of bounded size, and then go. */
static void lapse(struct hn_instance *inst)
{
	const struct hn_pool4_entry pool4 = {
		.addr = htonl(0xc0000201), .len = 32, .protos = HN_PROTO_BIT(HN_PROTO_TCP),
		.port_min = 1024, .port_max = 65535,
	};
	struct hn_probes probes = { .budget = HN_PROBES + 1 };
	struct hn_session *s = NULL;
	u32 i;

	if (!HN_EXPECT(!hn_pool4_add(inst, &pool4, NULL)))
		return;
	rcu_read_lock_bh();
	rcu_read_lock();
	for (i = 0; i < SESSIONS; i++)
		s = hn_selftest_flow(inst, i, 0, HN_PROTO_TCP, HN_TCP_ESTABLISHED);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	if (!HN_EXPECT(s))
		return;
	for (i = 0; i < HN_PROBES; i++)
		HN_EXPECT(hn_probes_add(&probes, s));
	HN_EXPECT(!hn_probes_add(&probes, s));
	hn_probes_send(&probes, inst);
	HN_EXPECT(hn_probes_add(&probes, s) && !hn_probes_add(&probes, s));
	walk_once(inst);
	HN_EXPECT(percpu_counter_sum(&inst->sessions) == SESSIONS);
	walk_once(inst);
	HN_EXPECT(percpu_counter_sum(&inst->sessions) == SESSIONS);
	age_all(inst);
	walk_once(inst);
	HN_EXPECT(!percpu_counter_sum(&inst->sessions));
}

/* For what is expected there is room, once, and for no more than the limit. The work has ended. */
static void expect(struct hn_instance *inst)
{
	const u64 room = HN_TABLE_MIN_BUCKETS * HN_TABLE_LOAD;

	HN_EXPECT(believed(inst, U64_MAX) == EXPECTED_MAX);
	inst->expected = believed(inst, room + 1);
	grow(inst);
	HN_EXPECT(!inst->expected);
	grow(inst);
	HN_EXPECT(hn_selftest_buckets(&inst->session_in) == 2 * HN_TABLE_MIN_BUCKETS);
	HN_EXPECT(hn_selftest_buckets(&inst->session_ext) == 2 * HN_TABLE_MIN_BUCKETS);
	HN_EXPECT(hn_selftest_buckets(&inst->mapping_in) == 2 * HN_TABLE_MIN_BUCKETS);
	HN_EXPECT(hn_selftest_buckets(&inst->mapping_ext) == 2 * HN_TABLE_MIN_BUCKETS);
}

void hn_expire_selftest(struct hn_instance *inst)
{
	const struct hn_pool4_entry pool4 = {
		.addr = htonl(0xc0000201), .len = 32, .protos = HN_PROTO_BIT(HN_PROTO_UDP),
		.port_min = 1024, .port_max = 65535,
	};

	hn_expire_stop(inst);
	if (!HN_EXPECT(!hn_pool4_add(inst, &pool4, NULL)))
		goto start;
	rcu_read_lock_bh();
	rcu_read_lock();
	populate(inst);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	left(inst, SESSIONS);
	walk_once(inst);
	left(inst, SESSIONS / 3);
	age_all(inst);
	walk_once(inst);
	left(inst, 0);
	lapse(inst);
	expect(inst);
	HN_EXPECT(!hn_pool4_flush(inst, false));
start:
	hn_expire_start(inst);
}
