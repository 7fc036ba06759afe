/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scope of synchronisation: sessions of a protocol of ss-protocols none of
 * whose addresses is on the list of those to be ignored. Looked up once for a
 * session, when it is made, and kept in its flags; a change of the scope goes
 * through the table.
 */
#ifndef HANAT_SCOPE_H
#define HANAT_SCOPE_H

#include "mapping.h"

/* Whether one of the addresses of a session below the mapping is listed. */
bool hn_scope_lists(const struct hn_scope *scope, const struct hn_mapping *m, __be32 remote);

/*
 * Whether a session below the mapping is out of scope. RCU read section; whoever
 * acts on it inserts the session before that ends.
 */
static inline bool hn_scope_ignores(const struct hn_instance *inst, const struct hn_mapping *m,
				    __be32 remote)
{
	const struct hn_scope *scope = rcu_dereference(inst->scope);

	if (!(hn_global(inst, HN_G_SS_PROTOCOLS) & HN_PROTO_BIT(m->proto)))
		return true;
	return unlikely(scope) && hn_scope_lists(scope, m, remote);
}

/*
 * The rest: hn_net.lock, may sleep. Errors are those of the netlink commands in
 * hanat.h.
 */
int hn_scope_add(struct hn_instance *inst, const struct hn_prefix6 *prefixes, u32 n,
		 struct netlink_ext_ack *extack);
int hn_scope_remove(struct hn_instance *inst, const struct hn_prefix6 *prefixes, u32 n,
		    struct netlink_ext_ack *extack);
void hn_scope_flush(struct hn_instance *inst);
/* How many prefixes are listed, and these. */
u32 hn_scope_list(const struct hn_instance *inst, const struct hn_prefix6 **prefixes);
/* Sessions follow a change of ss-protocols that has been made. */
void hn_scope_update(struct hn_instance *inst);
/* No packet is left. */
void hn_scope_exit(struct hn_instance *inst);

#endif
