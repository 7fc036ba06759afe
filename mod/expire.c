// SPDX-License-Identifier: GPL-2.0-only
#include "compat/compat.h"
#include "expire.h"
#include "probe.h"
#include "session.h"

/*
 * A slice works for this long, but for the stripes of buckets between two looks at the clock, and
 * leaves the CPU at least as long between slices.
 */
#define SLICE_MS 5
#define BURST 16
#define PERIOD_MS 250
/*
 * Where at least one in so many that a slice met had expired, and there was no time for more, the
 * next one does not wait for its time: sessions go as fast as they come, with half of a CPU at
 * most, and of a table that lives there is no more searched than before.
 */
#define DENSE 8
/*
 * Tables are made for so many sessions before they come, 16 MiB of buckets: who says that there are
 * more may say anything.
 */
#define EXPECTED_MAX BIT(20)
/*
 * Slices in which a small table is walked once: an expired session goes within
 * a second.
 */
#define SLICES 4

struct walk {
	struct hn_instance	*inst;
	struct hn_probes	probes;
	u32			met;
	u32			killed;
};

static void expire_entry(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);
	struct walk *walk = arg;

	walk->met++;
	if (!hn_session_expired(s)) {
		hn_session_tend(walk->inst, s);
	} else if (hn_session_lapses(s)) {
		/* One for which there is no room is met again in the next round. */
		if (hn_probes_add(&walk->probes, s))
			hn_session_lapse(walk->inst, s);
	} else if (hn_session_kill_locked(walk->inst, s)) {
		walk->killed++;
		hn_count(walk->inst, HN_STAT_SESSION_EXPIRED);
	}
}

static void grow(struct hn_instance *inst)
{
	u32 expected = xchg(&inst->expected, 0);
	u64 sessions = percpu_counter_sum_positive(&inst->sessions) + expected;
	u64 mappings = percpu_counter_sum_positive(&inst->mappings) + expected;

	hn_table_grow(&inst->session_in, sessions);
	hn_table_grow(&inst->session_ext, sessions);
	hn_table_grow(&inst->mapping_in, mappings);
	hn_table_grow(&inst->mapping_ext, mappings);
	hn_census_grow(inst);
	hn_blocks_grow(inst);
}

/*
 * Walks the next part of the table, to its end at most: the cursor is 0 then. Returns how many ms
 * the next one has to wait.
 */
static u32 slice(struct hn_instance *inst)
{
	struct walk walk = { .inst = inst, .probes.budget = HN_PROBES_PER_SLICE };
	u64 end = ktime_get_ns() + SLICE_MS * NSEC_PER_MSEC;
	u32 stripes, budget;

	rcu_read_lock();
	stripes = (rcu_dereference(inst->session_in.buckets)->mask + 1) / HN_TABLE_STRIPE;
	rcu_read_unlock();
	for (budget = stripes / SLICES; budget; budget--) {
		if (budget % BURST == 0 && ktime_get_ns() > end)
			break;
		inst->expire_cursor = hn_table_walk(&inst->session_in, inst->expire_cursor,
						    expire_entry, &walk);
		if (walk.probes.count)
			hn_probes_send(&walk.probes, inst);
		hn_log_relieve(inst);
		if (!inst->expire_cursor)
			return PERIOD_MS;
		cond_resched();
	}
	return budget && walk.killed > walk.met / DENSE ? SLICE_MS : PERIOD_MS;
}

static void work(struct work_struct *w)
{
	struct hn_instance *inst = container_of(to_delayed_work(w), struct hn_instance, expire);
	u32 wait = slice(inst);

	hn_syn_expire(inst);
	grow(inst);
	queue_delayed_work(system_dfl_wq, &inst->expire, msecs_to_jiffies(wait));
}

void hn_expire_start(struct hn_instance *inst)
{
	INIT_DELAYED_WORK(&inst->expire, work);
	queue_delayed_work(system_dfl_wq, &inst->expire, msecs_to_jiffies(PERIOD_MS));
}

void hn_expire_stop(struct hn_instance *inst)
{
	cancel_delayed_work_sync(&inst->expire);
}

static u32 believed(const struct hn_instance *inst, u64 sessions)
{
	return min3(sessions, (u64)hn_global(inst, HN_G_MAX_SESSIONS), (u64)EXPECTED_MAX);
}

void hn_expire_expect(struct hn_instance *inst, u64 sessions)
{
	WRITE_ONCE(inst->expected, believed(inst, sessions));
	mod_delayed_work(system_dfl_wq, &inst->expire, 0);
}

#ifdef HN_SELFTEST
#include "selftest/expire.c"
#endif
