// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "tally.h"

/* Lives as long as count is not zero; readers may see it for a grace period more. */
struct count {
	struct hn_link		link;
	struct hn_tally_key	key;
	u32			count;	/* under the lock of the link, as what follows */
	u64			due;	/* ns; when the next one would come at the limit's rate */
	struct rcu_head		rcu;
};

static struct kmem_cache *count_cache;

int hn_tally_cache_create(void)
{
	count_cache = kmem_cache_create("hn_tally", sizeof(struct count), 0, 0, NULL);
	return count_cache ? 0 : -ENOMEM;
}

/* After rcu_barrier(): frees are in flight until then. */
void hn_tally_cache_destroy(void)
{
	kmem_cache_destroy(count_cache);
}

static u32 hash(const struct hn_tally *t, const struct hn_tally_key *key)
{
	return hsiphash(key, sizeof(*key), &t->key);
}

static u32 hash_link(const struct hn_table *table, const struct hn_link *link)
{
	return hash(container_of(table, struct hn_tally, table),
		    &container_of(link, struct count, link)->key);
}

int hn_tally_init(struct hn_tally *t, struct lock_class_key *key)
{
	int err;

	get_random_bytes(&t->key, sizeof(t->key));
	err = percpu_counter_init(&t->keys, 0, GFP_KERNEL);
	if (err)
		return err;
	err = hn_table_init(&t->table, key, hash_link);
	if (err)
		percpu_counter_destroy(&t->keys);
	return err;
}

static void free_entry(struct hn_link *link, void *arg)
{
	kmem_cache_free(count_cache, container_of(link, struct count, link));
}

void hn_tally_exit(struct hn_tally *t)
{
	hn_table_walk_all(&t->table, free_entry, NULL);
	hn_table_exit(&t->table);
	percpu_counter_destroy(&t->keys);
}

static struct count *find(struct hn_tally *t, const struct hn_tally_key *key, u32 h)
{
	struct hn_link *link;

	hn_table_for_each(link, &t->table, h) {
		struct count *c = container_of(link, struct count, link);

		if (c->key.word[0] == key->word[0] && c->key.word[1] == key->word[1])
			return c;
	}
	return NULL;
}

/* The lock of h held. */
static struct count *insert(struct hn_tally *t, const struct hn_tally_key *key, u32 h)
{
	struct count *c = kmem_cache_alloc(count_cache, GFP_ATOMIC | __GFP_NOWARN);

	if (!c)
		return NULL;
	c->key = *key;
	c->count = 0;
	c->due = 0;
	hn_table_insert(&t->table, h, &c->link);
	percpu_counter_inc(&t->keys);
	return c;
}

/*
 * A second's worth may come ahead of its time. A key of which none is left is forgotten, and with
 * it when the next one was due: what is counted by rate has to live for longer than a second.
 */
static int admit(struct count *c, const struct hn_tally_limit *limit)
{
	u64 now, due;

	if (limit->count && c->count >= limit->count)
		return -EDQUOT;
	if (!limit->per_second)
		return 0;
	now = ktime_get_ns();
	due = max(c->due, now) + NSEC_PER_SEC / limit->per_second;
	if (due > now + NSEC_PER_SEC)
		return -EAGAIN;
	c->due = due;
	return 0;
}

int hn_tally_add(struct hn_tally *t, const struct hn_tally_key *key,
		 const struct hn_tally_limit *limit)
{
	u32 h = hash(t, key);
	spinlock_t *lock = hn_table_lock(&t->table, h);
	struct count *c;
	int err = -ENOMEM;

	spin_lock(lock);
	c = find(t, key, h);
	if (!c)
		c = insert(t, key, h);
	if (c)
		err = limit ? admit(c, limit) : 0;
	if (!err)
		c->count++;
	spin_unlock(lock);
	return err;
}

static void free_rcu_cb(struct rcu_head *rcu)
{
	kmem_cache_free(count_cache, container_of(rcu, struct count, rcu));
}

void hn_tally_sub(struct hn_tally *t, const struct hn_tally_key *key)
{
	u32 h = hash(t, key);
	spinlock_t *lock = hn_table_lock(&t->table, h);
	struct count *c;

	spin_lock(lock);
	c = find(t, key, h);
	if (!WARN_ON_ONCE(!c) && !--c->count) {
		hn_table_remove(&t->table, h, &c->link);
		percpu_counter_dec(&t->keys);
		call_rcu(&c->rcu, free_rcu_cb);
	}
	spin_unlock(lock);
}

bool hn_tally_has(struct hn_tally *t, const struct hn_tally_key *key)
{
	return find(t, key, hash(t, key));
}

void hn_tally_grow(struct hn_tally *t)
{
	hn_table_grow(&t->table, percpu_counter_sum_positive(&t->keys));
}
