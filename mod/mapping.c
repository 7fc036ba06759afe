// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <net/ipv6.h>

#include "mapping.h"
#include "pool4.h"

static struct kmem_cache *mapping_cache;

int hn_mapping_cache_create(void)
{
	/* Of the budget of a flow, docs/design.md. */
	BUILD_BUG_ON(sizeof(struct hn_mapping) > 64);
	mapping_cache = KMEM_CACHE(hn_mapping, 0);
	return mapping_cache ? 0 : -ENOMEM;
}

/* After rcu_barrier(): frees are in flight until then. */
void hn_mapping_cache_destroy(void)
{
	kmem_cache_destroy(mapping_cache);
}

static u32 hash_in(const struct hn_instance *inst, const struct in6_addr *addr, __be16 port,
		   u8 proto)
{
	const u64 *word = (const u64 *)addr;

	const u64 key[] = { word[0], word[1], (u64)(__force u16)port << 8 | proto };

	return hsiphash(key, sizeof(key), &inst->key);
}

static u32 hash_ext(const struct hn_instance *inst, __be32 ext, __be16 port, u8 proto)
{
	return hsiphash_2u32((__force u32)ext, (u32)(__force u16)port << 8 | proto, &inst->key);
}

u32 hn_mapping_hash(const struct hn_instance *inst, const struct hn_endpoint *ep)
{
	return hash_in(inst, &ep->addr, ep->port, ep->proto);
}

u32 hn_mapping_hash_in(const struct hn_table *t, const struct hn_link *link)
{
	const struct hn_instance *inst = container_of(t, struct hn_instance, mapping_in);
	const struct hn_mapping *m = container_of(link, struct hn_mapping, in_link);

	return hash_in(inst, &m->inside, m->inside_port, m->proto);
}

u32 hn_mapping_hash_ext(const struct hn_table *t, const struct hn_link *link)
{
	const struct hn_instance *inst = container_of(t, struct hn_instance, mapping_ext);
	const struct hn_mapping *m = container_of(link, struct hn_mapping, ext_link);

	return hash_ext(inst, m->ext, m->ext_port, m->proto);
}

static struct hn_mapping *find_in(struct hn_instance *inst, const struct hn_endpoint *ep, u32 hash)
{
	struct hn_link *link;

	hn_table_for_each(link, &inst->mapping_in, hash) {
		struct hn_mapping *m = container_of(link, struct hn_mapping, in_link);

		if (m->inside_port == ep->port && m->proto == ep->proto &&
		    ipv6_addr_equal(&m->inside, &ep->addr))
			return m;
	}
	return NULL;
}

struct hn_mapping *hn_mapping_get_ext(struct hn_instance *inst, u8 proto, __be32 ext,
				      __be16 port)
{
	u32 hash = hash_ext(inst, ext, port, proto);
	struct hn_mapping *found = NULL;
	struct hn_link *link;

	spin_lock(hn_table_lock(&inst->mapping_ext, hash));
	hn_table_for_each(link, &inst->mapping_ext, hash) {
		struct hn_mapping *m = container_of(link, struct hn_mapping, ext_link);

		if (m->ext == ext && m->ext_port == port && m->proto == proto) {
			/*
			 * Zero: about to be unlinked by the CPU that waits for
			 * our lock.
			 */
			if (refcount_inc_not_zero(&m->refs))
				found = m;
			break;
		}
	}
	spin_unlock(hn_table_lock(&inst->mapping_ext, hash));
	return found;
}

/*
 * Makes the mapping under the lock of its inside hash; its port is already
 * taken in pool4.
 */
static struct hn_mapping *insert(struct hn_instance *inst, const struct hn_endpoint *ep, u32 hash,
				 __be32 ext, __be16 port, u8 flags)
{
	u32 hash2 = hash_ext(inst, ext, port, ep->proto);
	struct hn_mapping *m;

	lockdep_assert_held(hn_table_lock(&inst->mapping_in, hash));
	hn_table_expect(&inst->mapping_ext, hash2);
	m = kmem_cache_alloc(mapping_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!m)
		return NULL;
	m->inside = ep->addr;
	m->inside_port = ep->port;
	m->proto = ep->proto;
	m->ext = ext;
	m->ext_port = port;
	m->flags = flags;
	m->is_static = false;
	m->is_logged = false;
	m->last = NULL;
	refcount_set(&m->refs, 1);

	spin_lock(hn_table_lock(&inst->mapping_ext, hash2));
	hn_table_insert(&inst->mapping_ext, hash2, &m->ext_link);
	spin_unlock(hn_table_lock(&inst->mapping_ext, hash2));
	hn_table_insert(&inst->mapping_in, hash, &m->in_link);
	percpu_counter_inc(&inst->mappings);
	hn_count(inst, HN_STAT_MAPPING_CREATED);
	return m;
}

static enum hn_stat refusal(int err)
{
	switch (err) {
	case -EDQUOT:
		return HN_STAT_DROP_SOURCE_LIMIT;
	case -EAGAIN:
		return HN_STAT_DROP_SOURCE_RATE;
	default:
		return HN_STAT_DROP_NOMEM;
	}
}

/* Takes a mapping away from what its flags say that it is counted in. */
static void leave(struct hn_instance *inst, const struct in6_addr *inside, __be32 ext,
		  __be16 port, u8 flags)
{
	if (likely(!(flags & (HN_MAPPING_COUNTED | HN_MAPPING_IN_BLOCK))))
		return;
	/* The delta worker calls it outside any. */
	rcu_read_lock();
	if (flags & HN_MAPPING_COUNTED)
		hn_census_leave_mapping(inst, inside);
	if (flags & HN_MAPPING_IN_BLOCK)
		hn_block_leave(inst, inside, ext, port);
	rcu_read_unlock();
}

/* Enters it, whatever the limits are, in what the flags ask for; returns those that it is in. */
static u8 enter(struct hn_instance *inst, const struct in6_addr *inside, __be32 ext, __be16 port,
		u8 flags)
{
	u8 in = 0;

	if (flags & HN_MAPPING_COUNTED && hn_census_counts_mappings(&inst->census) &&
	    !hn_census_enter_mapping(inst, inside, false))
		in |= HN_MAPPING_COUNTED;
	if (flags & HN_MAPPING_IN_BLOCK && hn_block_enter(inst, inside, ext, port))
		in |= HN_MAPPING_IN_BLOCK;
	return in;
}

static bool take(struct hn_instance *inst, const struct hn_endpoint *ep,
		 const struct hn_session_init *init, __be32 *ext, __be16 *port, u8 *flags,
		 enum hn_stat *why)
{
	u32 size = READ_ONCE(inst->blocks.size);

	if (likely(!size))
		return hn_pool4_take(inst, ep, init, ext, port, why);
	*flags |= HN_MAPPING_IN_BLOCK;
	return hn_block_take(inst, ep, init, size, ext, port, why);
}

/* Under the lock of hash: with a port of pool4, if the source may have one more. */
static struct hn_mapping *make(struct hn_instance *inst, const struct hn_endpoint *ep, u32 hash,
			       const struct hn_session_init *init, enum hn_stat *why)
{
	struct hn_mapping *m;
	u8 flags = 0;
	__be32 ext;
	__be16 port;
	int err;

	if (hn_census_counts_mappings(&inst->census)) {
		err = hn_census_enter_mapping(inst, &ep->addr, true);
		if (err) {
			*why = refusal(err);
			return NULL;
		}
		flags |= HN_MAPPING_COUNTED;
	}
	if (!take(inst, ep, init, &ext, &port, &flags, why)) {
		leave(inst, &ep->addr, 0, 0, flags & HN_MAPPING_COUNTED);
		return NULL;
	}
	m = insert(inst, ep, hash, ext, port, flags);
	if (m)
		return m;
	hn_pool4_release(inst, ep->proto, ext, port, false);
	leave(inst, &ep->addr, ext, port, flags);
	*why = HN_STAT_DROP_NOMEM;
	return NULL;
}

struct hn_mapping *hn_mapping_get_in(struct hn_instance *inst, const struct hn_endpoint *ep,
				     const struct hn_session_init *init, enum hn_stat *why)
{
	u32 hash = hn_mapping_hash(inst, ep);
	spinlock_t *lock = hn_table_lock(&inst->mapping_in, hash);
	struct hn_mapping *m;

	spin_lock(lock);
	m = find_in(inst, ep, hash);
	if (m)
		refcount_inc(&m->refs);
	else
		m = make(inst, ep, hash, init, why);
	spin_unlock(lock);
	return m;
}

struct hn_mapping *hn_mapping_find_in(struct hn_instance *inst, const struct hn_endpoint *ep)
{
	u32 hash = hn_mapping_hash(inst, ep);
	spinlock_t *lock = hn_table_lock(&inst->mapping_in, hash);
	struct hn_mapping *m;

	spin_lock(lock);
	m = find_in(inst, ep, hash);
	if (m)
		refcount_inc(&m->refs);
	spin_unlock(lock);
	return m;
}

/* Under the lock of hash. NULL: the port is free again. */
static struct hn_mapping *make_pair(struct hn_instance *inst, const struct hn_endpoint *ep,
				    u32 hash, __be32 ext, __be16 port, enum hn_apply_fate *fate)
{
	u8 flags = enter(inst, &ep->addr, ext, port, HN_MAPPING_COUNTED | HN_MAPPING_IN_BLOCK);
	struct hn_mapping *m;

	m = insert(inst, ep, hash, ext, port, flags);
	if (m)
		return m;
	leave(inst, &ep->addr, ext, port, flags);
	hn_pool4_release(inst, ep->proto, ext, port, false);
	*fate = HN_APPLY_NOMEM;
	return NULL;
}

struct hn_mapping *hn_mapping_get_pair(struct hn_instance *inst, const struct hn_endpoint *ep,
				       u32 hash, __be32 ext, __be16 port, bool taken,
				       enum hn_apply_fate *fate)
{
	spinlock_t *lock = hn_table_lock(&inst->mapping_in, hash);
	struct hn_mapping *m;

	spin_lock(lock);
	m = find_in(inst, ep, hash);
	if (!m) {
		if (taken || hn_pool4_take_exactly(inst, ep->proto, ext, port, fate))
			m = make_pair(inst, ep, hash, ext, port, fate);
	} else if (m->ext == ext && m->ext_port == port) {
		refcount_inc(&m->refs);
	} else {
		*fate = HN_APPLY_CONFLICT;
		m = NULL;
		if (taken)
			hn_pool4_release(inst, ep->proto, ext, port, true);
	}
	spin_unlock(lock);
	return m;
}

/* The lock of hash held. */
static void unlink(struct hn_instance *inst, struct hn_mapping *m, u32 hash)
{
	u32 hash2 = hash_ext(inst, m->ext, m->ext_port, m->proto);
	spinlock_t *lock2 = hn_table_lock(&inst->mapping_ext, hash2);

	hn_table_remove(&inst->mapping_in, hash, &m->in_link);
	spin_lock(lock2);
	hn_table_remove(&inst->mapping_ext, hash2, &m->ext_link);
	spin_unlock(lock2);
	percpu_counter_dec(&inst->mappings);
	leave(inst, &m->inside, m->ext, m->ext_port, m->flags);
	hn_count(inst, HN_STAT_MAPPING_REMOVED);
}

void hn_mapping_detach(struct hn_instance *inst, struct hn_mapping *m, bool keep_port)
{
	u32 hash = hash_in(inst, &m->inside, m->inside_port, m->proto);
	spinlock_t *lock = hn_table_lock(&inst->mapping_in, hash);

	/* Nothing that packets or peers do takes what is configured. */
	WARN_ON_ONCE(m->is_static);
	spin_lock(lock);
	unlink(inst, m, hash);
	if (hn_logs(inst))
		hn_log_mapping(inst, m, HN_LOG_BIB_END);
	WRITE_ONCE(m->flags, HN_MAPPING_DETACHED);
	if (!keep_port)
		hn_pool4_release(inst, m->proto, m->ext, m->ext_port, true);
	spin_unlock(lock);
}

/* The lock of its inside hash held. */
static void uncount(struct hn_instance *inst, struct hn_mapping *m, u8 flag)
{
	leave(inst, &m->inside, m->ext, m->ext_port, m->flags & flag);
	WRITE_ONCE(m->flags, m->flags & ~flag);
}

void hn_mapping_leave_block(struct hn_instance *inst, struct hn_mapping *m)
{
	spinlock_t *lock = hn_table_lock(&inst->mapping_in, hash_in(inst, &m->inside,
								    m->inside_port, m->proto));

	spin_lock(lock);
	if (m->flags & HN_MAPPING_IN_BLOCK) {
		uncount(inst, m, HN_MAPPING_IN_BLOCK);
		WRITE_ONCE(m->is_logged, false);
	}
	spin_unlock(lock);
}

static void free_rcu_cb(struct rcu_head *rcu)
{
	kmem_cache_free(mapping_cache, container_of(rcu, struct hn_mapping, rcu));
}

/* The lock of hash held. */
static void drop(struct hn_instance *inst, struct hn_mapping *m, u32 hash, bool used)
{
	lockdep_assert_held(hn_table_lock(&inst->mapping_in, hash));
	if (!refcount_dec_and_test(&m->refs))
		return;
	if (!(m->flags & HN_MAPPING_DETACHED)) {
		unlink(inst, m, hash);
		if (hn_logs(inst) && m->is_logged)
			hn_log_mapping(inst, m, HN_LOG_BIB_END);
		/*
		 * Only now: who takes the port next must not find the old
		 * mapping under it.
		 */
		hn_pool4_release(inst, m->proto, m->ext, m->ext_port, used);
	}
	call_rcu(&m->rcu, free_rcu_cb);
}

static void put(struct hn_instance *inst, struct hn_mapping *m, bool used)
{
	u32 hash = hash_in(inst, &m->inside, m->inside_port, m->proto);
	spinlock_t *lock = hn_table_lock(&inst->mapping_in, hash);

	/* refcount_dec_and_lock() in two steps that sparse can follow. */
	if (refcount_dec_not_one(&m->refs))
		return;
	spin_lock(lock);
	drop(inst, m, hash, used);
	spin_unlock(lock);
}

void hn_mapping_put(struct hn_instance *inst, struct hn_mapping *m)
{
	put(inst, m, true);
}

void hn_mapping_put_unused(struct hn_instance *inst, struct hn_mapping *m)
{
	put(inst, m, false);
}

void hn_mapping_put_locked(struct hn_instance *inst, struct hn_mapping *m)
{
	drop(inst, m, hash_in(inst, &m->inside, m->inside_port, m->proto), true);
}

struct visit {
	struct hn_instance	*inst;
	hn_mapping_fn		*fn;
	void			*arg;
};

static void visit_entry(struct hn_link *link, void *arg)
{
	struct visit *v = arg;

	v->fn(v->inst, container_of(link, struct hn_mapping, in_link), v->arg);
}

void hn_mapping_for_each(struct hn_instance *inst, hn_mapping_fn *fn, void *arg)
{
	struct visit v = { inst, fn, arg };

	hn_log_walk_all(inst, &inst->mapping_in, visit_entry, &v);
}

static void count_entry(struct hn_instance *inst, struct hn_mapping *m, void *arg)
{
	u8 flag = *(const u8 *)arg & ~m->flags;

	if (m->is_static)
		flag &= ~HN_MAPPING_IN_BLOCK;
	WRITE_ONCE(m->flags, m->flags | enter(inst, &m->inside, m->ext, m->ext_port, flag));
}

void hn_mapping_count_all(struct hn_instance *inst, u8 flag)
{
	hn_mapping_for_each(inst, count_entry, &flag);
}

static void uncount_entry(struct hn_instance *inst, struct hn_mapping *m, void *arg)
{
	uncount(inst, m, *(const u8 *)arg);
}

void hn_mapping_uncount_all(struct hn_instance *inst, u8 flag)
{
	hn_mapping_for_each(inst, uncount_entry, &flag);
}

static void free_entry(struct hn_instance *inst, struct hn_mapping *m, void *arg)
{
	kmem_cache_free(mapping_cache, m);
}

void hn_mapping_free_all(struct hn_instance *inst)
{
	hn_mapping_for_each(inst, free_entry, NULL);
}
