// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same records in any order end in the same table, which is the one that follows
 * from their ranks; and packets that make sessions meanwhile leave nothing behind.
 */
#include <linux/kthread.h>

#include "../compat/compat.h"
#include "selftest.h"

/* Few of each, so that nearly all are in each other's way. */
#define RECORDS 24
#define HOSTS 5
#define PORTS 5
#define REMOTES 3
#define ORDERS 6
#define RACES 100

struct conflicts {
	struct hn_record	records[RECORDS];
	struct hn_record	expected[RECORDS];
	u32			expected_count;
	u32			fates[HN_APPLY_COUNT];
	u32			found;
	struct hn_instance	*inst;
};

static void draw(struct hn_record *r, u32 version)
{
	*r = (struct hn_record) {
		.ext = htonl(0xc0000201),
		.remote = htonl(0xc6336401 + get_random_u32_below(REMOTES)),
		.inside_port = htons(1024),
		.ext_port = htons(2000 + get_random_u32_below(PORTS)),
		.remote_port = htons(53),
		.proto = HN_PROTO_UDP,
		.state = HN_TCP_ESTABLISHED,
		.lifetime = 3600000,
		.owner = 11 + get_random_u32_below(3),
		.generation = get_random_u32_below(3),
		.version = version,
	};
	r->inside.s6_addr32[0] = htonl(0x20010db8);
	r->inside.s6_addr32[3] = htonl(get_random_u32_below(HOSTS));
}

static bool same_inside(const struct hn_record *a, const struct hn_record *b)
{
	return ipv6_addr_equal(&a->inside, &b->inside);
}

static bool same_mapping(const struct hn_record *a, const struct hn_record *b)
{
	return same_inside(a, b) && a->ext_port == b->ext_port;
}

/* Neither excludes the other: they share both ends or none, and are of two flows. */
static bool compatible(const struct hn_record *a, const struct hn_record *b)
{
	if (!same_mapping(a, b))
		return !same_inside(a, b) && a->ext_port != b->ext_port;
	return a->remote != b->remote;
}

/* What is left of those that are in mappings which prevail, best first. */
static void expect_table(struct conflicts *t)
{
	bool out[RECORDS] = {};
	u32 i, k, best;

	t->expected_count = 0;
	for (;;) {
		for (i = 0, best = RECORDS; i < RECORDS; i++) {
			struct hn_rank a = rank_of(&t->records[i]);
			struct hn_rank b = rank_of(&t->records[best % RECORDS]);

			if (!out[i] && (best == RECORDS || hn_rank_beats(&a, &b)))
				best = i;
		}
		if (best == RECORDS)
			return;
		/* The same mapping first: a better one of it may be a different flow. */
		for (i = 0; i < RECORDS; i++) {
			if (!same_mapping(&t->records[i], &t->records[best]) &&
			    !compatible(&t->records[i], &t->records[best]))
				out[i] = true;
		}
		for (k = 0; k < t->expected_count; k++) {
			if (!compatible(&t->expected[k], &t->records[best]))
				break;
		}
		if (k == t->expected_count)
			t->expected[t->expected_count++] = t->records[best];
		out[best] = true;
	}
}

static void shuffle(struct conflicts *t)
{
	u32 i, k;

	for (i = RECORDS - 1; i; i--) {
		k = get_random_u32_below(i + 1);
		swap(t->records[i], t->records[k]);
	}
}

/* All of them, in requests of random sizes. */
static void apply_shuffled(struct conflicts *t)
{
	u32 i, n;

	shuffle(t);
	memset(t->fates, 0, sizeof(t->fates));
	for (i = 0; i < RECORDS; i += n) {
		n = min_t(u32, RECORDS - i, 1 + get_random_u32_below(RECORDS));
		t->inst->conflict_pause = 0;
		hn_apply(t->inst, &t->records[i], n, t->fates);
	}
}

static void find_expected(struct hn_link *link, void *arg)
{
	const struct hn_session *s = container_of(link, struct hn_session, in_link);
	struct conflicts *t = arg;
	u32 i;

	HN_EXPECT(!(s->map->flags & HN_MAPPING_DETACHED));
	for (i = 0; i < t->expected_count; i++) {
		const struct hn_record *r = &t->expected[i];

		if (is_own(r, s->map) && r->remote == s->remote &&
		    r->owner == s->owner && r->generation == s->generation &&
		    r->version == s->version)
			break;
	}
	HN_EXPECT(i < t->expected_count);
	t->found++;
}

static void walk_all(struct conflicts *t, hn_link_fn *fn)
{
	u32 i = 0;

	do {
		i = hn_table_walk(&t->inst->session_in, i, fn, t);
	} while (i);
}

static bool ports(struct hn_instance *inst)
{
	const struct hn_pool4_entry pool4 = {
		.addr = htonl(0xc0000201), .len = 32, .protos = HN_PROTO_BIT(HN_PROTO_UDP),
		.port_min = 2000, .port_max = 2000 + PORTS - 1,
	};

	return HN_EXPECT(!hn_pool4_add(inst, &pool4, NULL));
}

static u32 ports_used(struct hn_instance *inst)
{
	struct hn_pool4_entry e;

	return HN_EXPECT(hn_pool4_entry(inst, 0, &e)) ? e.used : 0;
}

static bool changes(const struct conflicts *t)
{
	return t->fates[HN_APPLY_INSERTED] || t->fates[HN_APPLY_UPDATED] ||
	       t->fates[HN_APPLY_WON];
}

/* As comparison with their owners does, until nothing is new. */
static void order(struct conflicts *t)
{
	u32 rounds = 0;

	if (!ports(t->inst))
		return;
	do {
		apply_shuffled(t);
		HN_EXPECT(!t->fates[HN_APPLY_INVALID] && !t->fates[HN_APPLY_OUTSIDE]);
	} while (changes(t) && rounds++ <= RECORDS);
	HN_EXPECT(rounds <= RECORDS);
	t->found = 0;
	walk_all(t, find_expected);
	HN_EXPECT(t->found == t->expected_count);
	HN_EXPECT(percpu_counter_sum(&t->inst->mappings) == ports_used(t->inst));
	HN_EXPECT(!hn_pool4_flush(t->inst, false));
	HN_EXPECT(!percpu_counter_sum(&t->inst->sessions));
	HN_EXPECT(!percpu_counter_sum(&t->inst->mappings));
}

static void orders(struct conflicts *t)
{
	u32 i;

	for (i = 0; i < RECORDS; i++)
		draw(&t->records[i], i);
	expect_table(t);
	for (i = 0; i < ORDERS; i++)
		order(t);
}

/* Two that exclude each other are decided by one attempt each, and said to be. */
static void pair(struct conflicts *t, bool inside)
{
	struct hn_record a, b;
	u32 i;

	for (i = 0; i < 2; i++) {
		draw(&a, 5);
		b = a;
		a.generation = 1;
		b.generation = 0;
		if (inside)
			b.ext_port = a.ext_port == htons(2000) ? htons(2001) : htons(2000);
		else
			b.inside.s6_addr32[3] ^= htonl(1);
		if (!ports(t->inst))
			return;
		memset(t->fates, 0, sizeof(t->fates));
		hn_apply(t->inst, i ? &a : &b, 1, t->fates);
		hn_apply(t->inst, i ? &b : &a, 1, t->fates);
		HN_EXPECT(t->fates[HN_APPLY_INSERTED] == 1);
		HN_EXPECT(t->fates[i ? HN_APPLY_CONFLICT : HN_APPLY_WON] == 1);
		t->expected[0] = a;
		t->expected_count = 1;
		walk_all(t, find_expected);
		HN_EXPECT(percpu_counter_sum(&t->inst->sessions) == 1);
		/* The end of the one that lost is not that of the one that won. */
		b.flags = HN_RF_DELETE;
		b.version++;
		b.generation = 1;
		b.owner = a.owner;
		hn_apply(t->inst, &b, 1, t->fates);
		HN_EXPECT(t->fates[HN_APPLY_STALE] == 1);
		HN_EXPECT(percpu_counter_sum(&t->inst->sessions) == 1);
		HN_EXPECT(!hn_pool4_flush(t->inst, false));
	}
}

static void expect_attached(struct hn_link *link, void *arg)
{
	const struct hn_session *s = container_of(link, struct hn_session, in_link);

	HN_EXPECT(!(s->map->flags & HN_MAPPING_DETACHED));
}

/*
 * A record that was in conflict when it came is not when that is decided, and joins a
 * mapping that a lesser one wants: it counts before it is inserted.
 */
static void join(struct conflicts *t)
{
	struct hn_record r[4];
	u32 i;

	if (!ports(t->inst))
		return;
	for (i = 0; i < ARRAY_SIZE(r); i++) {
		draw(&r[i], i);
		r[i].inside.s6_addr32[3] = 0;
		r[i].owner = 11;
		r[i].remote = htonl(0xc6336401 + i);
	}
	memset(t->fates, 0, sizeof(t->fates));
	r[1].ext_port = htons(2001);
	r[1].generation = 0;
	hn_apply(t->inst, &r[1], 1, t->fates);
	/* It ends; one for another port came before that, and two come after. */
	r[1].flags = HN_RF_DELETE;
	r[1].version++;
	r[0].ext_port = htons(2000);
	r[0].generation = 3;
	r[2].ext_port = htons(2000);
	r[2].generation = 1;
	r[3].ext_port = htons(2003);
	r[3].generation = 2;
	hn_apply(t->inst, r, ARRAY_SIZE(r), t->fates);
	HN_EXPECT(t->fates[HN_APPLY_DELETED] == 1 && t->fates[HN_APPLY_CONFLICT] == 1);
	HN_EXPECT(t->fates[HN_APPLY_INSERTED] == 3 && !t->fates[HN_APPLY_WON]);
	HN_EXPECT(percpu_counter_sum(&t->inst->sessions) == 2);
	walk_all(t, expect_attached);
	HN_EXPECT(!hn_pool4_flush(t->inst, false));
}

/* Packets of the same hosts, on another CPU. */
static int packets(void *arg)
{
	struct conflicts *t = arg;

	while (!kthread_should_stop()) {
		struct hn_endpoint ep = { .port = htons(1024), .proto = HN_PROTO_UDP };
		struct hn_session_init init = {
			.remote = htonl(0xc6336401 + get_random_u32_below(REMOTES)),
			.remote_port = htons(53),
			.state = HN_TCP_ESTABLISHED,
			.lifetime = HZ * 3600,
		};
		struct hn_session *s;
		enum hn_stat why;

		ep.addr.s6_addr32[0] = htonl(0x20010db8);
		ep.addr.s6_addr32[3] = htonl(get_random_u32_below(HOSTS));
		rcu_read_lock_bh();
		rcu_read_lock();
		init.hash = hn_session_hash(t->inst, &ep, init.remote, init.remote_port);
		init.map = hn_mapping_get_in(t->inst, &ep, &init, &why);
		s = init.map ? hn_session_create(t->inst, &init, &why) : NULL;
		if (s)
			hn_session_touch(t->inst, s, HZ * 3600);
		rcu_read_unlock();
		rcu_read_unlock_bh();
		cond_resched();
	}
	return 0;
}

static void race(struct conflicts *t)
{
	struct task_struct *thread;
	u32 i;

	if (!ports(t->inst))
		return;
	thread = kthread_run(packets, t, "hanat_packets");
	for (i = 0; i < RACES; i++) {
		struct hn_record r;

		draw(&r, i);
		r.generation = i;
		t->inst->conflict_pause = 0;
		hn_apply(t->inst, &r, 1, t->fates);
		walk_all(t, expect_attached);
		cond_resched();
	}
	if (HN_EXPECT(!IS_ERR(thread)))
		kthread_stop(thread);
	HN_EXPECT(t->fates[HN_APPLY_WON]);
	HN_EXPECT(percpu_counter_sum(&t->inst->mappings) == ports_used(t->inst));
	HN_EXPECT(!hn_pool4_flush(t->inst, false));
	HN_EXPECT(!percpu_counter_sum(&t->inst->sessions));
	HN_EXPECT(!percpu_counter_sum(&t->inst->mappings));
}

void hn_conflict_selftest(struct hn_instance *inst)
{
	struct conflicts *t = kvzalloc(sizeof(*t), GFP_KERNEL);
	u32 i;

	if (!HN_EXPECT(t))
		return;
	t->inst = inst;
	for (i = 0; i < 2; i++)
		orders(t);
	pair(t, true);
	pair(t, false);
	join(t);
	race(t);
	kvfree(t);
}
