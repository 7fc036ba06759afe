// SPDX-License-Identifier: GPL-2.0-only
#include <net/ipv6.h>

#include "inside.h"
#include "session.h"

static struct lock_class_key sources_key, remotes_key;

int hn_census_init(struct hn_instance *inst)
{
	struct hn_census *c = &inst->census;
	int err;

	err = hn_tally_init(&c->sources, &sources_key);
	if (err)
		return err;
	err = hn_tally_init(&c->remotes, &remotes_key);
	if (err)
		hn_tally_exit(&c->sources);
	return err;
}

void hn_census_exit(struct hn_instance *inst)
{
	hn_tally_exit(&inst->census.sources);
	hn_tally_exit(&inst->census.remotes);
}

static struct hn_tally_key source_key(const struct hn_mapping *m, u8 len)
{
	struct hn_tally_key key;
	struct in6_addr prefix;

	BUILD_BUG_ON(sizeof(key) != sizeof(prefix));
	/* source-prefix-length is of IPv6; an IPv4 host is a source. */
	ipv6_addr_prefix(&prefix, &m->inside, hn_inside_is4(&m->inside) ? 128 : len);
	memcpy(&key, &prefix, sizeof(key));
	return key;
}

static struct hn_tally_key remote_key(const struct hn_mapping *m, __be32 remote)
{
	return (struct hn_tally_key) { {
		(u64)(__force u32)m->ext << 32 | (__force u32)remote,
		(u64)(__force u16)m->ext_port << 8 | m->proto,
	} };
}

/* The flag says whether it is counted; its lock held. */
static int count(struct hn_session *s, u16 flag, struct hn_tally *t,
		 const struct hn_tally_key *key, u32 limit)
{
	int err;

	if (s->flags & flag)
		return 0;
	err = hn_tally_add(t, key, limit);
	if (!err)
		WRITE_ONCE(s->flags, s->flags | flag);
	return err;
}

static void uncount(struct hn_session *s, u16 flag, struct hn_tally *t,
		    const struct hn_tally_key *key)
{
	if (!(s->flags & flag))
		return;
	hn_tally_sub(t, key);
	WRITE_ONCE(s->flags, s->flags & ~flag);
}

static int enter_source(struct hn_instance *inst, struct hn_session *s, u32 limit)
{
	struct hn_census *c = &inst->census;
	struct hn_tally_key key;

	if (!READ_ONCE(c->by_source))
		return 0;
	key = source_key(s->map, READ_ONCE(c->source_len));
	return count(s, HN_SESSION_SOURCE_COUNTED, &c->sources, &key, limit ? : U32_MAX);
}

static int enter_remote(struct hn_instance *inst, struct hn_session *s)
{
	struct hn_tally_key key = remote_key(s->map, s->remote);

	if (!READ_ONCE(inst->census.by_remote))
		return 0;
	return count(s, HN_SESSION_REMOTE_COUNTED, &inst->census.remotes, &key, U32_MAX);
}

static void leave_source(struct hn_instance *inst, struct hn_session *s)
{
	struct hn_tally_key key = source_key(s->map, READ_ONCE(inst->census.source_len));

	uncount(s, HN_SESSION_SOURCE_COUNTED, &inst->census.sources, &key);
}

static void leave_remote(struct hn_instance *inst, struct hn_session *s)
{
	struct hn_tally_key key = remote_key(s->map, s->remote);

	uncount(s, HN_SESSION_REMOTE_COUNTED, &inst->census.remotes, &key);
}

int hn_census_enter(struct hn_instance *inst, struct hn_session *s, u32 limit)
{
	int err = enter_source(inst, s, limit);

	if (!err)
		err = enter_remote(inst, s);
	if (err)
		leave_source(inst, s);
	return err;
}

void hn_census_leave(struct hn_instance *inst, struct hn_session *s)
{
	leave_source(inst, s);
	leave_remote(inst, s);
}

bool hn_census_admits(struct hn_instance *inst, const struct hn_mapping *m, __be32 remote)
{
	struct hn_tally_key key;

	if (likely(!READ_ONCE(inst->census.by_remote)))
		return true;
	key = remote_key(m, remote);
	return hn_tally_has(&inst->census.remotes, &key);
}

static void leave_source_entry(struct hn_link *link, void *arg)
{
	leave_source(arg, container_of(link, struct hn_session, in_link));
}

static void leave_remote_entry(struct hn_link *link, void *arg)
{
	leave_remote(arg, container_of(link, struct hn_session, in_link));
}

/* Those that were there when counting began; a limit is for those that come. */
static void enter_entry(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);

	enter_source(arg, s, 0);
	enter_remote(arg, s);
}

/*
 * Who comes meanwhile sees the new setting under its lock, or is seen by the walk under the
 * same lock.
 */
void hn_census_update(struct hn_instance *inst)
{
	struct hn_census *c = &inst->census;
	bool by_source = hn_global(inst, HN_G_MAX_SOURCE_SESSIONS);
	bool by_remote = hn_global(inst, HN_G_ADDR_FILTERING);
	u8 len = hn_global(inst, HN_G_SOURCE_PREFIX);

	if (c->by_source && (!by_source || len != c->source_len)) {
		WRITE_ONCE(c->by_source, false);
		hn_table_walk_all(&inst->session_in, leave_source_entry, inst);
	}
	if (c->by_remote && !by_remote) {
		WRITE_ONCE(c->by_remote, false);
		hn_table_walk_all(&inst->session_in, leave_remote_entry, inst);
	}
	if (c->by_source == by_source && c->by_remote == by_remote)
		return;
	WRITE_ONCE(c->source_len, len);
	WRITE_ONCE(c->by_source, by_source);
	WRITE_ONCE(c->by_remote, by_remote);
	hn_table_walk_all(&inst->session_in, enter_entry, inst);
}

void hn_census_grow(struct hn_instance *inst)
{
	hn_tally_grow(&inst->census.sources);
	hn_tally_grow(&inst->census.remotes);
}

#ifdef HN_SELFTEST
#include "selftest/census.c"
#endif
