// SPDX-License-Identifier: GPL-2.0-only
/* Allocation of ports, to the last one and back; by shares. */
#include "../compat/compat.h"
#include "selftest.h"

#define FIRST 1000
#define LAST 1099
#define ADDRESSES 4
#define PORTS (ADDRESSES * (LAST - FIRST + 1))

static const struct hn_pool4_entry selftest_entry = {
	.addr = cpu_to_be32(0xc0000200), .len = 30, .protos = HN_PROTO_BIT(HN_PROTO_UDP),
	.port_min = FIRST, .port_max = LAST,
};

/* Where a flow goes, where that does not matter. */
static const struct hn_session_init selftest_flow = {};

static u32 ports_used(struct hn_instance *inst)
{
	struct hn_pool4_entry e;

	return HN_EXPECT(hn_pool4_entry(inst, 0, &e)) ? e.used : 0;
}

/* The number of a transport address within the entry. */
static u32 port_number(__be32 addr, __be16 port)
{
	return (ntohl(addr) - ntohl(selftest_entry.addr)) * (LAST - FIRST + 1) +
	       ntohs(port) - FIRST;
}

/* Every port once, whoever asks; then none. */
static void take_all(struct hn_instance *inst, unsigned long *taken)
{
	struct hn_endpoint ep = { .proto = HN_PROTO_UDP };
	u32 i, number = 0, before, ascending = 0;
	enum hn_stat why = HN_STAT_COUNT;
	__be16 port = 0;
	__be32 addr = 0;

	for (i = 0; i < PORTS; i++) {
		before = number;
		ep.addr.s6_addr32[3] = htonl(i / 10);
		if (!HN_EXPECT(hn_pool4_take(inst, &ep, &selftest_flow, &addr, &port, &why)))
			return;
		number = port_number(addr, port);
		if (HN_EXPECT(number < PORTS))
			HN_EXPECT(!__test_and_set_bit(number, taken));
		ascending += number == before + 1;
	}
	HN_EXPECT(ascending < PORTS / 2);
	HN_EXPECT(!hn_pool4_take(inst, &ep, &selftest_flow, &addr, &port, &why));
	HN_EXPECT(why == HN_STAT_DROP_POOL_EXHAUSTED);
	ep.proto = HN_PROTO_TCP;
	HN_EXPECT(!hn_pool4_take(inst, &ep, &selftest_flow, &addr, &port, &why));
	HN_EXPECT(why == HN_STAT_DROP_POOL_EMPTY);
}

/* The one that is free is the one that is got. */
static void take_last(struct hn_instance *inst, __be32 free, __be16 free_port)
{
	struct hn_endpoint ep = { .proto = HN_PROTO_UDP };
	enum hn_apply_fate fate;
	enum hn_stat why;
	__be16 port;
	__be32 addr;

	HN_EXPECT(!hn_pool4_take_exactly(inst, HN_PROTO_UDP, free, free_port, &fate));
	HN_EXPECT(fate == HN_APPLY_CONFLICT);
	HN_EXPECT(!hn_pool4_take_exactly(inst, HN_PROTO_UDP, free, htons(LAST + 1), &fate));
	HN_EXPECT(fate == HN_APPLY_OUTSIDE);
	hn_pool4_release(inst, HN_PROTO_UDP, free, free_port, true);
	/* Twice is as good as once. */
	hn_pool4_release(inst, HN_PROTO_UDP, free, free_port, true);
	HN_EXPECT(ports_used(inst) == PORTS - 1);
	HN_EXPECT(hn_pool4_take(inst, &ep, &selftest_flow, &addr, &port, &why) && addr == free &&
		  port == free_port);
	hn_pool4_release(inst, HN_PROTO_UDP, free, free_port, true);
	HN_EXPECT(hn_pool4_take_exactly(inst, HN_PROTO_UDP, free, free_port, &fate));
}

/* A host keeps its address as long as that has ports. */
static void take_paired(struct hn_instance *inst)
{
	struct hn_endpoint ep = { .proto = HN_PROTO_UDP };
	__be32 addr = 0, first = 0;
	enum hn_stat why;
	__be16 port;
	u32 i;

	for (i = 0; i <= LAST - FIRST; i++) {
		HN_EXPECT(hn_pool4_take(inst, &ep, &selftest_flow, &addr, &port, &why));
		first = i ? first : addr;
		HN_EXPECT(addr == first);
	}
	HN_EXPECT(hn_pool4_take(inst, &ep, &selftest_flow, &addr, &port, &why));
	HN_EXPECT(addr != first);
}

/*
 * From how many addresses flows get one that differ in what this f-arg is of, and in
 * nothing else; or in all but that.
 */
static u32 addresses_of(struct hn_instance *inst, u32 arg, bool alike)
{
	u32 i, addresses = 0;

	for (i = 0; i < 32; i++) {
		u32 differ = alike ? HN_ARG_ALL & ~arg : arg;
		struct hn_endpoint ep = { .proto = HN_PROTO_UDP };
		struct hn_session_init init = {};
		enum hn_stat why;
		__be16 port;
		__be32 addr;

		ep.addr.s6_addr32[3] = htonl(differ & HN_ARG_SOURCE ? i : 0);
		ep.port = htons(differ & HN_ARG_SOURCE_PORT ? i : 0);
		init.remote = htonl(differ & HN_ARG_REMOTE ? i : 0);
		init.remote_port = htons(differ & HN_ARG_REMOTE_PORT ? i : 0);
		if (!HN_EXPECT(hn_pool4_take(inst, &ep, &init, &addr, &port, &why)))
			return 0;
		addresses |= BIT(ntohl(addr) - ntohl(selftest_entry.addr));
		hn_pool4_release(inst, HN_PROTO_UDP, addr, port, true);
	}
	return hweight32(addresses);
}

/* Each f-arg has a part in the choice of the address, and what is not one has none. */
static void take_by_args(struct hn_instance *inst)
{
	u32 arg;

	for (arg = 1; arg <= HN_ARG_ALL; arg <<= 1) {
		WRITE_ONCE(inst->globals[HN_G_F_ARGS], arg);
		HN_EXPECT(addresses_of(inst, arg, false) > 1);
		HN_EXPECT(addresses_of(inst, arg, true) == 1);
		WRITE_ONCE(inst->globals[HN_G_F_ARGS], HN_ARG_ALL & ~arg);
		HN_EXPECT(addresses_of(inst, arg, false) == 1);
		WRITE_ONCE(inst->globals[HN_G_F_ARGS], HN_ARG_ALL);
		HN_EXPECT(addresses_of(inst, arg, false) > 1);
	}
	WRITE_ONCE(inst->globals[HN_G_F_ARGS], 0);
	HN_EXPECT(addresses_of(inst, HN_ARG_ALL, false) == 1);
	WRITE_ONCE(inst->globals[HN_G_F_ARGS], HN_ARG_SOURCE);
}

static void release_all(struct hn_instance *inst)
{
	u32 i, port;

	for (i = 0; i < ADDRESSES; i++) {
		for (port = FIRST; port <= LAST; port++)
			hn_pool4_release(inst, HN_PROTO_UDP,
					 htonl(ntohl(selftest_entry.addr) + i), htons(port),
					 true);
	}
	HN_EXPECT(!ports_used(inst));
}

static const struct hn_hold_down at_once = {};

static bool ports_take(struct hn_ports *r, const struct hn_shares *shares,
		       const struct hn_hold_down *hold, enum hn_port_kind kind, u16 *port)
{
	const struct hn_port_wish wish = {
		.shares = shares, .hold = hold, .kind = kind, .last = U16_MAX,
	};

	return hn_ports_take(r, &wish, port);
}

/* Each port of a range is in one share, however many there are of either. */
static void shares_partition(u32 size, u32 count)
{
	struct hn_ports *r = hn_ports_alloc(HN_PROTO_UDP, FIRST, FIRST + size - 1, 0);
	u32 share, before = 0;

	if (!HN_EXPECT(r))
		return;
	for (share = 0; share < count; share++) {
		struct hn_shares shares;
		u16 port, last = 0;

		hn_shares_set(&shares, count, BIT_ULL(share));
		hn_ports_search_again(r);
		while (ports_take(r, &shares, &at_once, HN_PORT_ANY, &port)) {
			HN_EXPECT(port >= FIRST + before);
			last = max(last, port);
		}
		HN_EXPECT(hn_ports_usable(r, &shares) == !!last);
		HN_EXPECT((u32)atomic_read(&r->used) - before <= size / count + 1);
		before = atomic_read(&r->used);
		HN_EXPECT(!last || last == FIRST + before - 1);
	}
	HN_EXPECT(before == size);
	hn_ports_free(r);
}

static bool is_kind(u16 port, enum hn_port_kind kind)
{
	return kind == HN_PORT_ANY || kind == hn_port_kind_of(HN_PROTO_TCP, port) ||
	       kind == hn_port_kind_of(HN_PROTO_UDP, port);
}

/* All of a kind that a range has in the shares, and no others. */
static void kind_take(u16 min, u16 max, enum hn_port_kind kind, const struct hn_shares *shares)
{
	struct hn_ports *r = hn_ports_alloc(HN_PROTO_UDP, min, max, 0);
	u32 port, wanted = 0, got = 0;
	u16 taken;

	if (!HN_EXPECT(r))
		return;
	for (port = min; port <= max; port++)
		wanted += is_kind(port, kind);
	while (ports_take(r, shares, &at_once, kind, &taken)) {
		HN_EXPECT(is_kind(taken, kind));
		got++;
	}
	HN_EXPECT(got == (shares->held_count ? wanted : 0));
	HN_EXPECT(!ports_take(r, shares, &at_once, kind, &taken));
	if (got) {
		hn_ports_release(r, &at_once, taken);
		HN_EXPECT(ports_take(r, shares, &at_once, kind, &taken));
	}
	hn_ports_free(r);
}

static void kinds(void)
{
	static const struct { u16 min, max; } ranges[] = {
		{ 1, 1 }, { 2, 64 }, { 1023, 1023 }, { 1023, 1025 }, { 1024, 1024 }, { 900, 1200 },
		{ 61001, 61002 }, { 65471, 65535 }, { 0, 65535 },
	};
	struct hn_shares one, all, none;
	u32 i, kind;

	hn_shares_set(&one, 1, 1);
	hn_shares_set(&all, 3, 7);
	hn_shares_set(&none, 3, 0);
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		for (kind = 0; kind < __HN_PORT_KIND_LAST; kind++) {
			kind_take(ranges[i].min, ranges[i].max, kind, &one);
			kind_take(ranges[i].min, ranges[i].max, kind, &all);
			kind_take(ranges[i].min, ranges[i].max, kind, &none);
		}
		cond_resched();
	}
	HN_EXPECT(hn_port_kind_of(HN_PROTO_UDP, 1023) == HN_PORT_LOW_ODD);
	HN_EXPECT(hn_port_kind_of(HN_PROTO_UDP, 1024) == HN_PORT_HIGH_EVEN);
	HN_EXPECT(hn_port_kind_of(HN_PROTO_TCP, 80) == HN_PORT_LOW);
	HN_EXPECT(hn_port_kind_of(HN_PROTO_ICMP, 80) == HN_PORT_ANY);
}

/* How many a range of FIRST to LAST gives, none of which is below min. */
static u32 take_from(struct hn_ports *r, const struct hn_hold_down *hold, u16 min)
{
	struct hn_shares all;
	u32 n = 0;
	u16 port;

	hn_shares_set(&all, 1, 1);
	for (; ports_take(r, &all, hold, HN_PORT_ANY, &port); n++)
		HN_EXPECT(port >= min);
	return n;
}

static void release_first(struct hn_ports *r, const struct hn_hold_down *hold, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		hn_ports_release(r, hold, FIRST + i);
}

/* A released port waits for a period at least, and for two at most. */
static void hold_down_times(struct hn_ports *r)
{
	struct hn_hold_down hold = { .period = 1000 * HZ, .percent = 25 };

	release_first(r, &hold, 40);
	HN_EXPECT(hn_ports_waiting(r) == 25);
	HN_EXPECT(take_from(r, &hold, FIRST + 25) == 15);
	r->period_start -= hold.period;
	HN_EXPECT(!take_from(r, &hold, FIRST));
	/* Others know better. */
	HN_EXPECT(hn_ports_take_exactly(r, FIRST));
	r->period_start -= hold.period;
	HN_EXPECT(take_from(r, &hold, FIRST + 1) == 24);
	HN_EXPECT(!hn_ports_waiting(r));
	/* Nobody asked for two periods. */
	release_first(r, &hold, 10);
	r->period_start -= 2 * hold.period;
	HN_EXPECT(take_from(r, &hold, FIRST) == 10);
	/* The operator has no patience. */
	release_first(r, &hold, 10);
	hold.period = 0;
	release_first(r, &hold, 20);
	HN_EXPECT(take_from(r, &hold, FIRST) == 20);
}

static void hold_down_by_protocol(u8 proto, u32 at_once_again)
{
	struct hn_hold_down hold = { .period = 1000 * HZ, .percent = 90 };
	struct hn_ports *r = hn_ports_alloc(proto, FIRST, LAST, 0);

	if (!HN_EXPECT(r))
		return;
	HN_EXPECT(take_from(r, &hold, FIRST) == LAST - FIRST + 1);
	if (!at_once_again)
		hold_down_times(r);
	release_first(r, &hold, 10);
	HN_EXPECT(take_from(r, &hold, FIRST) == at_once_again);
	hn_ports_free(r);
}

/* A host's port is like its own, as long as there are such ones. */
static void take_alike(struct hn_instance *inst)
{
	struct hn_endpoint ep = { .proto = HN_PROTO_UDP, .port = htons(7) };
	enum hn_stat why;
	__be16 port;
	__be32 addr;
	u32 i, odd = 0, others = 0;

	/* 12 odd ones below 1024, 38 above; all are of one address. */
	for (i = 0; i <= LAST - FIRST; i++) {
		HN_EXPECT(hn_pool4_take(inst, &ep, &selftest_flow, &addr, &port, &why));
		if (ntohs(port) < 1024 && ntohs(port) & 1)
			odd += i < 12;
		else
			others += i >= 12;
	}
	HN_EXPECT(odd == 12 && others == LAST - FIRST + 1 - 12);
}

/* How many can be taken; all of shares of the mask. */
static u32 take_held(struct hn_instance *inst, u32 shares, u64 mask, enum hn_stat *why)
{
	struct hn_endpoint ep = { .proto = HN_PROTO_UDP };
	__be16 port;
	__be32 addr;
	u32 n = 0;

	HN_EXPECT(!hn_pool4_hold(inst, shares, mask, NULL));
	rcu_read_lock_bh();
	rcu_read_lock();
	for (; n <= PORTS && hn_pool4_take(inst, &ep, &selftest_flow, &addr, &port, why); n++)
		HN_EXPECT(mask & BIT_ULL((ntohs(port) - FIRST) * shares / (LAST - FIRST + 1)));
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return n;
}

/* Its own share, then that of another one, then all. */
static void take_shares(struct hn_instance *inst)
{
	enum hn_stat why;

	HN_EXPECT(!take_held(inst, 4, 0, &why) && why == HN_STAT_DROP_POOL_SHARE);
	HN_EXPECT(take_held(inst, 4, BIT(1), &why) == PORTS / 4 && why == HN_STAT_DROP_POOL_SHARE);
	HN_EXPECT(take_held(inst, 4, BIT(1) | BIT(3), &why) == PORTS / 4);
	HN_EXPECT(take_held(inst, 4, 0xf, &why) == PORTS / 2);
	HN_EXPECT(why == HN_STAT_DROP_POOL_EXHAUSTED);
	HN_EXPECT(!take_held(inst, 4, 0xf, &why));
	release_all(inst);
	/* What was exhausted is not when a port comes back. */
	HN_EXPECT(take_held(inst, 4, BIT(2), &why) == PORTS / 4);
	hn_pool4_release(inst, HN_PROTO_UDP, selftest_entry.addr, htons(FIRST + 60), true);
	HN_EXPECT(take_held(inst, 4, BIT(2), &why) == 1);
	release_all(inst);
}

/* A range that is one share's as a whole. */
static void take_whole(struct hn_instance *inst)
{
	struct hn_endpoint ep = { .proto = HN_PROTO_TCP };
	struct hn_pool4_entry e = selftest_entry;
	enum hn_stat why = HN_STAT_COUNT;
	__be16 port;
	__be32 addr;
	u32 share;

	e.protos = HN_PROTO_BIT(HN_PROTO_TCP);
	e.share = 5;
	HN_EXPECT(hn_pool4_add(inst, &e, NULL) == -ERANGE);
	e.share = 2;
	HN_EXPECT(!hn_pool4_add(inst, &e, NULL));
	HN_EXPECT(hn_pool4_hold(inst, 1, 1, NULL) == -ERANGE);
	for (share = 1; share <= 4; share++) {
		HN_EXPECT(!hn_pool4_hold(inst, 4, BIT_ULL(share - 1), NULL));
		rcu_read_lock_bh();
		rcu_read_lock();
		HN_EXPECT((share == 2) ==
			  hn_pool4_take(inst, &ep, &selftest_flow, &addr, &port, &why));
		rcu_read_unlock();
		rcu_read_unlock_bh();
		HN_EXPECT(why == HN_STAT_DROP_POOL_SHARE);
	}
	e.share = 1;
	HN_EXPECT(hn_pool4_remove(inst, &e, false, NULL) == -ENOENT);
	e.share = 0;
	HN_EXPECT(!hn_pool4_remove(inst, &e, false, NULL));
	HN_EXPECT(!hn_pool4_hold(inst, 1, 1, NULL));
}

/* The port that packets of the mark take, or 0. */
static u16 take_marked(struct hn_instance *inst, u32 mark, enum hn_stat *why)
{
	const struct hn_session_init flow = { .mark = mark };
	struct hn_endpoint ep = { .proto = HN_PROTO_TCP };
	bool taken;
	__be16 port;
	__be32 addr;

	rcu_read_lock_bh();
	rcu_read_lock();
	taken = hn_pool4_take(inst, &ep, &flow, &addr, &port, why);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return taken ? ntohs(port) : 0;
}

/* Ranges of one address, a port each: 3 has mark 3, and so on; added in no order. */
static void marks(struct hn_instance *inst)
{
	static const u16 order[] = { 5, 3, 0, 4 };
	struct hn_pool4_entry e = selftest_entry, dumped;
	enum hn_stat why;
	u32 i;

	e.len = 32;
	e.protos = HN_PROTO_BIT(HN_PROTO_TCP);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		e.mark = order[i];
		e.port_min = 2000 + order[i];
		e.port_max = e.port_min;
		HN_EXPECT(!hn_pool4_add(inst, &e, NULL));
	}
	e.mark = 6;
	HN_EXPECT(hn_pool4_add(inst, &e, NULL) == -EEXIST);
	HN_EXPECT(hn_pool4_remove(inst, &e, false, NULL) == -ENOENT);
	HN_EXPECT(hn_pool4_entry(inst, ARRAY_SIZE(order), &dumped) && dumped.mark == 5);
	HN_EXPECT(take_marked(inst, 4, &why) == 2004);
	HN_EXPECT(!take_marked(inst, 4, &why) && why == HN_STAT_DROP_POOL_EXHAUSTED);
	HN_EXPECT(take_marked(inst, 5, &why) == 2005);
	HN_EXPECT(take_marked(inst, 7, &why) == 2000);
	HN_EXPECT(!take_marked(inst, 0, &why) && why == HN_STAT_DROP_POOL_EXHAUSTED);
	HN_EXPECT(take_marked(inst, 3, &why) == 2003);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		e.mark = i % 2 ? 0 : order[i];
		e.port_min = 2000 + order[i];
		e.port_max = e.port_min;
		HN_EXPECT(!hn_pool4_remove(inst, &e, false, NULL));
	}
	HN_EXPECT(!take_marked(inst, 5, &why) && why == HN_STAT_DROP_POOL_EMPTY);
}

static void shares(struct hn_instance *inst)
{
	static const u32 counts[] = { 1, 2, 3, 7, HN_SHARES_MAX };
	u32 size, i;

	for (size = 1; size <= 2 * HN_SHARES_MAX; size++) {
		for (i = 0; i < ARRAY_SIZE(counts); i++)
			shares_partition(size, counts[i]);
	}
	take_shares(inst);
	take_whole(inst);
	kinds();
}

static void hold_downs(void)
{
	hold_down_by_protocol(HN_PROTO_TCP, 10);
	hold_down_by_protocol(HN_PROTO_UDP, 0);
	hold_down_by_protocol(HN_PROTO_ICMP, 0);
}

void hn_pool4_selftest(struct hn_instance *inst)
{
	DECLARE_BITMAP(taken, PORTS) = {};

	if (!HN_EXPECT(!hn_pool4_add(inst, &selftest_entry, NULL)))
		return;
	HN_EXPECT(hn_pool4_add(inst, &selftest_entry, NULL) == -EEXIST);
	HN_EXPECT(hn_pool4_ports(inst) == PORTS);

	rcu_read_lock_bh();
	rcu_read_lock();
	take_all(inst, taken);
	HN_EXPECT(ports_used(inst) == PORTS);
	take_last(inst, htonl(ntohl(selftest_entry.addr) + 2), htons(LAST));
	release_all(inst);
	take_paired(inst);
	release_all(inst);
	take_alike(inst);
	release_all(inst);
	take_by_args(inst);
	rcu_read_unlock();
	rcu_read_unlock_bh();

	shares(inst);
	marks(inst);
	HN_EXPECT(!hn_pool4_remove(inst, &selftest_entry, false, NULL));
	HN_EXPECT(hn_pool4_remove(inst, &selftest_entry, false, NULL) == -ENOENT);
	HN_EXPECT(!hn_pool4_ports(inst));
	hold_downs();
}
