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

#endif
