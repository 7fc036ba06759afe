/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IPv4 transport addresses that mappings use. Configuration is a list of
 * ranges (prefix, protocol, ports, mark); packets see an immutable snapshot of it,
 * by address, under RCU. A bitmap per (address, protocol, range) says which ports
 * are taken: test-and-set is the whole allocator.
 */
#ifndef HANAT_POOL4_H
#define HANAT_POOL4_H

#include "mapping.h"

/* RCU read section. True if the transport address is ours. */
bool hn_pool4_has(const struct hn_instance *inst, u8 proto, __be32 addr, __be16 port);
/* RCU read section. True if the address has a range of any protocol. */
bool hn_pool4_has_addr(const struct hn_instance *inst, __be32 addr);

/*
 * Both: RCU read section, BH off. take chooses the address by the inside host,
 * so that a host keeps one address over all protocols (RFC 4787 REQ-2), or by
 * f-args, init being that of the session which asks; and a random port (RFC 6056)
 * of the shares that this node holds, of the kind of the host's if there is one, in
 * the first range of the mark that has one; take_exactly is for ports that another
 * node or the operator chose.
 */
bool hn_pool4_take(struct hn_instance *inst, const struct hn_endpoint *ep,
		   const struct hn_session_init *init, __be32 *addr, __be16 *port,
		   enum hn_stat *why);
bool hn_pool4_take_exactly(struct hn_instance *inst, u8 proto, __be32 addr, __be16 port,
			   enum hn_apply_fate *fate);

/*
 * The same as take for block.c: one of these ports of the address.
 */
bool hn_pool4_take_between(struct hn_instance *inst, const struct hn_endpoint *ep,
			   const struct hn_session_init *init, __be32 addr, u16 first, u16 last,
			   __be16 *port);

/* Blocks by their numbers: number n begins with the port n * size. */
struct hn_pool4_place {
	__be32	addr;
	u16	first, last;
};

#define HN_POOL4_PLACES 32

/*
 * Where a new block may be, the best places first: of the address preferred, unless that is
 * zero, and of those that take would try. Returns how many; 0: there are none, or nothing was
 * found free in any when the state, a number, was this one. *why is what to say if none will do.
 */
u32 hn_pool4_block_places(struct hn_instance *inst, const struct hn_endpoint *ep,
			  const struct hn_session_init *init, __be32 preferred, u32 size, u32 state,
			  struct hn_pool4_place places[HN_POOL4_PLACES], enum hn_stat *why);
/* Says that, of the n places that there were. */
void hn_pool4_block_none(struct hn_instance *inst, const struct hn_endpoint *ep,
			 const struct hn_session_init *init, u32 state, u32 n);
/*
 * BH off; the delta worker calls it outside any RCU read section. One that was not used,
 * for what it was taken for was refused, need not be held down.
 */
void hn_pool4_release(struct hn_instance *inst, u8 proto, __be32 addr, __be16 port, bool used);

/*
 * The rest: hn_net.lock, may sleep. Errors are those of the netlink commands in
 * hanat.h.
 */
int hn_pool4_init(struct hn_instance *inst);
void hn_pool4_exit(struct hn_instance *inst);
int hn_pool4_add(struct hn_instance *inst, const struct hn_pool4_entry *e,
		 struct netlink_ext_ack *extack);
int hn_pool4_remove(struct hn_instance *inst, const struct hn_pool4_entry *e, bool quick,
		    struct netlink_ext_ack *extack);
int hn_pool4_flush(struct hn_instance *inst, bool quick);
/* Entry number i of the configuration; false behind the last one. */
bool hn_pool4_entry(struct hn_instance *inst, u32 i, struct hn_pool4_entry *e);
/*
 * Cuts ranges into so many shares, and takes new ports from those of the mask.
 */
int hn_pool4_hold(struct hn_instance *inst, u32 shares, u64 held,
		  struct netlink_ext_ack *extack);
/* After the settings have changed. */
void hn_pool4_hold_down_update(struct hn_instance *inst);
u64 hn_pool4_ports(struct hn_instance *inst);

#endif
