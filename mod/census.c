// SPDX-License-Identifier: GPL-2.0-only
#include <net/ipv6.h>

#include "inside.h"
#include "session.h"

static struct lock_class_key sources_key, remotes_key, mappings_key;

int hn_census_init(struct hn_instance *inst)
{
	struct hn_census *c = &inst->census;
	int err;

	err = hn_tally_init(&c->sources, &sources_key);
	if (err)
		return err;
	err = hn_tally_init(&c->remotes, &remotes_key);
	if (err)
		goto err_sources;
	err = hn_tally_init(&c->mappings, &mappings_key);
	if (err)
		goto err_remotes;
	return 0;

err_remotes:
	hn_tally_exit(&c->remotes);
err_sources:
	hn_tally_exit(&c->sources);
	return err;
}

void hn_census_exit(struct hn_instance *inst)
{
	hn_tally_exit(&inst->census.sources);
	hn_tally_exit(&inst->census.remotes);
	hn_tally_exit(&inst->census.mappings);
}

static struct hn_tally_key source_key(const struct in6_addr *inside, u8 len)
{
	struct hn_tally_key key;
	struct in6_addr prefix;

	BUILD_BUG_ON(sizeof(key) != sizeof(prefix));
	hn_inside_source(inside, len, &prefix);
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
		 const struct hn_tally_key *key, const struct hn_tally_limit *limit)
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
	const struct hn_tally_limit most = { .count = limit };
	struct hn_census *c = &inst->census;
	struct hn_tally_key key;

	if (!READ_ONCE(c->by_source))
		return 0;
	key = source_key(&s->map->inside, READ_ONCE(c->source_len));
	return count(s, HN_SESSION_SOURCE_COUNTED, &c->sources, &key, &most);
}

static int enter_remote(struct hn_instance *inst, struct hn_session *s)
{
	struct hn_tally_key key = remote_key(s->map, s->remote);

	if (!READ_ONCE(inst->census.by_remote))
		return 0;
	return count(s, HN_SESSION_REMOTE_COUNTED, &inst->census.remotes, &key, NULL);
}

static void leave_source(struct hn_instance *inst, struct hn_session *s)
{
	struct hn_tally_key key = source_key(&s->map->inside,
					     READ_ONCE(inst->census.source_len));

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

int hn_census_enter_mapping(struct hn_instance *inst, const struct in6_addr *inside, bool limited)
{
	const struct hn_tally_limit limit = {
		.count = hn_global(inst, HN_G_MAX_SOURCE_MAPPINGS),
		.per_second = hn_global(inst, HN_G_SOURCE_MAPPING_RATE),
	};
	struct hn_tally_key key = source_key(inside, READ_ONCE(inst->census.source_len));

	return hn_tally_add(&inst->census.mappings, &key, limited ? &limit : NULL);
}

void hn_census_leave_mapping(struct hn_instance *inst, const struct in6_addr *inside)
{
	struct hn_tally_key key = source_key(inside, READ_ONCE(inst->census.source_len));

	hn_tally_sub(&inst->census.mappings, &key);
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

/* What is not asked for any more, or is of prefixes of another length. */
static void stop(struct hn_instance *inst, bool by_source, bool by_remote, bool of_mappings)
{
	struct hn_census *c = &inst->census;

	if (c->by_source && !by_source) {
		WRITE_ONCE(c->by_source, false);
		hn_table_walk_all(&inst->session_in, leave_source_entry, inst);
	}
	if (c->by_remote && !by_remote) {
		WRITE_ONCE(c->by_remote, false);
		hn_table_walk_all(&inst->session_in, leave_remote_entry, inst);
	}
	if (c->of_mappings && !of_mappings) {
		WRITE_ONCE(c->of_mappings, false);
		hn_mapping_uncount_all(inst, HN_MAPPING_COUNTED);
	}
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
	bool of_mappings = hn_global(inst, HN_G_MAX_SOURCE_MAPPINGS) ||
			   hn_global(inst, HN_G_SOURCE_MAPPING_RATE);
	u8 len = hn_global(inst, HN_G_SOURCE_PREFIX);
	bool same = len == c->source_len;

	stop(inst, by_source && same, by_remote, of_mappings && same);
	WRITE_ONCE(c->source_len, len);
	if (c->by_source != by_source || c->by_remote != by_remote) {
		WRITE_ONCE(c->by_source, by_source);
		WRITE_ONCE(c->by_remote, by_remote);
		hn_table_walk_all(&inst->session_in, enter_entry, inst);
	}
	if (c->of_mappings != of_mappings) {
		WRITE_ONCE(c->of_mappings, of_mappings);
		hn_mapping_count_all(inst, HN_MAPPING_COUNTED);
	}
}

void hn_census_grow(struct hn_instance *inst)
{
	hn_tally_grow(&inst->census.sources);
	hn_tally_grow(&inst->census.remotes);
	hn_tally_grow(&inst->census.mappings);
}

#ifdef HN_SELFTEST
#include "selftest/census.c"
#endif
