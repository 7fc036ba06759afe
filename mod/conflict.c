// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mapping knows its session if that is the only one. Else they are found by a walk,
 * for all records of a request at once. First the best session of each mapping that is
 * in the way is found; then the mappings are given over, the best record first; then
 * the sessions of those that lost are killed; then sessions are inserted.
 *
 * Packets go on meanwhile. A mapping that is given over is out of the tables first,
 * so that no session is made below it behind the back of who kills them, and its
 * sessions translate until then.
 */
#include <linux/bitmap.h>
#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sort.h>
#include <net/ipv6.h>

#include "apply.h"
#include "conflict.h"
#include "pool4.h"

/* Records between two chances to schedule. */
#define BURST 32
/*
 * How long walks may take without a pause, and how many times as long the pause is
 * then: a storm of conflicts costs a quarter of the time at most.
 */
#define FREE_MS 20
#define PAUSE 3

/* A mapping that is in the way of records. */
struct stake {
	struct hlist_node	node;
	struct hn_mapping	*map;
	struct hn_rank		best;
	bool			known;	/* best is the best, if there is a session */
	bool			lives;	/* there is one */
	bool			lost;
};

/* A record that wants a mapping. */
struct claim {
	const struct hn_record	*record;
	struct hn_mapping	*map;	/* the one it has got */
	enum hn_apply_fate	fate;
	bool			won;
};

struct contest {
	struct hn_instance	*inst;
	u32			claim_count;
	u32			stake_count;
	DECLARE_HASHTABLE(table, 10);
	struct claim		*claims;
	struct stake		stakes[];
};

static struct hn_rank rank_of(const struct hn_record *r)
{
	return (struct hn_rank) {
		.owner = r->owner,
		.generation = r->generation,
		.version = r->version,
	};
}

/* A later record of the request says more of it, and has been applied already. */
static bool superseded(const struct hn_record *r, const struct hn_record *end)
{
	const struct hn_rank rank = rank_of(r);
	const struct hn_record *later;

	for (later = r + 1; later < end; later++) {
		const struct hn_rank other = rank_of(later);

		/* Addresses, ports and protocol. */
		if (!memcmp(r, later, offsetof(struct hn_record, state)) &&
		    hn_rank_beats(&other, &rank))
			return true;
	}
	return false;
}

static struct stake *find_stake(struct contest *c, const struct hn_mapping *m)
{
	struct stake *stake;

	hash_for_each_possible(c->table, stake, node, (unsigned long)m) {
		if (stake->map == m)
			return stake;
	}
	return NULL;
}

/*
 * Takes over the reference. A static mapping is no stake: whatever wants it loses, see
 * beats().
 */
static void add_stake(struct contest *c, struct hn_mapping *m)
{
	struct stake *stake;

	if (m->is_static || find_stake(c, m)) {
		hn_mapping_put(c->inst, m);
		return;
	}
	stake = &c->stakes[c->stake_count++];
	stake->map = m;
	hash_add(c->table, &stake->node, (unsigned long)m);
}

/*
 * The mappings in the way of the record, referenced: of its inside address and of
 * its external one. NULL: there is none, or it is the record's own.
 */
struct obstacles {
	struct hn_mapping	*inside;
	struct hn_mapping	*ext;
};

static bool is_own(const struct hn_record *r, const struct hn_mapping *m)
{
	return m->ext == r->ext && m->ext_port == r->ext_port &&
	       m->inside_port == r->inside_port && ipv6_addr_equal(&m->inside, &r->inside);
}

static struct hn_mapping *unless_own(struct hn_instance *inst, const struct hn_record *r,
				     struct hn_mapping *m)
{
	if (!m || !is_own(r, m))
		return m;
	hn_mapping_put(inst, m);
	return NULL;
}

static struct obstacles look(struct hn_instance *inst, const struct hn_record *r)
{
	struct hn_endpoint ep = { r->inside, r->inside_port, r->proto };

	return (struct obstacles) {
		.inside = unless_own(inst, r, hn_mapping_find_in(inst, &ep)),
		.ext = unless_own(inst, r, hn_mapping_get_ext(inst, r->proto, r->ext,
							      r->ext_port)),
	};
}

static void add_claim(struct contest *c, const struct hn_record *r)
{
	struct obstacles o = look(c->inst, r);

	if (o.inside)
		add_stake(c, o.inside);
	if (o.ext)
		add_stake(c, o.ext);
	c->claims[c->claim_count++] = (struct claim) { .record = r, .fate = HN_APPLY_CONFLICT };
}

static void note_session(struct contest *c, struct stake *stake, struct hn_session *s)
{
	struct hn_rank rank = hn_session_rank(c->inst, s);

	if (!stake->lives || hn_rank_beats(&rank, &stake->best))
		stake->best = rank;
	stake->lives = true;
}

static void kill(struct contest *c, struct stake *stake, struct hn_session *s)
{
	if (hn_session_kill_locked(c->inst, s))
		hn_count(c->inst, HN_STAT_SESSION_LOST);
}

typedef void visit_fn(struct contest *c, struct stake *stake, struct hn_session *s);

/* False if it is dead. RCU, BH off. */
static bool visit_locked(struct contest *c, struct stake *stake, struct hn_session *s,
			 visit_fn *fn)
{
	spinlock_t *lock = hn_session_lock(c->inst, s);
	bool lives;

	spin_lock(lock);
	lives = !(s->flags & HN_SESSION_DEAD);
	if (lives)
		fn(c, stake, s);
	spin_unlock(lock);
	return lives;
}

/*
 * Calls fn for the session below the mapping, or not at all if there is none. False if
 * there may be more than one. RCU, BH off.
 */
static bool visit_only(struct contest *c, struct stake *stake, visit_fn *fn)
{
	/*
	 * Read before the count: if it lives afterwards, it had a reference all
	 * the time, and that beside ours is its own.
	 */
	struct hn_session *s = smp_load_acquire(&stake->map->last);
	u32 refs = refcount_read(&stake->map->refs);

	if (refs == 1)
		return true;
	return refs == 2 && s && visit_locked(c, stake, s, fn);
}

static void find_best(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);
	struct contest *c = arg;
	struct stake *stake = find_stake(c, s->map);

	if (stake)
		note_session(c, stake, s);
}

static void kill_lost(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);
	struct contest *c = arg;
	struct stake *stake = find_stake(c, s->map);

	if (stake && stake->lost)
		kill(c, stake, s);
}

static void walk(struct contest *c, hn_link_fn *fn)
{
	u64 start = get_jiffies_64(), now;

	hn_log_walk_all(c->inst, &c->inst->session_in, fn, c);
	now = get_jiffies_64();
	if (now - start > msecs_to_jiffies(FREE_MS))
		c->inst->conflict_pause = now + PAUSE * (now - start);
}

/* Of some the best session stays unknown if there was a walk too recently. */
static void judge_stakes(struct contest *c)
{
	bool all = true;
	u32 i;

	rcu_read_lock_bh();
	rcu_read_lock();
	for (i = 0; i < c->stake_count; i++) {
		struct stake *stake = &c->stakes[i];

		stake->known = visit_only(c, stake, note_session);
		all &= stake->known;
	}
	rcu_read_unlock();
	rcu_read_unlock_bh();
	if (all || time_before64(get_jiffies_64(), c->inst->conflict_pause))
		return;
	walk(c, find_best);
	for (i = 0; i < c->stake_count; i++)
		c->stakes[i].known = true;
}

/* Whoever had a reference to a mapping that lost is the last one to have had it. */
static void kill_stakes(struct contest *c)
{
	bool all = true;
	u32 i;

	rcu_read_lock_bh();
	rcu_read_lock();
	for (i = 0; i < c->stake_count; i++) {
		struct stake *stake = &c->stakes[i];

		if (stake->lost)
			all &= visit_only(c, stake, kill);
	}
	rcu_read_unlock();
	rcu_read_unlock_bh();
	if (!all)
		walk(c, kill_lost);
}

/* A static mapping does not lose, and one that came meanwhile is not known to. */
static bool beats(struct contest *c, const struct hn_record *r, const struct hn_mapping *m)
{
	const struct stake *stake = find_stake(c, m);
	struct hn_rank rank = rank_of(r);

	return stake && stake->known &&
	       (!stake->lives || hn_rank_beats(&rank, &stake->best));
}

/* The claim's session, which is inserted at the end, counts for its mapping already. */
static void note_best(struct contest *c, const struct claim *claim)
{
	struct stake *stake = find_stake(c, claim->map);
	struct hn_rank rank = rank_of(claim->record);

	if (!stake || (stake->lives && !hn_rank_beats(&rank, &stake->best)))
		return;
	stake->best = rank;
	stake->lives = true;
}

static void lose(struct contest *c, struct hn_mapping *m, bool keep_port)
{
	find_stake(c, m)->lost = true;
	hn_mapping_detach(c->inst, m, keep_port);
}

/* The port is had before the inside address is given up for it. */
static bool take_port(struct contest *c, struct claim *claim, const struct obstacles *o)
{
	const struct hn_record *r = claim->record;

	if (!o->ext)
		return hn_pool4_take_exactly(c->inst, r->proto, r->ext, r->ext_port, &claim->fate);
	lose(c, o->ext, true);
	return true;
}

/*
 * Gives the record its mapping, if it beats all that is in the way. The sessions of who
 * held what it takes are killed later. RCU, BH off.
 */
static void decide(struct contest *c, struct claim *claim)
{
	const struct hn_record *r = claim->record;
	struct hn_endpoint ep = { r->inside, r->inside_port, r->proto };
	struct obstacles o = look(c->inst, r);
	bool taken = false;

	if ((o.inside && !beats(c, r, o.inside)) || (o.ext && !beats(c, r, o.ext)))
		goto out;
	if (o.inside || o.ext) {
		taken = take_port(c, claim, &o);
		if (!taken)
			goto out;
		if (o.inside)
			lose(c, o.inside, false);
		claim->won = true;
	}
	claim->map = hn_mapping_get_pair(c->inst, &ep, hn_mapping_hash(c->inst, &ep), r->ext,
					 r->ext_port, taken, &claim->fate);
	if (claim->map)
		note_best(c, claim);
out:
	if (o.inside)
		hn_mapping_put(c->inst, o.inside);
	if (o.ext)
		hn_mapping_put(c->inst, o.ext);
}

/* RCU, BH off. */
static void insert(struct contest *c, struct claim *claim)
{
	struct hn_session_init init;
	struct hn_endpoint ep;

	if (!claim->map)
		return;
	hn_apply_prepare(claim->record, &ep, &init);
	init.hash = hn_session_hash(c->inst, &ep, init.remote, init.remote_port);
	init.map = claim->map;
	claim->fate = hn_session_apply(c->inst, &init);
	/* Packets may have made its session since it has the mapping. */
	if (claim->won && (claim->fate == HN_APPLY_INSERTED || claim->fate == HN_APPLY_UPDATED))
		claim->fate = HN_APPLY_WON;
}

static void each_claim(struct contest *c, void (*fn)(struct contest *c, struct claim *claim))
{
	u32 i = 0, end;

	while (i < c->claim_count) {
		rcu_read_lock_bh();
		rcu_read_lock();
		for (end = min_t(u32, c->claim_count, i + BURST); i < end; i++)
			fn(c, &c->claims[i]);
		rcu_read_unlock();
		rcu_read_unlock_bh();
		cond_resched();
	}
}

static int better_first(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	struct hn_rank x = rank_of(a->record), y = rank_of(b->record);

	if (hn_rank_beats(&x, &y))
		return -1;
	return hn_rank_beats(&y, &x);
}

static void put_stakes(struct contest *c)
{
	u32 i;

	rcu_read_lock_bh();
	rcu_read_lock();
	for (i = 0; i < c->stake_count; i++)
		hn_mapping_put(c->inst, c->stakes[i].map);
	rcu_read_unlock();
	rcu_read_unlock_bh();
}

static void resolve(struct contest *c, const struct hn_record *records, u32 n,
		    const unsigned long *conflicts)
{
	u32 i;

	rcu_read_lock_bh();
	rcu_read_lock();
	for_each_set_bit(i, conflicts, n) {
		if (!superseded(&records[i], records + n))
			add_claim(c, &records[i]);
	}
	rcu_read_unlock();
	rcu_read_unlock_bh();
	judge_stakes(c);
	sort(c->claims, c->claim_count, sizeof(*c->claims), better_first, NULL);
	each_claim(c, decide);
	kill_stakes(c);
	each_claim(c, insert);
	put_stakes(c);
}

/* With room for so many records; NULL: no memory. */
static struct contest *contest_alloc(struct hn_instance *inst, u32 n)
{
	struct contest *c = kvzalloc(struct_size(c, stakes, 2 * (size_t)n), GFP_KERNEL);

	if (!c)
		return NULL;
	c->claims = kvmalloc_array(n, sizeof(*c->claims), GFP_KERNEL);
	if (!c->claims) {
		kvfree(c);
		return NULL;
	}
	c->inst = inst;
	return c;
}

static void count_refused(struct hn_instance *inst, u32 n, enum hn_apply_fate fate,
			  u32 fates[HN_APPLY_COUNT])
{
	for (; n; n--)
		hn_apply_count(inst, fates, fate);
}

void hn_conflict_resolve(struct hn_instance *inst, const struct hn_record *records, u32 n,
			 const unsigned long *conflicts, u32 fates[HN_APPLY_COUNT])
{
	u32 i, count = bitmap_weight(conflicts, n);
	struct contest *c;

	c = contest_alloc(inst, count);
	if (!c)
		return count_refused(inst, count, HN_APPLY_NOMEM, fates);
	resolve(c, records, n, conflicts);
	for (i = 0; i < c->claim_count; i++)
		hn_apply_count(inst, fates, c->claims[i].fate);
	count_refused(inst, count - c->claim_count, HN_APPLY_STALE, fates);
	kvfree(c->claims);
	kvfree(c);
}

#ifdef HN_SELFTEST
#include "selftest/conflict.c"
#endif
