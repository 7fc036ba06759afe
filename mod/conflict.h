/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conflicts: received records whose inside or external transport address is bound
 * to something else here, as after two nodes were active without hearing of each
 * other. What prevails is decided by hn_rank alone, the same on every node.
 */
#ifndef HANAT_CONFLICT_H
#define HANAT_CONFLICT_H

#include "session.h"

/*
 * Decides those of the n records whose bit is set, and counts the fate of each. Walks
 * over the whole table, if a mapping in the way may have several sessions; where it
 * would have to and did so too recently, the record is refused. hn_net.lock held, may
 * sleep.
 */
void hn_conflict_resolve(struct hn_instance *inst, const struct hn_record *records, u32 n,
			 const unsigned long *conflicts, u32 fates[HN_APPLY_COUNT]);

#endif
