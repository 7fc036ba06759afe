// SPDX-License-Identifier: GPL-2.0-only
/* Allocation of ports, to the last one and back. */
#include "selftest.h"

#define FIRST 1000
#define LAST 1099
#define ADDRESSES 4
#define PORTS (ADDRESSES * (LAST - FIRST + 1))

static const struct hn_pool4_entry selftest_entry = {
	.addr = cpu_to_be32(0xc0000200), .len = 30, .protos = HN_PROTO_BIT(HN_PROTO_UDP),
	.port_min = FIRST, .port_max = LAST,
};

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
		if (!HN_EXPECT(hn_pool4_take(inst, &ep, &addr, &port, &why)))
			return;
		number = port_number(addr, port);
		if (HN_EXPECT(number < PORTS))
			HN_EXPECT(!__test_and_set_bit(number, taken));
		ascending += number == before + 1;
	}
	HN_EXPECT(ascending < PORTS / 2);
	HN_EXPECT(!hn_pool4_take(inst, &ep, &addr, &port, &why));
	HN_EXPECT(why == HN_STAT_DROP_POOL_EXHAUSTED);
	ep.proto = HN_PROTO_TCP;
	HN_EXPECT(!hn_pool4_take(inst, &ep, &addr, &port, &why));
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
	hn_pool4_release(inst, HN_PROTO_UDP, free, free_port);
	/* Twice is as good as once. */
	hn_pool4_release(inst, HN_PROTO_UDP, free, free_port);
	HN_EXPECT(ports_used(inst) == PORTS - 1);
	HN_EXPECT(hn_pool4_take(inst, &ep, &addr, &port, &why) && addr == free &&
		  port == free_port);
	hn_pool4_release(inst, HN_PROTO_UDP, free, free_port);
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
		HN_EXPECT(hn_pool4_take(inst, &ep, &addr, &port, &why));
		first = i ? first : addr;
		HN_EXPECT(addr == first);
	}
	HN_EXPECT(hn_pool4_take(inst, &ep, &addr, &port, &why));
	HN_EXPECT(addr != first);
}

static void release_all(struct hn_instance *inst)
{
	u32 i, port;

	for (i = 0; i < ADDRESSES; i++) {
		for (port = FIRST; port <= LAST; port++)
			hn_pool4_release(inst, HN_PROTO_UDP,
					 htonl(ntohl(selftest_entry.addr) + i), htons(port));
	}
	HN_EXPECT(!ports_used(inst));
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
	rcu_read_unlock();
	rcu_read_unlock_bh();

	HN_EXPECT(!hn_pool4_remove(inst, &selftest_entry, false, NULL));
	HN_EXPECT(hn_pool4_remove(inst, &selftest_entry, false, NULL) == -ENOENT);
	HN_EXPECT(!hn_pool4_ports(inst));
}
