/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A translator: everything that belongs to one network namespace.
 *
 * Lifetime: created and destroyed under hn_net.lock. Packets reach it through
 * the private pointer of its netfilter hooks, so it outlives the hooks by a
 * grace period. Netlink requests hold hn_net.lock; the workers are cancelled
 * before anything they use is freed.
 */
#ifndef HANAT_INSTANCE_H
#define HANAT_INSTANCE_H

#include <linux/mutex.h>
#include <linux/percpu_counter.h>
#include <linux/siphash.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "block.h"
#include "census.h"
#include "delta.h"
#include "hanat.h"
#include "log.h"
#include "ports.h"
#include "rfc6052.h"
#include "syn.h"
#include "table.h"

struct hn_plateaus;
struct hn_pool4;
struct hn_prefixes;
struct nf_hook_ops;

#define HN_IDENT_BITS 10

/* The second set is there while there are inside prefixes. */
enum hn_hooks { HN_HOOKS_NAT64, HN_HOOKS_NAT44, HN_HOOKS_COUNT };

/* One CPU's. */
struct hn_counters {
	u64	stat[HN_STAT_COUNT];
	/*
	 * The next IPv4 identifications, from random starts, each for some pairs of
	 * addresses, which only the key tells. Counted within this CPU's part of the numbers,
	 * which begins at ident_first: no two CPUs have the same.
	 */
	u16	ident_first;
	u16	ident[BIT(HN_IDENT_BITS)];
};

struct hn_instance {
	struct net			*net;
	struct hn_prefix6		pool6;
	u16				pool6_sum;	/* hn_csum_words() of the address */
	/*
	 * In the order of enum hn_global; READ_ONCE by packets, written under
	 * hn_net.lock.
	 */
	u32				globals[__HN_G_LAST];
	/* The one that is no number. NULL: the default. */
	struct hn_plateaus __rcu	*plateaus;
	u32				node;
	/* Mask of HN_LOGS_*; written under hn_net.lock. */
	u32				logs;
	u64				epoch;
	/* Of the tables: a sender cannot choose who shares a chain with it. */
	hsiphash_key_t			key;

	struct hn_table			mapping_in;
	struct hn_table			mapping_ext;
	struct hn_table			session_in;
	struct hn_table			session_ext;
	struct hn_pool4 __rcu		*pool4;
	/* struct hn_pool4_range, as configured; under hn_net.lock. */
	struct list_head		pool4_ranges;
	struct hn_hold_down		hold_down;
	/* Those of pool4 that there are, and those in use; under hn_net.lock. */
	u32				shares;
	u64				shares_held;
	/* Of static mappings: how many, and HN_A_STATIC_DIGEST; under hn_net.lock. */
	u32				static_count;
	u64				static_digest;
	/* By enum hn_list. NULL: it is empty. */
	struct hn_prefixes __rcu	*lists[HN_LIST_COUNT];
	struct hn_census		census;
	struct hn_blocks		blocks;

	struct hn_counters __percpu	*counters;
	/* How many identifications a CPU has: a power of two, so that the parts divide all. */
	u32				ident_part;
	struct percpu_counter		sessions;
	struct percpu_counter		mappings;

	struct hn_delta			delta;
	struct hn_log			log;
	struct hn_syns			syns;
	struct delayed_work		expire;
	u32				expire_cursor;
	/* To come, as was said since tables grew last; bounded, see expire.c. */
	u32				expected;
	/* In jiffies of 64 bit: no conflicts are resolved before; under hn_net.lock. */
	u64				conflict_pause;

	/* NULL: not registered; under hn_net.lock. */
	struct nf_hook_ops		*hooks[HN_HOOKS_COUNT];
};

struct hn_net {
	/*
	 * Serialises every change of configuration, and netlink against
	 * removal.
	 */
	struct mutex			lock;
	struct hn_instance		*instance;
};

struct hn_net *hn_net_of(struct net *net);

/*
 * Both need hn_net.lock and may sleep. -EEXIST there is an instance already,
 * -ENOMEM.
 */
int hn_instance_create(struct hn_net *hn, struct net *net, const struct hn_prefix6 *pool6);
void hn_instance_destroy(struct hn_net *hn);

/* Gives the node its id; 0 chooses one. hn_net.lock held. */
void hn_instance_set_node(struct hn_instance *inst, u32 node);

/* Counts in the current CPU's counters; any context. */
static inline void hn_count(struct hn_instance *inst, enum hn_stat stat)
{
	this_cpu_inc(inst->counters->stat[stat]);
}

/* As operators know the counter. */
const char *hn_stat_name(enum hn_stat stat);

static inline u32 hn_global(const struct hn_instance *inst, enum hn_global g)
{
	return READ_ONCE(inst->globals[g]);
}

/* Is anything to be logged? */
static inline bool hn_logs(const struct hn_instance *inst)
{
	return unlikely(READ_ONCE(inst->logs));
}

int hn_hooks_register(struct hn_instance *inst, enum hn_hooks which);
/* No packet is in the hooks, if they were registered, when it returns. May sleep. */
void hn_hooks_unregister(struct hn_instance *inst, enum hn_hooks which);

#endif
