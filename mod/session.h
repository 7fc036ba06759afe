/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session: one flow below a mapping, RFC 6146 section 3.1.
 *
 * Found under RCU by packets of either direction. Everything that changes is
 * written under the lock of its inside bucket, except deadline and the cached
 * routes, which are single words.
 *
 * Lifetime: alive while in the tables. Killing it takes it out of both and
 * marks it dead; it is then freed after a grace period, unless it is queued as
 * a delta: then the delta worker frees it once its deletion is delivered or
 * given up. Its mapping, and so its port, is held until then: nobody gets the
 * port before peers can know that it is free.
 */
#ifndef HANAT_SESSION_H
#define HANAT_SESSION_H

#include <linux/jiffies.h>
#include <linux/llist.h>
#include <net/dst.h>

#include "mapping.h"
#include "tcp_fsm.h"

/* Directions, as an index: towards IPv6 hosts, towards IPv4 hosts. */
enum hn_dir { HN_TO_V6, HN_TO_V4, __HN_DIR_LAST };

enum hn_session_flag {
	HN_SESSION_DEAD = 1 << 0,
	/* Another node owns it; the next packet adopts it. */
	HN_SESSION_FOREIGN = 1 << 1,
	/* On a dirty list or in the hands of the delta worker. */
	HN_SESSION_QUEUED = 1 << 2,
	/* Changed while queued, after the worker had read it. */
	HN_SESSION_AGAIN = 1 << 3,
	/*
	 * Peers may know of it, and were told the deadline in told. Without
	 * listeners nobody is told anything, and this stays what it was.
	 */
	HN_SESSION_TOLD = 1 << 4,
	/* Out of scope (scope.h): peers are not to know of it. */
	HN_SESSION_IGNORED = 1 << 5,
	/* Ours, and peers are not to know of it before the time in told. */
	HN_SESSION_YOUNG = 1 << 6,
	/*
	 * Foreign, and it was ours: packets alone do not take it back before the
	 * time in told. Their node has it in common with another one.
	 */
	HN_SESSION_CEDED = 1 << 7,
	/* In one of the counts of census.h. */
	HN_SESSION_SOURCE_COUNTED = 1 << 8,
	HN_SESSION_REMOTE_COUNTED = 1 << 9,
};

/*
 * How long a session is left to the node that took it from this one. Where both
 * directions of a flow go through different nodes, packets on either side would have
 * them take it from each other as fast as they can tell. As long as hanatd waits until
 * it calls a peer silent: before, nobody knows that the other one is not there.
 */
#define HN_CEDED_TIME (5 * HZ)

struct hn_session {
	struct hn_link		in_link;
	struct hn_link		ext_link;
	struct hn_mapping	*map;
	__be32			remote;
	/* Zero for ICMP, whose packets do not tell it. */
	__be16			remote_port;
	u8			proto;
	u8			state;
	/* In jiffies, compared as serial numbers; told as the flags say. */
	u32			deadline;
	u32			told;
	/*
	 * What to add to a checksum on the way to IPv4: addresses only;
	 * addresses and ports.
	 */
	u16			csum_addr;
	u16			csum_all;
	/* Of the inside key: the mapping, in memory of its own, is not needed to move it. */
	u32			hash;
	u16			generation;
	u16			version;
	/* 0: this node. */
	u32			owner;
	u32			dst_cookie;
	u16			flags;
	struct dst_entry	*dst[__HN_DIR_LAST];
	union {
		struct llist_node	dirty;
		struct rcu_head		rcu;
	};
};

/* Settings of a session that is about to be created or received. */
struct hn_session_init {
	struct hn_mapping	*map;
	__be32			remote;
	__be16			remote_port;
	u8			state;
	u32			lifetime;	/* jiffies */
	u32			owner;		/* 0: this node */
	u16			generation;
	u16			version;
	u32			hash;		/* hn_session_hash() */
	u32			mark;		/* of the packet that asks for the mapping */
};

/* What decides which of two sessions prevails that exclude each other. */
struct hn_rank {
	u32	owner;		/* node id, of this node as well */
	u16	generation;
	u16	version;
};

/*
 * The later generation, which is that of the later owner; then the lower owner,
 * so that all nodes agree; then the later version, of the same owner's. The
 * numbers are serial ones, RFC 1982.
 */
static inline bool hn_rank_beats(const struct hn_rank *a, const struct hn_rank *b)
{
	if (a->generation != b->generation)
		return (s16)(a->generation - b->generation) > 0;
	if (a->owner != b->owner)
		return a->owner < b->owner;
	return (s16)(a->version - b->version) > 0;
}

/* Its lock held. */
static inline struct hn_rank hn_session_rank(const struct hn_instance *inst,
					     const struct hn_session *s)
{
	return (struct hn_rank) {
		.owner = s->owner ? s->owner : inst->node,
		.generation = s->generation,
		.version = s->version,
	};
}

int hn_session_cache_create(void);
void hn_session_cache_destroy(void);
u32 hn_session_hash_in(const struct hn_table *t, const struct hn_link *link);
u32 hn_session_hash_ext(const struct hn_table *t, const struct hn_link *link);

/* The hash of a flow's inside key, which _find_in and _create take. */
u32 hn_session_hash(const struct hn_instance *inst, const struct hn_endpoint *ep, __be32 remote,
		    __be16 remote_port);

/* RCU. NULL is a hint only, see table.h. remote_port is 0 for ICMP. */
struct hn_session *hn_session_find_in(struct hn_instance *inst, u32 hash,
				      const struct hn_endpoint *ep, __be32 remote,
				      __be16 remote_port);
struct hn_session *hn_session_find_ext(struct hn_instance *inst, u8 proto, __be32 ext,
				       __be16 ext_port, __be32 remote, __be16 remote_port);

/*
 * Creates the session, or returns the one that was there first. Consumes the
 * reference init->map in any case. NULL and *why if there is no room. BH off,
 * RCU.
 */
struct hn_session *hn_session_create(struct hn_instance *inst, const struct hn_session_init *init,
				     enum hn_stat *why);
/*
 * What a received record does: creates, updates, or nothing. As create
 * otherwise.
 */
enum hn_apply_fate hn_session_apply(struct hn_instance *inst, const struct hn_session_init *init);
/*
 * Only the session below this mapping, for the same host may have another flow
 * to the same remote by now; and only its owner's, or one that its owner has
 * taken it from, which exact excludes. init->map is not used.
 */
enum hn_apply_fate hn_session_apply_delete(struct hn_instance *inst, const struct hn_endpoint *ep,
					   __be32 ext, __be16 ext_port,
					   const struct hn_session_init *init, bool exact);

/*
 * What packets do for a session, for one for which they may not come in time: peers
 * are told that it is there, when it is old enough, and its end, if they know an
 * earlier one that comes soon; what was ceded long ago is a replica like others. Its
 * lock held, BH off.
 */
void hn_session_tend(struct hn_instance *inst, struct hn_session *s);

/*
 * It comes into scope or leaves it: peers hear of it, or of its end if they know
 * it. Its lock held, BH off.
 */
void hn_session_set_ignored(struct hn_instance *inst, struct hn_session *s, bool ignored);

/*
 * This node has another number: if the session is its own, peers are told so, over what
 * they have of the former number. Its lock held, BH off.
 */
void hn_session_renumber(struct hn_instance *inst, struct hn_session *s);

/*
 * Takes it out of the tables. Its lock held, BH off. Returns false if it was
 * dead already.
 */
bool hn_session_kill_locked(struct hn_instance *inst, struct hn_session *s);
/*
 * Dead and not queued: drops the mapping and frees after a grace period. Its
 * lock held.
 */
void hn_session_free(struct hn_instance *inst, struct hn_session *s);
/*
 * Kills it if its time is up, and returns whether it did; or lets it lapse, which leaves
 * it to the packet that is there. BH off, RCU.
 */
bool hn_session_kill_expired(struct hn_instance *inst, struct hn_session *s);
/*
 * Kills all sessions whose external address pool4 does not have any more. May
 * sleep.
 */
void hn_session_kill_outside_pool4(struct hn_instance *inst);
/*
 * Kills all sessions below mappings that were detached because they were removed.
 * hn_net.lock held, may sleep.
 */
void hn_session_kill_detached(struct hn_instance *inst);
/*
 * Frees every session that is in the tables; no reader and no worker is left.
 */
void hn_session_free_all(struct hn_instance *inst);
void hn_session_free_now(struct hn_session *s);

/*
 * The time of an established TCP session of this node is not its end: it goes on in
 * TRANS, to which packets put an end, or the time of that (RFC 6146 section 3.5.2.2).
 * Its lock held, BH off.
 */
static inline bool hn_session_lapses(const struct hn_session *s)
{
	return s->proto == HN_PROTO_TCP && s->state == HN_TCP_ESTABLISHED &&
	       !(s->flags & (HN_SESSION_DEAD | HN_SESSION_FOREIGN));
}

void hn_session_lapse(struct hn_instance *inst, struct hn_session *s);

void hn_session_touch_slow(struct hn_instance *inst, struct hn_session *s, u32 lifetime);
void hn_session_tcp_step(struct hn_instance *inst, struct hn_session *s, enum hn_tcp_event ev);

static inline spinlock_t *hn_session_lock(struct hn_instance *inst, const struct hn_session *s)
{
	return hn_table_lock(&inst->session_in, s->hash);
}

/* A replica outlives its deadline a little: its owner's word comes first. */
#define HN_REPLICA_GRACE (4 * HZ)

static inline bool hn_session_expired(const struct hn_session *s)
{
	s32 late = (u32)jiffies - READ_ONCE(s->deadline);

	if (likely(late < 0))
		return false;
	return !(READ_ONCE(s->flags) & HN_SESSION_FOREIGN) || late >= HN_REPLICA_GRACE;
}

/* Ours and for peers to know, or to be told the end of. Its lock held. */
static inline bool hn_session_concerns_peers(const struct hn_session *s)
{
	if (s->flags & (HN_SESSION_FOREIGN | HN_SESSION_YOUNG))
		return false;
	return !(s->flags & HN_SESSION_IGNORED) || s->flags & HN_SESSION_TOLD;
}

/*
 * A peer is told what it is now, others perhaps not: what they were told before is what
 * they know. It concerns them, and its lock is held.
 */
static inline void hn_session_told_one(struct hn_session *s)
{
	if (s->flags & HN_SESSION_TOLD)
		return;
	s->told = READ_ONCE(s->deadline);
	WRITE_ONCE(s->flags, s->flags | HN_SESSION_TOLD);
}

/* As records tell it: for ICMP the external identifier. */
static inline __be16 hn_session_remote_port(const struct hn_session *s)
{
	return s->proto == HN_PROTO_ICMP ? s->map->ext_port : s->remote_port;
}

/* Milliseconds until it expires. */
static inline u32 hn_session_remaining(const struct hn_session *s)
{
	s32 left = READ_ONCE(s->deadline) - (u32)jiffies;

	return left > 0 ? jiffies_to_msecs(left) : 0;
}

/* Another node's, and any packet takes it over. */
static inline bool hn_session_adoptable(const struct hn_session *s)
{
	return (READ_ONCE(s->flags) & (HN_SESSION_FOREIGN | HN_SESSION_CEDED)) ==
	       HN_SESSION_FOREIGN;
}

/*
 * A packet restarts the lifetime. Writes at most once a second, so that a busy
 * flow's line stays shared between CPUs; a session of another node is adopted
 * at once.
 */
static inline void hn_session_touch(struct hn_instance *inst, struct hn_session *s, u32 lifetime)
{
	u32 deadline = (u32)jiffies + lifetime;

	if (deadline - READ_ONCE(s->deadline) >= HZ || hn_session_adoptable(s))
		hn_session_touch_slow(inst, s, lifetime);
}

/* The timer is restarted, not HN_TCP_TIMER_KEEP. */
static inline u32 hn_tcp_lifetime(const struct hn_instance *inst, enum hn_tcp_timer timer)
{
	static const u8 settings[] = {
		[HN_TCP_TIMER_OPEN] = HN_G_TCP_OPEN_TIMEOUT,
		[HN_TCP_TIMER_TRANS] = HN_G_TCP_TRANS_TIMEOUT,
		[HN_TCP_TIMER_EST] = HN_G_TCP_EST_TIMEOUT,
	};

	return msecs_to_jiffies(hn_global(inst, settings[timer]));
}

static inline enum hn_tcp_timer hn_tcp_timer_of(enum hn_tcp_state state)
{
	switch (hn_tcp_class_of(state)) {
	case HN_TCP_OPENS:
		return HN_TCP_TIMER_OPEN;
	case HN_TCP_LIVES:
		return HN_TCP_TIMER_EST;
	default:
		return HN_TCP_TIMER_TRANS;
	}
}

/* How long a session of the protocol in the state lives without packets. */
static inline u32 hn_lifetime_of(const struct hn_instance *inst, u8 proto, u8 state)
{
	switch (proto) {
	case HN_PROTO_UDP:
		return msecs_to_jiffies(hn_global(inst, HN_G_UDP_TIMEOUT));
	case HN_PROTO_ICMP:
		return msecs_to_jiffies(hn_global(inst, HN_G_ICMP_TIMEOUT));
	default:
		return hn_tcp_lifetime(inst, hn_tcp_timer_of(state));
	}
}

#endif
