// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <net/ipv6.h>

#include "csum.h"
#include "inside.h"
#include "pool4.h"
#include "scope.h"
#include "session.h"
#include "trace.h"

static struct kmem_cache *session_cache;

int hn_session_cache_create(void)
{
	/* Of the budget of a flow, docs/design.md. */
	BUILD_BUG_ON(sizeof(struct hn_session) > 96);
	session_cache = KMEM_CACHE(hn_session, 0);
	return session_cache ? 0 : -ENOMEM;
}

/* After rcu_barrier(): frees are in flight until then. */
void hn_session_cache_destroy(void)
{
	kmem_cache_destroy(session_cache);
}

static u32 hash_ext(const struct hn_instance *inst, u8 proto, __be32 ext, __be16 ext_port,
		    __be32 remote, __be16 remote_port)
{
	return hsiphash_3u32((__force u32)ext ^ proto, (__force u32)remote,
			     (u32)(__force u16)ext_port << 16 | (__force u16)remote_port,
			     &inst->key);
}

static u32 session_hash_ext(const struct hn_instance *inst, const struct hn_session *s)
{
	return hash_ext(inst, s->proto, s->map->ext, s->map->ext_port, s->remote,
			s->remote_port);
}

u32 hn_session_hash_in(const struct hn_table *t, const struct hn_link *link)
{
	return container_of(link, struct hn_session, in_link)->hash;
}

u32 hn_session_hash_ext(const struct hn_table *t, const struct hn_link *link)
{
	return session_hash_ext(container_of(t, struct hn_instance, session_ext),
				container_of(link, struct hn_session, ext_link));
}

u32 hn_session_hash(const struct hn_instance *inst, const struct hn_endpoint *ep, __be32 remote,
		    __be16 remote_port)
{
	const u64 *word = (const u64 *)&ep->addr;

	if (hn_inside_is4(&ep->addr))
		return hsiphash_3u32((__force u32)hn_inside4(&ep->addr) ^ ep->proto,
				     (__force u32)remote,
				     (u32)(__force u16)ep->port << 16 | (__force u16)remote_port,
				     &inst->key);

	const u64 key[] = {
		word[0] ^ ep->proto, word[1],
		(u64)(__force u32)remote << 32 |
		(u32)(__force u16)ep->port << 16 | (__force u16)remote_port,
	};

	return hsiphash(key, sizeof(key), &inst->key);
}

struct hn_session *hn_session_find_in(struct hn_instance *inst, u32 hash,
				      const struct hn_endpoint *ep, __be32 remote,
				      __be16 remote_port)
{
	struct hn_link *link;

	hn_table_for_each(link, &inst->session_in, hash) {
		struct hn_session *s = container_of(link, struct hn_session, in_link);

		/* Others in the chain cost no look at their mappings. */
		if (s->hash == hash && s->remote == remote && s->remote_port == remote_port &&
		    s->proto == ep->proto && s->map->inside_port == ep->port &&
		    ipv6_addr_equal(&s->map->inside, &ep->addr))
			return s;
	}
	return NULL;
}

struct hn_session *hn_session_find_ext(struct hn_instance *inst, u8 proto, __be32 ext,
				       __be16 ext_port, __be32 remote, __be16 remote_port)
{
	u32 hash = hash_ext(inst, proto, ext, ext_port, remote, remote_port);
	struct hn_link *link;

	hn_table_for_each(link, &inst->session_ext, hash) {
		struct hn_session *s = container_of(link, struct hn_session, ext_link);

		if (s->remote == remote && s->remote_port == remote_port && s->proto == proto &&
		    s->map->ext == ext && s->map->ext_port == ext_port)
			return s;
	}
	return NULL;
}

/* By how much the remote address adds more to a sum inside pool6. It is whole words in a /96. */
static u16 pool6_excess(const struct hn_instance *inst, __be32 remote)
{
	struct in6_addr remote6;

	if (likely(inst->pool6.len == 96))
		return inst->pool6_sum;
	hn_rfc6052_embed(&remote6, &inst->pool6, remote);
	return hn_csum_sub(hn_csum_words(&remote6, 16), hn_csum_words(&remote, 4));
}

/*
 * Remote addresses reach IPv6 hosts inside pool6 and IPv4 hosts as they are, so the deltas
 * depend on the flow alone. In this sum ::ffff:0:0/96 is nothing.
 */
static void csum_prepare(struct hn_instance *inst, struct hn_session *s)
{
	struct hn_mapping *m = s->map;
	u16 sum;

	sum = hn_csum_sub(hn_csum_words(&m->ext, 4), hn_csum_words(&m->inside, 16));
	if (!hn_inside_is4(&m->inside))
		sum = hn_csum_sub(sum, pool6_excess(inst, s->remote));
	s->csum_addr = sum;
	sum = hn_csum_sub((__force u16)m->ext_port, (__force u16)m->inside_port);
	s->csum_all = hn_csum_add(s->csum_addr, sum);
}

/* What peers know of a new session, or when they may. */
static void tell_prepare(struct hn_instance *inst, struct hn_session *s)
{
	u32 min_age = hn_global(inst, HN_G_SS_MIN_AGE);

	if (s->owner) {
		s->flags = HN_SESSION_FOREIGN | HN_SESSION_TOLD;
	} else if (min_age) {
		s->flags = HN_SESSION_YOUNG;
		s->told = (u32)jiffies + msecs_to_jiffies(min_age);
	}
	if (hn_scope_ignores(inst, s->map, s->remote))
		s->flags |= HN_SESSION_IGNORED;
}

/* RCU: the scope is that of now until it is inserted. */
static struct hn_session *alloc(struct hn_instance *inst, const struct hn_session_init *init)
{
	struct hn_session *s;

	s = kmem_cache_zalloc(session_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!s)
		return NULL;
	s->map = init->map;
	s->proto = init->map->proto;
	s->remote = init->remote;
	s->remote_port = init->remote_port;
	s->state = init->state;
	s->deadline = (u32)jiffies + init->lifetime;
	s->owner = init->owner;
	s->generation = init->generation;
	s->version = init->version;
	s->hash = init->hash;
	tell_prepare(inst, s);
	csum_prepare(inst, s);
	return s;
}

/* The hash by which insert() is to publish what is about to be made, which takes a while. */
static u32 expect_ext(struct hn_instance *inst, const struct hn_session_init *init)
{
	const struct hn_mapping *m = init->map;
	u32 hash = hash_ext(inst, m->proto, m->ext, m->ext_port, init->remote, init->remote_port);

	hn_table_expect(&inst->session_ext, hash);
	return hash;
}

/* Publishes the session; its lock held. */
static void insert(struct hn_instance *inst, struct hn_session *s, u32 hash2)
{
	spinlock_t *lock2 = hn_table_lock(&inst->session_ext, hash2);

	spin_lock(lock2);
	hn_table_insert(&inst->session_ext, hash2, &s->ext_link);
	spin_unlock(lock2);
	hn_table_insert(&inst->session_in, s->hash, &s->in_link);
	/* conflict.c finds it there, and finds it whole. */
	smp_store_release(&s->map->last, s);
	percpu_counter_inc(&inst->sessions);
	trace_hanat_session_create(inst, s);
}

/*
 * A session that insert() may take, counted already. A limit of 0 is none. NULL and *why.
 * Locked.
 */
static struct hn_session *make(struct hn_instance *inst, const struct hn_session_init *init,
			       u32 limit, enum hn_stat *why)
{
	struct hn_session *s = alloc(inst, init);
	int err = 0;

	*why = HN_STAT_DROP_NOMEM;
	if (!s)
		return NULL;
	if (hn_census_counts(&inst->census))
		err = hn_census_enter(inst, s, limit);
	if (!err)
		return s;
	if (err == -EDQUOT)
		*why = HN_STAT_DROP_SOURCE_LIMIT;
	kmem_cache_free(session_cache, s);
	return NULL;
}

static bool full(struct hn_instance *inst)
{
	return percpu_counter_compare(&inst->sessions, hn_global(inst, HN_G_MAX_SESSIONS)) >= 0;
}

/*
 * Where the versions of a session of ours start: ahead of those of an earlier life of
 * the same flow, in the same generation, whose deletion a peer may have missed, or may
 * not forget as long as older words are on their way.
 */
static u16 first_version(void)
{
	return ktime_get_boottime_seconds();
}

struct hn_session *hn_session_create(struct hn_instance *inst, const struct hn_session_init *init,
				     enum hn_stat *why)
{
	struct hn_endpoint ep = { init->map->inside, init->map->inside_port, init->map->proto };
	spinlock_t *lock = hn_table_lock(&inst->session_in, init->hash);
	struct hn_session *s;
	u32 hash2;

	spin_lock(lock);
	s = hn_session_find_in(inst, init->hash, &ep, init->remote, init->remote_port);
	if (s)
		goto found;
	/* Who detaches it looks for its sessions afterwards, under this lock. */
	if (READ_ONCE(init->map->flags) & HN_MAPPING_DETACHED) {
		*why = HN_STAT_DROP_CONFLICT;
		goto found;
	}
	if (full(inst)) {
		*why = HN_STAT_DROP_MAX_SESSIONS;
		goto found;
	}
	hash2 = expect_ext(inst, init);
	s = make(inst, init, hn_global(inst, HN_G_MAX_SOURCE_SESSIONS), why);
	if (!s)
		goto found;
	s->version = first_version();
	insert(inst, s, hash2);
	hn_count(inst, HN_STAT_SESSION_CREATED);
	hn_delta_mark(inst, s);
	if (hn_logs(inst))
		hn_log_session_begin(inst, s);
	spin_unlock(lock);
	return s;

found:
	spin_unlock(lock);
	hn_mapping_put_unused(inst, init->map);
	return s;
}

static struct hn_rank rank_of(const struct hn_session_init *init)
{
	return (struct hn_rank) {
		.owner = init->owner,
		.generation = init->generation,
		.version = init->version,
	};
}

/* Whatever was told of the session before is older. Locked. */
static void begin_generation(struct hn_session *s)
{
	s->generation++;
	s->version = first_version();
}

/*
 * Takes over a session of another node because a packet came here: takeover has no
 * other step. Locked.
 */
static void adopt(struct hn_instance *inst, struct hn_session *s)
{
	if (hn_logs(inst))
		hn_log_session_adopt(inst, s);
	s->owner = 0;
	begin_generation(s);
	/* What peers were told last is not ours. */
	s->told = jiffies;
	WRITE_ONCE(s->flags, s->flags & ~(HN_SESSION_FOREIGN | HN_SESSION_CEDED));
	hn_count(inst, HN_STAT_SESSION_ADOPTED);
	trace_hanat_session_adopt(inst, s);
	hn_delta_mark(inst, s);
}

/* For a time packets leave it to the node that has it now. Locked. */
static void cede(struct hn_session *s)
{
	u16 flags = s->flags & ~HN_SESSION_YOUNG;

	s->told = (u32)jiffies + HN_CEDED_TIME;
	WRITE_ONCE(s->flags, flags | HN_SESSION_FOREIGN | HN_SESSION_TOLD | HN_SESSION_CEDED);
}

/*
 * The state with what packets have told this node alone: it had the session, or has
 * just ceded it. What it has of a flow that it only heard of may be of an earlier life.
 */
static u8 known_state(const struct hn_session *s, u8 told)
{
	return hn_session_adoptable(s) ? told : hn_tcp_merge(s->state, told);
}

/* Who knows more than what he is told has it again, and tells. */
static enum hn_apply_fate update(struct hn_instance *inst, struct hn_session *s,
				 const struct hn_session_init *init)
{
	struct hn_rank theirs = rank_of(init), ours = hn_session_rank(inst, s);
	u8 state;

	/* Its mapping is another one, which was given over meanwhile. */
	if (s->map != init->map)
		return HN_APPLY_CONFLICT;
	if (!hn_rank_beats(&theirs, &ours))
		return HN_APPLY_STALE;
	state = known_state(s, init->state);
	WRITE_ONCE(s->state, state);
	WRITE_ONCE(s->deadline, (u32)jiffies + init->lifetime);
	s->owner = init->owner;
	s->generation = init->generation;
	s->version = init->version;
	if (!(s->flags & HN_SESSION_FOREIGN))
		cede(s);
	if (state != init->state) {
		WRITE_ONCE(s->deadline, (u32)jiffies + hn_lifetime_of(inst, s->proto, state));
		adopt(inst, s);
	}
	return HN_APPLY_UPDATED;
}

enum hn_apply_fate hn_session_apply(struct hn_instance *inst, const struct hn_session_init *init)
{
	struct hn_endpoint ep = { init->map->inside, init->map->inside_port, init->map->proto };
	spinlock_t *lock = hn_table_lock(&inst->session_in, init->hash);
	enum hn_apply_fate fate = HN_APPLY_FULL;
	struct hn_session *s;
	enum hn_stat why;
	u32 hash2;

	spin_lock(lock);
	s = hn_session_find_in(inst, init->hash, &ep, init->remote, init->remote_port);
	if (s) {
		fate = update(inst, s, init);
	} else if (!full(inst)) {
		/* What its owner let in is not limited again. */
		hash2 = expect_ext(inst, init);
		s = make(inst, init, 0, &why);
		if (s) {
			insert(inst, s, hash2);
			spin_unlock(lock);
			return HN_APPLY_INSERTED;
		}
		fate = HN_APPLY_NOMEM;
	}
	spin_unlock(lock);
	hn_mapping_put_unused(inst, init->map);
	return fate;
}

static void dst_drop(struct hn_session *s)
{
	int dir;

	for (dir = 0; dir < __HN_DIR_LAST; dir++)
		dst_release(xchg(&s->dst[dir], NULL));
}

static void free_rcu_cb(struct rcu_head *rcu)
{
	hn_session_free_now(container_of(rcu, struct hn_session, rcu));
}

/*
 * A packet that found the session before it died may have cached a route in it
 * since.
 */
void hn_session_free_now(struct hn_session *s)
{
	dst_drop(s);
	kmem_cache_free(session_cache, s);
}

void hn_session_free(struct hn_instance *inst, struct hn_session *s)
{
	lockdep_assert_held(hn_session_lock(inst, s));
	hn_mapping_put(inst, s->map);
	call_rcu(&s->rcu, free_rcu_cb);
}

static bool died_young(const struct hn_session *s)
{
	return (s->flags & (HN_SESSION_YOUNG | HN_SESSION_IGNORED)) == HN_SESSION_YOUNG;
}

/* Takes it out of the tables, where it is. Locked. */
static void kill(struct hn_instance *inst, struct hn_session *s)
{
	u32 hash2 = session_hash_ext(inst, s);
	spinlock_t *lock2 = hn_table_lock(&inst->session_ext, hash2);

	hn_table_remove(&inst->session_in, s->hash, &s->in_link);
	spin_lock(lock2);
	hn_table_remove(&inst->session_ext, hash2, &s->ext_link);
	spin_unlock(lock2);
	if (unlikely(s->flags & (HN_SESSION_SOURCE_COUNTED | HN_SESSION_REMOTE_COUNTED)))
		hn_census_leave(inst, s);
	WRITE_ONCE(s->flags, s->flags | HN_SESSION_DEAD);
	if (READ_ONCE(s->map->last) == s)
		cmpxchg(&s->map->last, s, NULL);
	percpu_counter_dec(&inst->sessions);
	trace_hanat_session_end(inst, s);

	/* Queued but not told: it may be in a message that is on its way. */
	if (!(s->flags & HN_SESSION_FOREIGN) &&
	    s->flags & (HN_SESSION_TOLD | HN_SESSION_QUEUED))
		hn_delta_mark(inst, s);
	else if (died_young(s) && hn_global(inst, HN_G_SS_ENABLED))
		hn_count(inst, HN_STAT_DELTA_CANCELLED);
	if (s->flags & HN_SESSION_QUEUED)
		hn_delta_died(inst);
	else
		hn_session_free(inst, s);
}

bool hn_session_kill_locked(struct hn_instance *inst, struct hn_session *s)
{
	lockdep_assert_held(hn_session_lock(inst, s));
	if (s->flags & HN_SESSION_DEAD)
		return false;
	if (hn_logs(inst))
		hn_log_session_end(inst, s);
	kill(inst, s);
	return true;
}

/*
 * Whether the end of one session is that of the other: of a later generation, or
 * told by the owner itself. A lower owner prevails only where a session is.
 */
static bool ends(const struct hn_rank *theirs, const struct hn_rank *ours, bool exact)
{
	if (!hn_rank_beats(theirs, ours))
		return false;
	if (theirs->generation != ours->generation)
		return !exact;
	return theirs->owner == ours->owner;
}

enum hn_apply_fate hn_session_apply_delete(struct hn_instance *inst, const struct hn_endpoint *ep,
					   __be32 ext, __be16 ext_port,
					   const struct hn_session_init *init, bool exact)
{
	spinlock_t *lock = hn_table_lock(&inst->session_in, init->hash);
	enum hn_apply_fate fate = HN_APPLY_STALE;
	struct hn_rank theirs = rank_of(init), ours;
	struct hn_session *s;

	spin_lock(lock);
	s = hn_session_find_in(inst, init->hash, ep, init->remote, init->remote_port);
	if (!s || s->map->ext != ext || s->map->ext_port != ext_port)
		goto out;
	ours = hn_session_rank(inst, s);
	if (ends(&theirs, &ours, exact)) {
		/* Peers know from the same word: nothing to tell, nor to log. */
		s->owner = init->owner;
		WRITE_ONCE(s->flags, s->flags | HN_SESSION_FOREIGN);
		kill(inst, s);
		fate = HN_APPLY_DELETED;
	}
out:
	spin_unlock(lock);
	return fate;
}

void hn_session_lapse(struct hn_instance *inst, struct hn_session *s)
{
	lockdep_assert_held(hn_session_lock(inst, s));
	WRITE_ONCE(s->state, HN_TCP_TRANS);
	WRITE_ONCE(s->deadline, (u32)jiffies + hn_tcp_lifetime(inst, HN_TCP_TIMER_TRANS));
	hn_delta_mark(inst, s);
}

bool hn_session_kill_expired(struct hn_instance *inst, struct hn_session *s)
{
	spinlock_t *lock = hn_session_lock(inst, s);
	bool expired;

	spin_lock(lock);
	/* A packet on another CPU may have refreshed it since. */
	expired = hn_session_expired(s);
	if (expired && hn_session_lapses(s)) {
		hn_session_lapse(inst, s);
		expired = false;
	} else if (expired && hn_session_kill_locked(inst, s)) {
		hn_count(inst, HN_STAT_SESSION_EXPIRED);
	}
	spin_unlock(lock);
	return expired;
}

static void kill_outside(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);
	struct hn_instance *inst = arg;

	if (hn_pool4_has(inst, s->proto, s->map->ext, s->map->ext_port))
		return;
	hn_session_kill_locked(inst, s);
	hn_count(inst, HN_STAT_SESSION_REMOVED);
}

void hn_session_kill_outside_pool4(struct hn_instance *inst)
{
	hn_log_walk_all(inst, &inst->session_in, kill_outside, inst);
}

static void kill_detached(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);
	struct hn_instance *inst = arg;

	if (READ_ONCE(s->map->flags) & HN_MAPPING_DETACHED && hn_session_kill_locked(inst, s))
		hn_count(inst, HN_STAT_SESSION_REMOVED);
}

void hn_session_kill_detached(struct hn_instance *inst)
{
	hn_log_walk_all(inst, &inst->session_in, kill_detached, inst);
}

static void free_entry(struct hn_link *link, void *arg)
{
	hn_session_free_now(container_of(link, struct hn_session, in_link));
}

void hn_session_free_all(struct hn_instance *inst)
{
	hn_table_walk_all(&inst->session_in, free_entry, NULL);
}

/*
 * True once: when a session of ours has just reached the age at which peers may
 * know of it. Locked.
 */
static bool come_of_age(struct hn_session *s)
{
	if (!(s->flags & HN_SESSION_YOUNG) || (s32)(s->told - (u32)jiffies) > 0)
		return false;
	WRITE_ONCE(s->flags, s->flags & ~HN_SESSION_YOUNG);
	return true;
}

/* The node that took it has had it for long enough. Locked. */
static void end_ceded(struct hn_session *s)
{
	if (s->flags & HN_SESSION_CEDED && (s32)(s->told - (u32)jiffies) <= 0)
		WRITE_ONCE(s->flags, s->flags & ~HN_SESSION_CEDED);
}

/*
 * Peers would let it expire soon: less than a quarter of its life, or two
 * seconds, is left there.
 */
static bool refresh_due(struct hn_instance *inst, const struct hn_session *s, u32 lifetime)
{
	s32 left = s->told - (u32)jiffies;

	return (s->flags & (HN_SESSION_TOLD | HN_SESSION_FOREIGN)) == HN_SESSION_TOLD &&
	       left < (s32)max_t(u32, lifetime / 4, 2 * HZ);
}

void hn_session_touch_slow(struct hn_instance *inst, struct hn_session *s, u32 lifetime)
{
	spinlock_t *lock = hn_session_lock(inst, s);

	WRITE_ONCE(s->deadline, (u32)jiffies + lifetime);
	if (!hn_global(inst, HN_G_SS_ENABLED) && !(READ_ONCE(s->flags) & HN_SESSION_FOREIGN))
		return;
	spin_lock(lock);
	if (s->flags & HN_SESSION_DEAD)
		goto out;
	end_ceded(s);
	if (hn_session_adoptable(s))
		adopt(inst, s);
	else if (come_of_age(s) || refresh_due(inst, s, lifetime))
		hn_delta_mark(inst, s);
out:
	spin_unlock(lock);
}

/* More than what peers were told, and they were told little. */
static bool idle_refresh_due(struct hn_instance *inst, const struct hn_session *s)
{
	return hn_global(inst, HN_G_SS_ENABLED) &&
	       (s32)(READ_ONCE(s->deadline) - s->told) >= HZ &&
	       refresh_due(inst, s, hn_lifetime_of(inst, s->proto, s->state));
}

void hn_session_tend(struct hn_instance *inst, struct hn_session *s)
{
	lockdep_assert_held(hn_session_lock(inst, s));
	end_ceded(s);
	if (s->flags & (HN_SESSION_FOREIGN | HN_SESSION_QUEUED))
		return;
	if (come_of_age(s) || idle_refresh_due(inst, s))
		hn_delta_mark(inst, s);
}

void hn_session_set_ignored(struct hn_instance *inst, struct hn_session *s, bool ignored)
{
	u16 flags = s->flags & ~HN_SESSION_IGNORED;

	lockdep_assert_held(hn_session_lock(inst, s));
	if (ignored)
		flags |= HN_SESSION_IGNORED;
	if (flags == s->flags)
		return;
	WRITE_ONCE(s->flags, flags);
	if (!(flags & HN_SESSION_FOREIGN))
		hn_delta_mark(inst, s);
}

void hn_session_renumber(struct hn_instance *inst, struct hn_session *s)
{
	lockdep_assert_held(hn_session_lock(inst, s));
	if (s->flags & HN_SESSION_FOREIGN)
		return;
	begin_generation(s);
	hn_delta_mark(inst, s);
}

static void tcp_change(struct hn_instance *inst, struct hn_session *s, enum hn_tcp_event ev)
{
	spinlock_t *lock = hn_session_lock(inst, s);
	struct hn_tcp_step step;
	u8 before;

	spin_lock(lock);
	/* Another CPU may have moved it since: the table rules again. */
	before = s->state;
	step = hn_tcp_step(before, ev);
	WRITE_ONCE(s->state, step.state);
	if (step.timer != HN_TCP_TIMER_KEEP)
		WRITE_ONCE(s->deadline, (u32)jiffies + hn_tcp_lifetime(inst, step.timer));
	if (s->flags & HN_SESSION_DEAD)
		goto out;
	/*
	 * One direction's part of the handshake or of the end: also the node that
	 * has ceded it is the only one to know, and it happens a few times a flow.
	 */
	if (s->flags & HN_SESSION_FOREIGN) {
		if (before != s->state || hn_session_adoptable(s))
			adopt(inst, s);
	} else if (come_of_age(s) || hn_tcp_class_of(before) != hn_tcp_class_of(s->state)) {
		hn_delta_mark(inst, s);
	}
out:
	spin_unlock(lock);
}

void hn_session_tcp_step(struct hn_instance *inst, struct hn_session *s, enum hn_tcp_event ev)
{
	u8 state = READ_ONCE(s->state);
	struct hn_tcp_step step = hn_tcp_step(state, ev);

	if (step.state != state ||
	    (step.timer == HN_TCP_TIMER_KEEP && hn_session_adoptable(s)))
		tcp_change(inst, s, ev);
	else if (step.timer != HN_TCP_TIMER_KEEP)
		hn_session_touch(inst, s, hn_tcp_lifetime(inst, step.timer));
}

#ifdef HN_SELFTEST
#include "selftest/session.c"
#endif
