/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HANAT_EXPIRE_H
#define HANAT_EXPIRE_H

#include "instance.h"

/*
 * Expiry: a worker walks the session table in slices of bounded time and kills
 * what has run out, stored SYNs as well, and lets the tables grow. A packet that meets
 * an expired session kills it itself.
 */
void hn_expire_start(struct hn_instance *inst);
void hn_expire_stop(struct hn_instance *inst);

/* So many more sessions will come: tables grow for them, as for so many that are there. */
void hn_expire_expect(struct hn_instance *inst, u64 sessions);

#endif
