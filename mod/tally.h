/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many sessions have something in common: what they have in common is the key, and
 * is not counted before something asks for it (a limit, a filter), so that it costs
 * nothing where nothing does.
 */
#ifndef HANAT_TALLY_H
#define HANAT_TALLY_H

#include <linux/percpu_counter.h>
#include <linux/siphash.h>

#include "table.h"

struct hn_tally_key {
	u64	word[2];
};

/* What who comes may not exceed; a zero is no limit. */
struct hn_tally_limit {
	u32	count;
	u32	per_second;	/* as many at once, if there were none in the second before */
};

struct hn_tally {
	struct hn_table		table;
	hsiphash_key_t		key;
	struct percpu_counter	keys;
};

int hn_tally_cache_create(void);
void hn_tally_cache_destroy(void);

/* -ENOMEM. May sleep. */
int hn_tally_init(struct hn_tally *t, struct lock_class_key *key);
/* Frees what is left; no reader and no writer is. */
void hn_tally_exit(struct hn_tally *t);

/*
 * BH off, RCU read section; a session's lock may be held. add counts one more: -EDQUOT or
 * -EAGAIN if the limit, which may be NULL, does not allow it, by count or rate; -ENOMEM. sub
 * takes one away that was counted.
 */
int hn_tally_add(struct hn_tally *t, const struct hn_tally_key *key,
		 const struct hn_tally_limit *limit);
void hn_tally_sub(struct hn_tally *t, const struct hn_tally_key *key);
/* RCU read section. Whether there is one; like others without a lock it may miss it. */
bool hn_tally_has(struct hn_tally *t, const struct hn_tally_key *key);

/* As hn_table_grow(). */
void hn_tally_grow(struct hn_tally *t);

#endif
