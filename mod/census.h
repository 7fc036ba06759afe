/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * By what sessions and mappings are counted, while a setting asks for it. Both by their
 * source, an inside prefix, for max-sessions-per-source and the limits of mappings;
 * sessions by mapping and remote address as well, for address-dependent-filtering. What is
 * counted say the flags of either, so that each is taken away as it was added, whatever
 * the settings are by then.
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
	struct hn_tally	mappings;
	/* What is counted of a session that comes. Under hn_net.lock, as what follows. */
	bool		by_source;
	bool		by_remote;
	/* Whether a mapping that comes is, by its source. */
	bool		of_mappings;
	/* Of the prefixes; changes only while nothing is counted by them. */
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
 * A mapping of the inside address comes, or one that is counted goes: BH off, RCU, the lock
 * of its inside hash held. enter, if any are counted, returns 0; -ENOMEM, or, if it is limited,
 * -EDQUOT its source has as many as it may, -EAGAIN had too many in the last second.
 */
static inline bool hn_census_counts_mappings(const struct hn_census *c)
{
	return unlikely(READ_ONCE(c->of_mappings));
}

int hn_census_enter_mapping(struct hn_instance *inst, const struct in6_addr *inside, bool limited);
void hn_census_leave_mapping(struct hn_instance *inst, const struct in6_addr *inside);

/*
 * Whether what comes from the remote address to the mapping may open a session: its host
 * talks to that address, or nobody asks. RCU.
 */
bool hn_census_admits(struct hn_instance *inst, const struct hn_mapping *m, __be32 remote);

/*
 * Counts as the settings are now; walks over all that is counted if they ask for something else.
 * Those for which there is no memory stay uncounted. hn_net.lock, may sleep.
 */
void hn_census_update(struct hn_instance *inst);
/* As hn_table_grow(). */
void hn_census_grow(struct hn_instance *inst);

#endif
