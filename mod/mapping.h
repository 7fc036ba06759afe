/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mapping (BIB entry, RFC 6146 section 3.1): inside transport address <->
 * pool4 transport address. It lives as long as a session uses it, a static one
 * until it is removed (bib.h); its port in pool4 is taken for as long.
 */
#ifndef HANAT_MAPPING_H
#define HANAT_MAPPING_H

#include <linux/refcount.h>

#include "instance.h"

struct hn_session;
struct hn_session_init;

/*
 * Given over to another one: out of the tables, without its port, and there for who still
 * refers to it.
 */
#define HN_MAPPING_DETACHED	BIT(0)
/* Among those of its source, see census.h; and of its block, see block.h. */
#define HN_MAPPING_COUNTED	BIT(1)
#define HN_MAPPING_IN_BLOCK	BIT(2)

struct hn_mapping {
	struct hn_link	in_link;
	struct hn_link	ext_link;
	struct in6_addr	inside;
	__be32		ext;
	__be16		inside_port;
	__be16		ext_port;
	/*
	 * Sessions, and one more if it is static; reaches zero only under the
	 * lock of in_link, which then unlinks the mapping.
	 */
	refcount_t	refs;
	u8		proto;
	u8		flags;		/* HN_MAPPING_*, under the lock of in_link */
	bool		is_static;	/* under hn_net.lock */
	/* Its end is to be logged by this node. */
	bool		is_logged;
	union {
		/*
		 * Of the sessions that live below it the one made last, if that
		 * is not known to be dead; which has a reference for as long.
		 */
		struct hn_session	*last;
		struct rcu_head		rcu;
	};
};

/* An inside transport address. */
struct hn_endpoint {
	struct in6_addr	addr;
	__be16		port;
	u8		proto;
};

int hn_mapping_cache_create(void);
void hn_mapping_cache_destroy(void);
/* The hash of an inside endpoint, which _get_pair takes. */
u32 hn_mapping_hash(const struct hn_instance *inst, const struct hn_endpoint *ep);
u32 hn_mapping_hash_in(const struct hn_table *t, const struct hn_link *link);
u32 hn_mapping_hash_ext(const struct hn_table *t, const struct hn_link *link);

/*
 * All of the following: BH off, RCU read section, no session lock held (put may
 * be called with one). _get and _create return a reference that
 * hn_mapping_put() drops.
 */
struct hn_mapping *hn_mapping_get_ext(struct hn_instance *inst, u8 proto, __be32 ext,
				      __be16 port);
/*
 * Finds the mapping of an inside endpoint or makes one with a random port of
 * pool4; init says of the session that asks for it what chooses among them.
 */
struct hn_mapping *hn_mapping_get_in(struct hn_instance *inst, const struct hn_endpoint *ep,
				     const struct hn_session_init *init, enum hn_stat *why);
/* Finds the mapping, never makes one. */
struct hn_mapping *hn_mapping_find_in(struct hn_instance *inst, const struct hn_endpoint *ep);
/*
 * Finds or makes exactly this mapping. NULL and *fate if pool4 does not have
 * the port, or if either side is bound to something else. If the port is taken
 * already, for this mapping, it is given back when that is not made.
 */
struct hn_mapping *hn_mapping_get_pair(struct hn_instance *inst, const struct hn_endpoint *ep,
				       u32 hash, __be32 ext, __be16 port, bool taken,
				       enum hn_apply_fate *fate);
/*
 * Takes the mapping, of which the caller has a reference, out of the tables. Its
 * port stays taken if it is to be kept for another one. Sessions below it live
 * on, to be killed by the caller; none is made any more.
 */
void hn_mapping_detach(struct hn_instance *inst, struct hn_mapping *m, bool keep_port);
/* From now on it is in none, and its begin has not been logged. hn_net.lock. */
void hn_mapping_leave_block(struct hn_instance *inst, struct hn_mapping *m);
void hn_mapping_put(struct hn_instance *inst, struct hn_mapping *m);
/* By who got it for a session that is not made after all: its port may never have been used. */
void hn_mapping_put_unused(struct hn_instance *inst, struct hn_mapping *m);
/* The same as put for who holds the lock of in_link. */
void hn_mapping_put_locked(struct hn_instance *inst, struct hn_mapping *m);

/*
 * Calls fn for every mapping, under its lock with BH off; fn may put it. Process
 * context, sleeps in between. A mapping that comes or goes meanwhile may be left out.
 */
typedef void hn_mapping_fn(struct hn_instance *inst, struct hn_mapping *m, void *arg);
void hn_mapping_for_each(struct hn_instance *inst, hn_mapping_fn *fn, void *arg);

/*
 * Enters all in what the flag is of, COUNTED or IN_BLOCK (static ones are in no block); takes all
 * out of it. Context as for_each.
 */
void hn_mapping_count_all(struct hn_instance *inst, u8 flag);
void hn_mapping_uncount_all(struct hn_instance *inst, u8 flag);

/* Frees every mapping that is left; no reader and no session is. */
void hn_mapping_free_all(struct hn_instance *inst);

#endif
