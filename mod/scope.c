// SPDX-License-Identifier: GPL-2.0-only
#include "scope.h"
#include "session.h"

bool hn_scope_lists(const struct hn_prefixes *ignored, const struct hn_mapping *m, __be32 remote)
{
	return hn_prefixes_have(ignored, &m->inside) || hn_prefixes_have4(ignored, m->ext) ||
	       hn_prefixes_have4(ignored, remote);
}

static void visit(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);
	struct hn_instance *inst = arg;

	hn_session_set_ignored(inst, s, hn_scope_ignores(inst, s->map, s->remote));
}

/* Who made a session by the former scope has inserted it when the walk begins. */
void hn_scope_update(struct hn_instance *inst)
{
	synchronize_rcu();
	hn_table_walk_all(&inst->session_in, visit, inst);
}

#ifdef HN_SELFTEST
#include "selftest/scope.c"
#endif
