// SPDX-License-Identifier: GPL-2.0-only
/* Static mappings: what they hold and for how long, and that nothing takes them. */
#include "../apply.h"
#include "selftest.h"

#define PROTO_COUNT 2

static const struct hn_pool4_entry selftest_pool4 = {
	.addr = cpu_to_be32(0xc0000201), .len = 32,
	.protos = HN_PROTO_BIT(HN_PROTO_TCP) | HN_PROTO_BIT(HN_PROTO_UDP),
	.port_min = 2000, .port_max = 2009,
};

static struct hn_bib_entry entry(u32 host, u16 inside_port, u16 ext_port)
{
	struct hn_bib_entry e = {
		.ext = selftest_pool4.addr,
		.inside_port = htons(inside_port),
		.ext_port = htons(ext_port),
		.protos = selftest_pool4.protos,
	};

	e.inside.s6_addr32[0] = htonl(0x20010db8);
	e.inside.s6_addr32[3] = htonl(host);
	return e;
}

static u32 selftest_used(struct hn_instance *inst)
{
	struct hn_pool4_entry e;
	u32 i, used = 0;

	for (i = 0; hn_pool4_entry(inst, i, &e); i++)
		used += e.used;
	return used;
}

static s64 mappings(struct hn_instance *inst)
{
	return percpu_counter_sum(&inst->mappings);
}

static s64 sessions(struct hn_instance *inst)
{
	return percpu_counter_sum(&inst->sessions);
}

static struct hn_session *flow(struct hn_instance *inst, u32 host)
{
	struct hn_session *s;

	rcu_read_lock_bh();
	rcu_read_lock();
	s = hn_selftest_session(inst, host, HZ * 3600);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return s;
}

static void refused(struct hn_instance *inst)
{
	struct hn_bib_entry same = entry(1, 1024, 2000), e;

	HN_EXPECT(!hn_bib_add(inst, &same, NULL));
	HN_EXPECT(mappings(inst) == PROTO_COUNT && selftest_used(inst) == PROTO_COUNT);
	HN_EXPECT(hn_bib_add(inst, &same, NULL) == -EEXIST);
	e = entry(1, 1024, 2001);
	HN_EXPECT(hn_bib_add(inst, &e, NULL) == -EEXIST);
	e = entry(2, 1024, 2000);
	HN_EXPECT(hn_bib_add(inst, &e, NULL) == -EEXIST);
	e = entry(2, 1024, 2010);
	HN_EXPECT(hn_bib_add(inst, &e, NULL) == -ENOENT);
	/* One protocol cannot, so the others do not. */
	e = entry(2, 1024, 2001);
	e.protos |= HN_PROTO_BIT(HN_PROTO_ICMP);
	HN_EXPECT(hn_bib_add(inst, &e, NULL) == -ENOENT);
	e = entry(2, 1024, 2001);
	ipv6_addr_set(&e.inside, 0, 0, htonl(0xffff), htonl(0xc0000202));
	HN_EXPECT(hn_bib_add(inst, &e, NULL) == -EINVAL);
	e.inside.s6_addr32[0] = inst->pool6.addr.s6_addr32[0];
	e.inside.s6_addr32[2] = 0;
	HN_EXPECT(hn_bib_add(inst, &e, NULL) == -EINVAL);
	inst->static_count += HN_STATIC_MAX - PROTO_COUNT - 1;
	e = entry(2, 1024, 2001);
	HN_EXPECT(hn_bib_add(inst, &e, NULL) == -E2BIG);
	inst->static_count -= HN_STATIC_MAX - PROTO_COUNT - 1;
	HN_EXPECT(mappings(inst) == PROTO_COUNT && selftest_used(inst) == PROTO_COUNT);
	HN_EXPECT(!hn_bib_remove(inst, &same, false, NULL));
	HN_EXPECT(!mappings(inst) && !selftest_used(inst) && !inst->static_count);
}

/* By one end or both; the digest is of what is there, whatever was before. */
static void removed(struct hn_instance *inst)
{
	struct hn_bib_entry a = entry(1, 1024, 2000), b = entry(2, 1024, 2001), half = {};
	u64 digest;

	HN_EXPECT(!inst->static_digest);
	HN_EXPECT(!hn_bib_add(inst, &a, NULL));
	digest = inst->static_digest;
	HN_EXPECT(digest && !hn_bib_add(inst, &b, NULL) && inst->static_digest != digest);
	half = b;
	half.ext_port = htons(2000);
	HN_EXPECT(hn_bib_remove(inst, &half, false, NULL) == -ENOENT);
	half = b;
	half.ext = 0;
	half.ext_port = 0;
	HN_EXPECT(!hn_bib_remove(inst, &half, false, NULL));
	HN_EXPECT(inst->static_digest == digest);
	HN_EXPECT(hn_bib_remove(inst, &half, false, NULL) == -ENOENT);
	half = a;
	half.inside = in6addr_any;
	half.inside_port = 0;
	half.protos |= HN_PROTO_BIT(HN_PROTO_ICMP);
	HN_EXPECT(hn_bib_remove(inst, &half, false, NULL) == -ENOENT);
	HN_EXPECT(inst->static_count == PROTO_COUNT);
	half.protos = a.protos;
	HN_EXPECT(!hn_bib_remove(inst, &half, false, NULL));
	HN_EXPECT(!inst->static_count && !inst->static_digest && !mappings(inst));
}

/* It outlives its sessions; they do not outlive it, unless it is removed quickly. */
static void lives(struct hn_instance *inst)
{
	struct hn_bib_entry e = entry(1, 1024, 2003);
	struct hn_session *s;

	HN_EXPECT(!hn_bib_add(inst, &e, NULL));
	s = flow(inst, 1);
	HN_EXPECT(s && s->map->ext_port == e.ext_port && s->map->is_static);
	HN_EXPECT(!hn_bib_remove(inst, &e, false, NULL));
	HN_EXPECT(!sessions(inst) && !mappings(inst) && !selftest_used(inst));

	/* A dynamic one becomes static, and dynamic again. */
	s = flow(inst, 1);
	if (!HN_EXPECT(s))
		return;
	e.protos = HN_PROTO_BIT(HN_PROTO_UDP);
	e.ext_port = s->map->ext_port;
	HN_EXPECT(hn_bib_remove(inst, &e, false, NULL) == -ENOENT);
	HN_EXPECT(!hn_bib_add(inst, &e, NULL) && s->map->is_static && mappings(inst) == 1);
	HN_EXPECT(!hn_bib_remove(inst, &e, true, NULL) && !s->map->is_static);
	HN_EXPECT(sessions(inst) == 1 && mappings(inst) == 1);
	HN_EXPECT(!hn_bib_add(inst, &e, NULL));
	spin_lock_bh(hn_session_lock(inst, s));
	HN_EXPECT(hn_session_kill_locked(inst, s));
	spin_unlock_bh(hn_session_lock(inst, s));
	HN_EXPECT(!sessions(inst) && mappings(inst) == 1 && selftest_used(inst) == 1);
	HN_EXPECT(!hn_bib_remove(inst, &e, true, NULL));
	HN_EXPECT(!mappings(inst) && !selftest_used(inst));
}

/* A peer's record that is best by rank, but for another host or another port. */
static void contradicted(struct hn_instance *inst)
{
	struct hn_bib_entry e = entry(1, 1024, 2003);
	u32 fates[HN_APPLY_COUNT] = {};
	struct hn_record r[3];
	struct hn_session *s;
	u32 i;

	HN_EXPECT(!hn_bib_add(inst, &e, NULL));
	s = flow(inst, 1);
	if (!HN_EXPECT(s))
		return;
	for (i = 0; i < ARRAY_SIZE(r); i++) {
		hn_record_fill(inst, s, &r[i]);
		r[i].owner = 1;
		r[i].generation += 100;
	}
	r[0].inside.s6_addr32[3] = htonl(2);
	r[1].ext_port = htons(2004);
	r[2].remote = htonl(0xc6336402);
	inst->conflict_pause = 0;
	hn_apply(inst, r, ARRAY_SIZE(r), fates);
	HN_EXPECT(fates[HN_APPLY_CONFLICT] == 2 && fates[HN_APPLY_INSERTED] == 1);
	HN_EXPECT(!(s->map->flags & HN_MAPPING_DETACHED) && s->map->is_static);
	HN_EXPECT(sessions(inst) == 2 && selftest_used(inst) == PROTO_COUNT);
	HN_EXPECT(!hn_bib_remove(inst, &e, false, NULL));
	HN_EXPECT(!sessions(inst) && !mappings(inst) && !selftest_used(inst));
}

/* With its range it goes; if that goes quickly it stays, and has its port when that is back. */
static void range_removed(struct hn_instance *inst)
{
	struct hn_bib_entry e = entry(1, 1024, 2003);

	HN_EXPECT(!hn_bib_add(inst, &e, NULL) && flow(inst, 1));
	HN_EXPECT(!hn_pool4_remove(inst, &selftest_pool4, true, NULL));
	HN_EXPECT(inst->static_count == PROTO_COUNT && mappings(inst) == PROTO_COUNT);
	HN_EXPECT(!hn_pool4_flush(inst, false));
	HN_EXPECT(inst->static_count == PROTO_COUNT && !sessions(inst));
	HN_EXPECT(!hn_pool4_add(inst, &selftest_pool4, NULL));
	HN_EXPECT(selftest_used(inst) == PROTO_COUNT && flow(inst, 1));
	HN_EXPECT(!hn_pool4_remove(inst, &selftest_pool4, false, NULL));
	HN_EXPECT(!inst->static_count && !inst->static_digest);
	HN_EXPECT(!sessions(inst) && !mappings(inst));
}

void hn_bib_selftest(struct hn_instance *inst)
{
	if (!HN_EXPECT(!hn_pool4_add(inst, &selftest_pool4, NULL)))
		return;
	refused(inst);
	removed(inst);
	lives(inst);
	contradicted(inst);
	range_removed(inst);
	HN_EXPECT(!inst->static_count && !inst->static_digest);
}
