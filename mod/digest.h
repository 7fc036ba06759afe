/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Digests: whether two nodes hold the same sessions of one owner, and where not,
 * without comparing them one by one. They are computed when they are asked for,
 * by a walk over the table: a new flow pays nothing for them, and nothing is
 * kept that could drift from what it stands for.
 */
#ifndef HANAT_DIGEST_H
#define HANAT_DIGEST_H

#include <linux/siphash.h>

#include "hanat.h"

struct hn_instance;
struct hn_session;
struct nlattr;

/* Which sessions a walk is for. Lives no longer than the request it is read from. */
struct hn_digest_filter {
	u32		owner;		/* node id, 0: any */
	bool		foreign;	/* not this node's own */
	siphash_key_t	key;
	const u8	*buckets;	/* a bit each; NULL: all of them */
};

/*
 * From FLAGS, OWNER, DIGEST_KEY and DIGEST_BUCKETS of a request. -EINVAL if there are buckets
 * without a key.
 */
int hn_digest_filter_read(struct hn_digest_filter *f, struct nlattr **attrs);

/* Of its flow; of it, as its flow has this hash. Its lock held. */
u64 hn_digest_hash(const struct hn_session *s, const siphash_key_t *key);
u64 hn_digest_of(const struct hn_session *s, u64 hash);
bool hn_digest_wants(const struct hn_digest_filter *f, const struct hn_instance *inst,
		     const struct hn_session *s);

/*
 * Adds those of the filter's owner to sums, and returns how many these are. Sessions that come,
 * go or change meanwhile may be in or not. hn_net.lock held, may sleep.
 */
u64 hn_digest(struct hn_instance *inst, const struct hn_digest_filter *f,
	      u64 sums[HN_DIGEST_BUCKETS]);

#endif
