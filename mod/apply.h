/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HANAT_APPLY_H
#define HANAT_APPLY_H

#include "session.h"

/*
 * Installs at most HN_APPLY_MAX_RECORDS received records, and counts the fate of
 * each. hn_net.lock held, may sleep.
 */
void hn_apply(struct hn_instance *inst, const struct hn_record *records, u32 n,
	      u32 fates[HN_APPLY_COUNT]);

/* The session that a valid record makes, but for its mapping and its hash. */
void hn_apply_prepare(const struct hn_record *r, struct hn_endpoint *ep,
		      struct hn_session_init *init);
void hn_apply_count(struct hn_instance *inst, u32 fates[HN_APPLY_COUNT], enum hn_apply_fate fate);

#endif
