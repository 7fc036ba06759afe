// SPDX-License-Identifier: GPL-2.0-only
/* The queue: order, what is lost, the numbers of events; and nobody listens. */
#include "selftest.h"

/* How many there are of the kind, over all CPUs. */
static u64 stat_sum(const struct hn_instance *inst, enum hn_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(inst->counters, cpu)->stat[stat]);
	return sum;
}

/* n events with numbers from *next on, all into one CPU's queue, which is returned. */
static struct hn_log_queue *put_many(struct hn_instance *inst, u32 *next, u32 n)
{
	struct hn_log_queue *q;

	local_bh_disable();
	q = this_cpu_ptr(inst->log.queues);
	for (; n; n--) {
		struct hn_log_event e = { .owner = (*next)++ };

		put(inst, &e);
	}
	local_bh_enable();
	return q;
}

/* True if n events are there, with numbers from first on. */
static bool take_many(struct hn_log_queue *q, u32 first, u32 n)
{
	struct hn_log_event events[8];
	u32 i, got;

	for (; n; n -= got) {
		got = take(q, events, min_t(u32, n, ARRAY_SIZE(events)));
		for (i = 0; i < got; i++) {
			if (events[i].owner != first++)
				return false;
		}
		if (!got)
			return false;
	}
	return true;
}

static u64 next_number(struct hn_instance *inst)
{
	const struct nlattr *seq;
	struct batch b = {};
	u64 number;

	if (!HN_EXPECT(!begin(inst, &b)))
		return 0;
	genlmsg_end(b.msg.skb, b.msg.header);
	seq = nlmsg_find_attr(nlmsg_hdr(b.msg.skb), GENL_HDRLEN, HN_A_SEQ);
	number = HN_EXPECT(seq) ? nla_get_u64(seq) : 0;
	hn_group_message_cancel(&b.msg);
	return number;
}

/* The lock held: the worker waits. */
static void test_queue(struct hn_instance *inst)
{
	struct hn_log_queue *q;
	u32 next = 0;

	q = put_many(inst, &next, 3 * HN_LOG_QUEUE / 4);
	HN_EXPECT(take_many(q, 0, next));
	HN_EXPECT(!take(q, NULL, 1));
	HN_EXPECT(!stat_sum(inst, HN_STAT_LOG_LOST));
	HN_EXPECT(next_number(inst) == 1);

	/* Over the end of the array, and one more than there is room for. */
	inst->log.taken = next;
	next = 0;
	q = put_many(inst, &next, HN_LOG_QUEUE + 1);
	HN_EXPECT(stat_sum(inst, HN_STAT_LOG_LOST) == 1);
	HN_EXPECT(take_many(q, 0, HN_LOG_QUEUE));
	HN_EXPECT(!take(q, NULL, 1));
	inst->log.taken += HN_LOG_QUEUE;
	HN_EXPECT(next_number(inst) == 3 * HN_LOG_QUEUE / 4 + HN_LOG_QUEUE + 2);
}

/* What is in the queues when the last listener goes, and what nobody is there for. */
static void test_unheard(struct hn_instance *inst)
{
	struct hn_log_event e = {};
	u32 next = 0;

	put_many(inst, &next, HN_LOG_EVENTS + 1);
	HN_EXPECT(!flush(inst));
	cancel_delayed_work_sync(&inst->log.work);
	HN_EXPECT(stat_sum(inst, HN_STAT_LOG_UNHEARD) == HN_LOG_EVENTS + 1);
	local_bh_disable();
	enter(inst, &e);
	local_bh_enable();
	HN_EXPECT(!e.time);
	HN_EXPECT(stat_sum(inst, HN_STAT_LOG_UNHEARD) == HN_LOG_EVENTS + 2);
	HN_EXPECT(!delayed_work_pending(&inst->log.work));
	HN_EXPECT(!stat_sum(inst, HN_STAT_LOG_SENT));
}

void hn_log_selftest(struct hn_instance *inst)
{
	const u32 settings[__HN_G_LAST] = { [HN_G_LOGGING_BIB] = 1 };

	if (!HN_EXPECT(!hn_log_prepare(inst, settings)))
		return;
	mutex_lock(&inst->log.lock);
	test_queue(inst);
	mutex_unlock(&inst->log.lock);
	test_unheard(inst);
}
