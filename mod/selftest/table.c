// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table under churn against a twin that is an array of flags: this thread
 * inserts and removes, one grows the table, one looks up; as packets, the
 * expiry worker and other packets do.
 */
#include <linux/kthread.h>

#include "../compat/compat.h"
#include "selftest.h"

/* Enough to grow the smallest table. */
#define ITEMS (HN_TABLE_MIN_BUCKETS * HN_TABLE_LOAD + 1000)
/* How many it grows for when a quarter of them is in: to four parts of each bucket. */
#define EXPECTED (2 * ITEMS)
/* Every so many items one stays in from the first round to the last. */
#define STAYS 8

struct item {
	struct hn_link	link;
	u32		key;
	/* The twin; of the churning thread alone. */
	bool		in;
};

struct churn {
	struct hn_table	table;
	atomic_t	count;
	struct item	items[ITEMS];
};

u32 hn_selftest_buckets(const struct hn_table *t)
{
	return rcu_dereference_protected(t->buckets, 1)->mask + 1;
}

static u32 item_hash(u32 key)
{
	/* The low bits repeat: some chains are long. */
	return hash_32(key, 32) & ~7U;
}

static u32 item_hash_of(const struct hn_table *t, const struct hn_link *link)
{
	return item_hash(container_of(link, struct item, link)->key);
}

/* RCU, and the lock if a miss is to be believed. */
static struct item *item_find(struct hn_table *t, u32 key)
{
	struct hn_link *link;

	hn_table_for_each(link, t, item_hash(key)) {
		struct item *item = container_of(link, struct item, link);

		if (item->key == key)
			return item;
	}
	return NULL;
}

static struct item *item_find_locked(struct hn_table *t, u32 key)
{
	spinlock_t *lock = hn_table_lock(t, item_hash(key));
	struct item *item;

	rcu_read_lock_bh();
	rcu_read_lock();
	spin_lock(lock);
	item = item_find(t, key);
	spin_unlock(lock);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return item;
}

static void item_toggle(struct churn *c, struct item *item)
{
	u32 hash = item_hash(item->key);
	spinlock_t *lock = hn_table_lock(&c->table, hash);

	spin_lock_bh(lock);
	if (item->in)
		HN_EXPECT(hn_table_remove(&c->table, hash, &item->link));
	else
		hn_table_insert(&c->table, hash, &item->link);
	spin_unlock_bh(lock);
	item->in = !item->in;
	atomic_add(item->in ? 1 : -1, &c->count);
}

static int lookups(void *arg)
{
	struct churn *c = arg;

	while (!kthread_should_stop()) {
		u32 key = get_random_u32_below(ITEMS);
		struct item *item;

		rcu_read_lock();
		item = item_find(&c->table, key);
		HN_EXPECT(!item || item->key == key);
		rcu_read_unlock();

		key -= key % STAYS;
		HN_EXPECT(item_find_locked(&c->table, key) == &c->items[key]);
		cond_resched();
	}
	return 0;
}

static int growth(void *arg)
{
	struct churn *c = arg;

	while (!kthread_should_stop()) {
		if (atomic_read(&c->count) > ITEMS / 4)
			hn_table_grow(&c->table, EXPECTED);
		schedule_timeout_interruptible(1);
	}
	return 0;
}

/* What is removed is not inserted again while a reader may still be at it. */
static void churn_round(struct churn *c)
{
	u32 key;

	for (key = 0; key < ITEMS; key++) {
		if (key % STAYS && get_random_u32_below(3))
			item_toggle(c, &c->items[key]);
	}
	synchronize_rcu_expedited();
}

struct twin {
	struct churn	*churn;
	u32		visited;
};

static void visit(struct hn_link *link, void *arg)
{
	const struct item *item = container_of(link, struct item, link);
	struct twin *twin = arg;

	lockdep_assert_held(hn_table_lock(&twin->churn->table, item_hash(item->key)));
	HN_EXPECT(item->in);
	twin->visited++;
}

/* By one bucket or by all of a stripe at a time, each is visited once. */
static void compare_walk(struct churn *c, u32 count,
			 u32 (*walk)(struct hn_table *t, u32 i, hn_link_fn *fn, void *arg))
{
	struct twin twin = { c };
	u32 i = 0;

	do {
		i = walk(&c->table, i, visit, &twin);
	} while (i);
	HN_EXPECT(twin.visited == count);
}

static void compare(struct churn *c)
{
	u32 i, count = 0;

	for (i = 0; i < ITEMS; i++) {
		struct item *item = &c->items[i];

		HN_EXPECT(item_find_locked(&c->table, i) == (item->in ? item : NULL));
		count += item->in;
	}
	HN_EXPECT(count == atomic_read(&c->count));
	compare_walk(c, count, hn_table_walk);
	compare_walk(c, count, hn_table_walk_bucket);
}

static void churn(struct churn *c, u32 rounds, bool lie)
{
	struct task_struct *reader, *grower;
	u32 i;

	for (i = 0; i < ITEMS; i++) {
		c->items[i].key = i;
		if (i % STAYS == 0)
			item_toggle(c, &c->items[i]);
	}
	reader = kthread_run(lookups, c, "hanat_lookups");
	grower = kthread_run(growth, c, "hanat_growth");
	for (i = 0; i < rounds; i++)
		churn_round(c);
	if (HN_EXPECT(!IS_ERR(reader)))
		kthread_stop(reader);
	if (HN_EXPECT(!IS_ERR(grower)))
		kthread_stop(grower);
	/* All in: as large as it gets. */
	for (i = 0; i < ITEMS; i++) {
		if (!c->items[i].in)
			item_toggle(c, &c->items[i]);
	}
	hn_table_grow(&c->table, EXPECTED);
	HN_EXPECT(hn_selftest_buckets(&c->table) == 4 * HN_TABLE_MIN_BUCKETS);
	c->items[1].in ^= lie;
	compare(c);
}

void hn_table_selftest(u32 rounds, bool lie)
{
	static struct lock_class_key key;
	struct churn *c = kvzalloc(sizeof(*c), GFP_KERNEL);

	if (!HN_EXPECT(c))
		return;
	if (HN_EXPECT(!hn_table_init(&c->table, &key, item_hash_of))) {
		churn(c, rounds, lie);
		hn_table_exit(&c->table);
	}
	kvfree(c);
}
