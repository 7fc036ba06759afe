// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/random.h>

#include "compat/compat.h"
#include "netlink.h"
#include "session.h"

/* Stripes of buckets whose sessions an advertisement marks before it sends them. */
#define ADVERTISE_STRIPES 64

void hn_record_fill(const struct hn_instance *inst, const struct hn_session *s,
		    struct hn_record *r)
{
	const struct hn_mapping *m = s->map;
	u16 flags = READ_ONCE(s->flags);

	r->inside = m->inside;
	r->ext = m->ext;
	r->remote = s->remote;
	r->inside_port = m->inside_port;
	r->ext_port = m->ext_port;
	r->remote_port = hn_session_remote_port(s);
	r->proto = s->proto;
	r->state = READ_ONCE(s->state);
	r->lifetime = flags & HN_SESSION_DEAD ? 0 : hn_session_remaining(s);
	r->owner = s->owner ? s->owner : inst->node;
	r->generation = s->generation;
	r->version = s->version;
	r->flags = flags & HN_SESSION_DEAD ? HN_RF_DELETE : 0;
	r->reserved = 0;
}

static u32 frame_records(const struct hn_instance *inst)
{
	return hn_global(inst, HN_G_SS_MAX_PAYLOAD) / HN_DELTA_WIRE_RECORD;
}

static void kick(struct hn_instance *inst, u32 waiting)
{
	struct hn_delta *d = &inst->delta;

	if (hn_global(inst, HN_G_SS_FLUSH_ASAP))
		queue_delayed_work(system_dfl_wq, &d->work, 0);
	else if (waiting % frame_records(inst) == 0)
		mod_delayed_work(system_dfl_wq, &d->work, 0);
	else
		queue_delayed_work(system_dfl_wq, &d->work,
				   msecs_to_jiffies(hn_global(inst, HN_G_SS_FLUSH_DEADLINE)));
}

/*
 * Puts it on this CPU's list. Returns how many are there then, as far as is known: where
 * collect() empties the list at this moment too many are counted, and what follows is sent
 * by other full frames of that count. Locked.
 */
static u32 enqueue(struct hn_instance *inst, struct hn_session *s)
{
	struct hn_dirty *dirty = this_cpu_ptr(inst->delta.dirty);
	u32 count = READ_ONCE(dirty->count) + 1;

	WRITE_ONCE(s->flags, s->flags | HN_SESSION_QUEUED);
	llist_add(&s->dirty, &dirty->list);
	hn_count(inst, HN_STAT_DELTA_MARKED);
	WRITE_ONCE(dirty->count, count);
	return count;
}

void hn_delta_mark(struct hn_instance *inst, struct hn_session *s)
{
	lockdep_assert_held(hn_session_lock(inst, s));
	if (s->flags & HN_SESSION_QUEUED)
		WRITE_ONCE(s->flags, s->flags | HN_SESSION_AGAIN);
	else if (hn_session_concerns_peers(s) && hn_global(inst, HN_G_SS_ENABLED) &&
		 hn_genl_has_listeners(inst->net, HN_GROUP_SESSIONS))
		kick(inst, enqueue(inst, s));
}

void hn_delta_died(struct hn_instance *inst)
{
	this_cpu_inc(inst->delta.dirty->dead);
}

static u32 dead_waiting(const struct hn_delta *d)
{
	int cpu, sum = 0;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(d->dirty, cpu)->dead);
	return max(sum, 0);
}

static void pending_append(struct hn_delta *d, struct llist_node *node)
{
	node->next = NULL;
	*d->pending_tail = node;
	d->pending_tail = &node->next;
}

static struct hn_session *pending_pop(struct hn_delta *d)
{
	struct llist_node *node = d->pending;

	if (!node)
		return NULL;
	d->pending = node->next;
	if (!d->pending)
		d->pending_tail = &d->pending;
	return llist_entry(node, struct hn_session, dirty);
}

/* Takes over what CPUs have queued, in the order in which each did. */
static void collect(struct hn_delta *d)
{
	struct llist_node *node, *next;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct hn_dirty *dirty = per_cpu_ptr(d->dirty, cpu);

		WRITE_ONCE(dirty->count, 0);
		node = llist_reverse_order(llist_del_all(&dirty->list));
		for (; node; node = next) {
			next = node->next;
			pending_append(d, node);
		}
	}
}

/*
 * The session needs nothing more from us: gives it back to the table, or to the
 * slab. Locked.
 */
static void finish(struct hn_instance *inst, struct hn_session *s)
{
	WRITE_ONCE(s->flags, s->flags & ~(HN_SESSION_QUEUED | HN_SESSION_AGAIN));
	if (s->flags & HN_SESSION_DEAD) {
		this_cpu_dec(inst->delta.dirty->dead);
		hn_session_free(inst, s);
	}
}

/* Puts the session at the end of the batch, and its record into the message. */
static void add(struct hn_instance *inst, struct hn_session *s, struct hn_record *r)
{
	struct hn_delta *d = &inst->delta;
	bool withdrawn = s->flags & HN_SESSION_IGNORED;

	s->version++;
	s->told = READ_ONCE(s->deadline);
	WRITE_ONCE(s->flags, s->flags & ~HN_SESSION_AGAIN);
	hn_record_fill(inst, s, r);
	if (withdrawn) {
		r->flags |= HN_RF_DELETE;
		r->lifetime = 0;
	}
	__assign_bit(d->batch_count, d->withdrawn, withdrawn);
	d->batch[d->batch_count++] = s;
}

/* Puts the session into the message, if it is still something to tell. */
static void serialise(struct hn_instance *inst, struct hn_session *s, struct hn_record *r)
{
	spinlock_t *lock = hn_session_lock(inst, s);

	spin_lock_bh(lock);
	if (s->flags & HN_SESSION_FOREIGN ||
	    (s->flags & (HN_SESSION_DEAD | HN_SESSION_IGNORED) && !(s->flags & HN_SESSION_TOLD))) {
		hn_count(inst, HN_STAT_DELTA_CANCELLED);
		finish(inst, s);
	} else {
		add(inst, s, r);
	}
	spin_unlock_bh(lock);
}

/*
 * The listeners have record i of the message. Of one that another node has taken
 * meanwhile peers know by that. Locked.
 */
static void note_told(const struct hn_delta *d, u32 i)
{
	struct hn_session *s = d->batch[i];

	if (test_bit(i, d->withdrawn) && !(s->flags & HN_SESSION_FOREIGN))
		WRITE_ONCE(s->flags, s->flags & ~HN_SESSION_TOLD);
	else
		WRITE_ONCE(s->flags, s->flags | HN_SESSION_TOLD);
}

/*
 * The message is with the listeners: what changed meanwhile goes into another
 * one.
 */
static void delivered(struct hn_instance *inst, bool told)
{
	struct hn_delta *d = &inst->delta;
	u32 i;

	for (i = 0; i < d->batch_count; i++) {
		struct hn_session *s = d->batch[i];
		spinlock_t *lock = hn_session_lock(inst, s);

		spin_lock_bh(lock);
		if (told)
			note_told(d, i);
		if (told && s->flags & HN_SESSION_AGAIN)
			pending_append(d, &s->dirty);
		else
			finish(inst, s);
		spin_unlock_bh(lock);
	}
	d->batch_count = 0;
}

/*
 * The message goes back to the head of the queue. Some listeners may have got
 * it, so its sessions count as told.
 */
static void undelivered(struct hn_instance *inst)
{
	struct hn_delta *d = &inst->delta;
	struct llist_node *rest = d->pending;
	struct llist_node **tail = d->pending_tail;
	u32 i;

	d->pending = NULL;
	d->pending_tail = &d->pending;
	for (i = 0; i < d->batch_count; i++) {
		struct hn_session *s = d->batch[i];
		spinlock_t *lock = hn_session_lock(inst, s);

		spin_lock_bh(lock);
		WRITE_ONCE(s->flags, s->flags | HN_SESSION_TOLD);
		pending_append(d, &s->dirty);
		spin_unlock_bh(lock);
	}
	if (rest) {
		*d->pending_tail = rest;
		d->pending_tail = tail;
	}
	d->batch_count = 0;
}

/*
 * Deletions hold memory and ports: gives up those beyond keep, and tells
 * listeners so. Looks at all that is pending, which may be the whole table.
 */
static void give_up(struct hn_instance *inst, u32 keep)
{
	struct hn_delta *d = &inst->delta;
	struct llist_node *node = d->pending, *next;

	d->pending = NULL;
	d->pending_tail = &d->pending;
	for (; node; node = next) {
		struct hn_session *s = llist_entry(node, struct hn_session, dirty);
		spinlock_t *lock = hn_session_lock(inst, s);
		bool freed = false;

		next = node->next;
		spin_lock_bh(lock);
		if (s->flags & HN_SESSION_DEAD) {
			freed = !keep;
			if (keep)
				keep--;
			else
				finish(inst, s);
		}
		spin_unlock_bh(lock);
		if (freed) {
			d->lost++;
			hn_count(inst, HN_STAT_DELTA_LOST);
			hn_log_relieve(inst);
		} else {
			pending_append(d, node);
		}
	}
}

static void failed(struct hn_instance *inst)
{
	struct hn_delta *d = &inst->delta;
	u32 keep = hn_global(inst, HN_G_SS_CAPACITY);

	hn_count(inst, HN_STAT_DELTA_RETRIES);
	if (!d->failing) {
		d->failing = true;
		d->failing_since = jiffies;
	}
	if (time_after(jiffies, d->failing_since + msecs_to_jiffies(HN_DELTA_PATIENCE))) {
		d->failing_since = jiffies;
		keep = 0;
	}
	/* An eighth more, or each retry would walk for a few. */
	if (dead_waiting(d) > keep + keep / 8)
		give_up(inst, keep);
	queue_delayed_work(system_dfl_wq, &d->work, msecs_to_jiffies(HN_DELTA_RETRY));
}

/* How many records the next message has room for. */
static u32 pending_count(const struct hn_delta *d)
{
	const struct llist_node *node = d->pending;
	u32 n = 0;

	for (; node && n < HN_DELTA_RECORDS; node = node->next)
		n++;
	return n;
}

/*
 * Makes and sends one message. False: not delivered, the sessions are pending
 * again.
 */
static bool flush(struct hn_instance *inst)
{
	struct hn_delta *d = &inst->delta;
	const struct hn_group_head head = {
		.cmd = HN_CMD_DELTA,
		.seq = d->seq + 1,
		.lost = d->lost,
		.array = HN_A_RECORDS,
	};
	struct hn_group_message msg;
	struct hn_record *records;
	u32 n = pending_count(d);
	int err;

	err = hn_group_message_init(&msg, inst, &head, n * sizeof(*records));
	if (err)
		return false;
	records = hn_group_message_array(&msg);
	for (; n; n--)
		serialise(inst, pending_pop(d), &records[d->batch_count]);
	if (!d->batch_count) {
		hn_group_message_cancel(&msg);
		return true;
	}
	err = hn_group_message_send(&msg, inst, HN_GROUP_SESSIONS,
				    d->batch_count * sizeof(*records));
	if (err && err != -ESRCH) {
		undelivered(inst);
		return false;
	}
	if (!err) {
		d->seq++;
		d->lost = 0;
		hn_count(inst, HN_STAT_DELTA_MESSAGES);
		this_cpu_add(inst->counters->stat[HN_STAT_DELTA_RECORDS], d->batch_count);
	}
	delivered(inst, !err);
	d->failing = false;
	return true;
}

static void advertise_entry(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);

	hn_delta_mark(arg, s);
}

/*
 * Marks the next part of the table; false when a round is complete and none is
 * wanted.
 */
static bool advertise_some(struct hn_instance *inst)
{
	struct hn_delta *d = &inst->delta;
	u32 n;

	if (!d->advertising) {
		if (!atomic_xchg(&d->advertise, 0))
			return false;
		d->advertising = true;
		d->cursor = 0;
	}
	for (n = 0; n < ADVERTISE_STRIPES; n++) {
		d->cursor = hn_table_walk(&inst->session_in, d->cursor, advertise_entry,
					  inst);
		if (!d->cursor) {
			d->advertising = false;
			break;
		}
	}
	return true;
}

static void work(struct work_struct *w)
{
	struct hn_instance *inst = container_of(to_delayed_work(w), struct hn_instance,
						delta.work);
	struct hn_delta *d = &inst->delta;

	do {
		collect(d);
		while (d->pending) {
			if (!flush(inst)) {
				failed(inst);
				return;
			}
			hn_log_relieve(inst);
			cond_resched();
		}
	} while (advertise_some(inst));
	/*
	 * What comes meanwhile shares a message, which is what makes a new flow cheap
	 * under load.
	 */
	if (hn_global(inst, HN_G_SS_FLUSH_ASAP))
		usleep_range(HN_DELTA_PAUSE_MIN, HN_DELTA_PAUSE_MAX);
}

void hn_delta_flush(struct hn_instance *inst)
{
	/* Who still saw the old settings has armed the timer; nobody else shortens it. */
	synchronize_rcu();
	mod_delayed_work(system_dfl_wq, &inst->delta.work, 0);
}

void hn_delta_advertise(struct hn_instance *inst)
{
	atomic_set(&inst->delta.advertise, 1);
	mod_delayed_work(system_dfl_wq, &inst->delta.work, 0);
}

int hn_delta_init(struct hn_instance *inst)
{
	struct hn_delta *d = &inst->delta;

	d->dirty = alloc_percpu(struct hn_dirty);
	if (!d->dirty)
		return -ENOMEM;
	d->pending_tail = &d->pending;
	INIT_DELAYED_WORK(&d->work, work);
	return 0;
}

void hn_delta_exit(struct hn_instance *inst)
{
	struct hn_delta *d = &inst->delta;
	struct hn_session *s;

	cancel_delayed_work_sync(&d->work);
	collect(d);
	while ((s = pending_pop(d))) {
		spinlock_t *lock = hn_session_lock(inst, s);

		/* Those that live are in the tables and freed with them. */
		spin_lock_bh(lock);
		finish(inst, s);
		spin_unlock_bh(lock);
		hn_log_relieve(inst);
	}
	free_percpu(d->dirty);
}

#ifdef HN_SELFTEST
#include "selftest/delta.c"
#endif
