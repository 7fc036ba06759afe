/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of ports (RFC 6888 REQ-14): while port-block-size is set, a source, as it is
 * counted (census.h), gets ports in blocks that are its alone, of all protocols. So who
 * had a port is to be logged once for a block, not for each mapping.
 *
 * A block lives as long as a mapping has a port of it. Nobody tells others of blocks: a
 * node that hears of a mapping knows whose the block around its port is. A mapping whose
 * block is another source's, because another node chose the port, is in none, as is a
 * static one; and is logged by itself.
 */
#ifndef HANAT_BLOCK_H
#define HANAT_BLOCK_H

#include <linux/atomic.h>
#include <linux/in6.h>
#include <linux/percpu_counter.h>

#include "hanat.h"
#include "table.h"

struct hn_endpoint;
struct hn_instance;
struct hn_mapping;
struct hn_session_init;

struct hn_blocks {
	struct hn_table		by_source;
	struct hn_table		by_place;
	struct percpu_counter	count;
	atomic_t		freed;	/* how often one came free */
	/* Ports of a block, 0: there are none. Changes only while there is no block. */
	u16			size;
	u8			source_len;
};

int hn_block_cache_create(void);
void hn_block_cache_destroy(void);

/* -ENOMEM. Both may sleep; at exit no mapping is left. */
int hn_blocks_init(struct hn_instance *inst);
void hn_blocks_exit(struct hn_instance *inst);

/*
 * The following three: BH off, RCU, the lock of the inside hash of the mapping held.
 *
 * take is hn_pool4_take() for one that is to come: of a block of its source that has a
 * port, or of a new one of this size, which blocks.size was under that lock. enter is for
 * one that has its port already; false: it is in no block. leave is for one that is in a
 * block.
 */
bool hn_block_take(struct hn_instance *inst, const struct hn_endpoint *ep,
		   const struct hn_session_init *init, u32 size, __be32 *addr, __be16 *port,
		   enum hn_stat *why);
bool hn_block_enter(struct hn_instance *inst, const struct in6_addr *inside, __be32 ext,
		    __be16 port);
void hn_block_leave(struct hn_instance *inst, const struct in6_addr *inside, __be32 ext,
		    __be16 port);
/*
 * Of a mapping that is in a block, by who has a session of it locked, BH off: the block's end
 * will be logged by this node, and its begin is, if it begins and was not logged.
 */
void hn_block_log(struct hn_instance *inst, const struct hn_mapping *m, bool begins);

/*
 * Blocks as the settings say; walks over all mappings if they say something else. Those whose
 * block is another's then are in none. hn_net.lock, may sleep.
 */
void hn_blocks_update(struct hn_instance *inst);
/* As hn_table_grow(). */
void hn_blocks_grow(struct hn_instance *inst);

#endif
