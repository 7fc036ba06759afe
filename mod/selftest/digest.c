// SPDX-License-Identifier: GPL-2.0-only
/* Digests of the same sessions on their owner's node and on another one; and of others. */
#include "../apply.h"
#include "../pool4.h"
#include "selftest.h"

#define SESSIONS 300
#define PEER 77

struct digests {
	u64			sums[2][HN_DIGEST_BUCKETS];
	struct hn_record	records[SESSIONS];
	u32			fates[HN_APPLY_COUNT];
};

static const siphash_key_t key = { { 1, 2 } };

static u64 take(struct hn_instance *inst, u32 owner, u64 sums[HN_DIGEST_BUCKETS])
{
	const struct hn_digest_filter f = { .owner = owner, .key = key };

	memset(sums, 0, HN_DIGEST_BUCKETS * sizeof(*sums));
	return hn_digest(inst, &f, sums);
}

struct foreign {
	struct hn_instance	*inst;
	u32			n;
};

static void count_foreign(struct hn_link *link, void *arg)
{
	const struct hn_digest_filter filter = { .foreign = true };
	struct foreign *f = arg;

	f->n += hn_digest_wants(&filter, f->inst, container_of(link, struct hn_session, in_link));
}

static u32 foreign(struct hn_instance *inst)
{
	struct foreign f = { .inst = inst };

	hn_table_walk_all(&inst->session_in, count_foreign, &f);
	return f.n;
}

/* In how many buckets they differ; *where is the last of them. */
static u32 differences(const struct digests *d, u32 *where)
{
	u32 i, n = 0;

	for (i = 0; i < HN_DIGEST_BUCKETS; i++) {
		if (d->sums[0][i] == d->sums[1][i])
			continue;
		*where = i;
		n++;
	}
	return n;
}

static bool make(struct hn_instance *inst, struct digests *d)
{
	bool made = true;
	u32 i;

	rcu_read_lock_bh();
	rcu_read_lock();
	for (i = 0; i < SESSIONS; i++) {
		struct hn_session *s = hn_selftest_session(inst, i, HZ * 3600);

		made &= HN_EXPECT(s);
		if (s)
			hn_record_fill(inst, s, &d->records[i]);
		d->records[i].owner = PEER;
	}
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return made;
}

/* One of which this node knows more than its owner says, or less, is in one bucket. */
static void alter(struct hn_instance *inst, struct digests *d)
{
	struct hn_record *r = &d->records[SESSIONS / 2];
	u32 where, other;

	r->generation++;
	hn_apply(inst, r, 1, d->fates);
	HN_EXPECT(d->fates[HN_APPLY_UPDATED] == 1);
	HN_EXPECT(take(inst, PEER, d->sums[1]) == SESSIONS);
	HN_EXPECT(differences(d, &where) == 1);

	/* That it lives longer. */
	memcpy(d->sums[0], d->sums[1], sizeof(d->sums[0]));
	r->version++;
	r->lifetime *= 2;
	hn_apply(inst, r, 1, d->fates);
	HN_EXPECT(d->fates[HN_APPLY_UPDATED] == 2);
	take(inst, PEER, d->sums[1]);
	HN_EXPECT(differences(d, &other) == 1 && other == where);
}

static u32 session_bucket(struct hn_instance *inst, const struct hn_record *r)
{
	const struct hn_endpoint ep = { r->inside, r->inside_port, r->proto };
	u32 hash = hn_session_hash(inst, &ep, r->remote, r->remote_port);
	spinlock_t *lock = hn_table_lock(&inst->session_in, hash);
	u32 bucket = HN_DIGEST_BUCKETS;
	struct hn_session *s;

	rcu_read_lock_bh();
	rcu_read_lock();
	spin_lock(lock);
	s = hn_session_find_in(inst, hash, &ep, r->remote, r->remote_port);
	if (HN_EXPECT(s))
		bucket = HN_DIGEST_BUCKET(hn_digest_hash(s, &key));
	spin_unlock(lock);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return bucket;
}

/* One that is missing shows in its bucket alone, and that bucket finds it. */
static void lose(struct hn_instance *inst, struct digests *d)
{
	struct hn_record r = d->records[0];
	u32 bucket = session_bucket(inst, &r);
	u32 where;

	memcpy(d->sums[0], d->sums[1], sizeof(d->sums[0]));
	r.flags = HN_RF_DELETE | HN_RF_EXACT;
	r.lifetime = 0;
	r.version++;
	/* Who read one of another generation says nothing about this one. */
	r.generation++;
	hn_apply(inst, &r, 1, d->fates);
	HN_EXPECT(d->fates[HN_APPLY_STALE] == 1);
	r.generation--;
	hn_apply(inst, &r, 1, d->fates);
	HN_EXPECT(d->fates[HN_APPLY_DELETED] == 1);
	HN_EXPECT(take(inst, PEER, d->sums[1]) == SESSIONS - 1);
	HN_EXPECT(differences(d, &where) == 1 && where == bucket);
}

static bool ports(struct hn_instance *inst)
{
	const struct hn_pool4_entry pool4 = {
		.addr = htonl(0xc0000201), .len = 32, .protos = HN_PROTO_BIT(HN_PROTO_UDP),
		.port_min = 1024, .port_max = 65535,
	};

	return HN_EXPECT(!hn_pool4_add(inst, &pool4, NULL));
}

static void compare(struct hn_instance *inst, struct digests *d)
{
	u32 where;

	HN_EXPECT(take(inst, inst->node, d->sums[0]) == SESSIONS);
	HN_EXPECT(!take(inst, PEER, d->sums[1]));
	HN_EXPECT(!foreign(inst));
	HN_EXPECT(differences(d, &where) > SESSIONS / 2);

	/* The same ones, as a peer gets them. */
	HN_EXPECT(!hn_pool4_flush(inst, false));
	if (!ports(inst))
		return;
	hn_apply(inst, d->records, SESSIONS, d->fates);
	HN_EXPECT(d->fates[HN_APPLY_INSERTED] == SESSIONS);
	HN_EXPECT(!take(inst, inst->node, d->sums[1]));
	HN_EXPECT(take(inst, PEER, d->sums[1]) == SESSIONS);
	HN_EXPECT(foreign(inst) == SESSIONS);
	HN_EXPECT(!differences(d, &where));
	alter(inst, d);
	lose(inst, d);
}

void hn_digest_selftest(struct hn_instance *inst)
{
	struct digests *d = kvzalloc(sizeof(*d), GFP_KERNEL);

	if (!HN_EXPECT(d))
		return;
	if (ports(inst) && make(inst, d))
		compare(inst, d);
	HN_EXPECT(!hn_pool4_flush(inst, false));
	HN_EXPECT(!percpu_counter_sum(&inst->sessions));
	HN_EXPECT(!percpu_counter_sum(&inst->mappings));
	kvfree(d);
}
