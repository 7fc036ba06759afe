// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/timekeeping.h>
#include <net/genetlink.h>

#include "compat/compat.h"
#include "inside.h"
#include "netlink.h"
#include "session.h"

/* Puts the event into this CPU's queue, if it has room. BH off. */
static void put(struct hn_instance *inst, const struct hn_log_event *e)
{
	struct hn_log_queue *q = this_cpu_ptr(inst->log.queues);
	u32 head = q->head;

	/* What was there has been read, if it may be overwritten. */
	if (head - smp_load_acquire(&q->tail) == HN_LOG_QUEUE) {
		hn_count(inst, HN_STAT_LOG_LOST);
		return;
	}
	q->events[head % HN_LOG_QUEUE] = *e;
	/* With what is in it: see take(). */
	smp_store_release(&q->head, ++head);
	if (head % HN_LOG_EVENTS)
		queue_delayed_work(system_dfl_wq, &inst->log.work, msecs_to_jiffies(HN_LOG_DELAY));
	else
		mod_delayed_work(system_dfl_wq, &inst->log.work, 0);
}

/* The same, with the time, if anybody wants to hear of it. */
static void enter(struct hn_instance *inst, struct hn_log_event *e)
{
	if (!hn_genl_has_listeners(inst->net, HN_GROUP_LOG)) {
		hn_count(inst, HN_STAT_LOG_UNHEARD);
		return;
	}
	e->time = ktime_get_real_ns();
	put(inst, e);
}

static bool wanted(const struct hn_instance *inst, u32 what)
{
	/* If so, the queues are there: see hn_log_update(). */
	return smp_load_acquire(&inst->logs) & what;
}

static struct hn_log_event event_of(const struct hn_mapping *m, enum hn_log_kind kind)
{
	return (struct hn_log_event) {
		.inside = m->inside,
		.ext = m->ext,
		.inside_port = m->inside_port,
		.ext_port = m->ext_port,
		.kind = kind,
		.proto = m->proto,
		.flags = READ_ONCE(m->is_static) ? HN_LF_STATIC : 0,
	};
}

/* Its block is logged in its place. */
static bool in_block(const struct hn_mapping *m)
{
	return READ_ONCE(m->flags) & HN_MAPPING_IN_BLOCK;
}

void hn_log_mapping(struct hn_instance *inst, const struct hn_mapping *m, enum hn_log_kind kind)
{
	struct hn_log_event e;

	if (!wanted(inst, HN_LOGS_BIB) || in_block(m))
		return;
	e = event_of(m, kind);
	enter(inst, &e);
}

void hn_log_block(struct hn_instance *inst, const struct in6_addr *source, __be32 ext, u16 first,
		  u16 last, enum hn_log_kind kind)
{
	struct hn_log_event e = {
		.inside = *source,
		.ext = ext,
		.inside_port = htons(hn_inside_is4(source) ? 128 : inst->blocks.source_len),
		.ext_port = htons(first),
		.remote_port = htons(last),
		.kind = kind,
	};

	if (wanted(inst, HN_LOGS_BIB))
		enter(inst, &e);
}

static void log_session(struct hn_instance *inst, const struct hn_session *s,
			enum hn_log_kind kind)
{
	struct hn_log_event e;

	if (!wanted(inst, HN_LOGS_SESSION))
		return;
	e = event_of(s->map, kind);
	e.remote = s->remote;
	e.remote_port = hn_session_remote_port(s);
	e.owner = s->owner ? s->owner : READ_ONCE(inst->node);
	enter(inst, &e);
}

/* Two sessions that are its first ones on two CPUs may both log it. */
static void begin_mapping(struct hn_instance *inst, struct hn_mapping *m)
{
	if (READ_ONCE(m->is_logged))
		return;
	WRITE_ONCE(m->is_logged, true);
	if (in_block(m))
		hn_block_log(inst, m, true);
	else
		hn_log_mapping(inst, m, HN_LOG_BIB_BEGIN);
}

void hn_log_session_begin(struct hn_instance *inst, const struct hn_session *s)
{
	begin_mapping(inst, s->map);
	log_session(inst, s, HN_LOG_SESSION_BEGIN);
}

void hn_log_session_adopt(struct hn_instance *inst, const struct hn_session *s)
{
	begin_mapping(inst, s->map);
	log_session(inst, s, HN_LOG_SESSION_ADOPT);
}

void hn_log_session_end(struct hn_instance *inst, const struct hn_session *s)
{
	if (!READ_ONCE(s->map->is_logged) && in_block(s->map))
		hn_block_log(inst, s->map, false);
	WRITE_ONCE(s->map->is_logged, true);
	log_session(inst, s, HN_LOG_SESSION_END);
}

/* Moves at most n events out of the queue. log->lock held. */
static u32 take(struct hn_log_queue *q, struct hn_log_event *to, u32 n)
{
	u32 i, tail = q->tail;

	/* What is before it has been written: see put(). */
	n = min(n, smp_load_acquire(&q->head) - tail);
	for (i = 0; i < n; i++)
		to[i] = q->events[(tail + i) % HN_LOG_QUEUE];
	/* What is before it has been read, and may be overwritten. */
	smp_store_release(&q->tail, tail + n);
	return n;
}

static u64 lost(const struct hn_instance *inst)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(inst->counters, cpu)->stat[HN_STAT_LOG_LOST]);
	return sum;
}

/* A message under construction; none: msg.skb is NULL. */
struct batch {
	struct hn_group_message	msg;
	u32			count;
};

static int begin(struct hn_instance *inst, struct batch *b)
{
	const struct hn_group_head head = {
		.cmd = HN_CMD_LOG,
		.seq = inst->log.taken + lost(inst) + 1,
		.array = HN_A_EVENTS,
	};

	b->count = 0;
	return hn_group_message_init(&b->msg, inst, &head,
				     HN_LOG_EVENTS * sizeof(struct hn_log_event));
}

static void finish(struct hn_instance *inst, struct batch *b)
{
	int err = hn_group_message_send(&b->msg, inst, HN_GROUP_LOG,
					b->count * sizeof(struct hn_log_event));

	/* Of any other error the listener knows that wanted to be told of it. */
	this_cpu_add(inst->counters->stat[err == -ESRCH ? HN_STAT_LOG_UNHEARD : HN_STAT_LOG_SENT],
		     b->count);
	b->msg.skb = NULL;
}

/* Sends what is in the queue now, but for what the message has room for. -ENOMEM. */
static int drain(struct hn_instance *inst, struct hn_log_queue *q, struct batch *b)
{
	u32 left = READ_ONCE(q->head) - q->tail;

	while (left) {
		struct hn_log_event *events;
		u32 n;

		if (!b->msg.skb && begin(inst, b))
			return -ENOMEM;
		events = hn_group_message_array(&b->msg);
		n = take(q, events + b->count, min(left, HN_LOG_EVENTS - b->count));
		inst->log.taken += n;
		b->count += n;
		left -= n;
		if (b->count == HN_LOG_EVENTS)
			finish(inst, b);
	}
	return 0;
}

/* Sends what there is when it begins. -ENOMEM: not all of it. May sleep. */
static int flush(struct hn_instance *inst)
{
	struct batch b = {};
	int cpu, err = 0;

	mutex_lock(&inst->log.lock);
	for_each_possible_cpu(cpu) {
		err = drain(inst, per_cpu_ptr(inst->log.queues, cpu), &b);
		if (err)
			break;
	}
	if (b.msg.skb)
		finish(inst, &b);
	mutex_unlock(&inst->log.lock);
	return err;
}

static void work(struct work_struct *w)
{
	struct hn_instance *inst = container_of(to_delayed_work(w), struct hn_instance, log.work);

	if (flush(inst))
		queue_delayed_work(system_dfl_wq, &inst->log.work, msecs_to_jiffies(HN_LOG_RETRY));
}

void hn_log_relieve(struct hn_instance *inst)
{
	const struct hn_log_queue *q;

	might_sleep();
	if (!hn_logs(inst))
		return;
	q = raw_cpu_ptr(inst->log.queues);
	if (READ_ONCE(q->head) - READ_ONCE(q->tail) >= HN_LOG_QUEUE / 2)
		flush(inst);
}

void hn_log_walk_all(struct hn_instance *inst, struct hn_table *t, hn_link_fn *fn, void *arg)
{
	u32 i = 0;

	do {
		i = hn_table_walk(t, i, fn, arg);
		hn_log_relieve(inst);
		cond_resched();
	} while (i);
}

int hn_log_prepare(struct hn_instance *inst, const u32 *settings)
{
	int cpu;

	if (!settings[HN_G_LOGGING_BIB] && !settings[HN_G_LOGGING_SESSION])
		return 0;
	for_each_possible_cpu(cpu) {
		struct hn_log_queue *q = per_cpu_ptr(inst->log.queues, cpu);

		if (q->events)
			continue;
		q->events = kvmalloc_node(HN_LOG_QUEUE * sizeof(*q->events), GFP_KERNEL_ACCOUNT,
					  cpu_to_node(cpu));
		if (!q->events)
			return -ENOMEM;
	}
	return 0;
}

void hn_log_update(struct hn_instance *inst)
{
	u32 logs = 0;

	if (inst->globals[HN_G_LOGGING_BIB])
		logs |= HN_LOGS_BIB;
	if (inst->globals[HN_G_LOGGING_SESSION])
		logs |= HN_LOGS_SESSION;
	/* See wanted(). */
	smp_store_release(&inst->logs, logs);
}

int hn_log_init(struct hn_instance *inst)
{
	inst->log.queues = alloc_percpu(struct hn_log_queue);
	if (!inst->log.queues)
		return -ENOMEM;
	mutex_init(&inst->log.lock);
	INIT_DELAYED_WORK(&inst->log.work, work);
	return 0;
}

static void log_instance_end(struct hn_instance *inst)
{
	struct hn_log_event e = { .kind = HN_LOG_INSTANCE_END };

	local_bh_disable();
	enter(inst, &e);
	local_bh_enable();
}

void hn_log_exit(struct hn_instance *inst)
{
	int cpu;

	flush(inst);
	if (hn_logs(inst))
		log_instance_end(inst);
	WRITE_ONCE(inst->logs, 0);
	cancel_delayed_work_sync(&inst->log.work);
	flush(inst);
	mutex_destroy(&inst->log.lock);
	for_each_possible_cpu(cpu)
		kvfree(per_cpu_ptr(inst->log.queues, cpu)->events);
	free_percpu(inst->log.queues);
}

#ifdef HN_SELFTEST
#include "selftest/log.c"
#endif
