// SPDX-License-Identifier: GPL-2.0-only
/* Blocks of ports: whose a port is, how many there are, and that they come and go with it. */
#include "../pool4.h"
#include "selftest.h"

/* 24 blocks of 10 ports, and one of 5 at either end. */
#define SIZE 10
#define FIRST 1005
#define LAST 1254
#define SOURCES 30
#define PORTS (LAST - FIRST + 1)

/* So many flows of a source, which is the number's. Returns how many got a session. */
static u32 flows_of(struct hn_instance *inst, u32 source, u32 n)
{
	u32 i, made = 0;

	rcu_read_lock_bh();
	rcu_read_lock();
	for (i = 0; i < n; i++)
		made += !!hn_selftest_session(inst, source << 16 | i, HZ * 3600);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return made;
}

static u32 blocks(struct hn_instance *inst)
{
	return percpu_counter_sum(&inst->blocks.count);
}

static void kill_flow(struct hn_link *link, void *arg)
{
	hn_session_kill_locked(arg, container_of(link, struct hn_session, in_link));
}

static void set_blocks(struct hn_instance *inst, u32 size, u32 len)
{
	WRITE_ONCE(inst->globals[HN_G_BLOCK_SIZE], size);
	WRITE_ONCE(inst->globals[HN_G_SOURCE_PREFIX], len);
	hn_blocks_update(inst);
}

/* By block, the number of the source that has it, plus 1. */
struct owners {
	u32	source[LAST / SIZE + 1];
	u32	mixed;
};

static void note_owner(struct hn_instance *inst, struct hn_mapping *m, void *arg)
{
	struct owners *owners = arg;
	u32 *owner = &owners->source[ntohs(m->ext_port) / SIZE];
	u32 source = (ntohl(m->inside.s6_addr32[3]) >> 16) + 1;

	if (*owner && *owner != source)
		owners->mixed++;
	*owner = source;
}

/* How many mappings are in the block of another source. */
static u32 mixed(struct hn_instance *inst)
{
	struct owners owners = {};

	hn_mapping_for_each(inst, note_owner, &owners);
	return owners.mixed;
}

/* Every source has its own; 26 of them have one, and then there is none left. */
static void shares_out(struct hn_instance *inst)
{
	u32 i, got = 0, made = 0;

	for (i = 0; i < SOURCES; i++) {
		u32 n = flows_of(inst, i, 1);

		got += n;
		made += n;
	}
	HN_EXPECT(got == 26 && blocks(inst) == 26);
	for (i = 0; i < SOURCES; i++)
		made += flows_of(inst, i, SIZE + 1) - (i < 26);
	/* Each has all the ports of its block, and no more. */
	HN_EXPECT(made == PORTS && !mixed(inst));
	hn_table_walk_all(&inst->session_in, kill_flow, inst);
	HN_EXPECT(!blocks(inst));
}

/* As many blocks as the ports need, and one is free again when its last port is. */
static void grows(struct hn_instance *inst)
{
	HN_EXPECT(flows_of(inst, 1, 35) == 35);
	HN_EXPECT(blocks(inst) >= 4 && blocks(inst) <= 5);
	hn_table_walk_all(&inst->session_in, kill_flow, inst);
	HN_EXPECT(!blocks(inst));
	HN_EXPECT(flows_of(inst, 2, PORTS + 1) == PORTS && blocks(inst) == 26);
	HN_EXPECT(!flows_of(inst, 3, 1));
	hn_table_walk_all(&inst->session_in, kill_flow, inst);
}

/* What was there before keeps its port; who came first has the block. */
static void settings(struct hn_instance *inst)
{
	u32 i, in_block;

	set_blocks(inst, 0, 128);
	for (i = 0; i < SOURCES; i++)
		HN_EXPECT(flows_of(inst, i, 5) == 5);
	HN_EXPECT(!blocks(inst));
	set_blocks(inst, SIZE, 112);
	in_block = blocks(inst);
	HN_EXPECT(in_block > 0 && in_block <= 26);
	set_blocks(inst, SIZE, 128);
	HN_EXPECT(blocks(inst) == in_block);
	set_blocks(inst, 2 * SIZE, 112);
	HN_EXPECT(blocks(inst) > 0 && blocks(inst) <= 14);
	hn_table_walk_all(&inst->session_in, kill_flow, inst);
	HN_EXPECT(!blocks(inst));
	set_blocks(inst, 0, 64);
}

/* Of a node with one share of three no block reaches into another's. */
static void in_shares(struct hn_instance *inst)
{
	u32 share, made = 0;

	for (share = 0; share < 3; share++) {
		HN_EXPECT(!hn_pool4_hold(inst, 3, BIT_ULL(share), NULL));
		made += flows_of(inst, share, PORTS);
	}
	HN_EXPECT(!mixed(inst));
	/* Of 24 blocks two are cut by the ends of shares. */
	HN_EXPECT(made <= PORTS && made >= PORTS - 4 * SIZE);
	HN_EXPECT(!hn_pool4_hold(inst, 1, 1, NULL));
	hn_table_walk_all(&inst->session_in, kill_flow, inst);
}

void hn_block_selftest(struct hn_instance *inst)
{
	const struct hn_pool4_entry pool4 = {
		.addr = htonl(0xc0000201), .len = 32, .protos = HN_PROTO_BIT(HN_PROTO_UDP),
		.port_min = FIRST, .port_max = LAST,
	};

	if (!HN_EXPECT(!hn_pool4_add(inst, &pool4, NULL)))
		return;
	set_blocks(inst, SIZE, 112);
	shares_out(inst);
	grows(inst);
	in_shares(inst);
	settings(inst);
	HN_EXPECT(!hn_pool4_flush(inst, false));
	HN_EXPECT(!blocks(inst));
}
