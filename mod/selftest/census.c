// SPDX-License-Identifier: GPL-2.0-only
/* What sessions are counted by comes and goes with them, and with the settings. */
#include "../pool4.h"
#include "selftest.h"

#define FLOWS 40

static void set(struct hn_instance *inst, u32 limit, u32 len, bool by_remote)
{
	WRITE_ONCE(inst->globals[HN_G_MAX_SOURCE_SESSIONS], limit);
	WRITE_ONCE(inst->globals[HN_G_SOURCE_PREFIX], len);
	WRITE_ONCE(inst->globals[HN_G_ADDR_FILTERING], by_remote);
	hn_census_update(inst);
}

static void set_mappings(struct hn_instance *inst, u32 limit, u32 rate)
{
	WRITE_ONCE(inst->globals[HN_G_MAX_SOURCE_MAPPINGS], limit);
	WRITE_ONCE(inst->globals[HN_G_SOURCE_MAPPING_RATE], rate);
	hn_census_update(inst);
}

static void keys(struct hn_instance *inst, u32 sources, u32 remotes)
{
	HN_EXPECT(percpu_counter_sum(&inst->census.sources.keys) == sources);
	HN_EXPECT(percpu_counter_sum(&inst->census.remotes.keys) == remotes);
}

/* How many of the flows from first on get a session. */
static u32 flows(struct hn_instance *inst, u32 first, u32 n)
{
	u32 i, made = 0;

	rcu_read_lock_bh();
	rcu_read_lock();
	for (i = 0; i < n; i++)
		made += !!hn_selftest_session(inst, first + i, HZ * 3600);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return made;
}

static void kill_entry(struct hn_link *link, void *arg)
{
	hn_session_kill_locked(arg, container_of(link, struct hn_session, in_link));
}

static bool admits(struct hn_instance *inst, const struct hn_session *s, __be32 remote)
{
	bool admitted;

	rcu_read_lock();
	admitted = hn_census_admits(inst, s->map, remote);
	rcu_read_unlock();
	return admitted;
}

static void filter(struct hn_instance *inst)
{
	struct hn_session *s;

	rcu_read_lock_bh();
	rcu_read_lock();
	s = hn_selftest_session(inst, 1, HZ * 3600);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	if (!HN_EXPECT(s))
		return;
	HN_EXPECT(admits(inst, s, s->remote) && admits(inst, s, ~s->remote));
	set(inst, 0, 64, true);
	HN_EXPECT(admits(inst, s, s->remote) && !admits(inst, s, ~s->remote));
	keys(inst, 0, 1);
	set(inst, 0, 64, false);
	HN_EXPECT(admits(inst, s, ~s->remote));
	keys(inst, 0, 0);
}

/* All flows are of one /64 and of a /128 each. */
static void limits(struct hn_instance *inst)
{
	HN_EXPECT(flows(inst, 1, FLOWS) == FLOWS);
	keys(inst, 0, 0);
	set(inst, FLOWS + 2, 64, true);
	keys(inst, 1, FLOWS);
	/* A flow that has a session needs no room. */
	HN_EXPECT(flows(inst, 1, FLOWS) == FLOWS);
	HN_EXPECT(flows(inst, FLOWS + 1, FLOWS) == 2);
	keys(inst, 1, FLOWS + 2);
	set(inst, 1, 128, true);
	keys(inst, FLOWS + 2, FLOWS + 2);
	HN_EXPECT(flows(inst, FLOWS + 1, FLOWS) == FLOWS);
	keys(inst, 2 * FLOWS, 2 * FLOWS);
	/* Fewer than there are: none is ended, none is new. */
	set(inst, FLOWS, 64, false);
	keys(inst, 1, 0);
	HN_EXPECT(!flows(inst, 2 * FLOWS + 1, 1));
	set(inst, 0, 64, false);
	keys(inst, 0, 0);
	HN_EXPECT(flows(inst, 2 * FLOWS + 1, 1) == 1);
	set(inst, FLOWS, 64, true);
	keys(inst, 1, 2 * FLOWS + 1);
	hn_table_walk_all(&inst->session_in, kill_entry, inst);
	keys(inst, 0, 0);
	HN_EXPECT(flows(inst, 1, 2 * FLOWS) == FLOWS);
}

static bool mapping_keys(struct hn_instance *inst, u32 n)
{
	return percpu_counter_sum(&inst->census.mappings.keys) == n;
}

/* Of mappings, of which each flow has one. */
static void mapping_limits(struct hn_instance *inst)
{
	u32 made;

	HN_EXPECT(flows(inst, 1, 5) == 5 && mapping_keys(inst, 0));
	set_mappings(inst, 10, 0);
	HN_EXPECT(mapping_keys(inst, 1));
	HN_EXPECT(flows(inst, 1, FLOWS) == 10);
	/* Each flow is a source of its own. */
	set(inst, 0, 128, false);
	HN_EXPECT(mapping_keys(inst, 10));
	HN_EXPECT(flows(inst, 1, FLOWS) == FLOWS && mapping_keys(inst, FLOWS));
	set(inst, 0, 64, false);
	HN_EXPECT(mapping_keys(inst, 1) && !flows(inst, FLOWS + 1, 1));
	/* At once so many, then one after the other. */
	set_mappings(inst, 0, 5);
	made = flows(inst, FLOWS + 1, FLOWS);
	HN_EXPECT(made >= 5 && made < FLOWS);
	set_mappings(inst, 0, 0);
	HN_EXPECT(mapping_keys(inst, 0));
	HN_EXPECT(flows(inst, FLOWS + 1, FLOWS) == FLOWS);
	set_mappings(inst, 1, 0);
	hn_table_walk_all(&inst->session_in, kill_entry, inst);
	HN_EXPECT(mapping_keys(inst, 0));
	set_mappings(inst, 0, 0);
}

void hn_census_selftest(struct hn_instance *inst)
{
	const struct hn_pool4_entry pool4 = {
		.addr = htonl(0xc0000201), .len = 32, .protos = HN_PROTO_BIT(HN_PROTO_UDP),
		.port_min = 1024, .port_max = 65535,
	};

	if (!HN_EXPECT(!hn_pool4_add(inst, &pool4, NULL)))
		return;
	limits(inst);
	hn_table_walk_all(&inst->session_in, kill_entry, inst);
	set(inst, 0, 64, false);
	filter(inst);
	hn_table_walk_all(&inst->session_in, kill_entry, inst);
	mapping_limits(inst);
	HN_EXPECT(!hn_pool4_flush(inst, false));
	keys(inst, 0, 0);
}
