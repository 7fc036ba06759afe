// SPDX-License-Identifier: GPL-2.0-only
/* Who may be inside, and what becomes of the sessions of those who are no more. */
#include "../list.h"
#include "../pool4.h"
#include "selftest.h"

#define HOSTS 8

static struct hn_prefix6 prefix4(u32 addr, u8 len)
{
	struct hn_prefix6 p = { .len = 96 + len };

	ipv6_addr_set_v4mapped(htonl(addr), &p.addr);
	return p;
}

static void faults(void)
{
	static const struct { u32 addr, len; bool fine; } cases[] = {
		{ 0x0a000000, 8, true }, { 0xc0a86400, 24, true }, { 0x64400000, 10, true },
		{ 0xac100021, 32, true }, { 0xe0000000, 4, false }, { 0xe0000001, 32, false },
		{ 0xf0000000, 8, true }, { 0xff000000, 8, false }, { 0xffffffff, 32, false },
		{ 0x7f000000, 8, false }, { 0x7f000001, 32, false }, { 0x7e000000, 7, false },
		{ 0x00000000, 0, false }, { 0x00000001, 32, false }, { 0x01000000, 8, true },
	};
	struct hn_prefix6 six = { .addr.s6_addr32[0] = cpu_to_be32(0x20010db8), .len = 32 };
	struct hn_prefix6 p;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		p = prefix4(cases[i].addr, cases[i].len);
		HN_EXPECT(!hn_inside_fault(HN_LIST_INSIDE, &p, 1) == cases[i].fine);
		HN_EXPECT(!hn_inside_fault(HN_LIST_NO_TRANSLATE, &p, 1));
	}
	p = prefix4(0, 0);
	p.len = 95;
	HN_EXPECT(hn_inside_fault(HN_LIST_NO_TRANSLATE, &p, 1));
	HN_EXPECT(hn_inside_fault(HN_LIST_INSIDE, &six, 1));
	HN_EXPECT(hn_inside_fault(HN_LIST_NO_TRANSLATE, &six, 1));
}

/* Of hosts 10.0.0.1, 10.0.1.1 and so on, with 198.51.100.1. */
static void flows(struct hn_instance *inst)
{
	struct hn_session_init init = {
		.remote = htonl(0xc6336401), .remote_port = htons(53),
		.state = HN_TCP_ESTABLISHED, .lifetime = HZ * 3600,
	};
	struct hn_endpoint ep = { .port = htons(1024), .proto = HN_PROTO_UDP };
	enum hn_stat why;
	u32 i;

	rcu_read_lock_bh();
	rcu_read_lock();
	for (i = 0; i < HOSTS; i++) {
		ipv6_addr_set_v4mapped(htonl(0x0a000001 + (i << 8)), &ep.addr);
		HN_EXPECT(hn_inside_valid(inst, &ep.addr));
		init.map = hn_mapping_get_in(inst, &ep, &init, &why);
		if (!HN_EXPECT(init.map))
			break;
		init.hash = hn_session_hash(inst, &ep, init.remote, init.remote_port);
		HN_EXPECT(hn_session_create(inst, &init, &why));
	}
	rcu_read_unlock();
	rcu_read_unlock_bh();
}

static void expect_sessions(struct hn_instance *inst, s64 n)
{
	HN_EXPECT(percpu_counter_sum(&inst->sessions) == n);
	HN_EXPECT(percpu_counter_sum(&inst->mappings) == n);
}

void hn_inside_selftest(struct hn_instance *inst)
{
	static const struct hn_pool4_entry pool4 = {
		.addr = cpu_to_be32(0xc0000201), .len = 32, .protos = HN_PROTO_BIT(HN_PROTO_UDP),
		.port_min = 1024, .port_max = 65535,
	};
	struct hn_prefix6 all = prefix4(0x0a000000, 8), half = prefix4(0x0a000000, 22);
	struct hn_prefix6 remote = prefix4(0xc6336400, 24);

	faults();
	HN_EXPECT(!hn_pool4_add(inst, &pool4, NULL));
	HN_EXPECT(!hn_list_add(inst, HN_LIST_INSIDE, &all, 1, NULL));
	HN_EXPECT(!hn_list_add(inst, HN_LIST_INSIDE, &half, 1, NULL));
	HN_EXPECT(hn_list_add(inst, HN_LIST_INSIDE, &half, 1, NULL) == -EEXIST);
	flows(inst);
	expect_sessions(inst, HOSTS);
	HN_EXPECT(!hn_list_remove(inst, HN_LIST_INSIDE, &all, 1, NULL));
	expect_sessions(inst, HOSTS / 2);
	HN_EXPECT(!hn_list_add(inst, HN_LIST_NO_TRANSLATE, &remote, 1, NULL));
	expect_sessions(inst, 0);
	HN_EXPECT(!hn_list_flush(inst, HN_LIST_NO_TRANSLATE));
	HN_EXPECT(inst->hooks[HN_HOOKS_NAT44]);
	HN_EXPECT(!hn_list_flush(inst, HN_LIST_INSIDE));
	HN_EXPECT(!inst->hooks[HN_HOOKS_NAT44]);
	HN_EXPECT(!hn_inside_valid(inst, &all.addr));
	HN_EXPECT(!hn_pool4_flush(inst, false));
}
