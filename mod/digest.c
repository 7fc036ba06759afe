// SPDX-License-Identifier: GPL-2.0-only
#include <net/netlink.h>

#include "digest.h"
#include "session.h"

int hn_digest_filter_read(struct hn_digest_filter *f, struct nlattr **attrs)
{
	__le64 key[2];

	*f = (struct hn_digest_filter) {};
	if (attrs[HN_A_FLAGS])
		f->foreign = nla_get_u32(attrs[HN_A_FLAGS]) & HN_F_FOREIGN;
	if (attrs[HN_A_OWNER])
		f->owner = nla_get_u32(attrs[HN_A_OWNER]);
	if (attrs[HN_A_DIGEST_BUCKETS])
		f->buckets = nla_data(attrs[HN_A_DIGEST_BUCKETS]);
	if (attrs[HN_A_DIGEST_KEY]) {
		nla_memcpy(key, attrs[HN_A_DIGEST_KEY], sizeof(key));
		f->key.key[0] = le64_to_cpu(key[0]);
		f->key.key[1] = le64_to_cpu(key[1]);
	} else if (f->buckets) {
		return -EINVAL;
	}
	return 0;
}

u64 hn_digest_hash(const struct hn_session *s, const siphash_key_t *key)
{
	const struct hn_mapping *m = s->map;
	const struct hn_digest_input input = {
		.inside = m->inside,
		.ext = m->ext,
		.remote = s->remote,
		.inside_port = m->inside_port,
		.ext_port = m->ext_port,
		.remote_port = hn_session_remote_port(s),
		.proto = s->proto,
	};

	return siphash(&input, sizeof(input), key);
}

u64 hn_digest_of(const struct hn_session *s, u64 hash)
{
	return hash * HN_DIGEST_FACTOR(s->generation, s->version,
				       hn_tcp_class_of(READ_ONCE(s->state)));
}

/*
 * Of this node's own sessions those that peers are to know, whether they were
 * told yet or not: the others would look as if peers had lost them.
 */
static bool owned(const struct hn_digest_filter *f, const struct hn_instance *inst,
		  const struct hn_session *s)
{
	if (f->foreign && !s->owner)
		return false;
	if (!f->owner || s->owner)
		return !f->owner || f->owner == s->owner;
	return f->owner == inst->node && !(s->flags & (HN_SESSION_IGNORED | HN_SESSION_YOUNG));
}

bool hn_digest_wants(const struct hn_digest_filter *f, const struct hn_instance *inst,
		     const struct hn_session *s)
{
	u32 bucket;

	if (!owned(f, inst, s))
		return false;
	if (!f->buckets)
		return true;
	bucket = HN_DIGEST_BUCKET(hn_digest_hash(s, &f->key));
	return f->buckets[bucket / 8] & BIT(bucket % 8);
}

struct walk {
	struct hn_instance		*inst;
	const struct hn_digest_filter	*filter;
	u64				*sums;
	u64				sessions;
};

static void add(struct hn_link *link, void *arg)
{
	const struct hn_session *s = container_of(link, struct hn_session, in_link);
	struct walk *w = arg;
	u64 hash;

	if (!owned(w->filter, w->inst, s))
		return;
	hash = hn_digest_hash(s, &w->filter->key);
	w->sums[HN_DIGEST_BUCKET(hash)] ^= hn_digest_of(s, hash);
	w->sessions++;
}

u64 hn_digest(struct hn_instance *inst, const struct hn_digest_filter *f,
	      u64 sums[HN_DIGEST_BUCKETS])
{
	struct walk w = { .inst = inst, .filter = f, .sums = sums };

	hn_table_walk_all(&inst->session_in, add, &w);
	return w.sessions;
}

#ifdef HN_SELFTEST
#include "selftest/digest.c"
#endif
