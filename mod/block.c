// SPDX-License-Identifier: GPL-2.0-only
#include <linux/random.h>
#include <linux/slab.h>

#include "block.h"
#include "compat/compat.h"
#include "inside.h"
#include "pool4.h"
#include "session.h"

/* Who looks at one has the lock of the chain by which he came. */
struct block {
	struct hn_link	source_link;
	struct hn_link	place_link;
	struct in6_addr	source;		/* its prefix */
	__be32		ext;
	u16		first, last;
	u32		mappings;	/* under the lock of source_link */
	bool		is_logged;	/* likewise: its end is to be logged by this node */
};

static struct kmem_cache *block_cache;
static struct lock_class_key source_key, place_key;

int hn_block_cache_create(void)
{
	block_cache = KMEM_CACHE(block, 0);
	return block_cache ? 0 : -ENOMEM;
}

void hn_block_cache_destroy(void)
{
	kmem_cache_destroy(block_cache);
}

static u32 hash_source(const struct hn_instance *inst, const struct in6_addr *source)
{
	return hsiphash(source, sizeof(*source), &inst->key);
}

static u32 hash_place(const struct hn_instance *inst, __be32 ext, u16 first)
{
	return hsiphash_2u32((__force u32)ext, first, &inst->key);
}

static u32 hash_source_link(const struct hn_table *t, const struct hn_link *link)
{
	return hash_source(container_of(t, struct hn_instance, blocks.by_source),
			   &container_of(link, struct block, source_link)->source);
}

static u32 hash_place_link(const struct hn_table *t, const struct hn_link *link)
{
	const struct block *b = container_of(link, struct block, place_link);

	return hash_place(container_of(t, struct hn_instance, blocks.by_place), b->ext, b->first);
}

int hn_blocks_init(struct hn_instance *inst)
{
	struct hn_blocks *blocks = &inst->blocks;
	int err;

	err = percpu_counter_init(&blocks->count, 0, GFP_KERNEL);
	if (err)
		return err;
	err = hn_table_init(&blocks->by_source, &source_key, hash_source_link);
	if (err)
		goto err_count;
	err = hn_table_init(&blocks->by_place, &place_key, hash_place_link);
	if (err)
		goto err_source;
	return 0;

err_source:
	hn_table_exit(&blocks->by_source);
err_count:
	percpu_counter_destroy(&blocks->count);
	return err;
}

static void free_entry(struct hn_link *link, void *arg)
{
	kmem_cache_free(block_cache, container_of(link, struct block, source_link));
}

void hn_blocks_exit(struct hn_instance *inst)
{
	hn_table_walk_all(&inst->blocks.by_source, free_entry, NULL);
	hn_table_exit(&inst->blocks.by_place);
	hn_table_exit(&inst->blocks.by_source);
	percpu_counter_destroy(&inst->blocks.count);
}

/* Whose blocks are concerned, and the chain that they are in. */
struct source {
	struct in6_addr	prefix;
	u32		hash;
	spinlock_t	*lock;		/* of that chain */
};

static struct source source_of(struct hn_instance *inst, const struct in6_addr *inside)
{
	struct source s;

	hn_inside_source(inside, READ_ONCE(inst->blocks.source_len), &s.prefix);
	s.hash = hash_source(inst, &s.prefix);
	s.lock = hn_table_lock(&inst->blocks.by_source, s.hash);
	return s;
}

static bool is_of(const struct block *b, const struct source *s)
{
	return ipv6_addr_equal(&b->source, &s->prefix);
}

static struct block *block_of(struct hn_link *link)
{
	return container_of(link, struct block, source_link);
}

/* The source's that has the port. Locked. */
static struct block *find(struct hn_instance *inst, const struct source *s, __be32 ext, u16 port)
{
	struct hn_link *link;

	hn_table_for_each(link, &inst->blocks.by_source, s->hash) {
		struct block *b = block_of(link);

		if (is_of(b, s) && b->ext == ext && port >= b->first && port <= b->last)
			return b;
	}
	return NULL;
}

/* Under the lock of its hash. */
static bool is_free(struct hn_instance *inst, u32 hash, __be32 ext, u16 first)
{
	struct hn_link *link;

	hn_table_for_each(link, &inst->blocks.by_place, hash) {
		const struct block *b = container_of(link, struct block, place_link);

		if (b->ext == ext && b->first == first)
			return false;
	}
	return true;
}

/* Puts the block there, if none is. */
static bool claim(struct hn_instance *inst, struct block *b)
{
	u32 hash = hash_place(inst, b->ext, b->first);
	spinlock_t *lock = hn_table_lock(&inst->blocks.by_place, hash);
	bool claimed;

	spin_lock(lock);
	claimed = is_free(inst, hash, b->ext, b->first);
	if (claimed)
		hn_table_insert(&inst->blocks.by_place, hash, &b->place_link);
	spin_unlock(lock);
	return claimed;
}

static void unclaim(struct hn_instance *inst, struct block *b)
{
	u32 hash = hash_place(inst, b->ext, b->first);
	spinlock_t *lock = hn_table_lock(&inst->blocks.by_place, hash);

	spin_lock(lock);
	hn_table_remove(&inst->blocks.by_place, hash, &b->place_link);
	spin_unlock(lock);
}

static struct block *alloc(const struct source *s)
{
	struct block *b = kmem_cache_zalloc(block_cache, GFP_ATOMIC | __GFP_NOWARN);

	if (b)
		b->source = s->prefix;
	return b;
}

/* Number n of its address. */
static void place(struct block *b, __be32 ext, u32 size, u32 n)
{
	b->ext = ext;
	b->first = n * size;
	b->last = min_t(u32, (n + 1) * size - 1, U16_MAX);
}

/* What is claimed becomes the source's. Locked. */
static void insert(struct hn_instance *inst, const struct source *s, struct block *b)
{
	hn_table_insert(&inst->blocks.by_source, s->hash, &b->source_link);
	percpu_counter_inc(&inst->blocks.count);
	hn_count(inst, HN_STAT_BLOCK_CREATED);
}

/* The last of its mappings has gone. Locked. */
static void remove(struct hn_instance *inst, const struct source *s, struct block *b)
{
	hn_table_remove(&inst->blocks.by_source, s->hash, &b->source_link);
	if (hn_logs(inst) && b->is_logged)
		hn_log_block(inst, &b->source, b->ext, b->first, b->last, HN_LOG_BLOCK_END);
	unclaim(inst, b);
	percpu_counter_dec(&inst->blocks.count);
	atomic_inc(&inst->blocks.freed);
	hn_count(inst, HN_STAT_BLOCK_REMOVED);
	kmem_cache_free(block_cache, b);
}

/* What is asked for, and where it goes. */
struct request {
	const struct hn_endpoint	*ep;
	const struct hn_session_init	*init;
	__be16				*port;
};

static bool take_of(struct hn_instance *inst, const struct request *r, const struct block *b)
{
	return hn_pool4_take_between(inst, r->ep, r->init, b->ext, b->first, b->last, r->port);
}

/* Of a block that it has. Locked. */
static struct block *take_owned(struct hn_instance *inst, const struct source *s,
				const struct request *r)
{
	struct hn_link *link;

	hn_table_for_each(link, &inst->blocks.by_source, s->hash) {
		struct block *b = block_of(link);

		if (is_of(b, s) && take_of(inst, r, b))
			return b;
	}
	return NULL;
}

/* The first one from a random start, wrapping once, that has a port. */
static bool take_at(struct hn_instance *inst, const struct request *r, struct block *b,
		    const struct hn_pool4_place *at, u32 size)
{
	u32 n = at->last - at->first + 1, i = get_random_u32_below(n), left;

	for (left = n; left; left--) {
		place(b, at->addr, size, at->first + i);
		if (claim(inst, b)) {
			if (take_of(inst, r, b))
				return true;
			unclaim(inst, b);
		}
		i = i + 1 < n ? i + 1 : 0;
	}
	return false;
}

/* A source keeps its address as long as that has blocks. 0: it has none. Locked. */
static __be32 address_of(struct hn_instance *inst, const struct source *s)
{
	struct hn_link *link;

	hn_table_for_each(link, &inst->blocks.by_source, s->hash) {
		if (is_of(block_of(link), s))
			return block_of(link)->ext;
	}
	return 0;
}

/*
 * Which blocks are free, as far as this can change without a change of settings: by one that
 * comes free, or in time, as ports are held down no more.
 */
static u32 now_free(struct hn_instance *inst)
{
	return atomic_read(&inst->blocks.freed) + jiffies / HZ;
}

/* Of a new one. Locked. */
static struct block *take_new(struct hn_instance *inst, const struct source *s,
			      const struct request *r, u32 size, enum hn_stat *why)
{
	struct hn_pool4_place places[HN_POOL4_PLACES];
	u32 n, i, state = now_free(inst);
	struct block *b;

	n = hn_pool4_block_places(inst, r->ep, r->init, address_of(inst, s), size, state, places,
				  why);
	if (!n)
		return NULL;
	b = alloc(s);
	if (!b) {
		*why = HN_STAT_DROP_NOMEM;
		return NULL;
	}
	for (i = 0; i < n; i++) {
		if (take_at(inst, r, b, &places[i], size)) {
			insert(inst, s, b);
			return b;
		}
	}
	kmem_cache_free(block_cache, b);
	hn_pool4_block_none(inst, r->ep, r->init, state, n);
	return NULL;
}

bool hn_block_take(struct hn_instance *inst, const struct hn_endpoint *ep,
		   const struct hn_session_init *init, u32 size, __be32 *addr, __be16 *port,
		   enum hn_stat *why)
{
	const struct request r = { ep, init, port };
	struct source s = source_of(inst, &ep->addr);
	struct block *b;

	spin_lock(s.lock);
	b = take_owned(inst, &s, &r) ?: take_new(inst, &s, &r, size, why);
	if (b) {
		b->mappings++;
		*addr = b->ext;
	}
	spin_unlock(s.lock);
	return b;
}

/* NULL: it is another source's, or there is no memory. Locked. */
static struct block *make_around(struct hn_instance *inst, const struct source *s, u32 size,
				 __be32 ext, u16 port)
{
	struct block *b = alloc(s);

	if (!b)
		return NULL;
	place(b, ext, size, port / size);
	if (claim(inst, b)) {
		insert(inst, s, b);
		return b;
	}
	kmem_cache_free(block_cache, b);
	return NULL;
}

bool hn_block_enter(struct hn_instance *inst, const struct in6_addr *inside, __be32 ext,
		    __be16 port)
{
	u32 size = READ_ONCE(inst->blocks.size);
	struct block *b;
	struct source s;

	if (likely(!size))
		return false;
	s = source_of(inst, inside);
	spin_lock(s.lock);
	b = find(inst, &s, ext, ntohs(port)) ?:
	    make_around(inst, &s, size, ext, ntohs(port));
	if (b)
		b->mappings++;
	spin_unlock(s.lock);
	return b;
}

void hn_block_leave(struct hn_instance *inst, const struct in6_addr *inside, __be32 ext,
		    __be16 port)
{
	struct source s = source_of(inst, inside);
	struct block *b;

	spin_lock(s.lock);
	b = find(inst, &s, ext, ntohs(port));
	if (!WARN_ON_ONCE(!b) && !--b->mappings)
		remove(inst, &s, b);
	spin_unlock(s.lock);
}

void hn_block_log(struct hn_instance *inst, const struct hn_mapping *m, bool begins)
{
	struct source s = source_of(inst, &m->inside);
	struct block *b;

	spin_lock(s.lock);
	b = find(inst, &s, m->ext, ntohs(m->ext_port));
	if (b && !b->is_logged) {
		b->is_logged = true;
		if (begins)
			hn_log_block(inst, &b->source, b->ext, b->first, b->last,
				     HN_LOG_BLOCK_BEGIN);
	}
	spin_unlock(s.lock);
}

/*
 * Who makes a mapping meanwhile sees the new setting under its lock, or is seen by the walk
 * under the same lock.
 */
void hn_blocks_update(struct hn_instance *inst)
{
	struct hn_blocks *blocks = &inst->blocks;
	u16 size = hn_global(inst, HN_G_BLOCK_SIZE);
	u8 len = hn_global(inst, HN_G_SOURCE_PREFIX);

	if (blocks->size == size && (!size || blocks->source_len == len))
		return;
	if (blocks->size) {
		WRITE_ONCE(blocks->size, 0);
		hn_mapping_uncount_all(inst, HN_MAPPING_IN_BLOCK);
	}
	WRITE_ONCE(blocks->source_len, len);
	if (size) {
		WRITE_ONCE(blocks->size, size);
		hn_mapping_count_all(inst, HN_MAPPING_IN_BLOCK);
	}
}

void hn_blocks_grow(struct hn_instance *inst)
{
	u64 n = percpu_counter_sum_positive(&inst->blocks.count);

	hn_table_grow(&inst->blocks.by_source, n);
	hn_table_grow(&inst->blocks.by_place, n);
}

#ifdef HN_SELFTEST
#include "selftest/block.c"
#endif
