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
/* BH off; the delta worker calls it outside any RCU read section. */
void hn_pool4_release(struct hn_instance *inst, u8 proto, __be32 addr, __be16 port);

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
u64 hn_pool4_ports(struct hn_instance *inst);

#endif
