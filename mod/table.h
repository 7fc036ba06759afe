/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash table for RCU readers that grows without stopping them: intrusive
 * single links, power-of-two buckets, an array of spinlocks each of which
 * guards the buckets that share its low hash bits.
 *
 * Readers walk a chain under rcu_read_lock() only. While the table grows a
 * reader may be carried to another chain and MISS an entry that is there; it
 * never loops and never finds a wrong one. So a lockless miss is a hint:
 * whoever acts on it looks again under the lock.
 */
#ifndef HANAT_TABLE_H
#define HANAT_TABLE_H

#include <linux/bits.h>
#include <linux/prefetch.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct hn_link {
	struct hn_link __rcu	*next;
};

struct hn_buckets {
	u32			mask;
	/*
	 * Where the entries of moved buckets are; NULL unless this array is
	 * being left.
	 */
	struct hn_buckets __rcu	*next;
	struct hn_link __rcu	*head[];
};

struct hn_table {
	struct hn_buckets __rcu	*buckets;
	/* HN_TABLE_LOCKS of them, each of every so many stripes. */
	spinlock_t		*locks;
	/* The full hash of an entry; called under its lock while it moves. */
	u32			(*hash)(const struct hn_table *t, const struct hn_link *link);
};

/*
 * Buckets to start with, locks, and neighbours that share one: a stripe, which is walked under its
 * lock in one go. A bucket and its later parts have the same lock, which is in its low bits.
 */
#define HN_TABLE_LOCKS 1024
#define HN_TABLE_STRIPE 4
#define HN_TABLE_MIN_BUCKETS (HN_TABLE_LOCKS * HN_TABLE_STRIPE)
#define HN_TABLE_MAX_BUCKETS BIT(26)
/*
 * Average chain length beyond which the table grows: 4 to 8 bytes of buckets
 * per entry.
 */
#define HN_TABLE_LOAD 2

/* Head of a bucket whose entries have moved to buckets->next. */
#define HN_LINK_MOVED ((struct hn_link *)1UL)

int hn_table_init(struct hn_table *t, struct lock_class_key *key,
		  u32 (*hash)(const struct hn_table *t, const struct hn_link *link));
void hn_table_exit(struct hn_table *t);

/*
 * Grows the table, at once to the size that n entries need, if they are too many
 * for it. Process context, sleeps; one caller at a time. A failed allocation leaves
 * the table as it is.
 */
void hn_table_grow(struct hn_table *t, u64 n);

/*
 * Calls fn for each entry of the buckets from i to the end of its stripe, under their lock with BH
 * off; fn may remove the entry. Returns the bucket to go on with, or 0 behind the last one. The
 * other one, for who has to be able to go on at any bucket, leaves it at that one.
 */
typedef void hn_link_fn(struct hn_link *link, void *arg);
u32 hn_table_walk(struct hn_table *t, u32 i, hn_link_fn *fn, void *arg);
u32 hn_table_walk_bucket(struct hn_table *t, u32 i, hn_link_fn *fn, void *arg);

/* All buckets. Process context, sleeps between them. */
void hn_table_walk_all(struct hn_table *t, hn_link_fn *fn, void *arg);

static inline u32 hn_table_lock_index(u32 hash)
{
	return hash / HN_TABLE_STRIPE % HN_TABLE_LOCKS;
}

static inline spinlock_t *hn_table_lock(struct hn_table *t, u32 hash)
{
	return &t->locks[hn_table_lock_index(hash)];
}

/* First entry of the chain of hash for an RCU reader. */
static inline struct hn_link *hn_table_first(const struct hn_table *t, u32 hash)
{
	const struct hn_buckets *b = rcu_dereference(t->buckets);
	struct hn_link *link = rcu_dereference(b->head[hash & b->mask]);

	while (unlikely(link == HN_LINK_MOVED)) {
		b = rcu_dereference(b->next);
		link = rcu_dereference(b->head[hash & b->mask]);
	}
	return link;
}

/*
 * A lookup of hash comes soon, or an insertion: its bucket is fetched into the cache meanwhile, and
 * when that is there, what the chain begins with. RCU.
 */
static inline void hn_table_expect(const struct hn_table *t, u32 hash)
{
	const struct hn_buckets *b = rcu_dereference(t->buckets);

	prefetchw(&b->head[hash & b->mask]);
}

static inline void hn_table_expect_first(const struct hn_table *t, u32 hash)
{
	const struct hn_link *link = hn_table_first(t, hash);

	if (link)
		prefetch(link);
}

#define hn_table_for_each(link, t, hash) \
	for (link = hn_table_first(t, hash); link; link = rcu_dereference((link)->next))

/*
 * Both need the lock of hash; remove tolerates an entry that is not in the
 * table.
 */
void hn_table_insert(struct hn_table *t, u32 hash, struct hn_link *link);
bool hn_table_remove(struct hn_table *t, u32 hash, struct hn_link *link);

#endif
