/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * By what sessions are counted, while a setting asks for it: by their source, an inside
 * prefix, for max-sessions-per-source; by mapping and remote address, for
 * address-dependent-filtering. What is counted says a session's flags, so that each is
 * taken away as it was added, whatever the settings are by then.
 */
#ifndef HANAT_CENSUS_H
#define HANAT_CENSUS_H

#include "tally.h"

struct hn_instance;
struct hn_mapping;
struct hn_session;

struct hn_census {
	struct hn_tally	sources;
	struct hn_tally	remotes;
	/* What is counted of a session that comes. Under hn_net.lock, as the length. */
	bool		by_source;
	bool		by_remote;
	/* Of the prefixes; changes only while no session is counted by them. */
	u8		source_len;
};

/* -ENOMEM. Both may sleep; at exit no session is left, nor who looks for one. */
int hn_census_init(struct hn_instance *inst);
void hn_census_exit(struct hn_instance *inst);

/*
 * A session comes, or goes: BH off, RCU, its lock held. enter, if anything is counted,
 * returns 0; -EDQUOT its source has limit of them (a limit of 0 is none), -ENOMEM; then
 * nothing is counted. leave is for a session that is in a count.
 */
static inline bool hn_census_counts(const struct hn_census *c)
{
	return unlikely(READ_ONCE(c->by_source) || READ_ONCE(c->by_remote));
}

int hn_census_enter(struct hn_instance *inst, struct hn_session *s, u32 limit);
void hn_census_leave(struct hn_instance *inst, struct hn_session *s);

/*
 * Whether what comes from the remote address to the mapping may open a session: its host
 * talks to that address, or nobody asks. RCU.
 */
bool hn_census_admits(struct hn_instance *inst, const struct hn_mapping *m, __be32 remote);

/*
 * Counts as the settings are now; walks over all sessions if they ask for something else.
 * Those for which there is no memory stay uncounted. hn_net.lock, may sleep.
 */
void hn_census_update(struct hn_instance *inst);
/* As hn_table_grow(). */
void hn_census_grow(struct hn_instance *inst);

#endif
