// SPDX-License-Identifier: GPL-2.0-only
/* The dirty list and the worker's queue: order, coalescing, giving up, withdrawing. */
#include "../pool4.h"
#include "selftest.h"

#define SESSIONS 8

/* Without listeners nothing is marked: queues the first time by hand. */
static void mark(struct hn_instance *inst, struct hn_session *s)
{
	spinlock_t *lock = hn_session_lock(inst, s);

	spin_lock_bh(lock);
	if (s->flags & HN_SESSION_QUEUED)
		hn_delta_mark(inst, s);
	else
		enqueue(inst, s);
	spin_unlock_bh(lock);
}

static void kill(struct hn_instance *inst, struct hn_session *s)
{
	spinlock_t *lock = hn_session_lock(inst, s);

	spin_lock_bh(lock);
	HN_EXPECT(hn_session_kill_locked(inst, s));
	spin_unlock_bh(lock);
}

static void expect_pending(const struct hn_delta *d, struct hn_session **sessions, u32 n)
{
	const struct llist_node *node = d->pending;
	u32 i;

	for (i = 0; i < n; i++, node = node->next) {
		if (!HN_EXPECT(node))
			return;
		HN_EXPECT(node == &sessions[i]->dirty);
	}
	HN_EXPECT(!node);
}

/* The worker does not come in between: it has not been kicked. */
static void queue_all(struct hn_instance *inst, struct hn_session **sessions)
{
	u32 i;

	/* One CPU's list: what is queued on two has no order. */
	local_bh_disable();
	for (i = 0; i < SESSIONS; i++)
		mark(inst, sessions[i]);
	local_bh_enable();
	collect(&inst->delta);
	expect_pending(&inst->delta, sessions, SESSIONS);
}

/* Changed again while queued: still once in the queue. */
static void coalesce(struct hn_instance *inst, struct hn_session **sessions)
{
	mark(inst, sessions[0]);
	mark(inst, sessions[0]);
	collect(&inst->delta);
	expect_pending(&inst->delta, sessions, SESSIONS);
	HN_EXPECT(sessions[0]->flags & HN_SESSION_AGAIN);
}

/* A message that fails puts its sessions back where they were. */
static void fail_message(struct hn_instance *inst, struct hn_session **sessions)
{
	struct hn_delta *d = &inst->delta;
	struct hn_record records[3];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(records); i++) {
		serialise(inst, pending_pop(d), &records[i]);
		HN_EXPECT(records[i].ext_port == sessions[i]->map->ext_port);
		HN_EXPECT(records[i].version == sessions[i]->version);
	}
	expect_pending(d, sessions + i, SESSIONS - i);
	undelivered(inst);
	expect_pending(d, sessions, SESSIONS);
}

/* Of what is dead and told one deletion is kept; what lives stays. */
static void deletions(struct hn_instance *inst, struct hn_session **sessions)
{
	struct hn_session *expected[SESSIONS - 2];
	struct hn_delta *d = &inst->delta;
	u32 i, n = 0;

	/* The first three may have been told. */
	for (i = 0; i < 3; i++)
		kill(inst, sessions[i]);
	HN_EXPECT(dead_waiting(d) == 3);
	for (i = 0; i < SESSIONS; i++) {
		if (i != 1 && i != 2)
			expected[n++] = sessions[i];
	}
	give_up(inst, 1);
	HN_EXPECT(d->lost == 2);
	HN_EXPECT(dead_waiting(d) == 1);
	expect_pending(d, expected, n);
	/* Born and dead between two messages: nobody hears of it. */
	kill(inst, sessions[3]);
	HN_EXPECT(percpu_counter_sum(&inst->sessions) == SESSIONS - 4);
	HN_EXPECT(percpu_counter_sum(&inst->mappings) == SESSIONS - 2);
}

/* Nobody listens: the queue is emptied, the dead are freed. */
static void drain(struct hn_instance *inst, struct hn_session **sessions)
{
	u32 i;

	while (inst->delta.pending)
		HN_EXPECT(flush(inst));
	HN_EXPECT(dead_waiting(&inst->delta) == 0);
	HN_EXPECT(percpu_counter_sum(&inst->mappings) == SESSIONS - 4);
	for (i = 4; i < SESSIONS; i++)
		HN_EXPECT(!(sessions[i]->flags & (HN_SESSION_QUEUED | HN_SESSION_AGAIN)));
	inst->delta.lost = 0;
}

static void set_ignored(struct hn_instance *inst, struct hn_session *s, bool ignored)
{
	spinlock_t *lock = hn_session_lock(inst, s);

	spin_lock_bh(lock);
	hn_session_set_ignored(inst, s, ignored);
	spin_unlock_bh(lock);
}

/* The record that is made of the session now, as the only one of a message; or none. */
static bool make_record(struct hn_instance *inst, struct hn_session *s, struct hn_record *r)
{
	struct hn_delta *d = &inst->delta;

	mark(inst, s);
	collect(d);
	if (!HN_EXPECT(d->pending == &s->dirty))
		return false;
	serialise(inst, pending_pop(d), r);
	return d->batch_count;
}

/* Who has left the scope is told as gone, once, if he was told at all. */
static void withdraw(struct hn_instance *inst, struct hn_session *s)
{
	struct hn_record r;

	set_ignored(inst, s, true);
	HN_EXPECT(!make_record(inst, s, &r));
	HN_EXPECT(!(s->flags & HN_SESSION_QUEUED));
	set_ignored(inst, s, false);
	HN_EXPECT(make_record(inst, s, &r) && !r.flags && r.lifetime);
	/* Meanwhile it leaves: that is for another message. */
	set_ignored(inst, s, true);
	delivered(inst, true);
	HN_EXPECT(s->flags & HN_SESSION_TOLD && s->flags & HN_SESSION_QUEUED);
	HN_EXPECT(make_record(inst, s, &r) && r.flags == HN_RF_DELETE && !r.lifetime);
	/* Some may have got it, others not: all get it again. */
	undelivered(inst);
	HN_EXPECT(make_record(inst, s, &r) && r.flags == HN_RF_DELETE);
	delivered(inst, true);
	HN_EXPECT(!(s->flags & (HN_SESSION_TOLD | HN_SESSION_QUEUED | HN_SESSION_DEAD)));
	HN_EXPECT(!make_record(inst, s, &r));
}

/* Where more were counted than there are, another full frame is sent all the same. */
static void full_frames(struct hn_instance *inst)
{
	struct hn_delta *d = &inst->delta;
	const u32 full = frame_records(inst);

	WRITE_ONCE(inst->globals[HN_G_SS_FLUSH_ASAP], false);
	kick(inst, full + 1);
	HN_EXPECT(timer_pending(&d->work.timer));
	kick(inst, 2 * full - 1);
	HN_EXPECT(timer_pending(&d->work.timer));
	kick(inst, 2 * full);
	HN_EXPECT(!timer_pending(&d->work.timer));
	flush_delayed_work(&d->work);
	WRITE_ONCE(inst->globals[HN_G_SS_FLUSH_ASAP], true);
}

void hn_delta_selftest(struct hn_instance *inst)
{
	const struct hn_pool4_entry pool4 = {
		.addr = htonl(0xc0000201), .len = 32, .protos = HN_PROTO_BIT(HN_PROTO_UDP),
		.port_min = 1024, .port_max = 65535,
	};
	struct hn_session *sessions[SESSIONS];
	bool made = true;
	u32 i;

	if (!HN_EXPECT(!hn_pool4_add(inst, &pool4, NULL)))
		return;
	rcu_read_lock_bh();
	rcu_read_lock();
	for (i = 0; i < SESSIONS; i++) {
		sessions[i] = hn_selftest_session(inst, i, HZ * 3600);
		made &= HN_EXPECT(sessions[i]);
	}
	rcu_read_unlock();
	rcu_read_unlock_bh();
	if (made) {
		queue_all(inst, sessions);
		coalesce(inst, sessions);
		fail_message(inst, sessions);
		deletions(inst, sessions);
		drain(inst, sessions);
		withdraw(inst, sessions[4]);
		full_frames(inst);
	}
	HN_EXPECT(!hn_pool4_flush(inst, false));
	HN_EXPECT(!percpu_counter_sum(&inst->sessions));
	HN_EXPECT(!percpu_counter_sum(&inst->mappings));
}
