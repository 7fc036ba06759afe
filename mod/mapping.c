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
				 __be32 ext, __be16 port)
{
	u32 hash2 = hash_ext(inst, ext, port, ep->proto);
	struct hn_mapping *m;

	lockdep_assert_held(hn_table_lock(&inst->mapping_in, hash));
	m = kmem_cache_alloc(mapping_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!m)
		return NULL;
	m->inside = ep->addr;
	m->inside_port = ep->port;
	m->proto = ep->proto;
	m->ext = ext;
	m->ext_port = port;
	m->detached = false;
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

struct hn_mapping *hn_mapping_get_in(struct hn_instance *inst, const struct hn_endpoint *ep,
				     const struct hn_session_init *init, enum hn_stat *why)
{
	u32 hash = hash_in(inst, &ep->addr, ep->port, ep->proto);
	spinlock_t *lock = hn_table_lock(&inst->mapping_in, hash);
	struct hn_mapping *m;
	__be32 ext;
	__be16 port;

	spin_lock(lock);
	m = find_in(inst, ep, hash);
	if (m) {
		refcount_inc(&m->refs);
	} else if (hn_pool4_take(inst, ep, init, &ext, &port, why)) {
		m = insert(inst, ep, hash, ext, port);
		if (!m) {
			hn_pool4_release(inst, ep->proto, ext, port);
			*why = HN_STAT_DROP_NOMEM;
		}
	}
	spin_unlock(lock);
	return m;
}

struct hn_mapping *hn_mapping_find_in(struct hn_instance *inst, const struct hn_endpoint *ep)
{
	u32 hash = hash_in(inst, &ep->addr, ep->port, ep->proto);
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
	struct hn_mapping *m = insert(inst, ep, hash, ext, port);

	if (m)
		return m;
	hn_pool4_release(inst, ep->proto, ext, port);
	*fate = HN_APPLY_NOMEM;
	return NULL;
}

struct hn_mapping *hn_mapping_get_pair(struct hn_instance *inst, const struct hn_endpoint *ep,
				       __be32 ext, __be16 port, bool taken,
				       enum hn_apply_fate *fate)
{
	u32 hash = hash_in(inst, &ep->addr, ep->port, ep->proto);
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
			hn_pool4_release(inst, ep->proto, ext, port);
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
	WRITE_ONCE(m->detached, true);
	if (!keep_port)
		hn_pool4_release(inst, m->proto, m->ext, m->ext_port);
	spin_unlock(lock);
}

static void free_rcu_cb(struct rcu_head *rcu)
{
	kmem_cache_free(mapping_cache, container_of(rcu, struct hn_mapping, rcu));
}

/* The lock of hash held. */
static void drop(struct hn_instance *inst, struct hn_mapping *m, u32 hash)
{
	lockdep_assert_held(hn_table_lock(&inst->mapping_in, hash));
	if (!refcount_dec_and_test(&m->refs))
		return;
	if (!m->detached) {
		unlink(inst, m, hash);
		if (hn_logs(inst) && m->is_logged)
			hn_log_mapping(inst, m, HN_LOG_BIB_END);
		/*
		 * Only now: who takes the port next must not find the old
		 * mapping under it.
		 */
		hn_pool4_release(inst, m->proto, m->ext, m->ext_port);
	}
	call_rcu(&m->rcu, free_rcu_cb);
}

void hn_mapping_put(struct hn_instance *inst, struct hn_mapping *m)
{
	u32 hash = hash_in(inst, &m->inside, m->inside_port, m->proto);
	spinlock_t *lock = hn_table_lock(&inst->mapping_in, hash);

	/* refcount_dec_and_lock() in two steps that sparse can follow. */
	if (refcount_dec_not_one(&m->refs))
		return;
	spin_lock(lock);
	drop(inst, m, hash);
	spin_unlock(lock);
}

void hn_mapping_put_locked(struct hn_instance *inst, struct hn_mapping *m)
{
	drop(inst, m, hash_in(inst, &m->inside, m->inside_port, m->proto));
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

static void free_entry(struct hn_instance *inst, struct hn_mapping *m, void *arg)
{
	kmem_cache_free(mapping_cache, m);
}

void hn_mapping_free_all(struct hn_instance *inst)
{
	hn_mapping_for_each(inst, free_entry, NULL);
}
