// SPDX-License-Identifier: GPL-2.0-only
/* Whose a session is, when packets and records of another node come for it. */
#include "../apply.h"
#include "selftest.h"

/* No node has a lower or a higher number. */
#define LOWEST 1
#define HIGHEST U32_MAX

/* The session as a peer tells it; as many generations later. */
static u32 told_by(struct hn_instance *inst, struct hn_session *s, u32 owner, u16 later,
		   enum hn_apply_fate fate)
{
	u32 fates[HN_APPLY_COUNT] = {};
	struct hn_record r;

	hn_record_fill(inst, s, &r);
	r.owner = owner;
	r.generation += later;
	hn_apply(inst, &r, 1, fates);
	return fates[fate];
}

static void packet(struct hn_instance *inst, struct hn_session *s, u32 lifetime)
{
	rcu_read_lock_bh();
	rcu_read_lock();
	hn_session_touch(inst, s, lifetime);
	rcu_read_unlock();
	rcu_read_unlock_bh();
}

static void segment(struct hn_instance *inst, struct hn_session *s, enum hn_tcp_event ev)
{
	rcu_read_lock_bh();
	rcu_read_lock();
	hn_session_tcp_step(inst, s, ev);
	rcu_read_unlock();
	rcu_read_unlock_bh();
}

/* Its time is over; tended, as the walk that expires sessions does, or not yet. */
static void end_time(struct hn_instance *inst, struct hn_session *s, bool tended)
{
	spinlock_t *lock = hn_session_lock(inst, s);

	spin_lock_bh(lock);
	s->told = jiffies;
	if (tended)
		hn_session_tend(inst, s);
	spin_unlock_bh(lock);
}

/* What a peer took is left to it for a time; then one packet suffices. */
static void ceded(struct hn_instance *inst, struct hn_session *s)
{
	u16 generation = s->generation;
	u32 deadline;

	HN_EXPECT(told_by(inst, s, HIGHEST, 1, HN_APPLY_UPDATED) == 1);
	HN_EXPECT(s->owner == HIGHEST && s->flags & HN_SESSION_CEDED);
	deadline = s->deadline;
	packet(inst, s, HZ * 7200);
	HN_EXPECT(s->owner == HIGHEST && s->deadline != deadline);
	/* Its new owner's further words do not prolong that. */
	HN_EXPECT(told_by(inst, s, HIGHEST, 1, HN_APPLY_UPDATED) == 1);
	end_time(inst, s, false);
	packet(inst, s, HZ * 7300);
	HN_EXPECT(!s->owner && s->generation == (u16)(generation + 3));
	HN_EXPECT(!(s->flags & (HN_SESSION_FOREIGN | HN_SESSION_CEDED)));

	/* One that nobody came for meanwhile is a replica as others: at once. */
	HN_EXPECT(told_by(inst, s, HIGHEST, 1, HN_APPLY_UPDATED) == 1);
	end_time(inst, s, true);
	packet(inst, s, s->deadline - (u32)jiffies);
	HN_EXPECT(!s->owner);
}

/* A part of the handshake or of the end takes it back, what else there is does not. */
static void ceded_tcp(struct hn_instance *inst, struct hn_session *s)
{
	HN_EXPECT(told_by(inst, s, HIGHEST, 1, HN_APPLY_UPDATED) == 1);
	segment(inst, s, HN_TCP_EV_OTHER);
	HN_EXPECT(s->owner == HIGHEST);
	segment(inst, s, HN_TCP_EV_V4_SYN);
	HN_EXPECT(!s->owner && s->state == HN_TCP_ESTABLISHED);
	HN_EXPECT(told_by(inst, s, HIGHEST, 1, HN_APPLY_UPDATED) == 1);
	segment(inst, s, HN_TCP_EV_OTHER);
	HN_EXPECT(s->owner == HIGHEST);
	segment(inst, s, HN_TCP_EV_V6_FIN);
	HN_EXPECT(!s->owner && s->state == HN_TCP_V6_FIN);
}

/* Each of two nodes has seen one end of the flow: together they know that it is over. */
static void both_ends(struct hn_instance *inst, struct hn_session *s)
{
	u32 fates[HN_APPLY_COUNT] = {};
	struct hn_record r;

	HN_EXPECT(!s->owner && s->state == HN_TCP_V6_FIN);
	hn_record_fill(inst, s, &r);
	r.owner = HIGHEST;
	r.generation++;
	r.state = HN_TCP_ESTABLISHED;
	hn_apply(inst, &r, 1, fates);
	/* What was seen here is told, to him who does not know it. */
	HN_EXPECT(!s->owner && s->state == HN_TCP_V6_FIN && s->generation == r.generation + 1);
	r.generation += 2;
	r.state = HN_TCP_V4_FIN;
	hn_apply(inst, &r, 1, fates);
	HN_EXPECT(!s->owner && s->state == HN_TCP_FIN_FIN);
	HN_EXPECT(hn_session_remaining(s) <= hn_global(inst, HN_G_TCP_TRANS_TIMEOUT));
	/* He agrees. */
	r.generation += 2;
	r.state = HN_TCP_FIN_FIN;
	hn_apply(inst, &r, 1, fates);
	HN_EXPECT(s->owner == HIGHEST && fates[HN_APPLY_UPDATED] == 3);
}

/* Both took it at once: all nodes keep that of the lower one, however often they tell. */
static void at_once(struct hn_instance *inst, struct hn_session *s)
{
	HN_EXPECT(told_by(inst, s, HIGHEST, 0, HN_APPLY_STALE) == 1 && !s->owner);
	HN_EXPECT(told_by(inst, s, LOWEST, 0, HN_APPLY_UPDATED) == 1 && s->owner == LOWEST);
	HN_EXPECT(told_by(inst, s, HIGHEST, 0, HN_APPLY_STALE) == 1 && s->owner == LOWEST);
	HN_EXPECT(s->flags & HN_SESSION_CEDED);
}

/* With the time of an established session the packet that comes then is not too late. */
static void lapsed(struct hn_instance *inst, struct hn_session *s)
{
	rcu_read_lock_bh();
	rcu_read_lock();
	WRITE_ONCE(s->deadline, (u32)jiffies);
	HN_EXPECT(!hn_session_kill_expired(inst, s) && s->state == HN_TCP_TRANS);
	HN_EXPECT(!hn_session_expired(s));
	HN_EXPECT(hn_session_remaining(s) <= hn_global(inst, HN_G_TCP_TRANS_TIMEOUT));
	hn_session_tcp_step(inst, s, HN_TCP_EV_V4_RST);
	HN_EXPECT(s->state == HN_TCP_TRANS);
	hn_session_tcp_step(inst, s, HN_TCP_EV_OTHER);
	HN_EXPECT(s->state == HN_TCP_ESTABLISHED);
	rcu_read_unlock();
	rcu_read_unlock_bh();

	/* That of a replica is its end: its owner has asked, or is not there any more. */
	HN_EXPECT(told_by(inst, s, HIGHEST, 1, HN_APPLY_UPDATED) == 1);
	rcu_read_lock_bh();
	rcu_read_lock();
	WRITE_ONCE(s->deadline, (u32)jiffies - HN_REPLICA_GRACE);
	HN_EXPECT(hn_session_kill_expired(inst, s) && s->state == HN_TCP_ESTABLISHED);
	rcu_read_unlock();
	rcu_read_unlock_bh();
}

void hn_session_selftest(struct hn_instance *inst)
{
	const struct hn_pool4_entry pool4 = {
		.addr = htonl(0xc0000201), .len = 32,
		.protos = HN_PROTO_BIT(HN_PROTO_TCP) | HN_PROTO_BIT(HN_PROTO_UDP),
		.port_min = 1024, .port_max = 65535,
	};
	struct hn_session *udp, *tcp, *idle;

	if (!HN_EXPECT(!hn_pool4_add(inst, &pool4, NULL)))
		return;
	rcu_read_lock_bh();
	rcu_read_lock();
	udp = hn_selftest_session(inst, 0, HZ * 3600);
	tcp = hn_selftest_flow(inst, 1, HZ * 3600, HN_PROTO_TCP, HN_TCP_V6_INIT);
	idle = hn_selftest_flow(inst, 2, HZ * 3600, HN_PROTO_TCP, HN_TCP_ESTABLISHED);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	if (HN_EXPECT(udp && tcp && idle)) {
		ceded(inst, udp);
		ceded_tcp(inst, tcp);
		both_ends(inst, tcp);
		at_once(inst, udp);
		lapsed(inst, idle);
	}
	HN_EXPECT(!hn_pool4_flush(inst, false));
	HN_EXPECT(!percpu_counter_sum(&inst->sessions));
}
