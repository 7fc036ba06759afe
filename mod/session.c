// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <net/ipv6.h>

#include "csum.h"
#include "pool4.h"
#include "session.h"

static struct kmem_cache *session_cache;

int hn_session_cache_create(void)
{
	session_cache = KMEM_CACHE(hn_session, 0);
	return session_cache ? 0 : -ENOMEM;
}

/* After rcu_barrier(): frees are in flight until then. */
void hn_session_cache_destroy(void)
{
	kmem_cache_destroy(session_cache);
}

static u32 hash_in(const struct hn_instance *inst, u8 proto, const struct in6_addr *inside,
		   __be16 inside_port, __be32 remote, __be16 remote_port)
{
	const u64 *word = (const u64 *)inside;

	const u64 key[] = {
		word[0] ^ proto, word[1],
		(u64)(__force u32)remote << 32 |
		(u32)(__force u16)inside_port << 16 | (__force u16)remote_port,
	};

	return hsiphash(key, sizeof(key), &inst->key);
}

static u32 hash_ext(const struct hn_instance *inst, u8 proto, __be32 ext, __be16 ext_port,
		    __be32 remote, __be16 remote_port)
{
	return hsiphash_3u32((__force u32)ext ^ proto, (__force u32)remote,
			     (u32)(__force u16)ext_port << 16 | (__force u16)remote_port,
			     &inst->key);
}

static u32 session_hash_in(const struct hn_instance *inst, const struct hn_session *s)
{
	return hash_in(inst, s->proto, &s->map->inside, s->map->inside_port, s->remote,
		       s->remote_port);
}

static u32 session_hash_ext(const struct hn_instance *inst, const struct hn_session *s)
{
	return hash_ext(inst, s->proto, s->map->ext, s->map->ext_port, s->remote,
			s->remote_port);
}

u32 hn_session_hash_in(const struct hn_table *t, const struct hn_link *link)
{
	return session_hash_in(container_of(t, struct hn_instance, session_in),
			       container_of(link, struct hn_session, in_link));
}

u32 hn_session_hash_ext(const struct hn_table *t, const struct hn_link *link)
{
	return session_hash_ext(container_of(t, struct hn_instance, session_ext),
				container_of(link, struct hn_session, ext_link));
}

u32 hn_session_hash(const struct hn_instance *inst, const struct hn_endpoint *ep, __be32 remote,
		    __be16 remote_port)
{
	return hash_in(inst, ep->proto, &ep->addr, ep->port, remote, remote_port);
}

struct hn_session *hn_session_find_in(struct hn_instance *inst, u32 hash,
				      const struct hn_endpoint *ep, __be32 remote,
				      __be16 remote_port)
{
	struct hn_link *link;

	hn_table_for_each(link, &inst->session_in, hash) {
		struct hn_session *s = container_of(link, struct hn_session, in_link);

		if (s->remote == remote && s->remote_port == remote_port &&
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

/*
 * Remote addresses reach IPv6 hosts inside pool6, so the deltas depend on the
 * flow alone.
 */
static void csum_prepare(struct hn_instance *inst, struct hn_session *s)
{
	struct hn_mapping *m = s->map;
	struct in6_addr remote6;
	u16 sum;

	hn_rfc6052_embed(&remote6, &inst->pool6, s->remote);
	sum = hn_csum_add(hn_csum_words(&m->ext, 4), hn_csum_words(&s->remote, 4));
	sum = hn_csum_sub(sum, hn_csum_words(&m->inside, 16));
	s->csum_addr = hn_csum_sub(sum, hn_csum_words(&remote6, 16));
	sum = hn_csum_sub((__force u16)m->ext_port, (__force u16)m->inside_port);
	s->csum_all = hn_csum_add(s->csum_addr, sum);
}

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
	s->told = s->deadline;
	s->owner = init->owner;
	s->generation = init->generation;
	s->version = init->version;
	s->flags = init->owner ? HN_SESSION_FOREIGN | HN_SESSION_TOLD : 0;
	csum_prepare(inst, s);
	return s;
}

/* Publishes the session; the lock of hash held. */
static void insert(struct hn_instance *inst, struct hn_session *s, u32 hash)
{
	u32 hash2 = session_hash_ext(inst, s);
	spinlock_t *lock2 = hn_table_lock(&inst->session_ext, hash2);

	s->lock = hn_table_lock_index(hash);
	spin_lock(lock2);
	hn_table_insert(&inst->session_ext, hash2, &s->ext_link);
	spin_unlock(lock2);
	hn_table_insert(&inst->session_in, hash, &s->in_link);
	percpu_counter_inc(&inst->sessions);
}

static bool full(struct hn_instance *inst)
{
	return percpu_counter_compare(&inst->sessions, hn_global(inst, HN_G_MAX_SESSIONS)) >= 0;
}

/*
 * Where the versions of a session of ours start: ahead of those of an earlier
 * life of the same flow, whose deletion a peer may have missed.
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

	spin_lock(lock);
	s = hn_session_find_in(inst, init->hash, &ep, init->remote, init->remote_port);
	if (s)
		goto found;
	if (full(inst)) {
		*why = HN_STAT_DROP_MAX_SESSIONS;
		goto found;
	}
	s = alloc(inst, init);
	if (!s) {
		*why = HN_STAT_DROP_NOMEM;
		goto found;
	}
	s->version = first_version();
	insert(inst, s, init->hash);
	hn_count(inst, HN_STAT_SESSION_CREATED);
	hn_delta_mark(inst, s);
	spin_unlock(lock);
	return s;

found:
	spin_unlock(lock);
	hn_mapping_put(inst, init->map);
	return s;
}

/* Serial number arithmetic over the pair, RFC 1982. */
static bool newer(u16 generation, u16 version, const struct hn_session *s)
{
	if (generation != s->generation)
		return (s16)(generation - s->generation) > 0;
	return (s16)(version - s->version) > 0;
}

static enum hn_apply_fate update(struct hn_instance *inst, struct hn_session *s,
				 const struct hn_session_init *init)
{
	if (!newer(init->generation, init->version, s))
		return HN_APPLY_STALE;
	s->state = init->state;
	WRITE_ONCE(s->deadline, (u32)jiffies + init->lifetime);
	s->told = s->deadline;
	s->owner = init->owner;
	s->generation = init->generation;
	s->version = init->version;
	WRITE_ONCE(s->flags, s->flags | HN_SESSION_FOREIGN | HN_SESSION_TOLD);
	return HN_APPLY_UPDATED;
}

enum hn_apply_fate hn_session_apply(struct hn_instance *inst, const struct hn_session_init *init)
{
	struct hn_endpoint ep = { init->map->inside, init->map->inside_port, init->map->proto };
	spinlock_t *lock = hn_table_lock(&inst->session_in, init->hash);
	enum hn_apply_fate fate = HN_APPLY_FULL;
	struct hn_session *s;

	spin_lock(lock);
	s = hn_session_find_in(inst, init->hash, &ep, init->remote, init->remote_port);
	if (s) {
		fate = update(inst, s, init);
	} else if (!full(inst)) {
		s = alloc(inst, init);
		if (s) {
			insert(inst, s, init->hash);
			spin_unlock(lock);
			return HN_APPLY_INSERTED;
		}
		fate = HN_APPLY_NOMEM;
	}
	spin_unlock(lock);
	hn_mapping_put(inst, init->map);
	return fate;
}

enum hn_apply_fate hn_session_apply_delete(struct hn_instance *inst, const struct hn_endpoint *ep,
					   __be32 remote, __be16 remote_port, u32 owner,
					   u16 generation, u16 version)
{
	u32 hash = hn_session_hash(inst, ep, remote, remote_port);
	spinlock_t *lock = hn_table_lock(&inst->session_in, hash);
	enum hn_apply_fate fate = HN_APPLY_STALE;
	struct hn_session *s;

	spin_lock(lock);
	s = hn_session_find_in(inst, hash, ep, remote, remote_port);
	if (s && newer(generation, version, s)) {
		/* Peers know from the same word: nothing to tell. */
		s->owner = owner;
		WRITE_ONCE(s->flags, s->flags | HN_SESSION_FOREIGN);
		hn_session_kill_locked(inst, s);
		fate = HN_APPLY_DELETED;
	}
	spin_unlock(lock);
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

bool hn_session_kill_locked(struct hn_instance *inst, struct hn_session *s)
{
	u32 hash2 = session_hash_ext(inst, s);
	spinlock_t *lock2 = hn_table_lock(&inst->session_ext, hash2);

	lockdep_assert_held(hn_session_lock(inst, s));
	if (s->flags & HN_SESSION_DEAD)
		return false;
	hn_table_remove(&inst->session_in, session_hash_in(inst, s), &s->in_link);
	spin_lock(lock2);
	hn_table_remove(&inst->session_ext, hash2, &s->ext_link);
	spin_unlock(lock2);
	WRITE_ONCE(s->flags, s->flags | HN_SESSION_DEAD);
	percpu_counter_dec(&inst->sessions);

	/* Queued but not told: it may be in a message that is on its way. */
	if (!(s->flags & HN_SESSION_FOREIGN) &&
	    s->flags & (HN_SESSION_TOLD | HN_SESSION_QUEUED))
		hn_delta_mark(inst, s);
	if (!(s->flags & HN_SESSION_QUEUED))
		hn_session_free(inst, s);
	return true;
}

bool hn_session_kill_expired(struct hn_instance *inst, struct hn_session *s)
{
	spinlock_t *lock = hn_session_lock(inst, s);
	bool expired;

	spin_lock(lock);
	/* A packet on another CPU may have refreshed it since. */
	expired = hn_session_expired(s);
	if (expired && hn_session_kill_locked(inst, s))
		hn_count(inst, HN_STAT_SESSION_EXPIRED);
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
	u32 i = 0;

	do {
		i = hn_table_walk(&inst->session_in, i, kill_outside, inst);
		cond_resched();
	} while (i);
}

static void free_entry(struct hn_link *link, void *arg)
{
	hn_session_free_now(container_of(link, struct hn_session, in_link));
}

void hn_session_free_all(struct hn_instance *inst)
{
	u32 i = 0;

	do {
		i = hn_table_walk(&inst->session_in, i, free_entry, NULL);
		cond_resched();
	} while (i);
}

/*
 * Takes over a session of another node because a packet came here (design:
 * takeover has no step).
 */
static void adopt(struct hn_instance *inst, struct hn_session *s)
{
	s->owner = 0;
	s->generation++;
	s->version = 0;
	WRITE_ONCE(s->flags, s->flags & ~HN_SESSION_FOREIGN);
	hn_count(inst, HN_STAT_SESSION_ADOPTED);
	hn_delta_mark(inst, s);
}

/*
 * Peers would let it expire soon: less than a quarter of its life, or two
 * seconds, is left there.
 */
static bool refresh_due(struct hn_instance *inst, const struct hn_session *s, u32 lifetime)
{
	s32 left = s->told - (u32)jiffies;

	return (s->flags & HN_SESSION_TOLD) && left < (s32)max_t(u32, lifetime / 4, 2 * HZ);
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
	if (s->flags & HN_SESSION_FOREIGN)
		adopt(inst, s);
	else if (refresh_due(inst, s, lifetime))
		hn_delta_mark(inst, s);
out:
	spin_unlock(lock);
}

void hn_session_refresh_idle(struct hn_instance *inst, struct hn_session *s)
{
	lockdep_assert_held(hn_session_lock(inst, s));
	if (!hn_global(inst, HN_G_SS_ENABLED) ||
	    s->flags & (HN_SESSION_FOREIGN | HN_SESSION_QUEUED))
		return;
	if ((s32)(READ_ONCE(s->deadline) - s->told) >= HZ &&
	    refresh_due(inst, s, hn_lifetime_of(inst, s->proto, s->state)))
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
	if (s->flags & HN_SESSION_FOREIGN)
		adopt(inst, s);
	else if (hn_tcp_class_of(before) != hn_tcp_class_of(s->state))
		hn_delta_mark(inst, s);
out:
	spin_unlock(lock);
}

void hn_session_tcp_step(struct hn_instance *inst, struct hn_session *s, enum hn_tcp_event ev)
{
	u8 state = READ_ONCE(s->state);
	struct hn_tcp_step step = hn_tcp_step(state, ev);

	bool foreign = READ_ONCE(s->flags) & HN_SESSION_FOREIGN;

	if (step.state != state || (foreign && step.timer == HN_TCP_TIMER_KEEP))
		tcp_change(inst, s, ev);
	else if (step.timer != HN_TCP_TIMER_KEEP)
		hn_session_touch(inst, s, hn_tcp_lifetime(inst, step.timer));
}
