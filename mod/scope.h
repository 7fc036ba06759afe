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
#include "prefixes.h"

/* Whether one of the addresses of a session below the mapping is listed. */
bool hn_scope_lists(const struct hn_prefixes *ignored, const struct hn_mapping *m, __be32 remote);

/*
 * Whether a session below the mapping is out of scope. RCU read section; whoever
 * acts on it inserts the session before that ends.
 */
static inline bool hn_scope_ignores(const struct hn_instance *inst, const struct hn_mapping *m,
				    __be32 remote)
{
	const struct hn_prefixes *ignored = rcu_dereference(inst->lists[HN_LIST_IGNORE]);

	if (!(hn_global(inst, HN_G_SS_PROTOCOLS) & HN_PROTO_BIT(m->proto)))
		return true;
	return unlikely(ignored) && hn_scope_lists(ignored, m, remote);
}

/*
 * Sessions follow a change of the list or of ss-protocols that has been made; nobody sees
 * the former list any more when it returns. hn_net.lock, may sleep.
 */
void hn_scope_update(struct hn_instance *inst);

#endif
