// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>

#include "table.h"

static struct hn_buckets *buckets_alloc(u32 n)
{
	struct hn_buckets *b;

	b = kvzalloc(struct_size(b, head, n), GFP_KERNEL);
	if (b)
		b->mask = n - 1;
	return b;
}

int hn_table_init(struct hn_table *t, struct lock_class_key *key,
		  u32 (*hash)(const struct hn_table *t, const struct hn_link *link))
{
	struct hn_buckets *b;
	unsigned int i;

	t->locks = kvmalloc_array(HN_TABLE_LOCKS, sizeof(*t->locks), GFP_KERNEL);
	if (!t->locks)
		return -ENOMEM;
	b = buckets_alloc(HN_TABLE_MIN_BUCKETS);
	if (!b)
		goto err_locks;
	for (i = 0; i < HN_TABLE_LOCKS; i++) {
		spin_lock_init(&t->locks[i]);
		lockdep_set_class(&t->locks[i], key);
	}
	t->hash = hash;
	RCU_INIT_POINTER(t->buckets, b);
	return 0;

err_locks:
	kvfree(t->locks);
	return -ENOMEM;
}

/* No reader and no writer is left. */
void hn_table_exit(struct hn_table *t)
{
	kvfree(rcu_dereference_protected(t->buckets, 1));
	kvfree(t->locks);
}

/* The bucket of hash for a holder of its lock. */
static struct hn_link __rcu **bucket_locked(struct hn_table *t, u32 hash)
{
	spinlock_t *lock = hn_table_lock(t, hash);
	struct hn_buckets *b = rcu_dereference_protected(t->buckets, lockdep_is_held(lock));
	struct hn_link __rcu **head = &b->head[hash & b->mask];

	while (rcu_access_pointer(*head) == HN_LINK_MOVED) {
		b = rcu_dereference_protected(b->next, lockdep_is_held(lock));
		head = &b->head[hash & b->mask];
	}
	return head;
}

void hn_table_insert(struct hn_table *t, u32 hash, struct hn_link *link)
{
	struct hn_link __rcu **head = bucket_locked(t, hash);

	lockdep_assert_held(hn_table_lock(t, hash));
	RCU_INIT_POINTER(link->next, rcu_access_pointer(*head));
	rcu_assign_pointer(*head, link);
}

bool hn_table_remove(struct hn_table *t, u32 hash, struct hn_link *link)
{
	spinlock_t *lock = hn_table_lock(t, hash);
	struct hn_link __rcu **at = bucket_locked(t, hash);
	struct hn_link *i;

	lockdep_assert_held(lock);
	while ((i = rcu_dereference_protected(*at, lockdep_is_held(lock)))) {
		if (i == link) {
			/* Readers at link still follow its next. */
			rcu_assign_pointer(*at, rcu_access_pointer(link->next));
			return true;
		}
		at = &i->next;
	}
	return false;
}

/*
 * Distributes bucket i of old over its parts in new. A reader in the old chain is
 * carried into a new one at the entry that moves under it, and may miss what
 * comes later: see table.h.
 */
static void bucket_split(struct hn_table *t, struct hn_buckets *old, struct hn_buckets *new, u32 i)
{
	spinlock_t *lock = hn_table_lock(t, i);
	struct hn_link *link, *next;

	spin_lock_bh(lock);
	link = rcu_dereference_protected(old->head[i], lockdep_is_held(lock));
	/*
	 * Lookups by lock holders must see the new chain from the first moved
	 * entry on.
	 */
	for (; link; link = next) {
		struct hn_link __rcu **head = &new->head[t->hash(t, link) & new->mask];

		next = rcu_dereference_protected(link->next, lockdep_is_held(lock));
		rcu_assign_pointer(link->next, rcu_access_pointer(*head));
		rcu_assign_pointer(*head, link);
	}
	rcu_assign_pointer(old->head[i], HN_LINK_MOVED);
	spin_unlock_bh(lock);
}

void hn_table_grow(struct hn_table *t, u64 n)
{
	struct hn_buckets *old = rcu_dereference_protected(t->buckets, 1);
	u32 size = old->mask + 1, wanted = size, i;
	struct hn_buckets *new;

	might_sleep();
	while (n > (u64)wanted * HN_TABLE_LOAD && wanted < HN_TABLE_MAX_BUCKETS)
		wanted *= 2;
	if (wanted == size)
		return;
	new = buckets_alloc(wanted);
	if (!new)
		return;

	rcu_assign_pointer(old->next, new);
	for (i = 0; i < size; i++) {
		bucket_split(t, old, new, i);
		cond_resched();
	}
	rcu_assign_pointer(t->buckets, new);
	synchronize_rcu();
	kvfree(old);
}

static void chain_walk(struct hn_link __rcu **head, spinlock_t *lock, hn_link_fn *fn, void *arg)
{
	struct hn_link *link, *next;

	link = rcu_dereference_protected(*head, lockdep_is_held(lock));
	for (; link; link = next) {
		next = rcu_dereference_protected(link->next, lockdep_is_held(lock));
		fn(link, arg);
	}
}

/* RCU keeps the arrays while the table grows past them; the lock keeps the chains. */
static void bucket_walk(struct hn_buckets *b, u32 i, spinlock_t *lock, hn_link_fn *fn, void *arg)
{
	struct hn_buckets *parts;
	u32 part;

	if (likely(rcu_access_pointer(b->head[i]) != HN_LINK_MOVED)) {
		chain_walk(&b->head[i], lock, fn, arg);
		return;
	}
	parts = rcu_dereference(b->next);
	for (part = i; part <= parts->mask; part += b->mask + 1)
		chain_walk(&parts->head[part], lock, fn, arg);
}

/* What a walk comes to next is fetched into the cache meanwhile. */
static void expect_chains(const struct hn_buckets *b, u32 i, u32 end)
{
	for (; i < end && i <= b->mask; i++)
		prefetch(rcu_access_pointer(b->head[i]));
}

/* The buckets from i to end, of one stripe. */
static u32 walk(struct hn_table *t, u32 i, u32 end, hn_link_fn *fn, void *arg)
{
	spinlock_t *lock = hn_table_lock(t, i);
	struct hn_buckets *b;
	u32 size;

	rcu_read_lock();
	b = rcu_dereference(t->buckets);
	size = b->mask + 1;
	if (i < size) {
		expect_chains(b, end, end + (end - i));
		spin_lock_bh(lock);
		for (; i < end; i++)
			bucket_walk(b, i, lock, fn, arg);
		spin_unlock_bh(lock);
	}
	rcu_read_unlock();
	return i < size ? i : 0;
}

u32 hn_table_walk(struct hn_table *t, u32 i, hn_link_fn *fn, void *arg)
{
	return walk(t, i, round_down(i, HN_TABLE_STRIPE) + HN_TABLE_STRIPE, fn, arg);
}

u32 hn_table_walk_bucket(struct hn_table *t, u32 i, hn_link_fn *fn, void *arg)
{
	return walk(t, i, i + 1, fn, arg);
}

void hn_table_walk_all(struct hn_table *t, hn_link_fn *fn, void *arg)
{
	u32 i = 0;

	do {
		i = hn_table_walk(t, i, fn, arg);
		cond_resched();
	} while (i);
}

#ifdef HN_SELFTEST
#include "selftest/table.c"
#endif
