// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/stringify.h>

#include "globals.h"
#include "plateaus.h"
#include "pool4.h"
#include "scope.h"
#include "session.h"

#define POLICY_BOOL NLA_U32
#define POLICY_TIME NLA_U32
#define POLICY_NUM NLA_U32
#define POLICY_PROTOS NLA_U32
#define POLICY_MTUS NLA_BINARY
#define GLOBAL_POLICY(id, name, kind, def, min, max, help)	\
	[HN_G_##id] = { .type = POLICY_##kind },
const struct nla_policy hn_globals_policy[__HN_G_LAST] = { HN_GLOBALS(GLOBAL_POLICY) };
#undef GLOBAL_POLICY

#define ERROR_NUM(name, min, max) name " is " #min " to " #max
#define ERROR_BOOL ERROR_NUM
#define ERROR_TIME ERROR_NUM
#define ERROR_PROTOS(name, min, max) name " is a set of tcp, udp, icmp"
#define ERROR_MTUS(name, min, max) \
	name " is 1 to " __stringify(HN_PLATEAUS_MAX) " different numbers, " #min " to " #max
static const struct {
	u32		min, max;
	const char	*error;
} limits[__HN_G_LAST] = {
#define GLOBAL_LIMIT(id, name, type, def, min, max, help) \
	[HN_G_##id] = { min, max, ERROR_##type(name, min, max) },
	HN_GLOBALS(GLOBAL_LIMIT)
#undef GLOBAL_LIMIT
};

/* All settings as they are to be; plateaus is NULL if they stay. */
struct settings {
	u32			values[__HN_G_LAST];
	struct hn_plateaus	*plateaus;
};

static int put(struct sk_buff *skb, const struct hn_instance *inst, int g)
{
	if (g == HN_G_MTU_PLATEAUS)
		return hn_plateaus_put(skb, g, inst);
	return nla_put_u32(skb, g, inst->globals[g]);
}

int hn_globals_put(struct sk_buff *skb, const struct hn_instance *inst)
{
	struct nlattr *nest = nla_nest_start(skb, HN_A_GLOBALS);
	int g;

	if (!nest)
		return -EMSGSIZE;
	for (g = 1; g <= HN_G_MAX; g++) {
		if (put(skb, inst, g))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int read_one(const struct nlattr *attr, int g, struct settings *s)
{
	struct hn_plateaus *p;

	if (g != HN_G_MTU_PLATEAUS) {
		s->values[g] = nla_get_u32(attr);
		return s->values[g] < limits[g].min || s->values[g] > limits[g].max ? -ERANGE : 0;
	}
	p = hn_plateaus_read(attr, limits[g].min);
	if (IS_ERR(p))
		return PTR_ERR(p);
	s->plateaus = p;
	return 0;
}

/* Reads into *s those that are present, and checks each before the first is set. */
static int read(struct nlattr **attrs, struct settings *s, struct netlink_ext_ack *extack)
{
	bool any = false;
	int err, g;

	for (g = 1; g <= HN_G_MAX; g++) {
		if (!attrs[g])
			continue;
		any = true;
		err = read_one(attrs[g], g, s);
		if (err) {
			extack->bad_attr = attrs[g];
			if (err != -ENOMEM)
				extack->_msg = limits[g].error;
			return err;
		}
	}
	if (any)
		return 0;
	NL_SET_ERR_MSG(extack, "no setting given");
	return -EINVAL;
}

/* The last thing about a change that may fail. */
static int shares_change(struct hn_instance *inst, const u32 *values,
			 struct netlink_ext_ack *extack)
{
	u32 shares = values[HN_G_SS_SHARES], share = values[HN_G_SS_SHARE];

	if (share > shares) {
		NL_SET_ERR_MSG(extack, "ss-share is greater than ss-shares");
		return -ERANGE;
	}
	if (shares == inst->globals[HN_G_SS_SHARES] && share == inst->globals[HN_G_SS_SHARE])
		return 0;
	return hn_pool4_hold(inst, shares, BIT_ULL(share - 1), extack);
}

static void renumber(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);

	hn_session_renumber(arg, s);
}

static void node_change(struct hn_instance *inst, u32 node)
{
	hn_instance_set_node(inst, node);
	hn_table_walk_all(&inst->session_in, renumber, inst);
}

/* Whether what waits now would not wait, or not as long. */
static bool flush_changes(const u32 *old, const u32 *now)
{
	return now[HN_G_SS_FLUSH_ASAP] != old[HN_G_SS_FLUSH_ASAP] ||
	       now[HN_G_SS_FLUSH_DEADLINE] != old[HN_G_SS_FLUSH_DEADLINE] ||
	       now[HN_G_SS_MAX_PAYLOAD] != old[HN_G_SS_MAX_PAYLOAD];
}

/* What follows from a change. */
static void follow(struct hn_instance *inst, const u32 *old)
{
	const u32 *now = inst->globals;

	if (now[HN_G_SS_NODE] != old[HN_G_SS_NODE])
		node_change(inst, now[HN_G_SS_NODE]);
	hn_census_update(inst);
	hn_blocks_update(inst);
	hn_pool4_hold_down_update(inst);
	hn_log_update(inst);
	if (now[HN_G_SS_PROTOCOLS] != old[HN_G_SS_PROTOCOLS])
		hn_scope_update(inst);
	if (flush_changes(old, now))
		hn_delta_flush(inst);
	/* Peers have heard nothing of what was created until now. */
	if (now[HN_G_SS_ENABLED] && !old[HN_G_SS_ENABLED])
		hn_delta_advertise(inst);
}

int hn_globals_set(struct hn_instance *inst, const struct nlattr *nest,
		   struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[__HN_G_LAST];
	struct settings s = {};
	u32 old[__HN_G_LAST];
	int err, g;

	err = nla_parse_nested(attrs, HN_G_MAX, nest, hn_globals_policy, extack);
	if (err)
		return err;
	memcpy(old, inst->globals, sizeof(old));
	memcpy(s.values, inst->globals, sizeof(s.values));
	err = read(attrs, &s, extack);
	if (!err)
		err = hn_log_prepare(inst, s.values);
	if (!err)
		err = shares_change(inst, s.values, extack);
	if (err) {
		kfree(s.plateaus);
		return err;
	}
	for (g = 1; g <= HN_G_MAX; g++)
		WRITE_ONCE(inst->globals[g], s.values[g]);
	if (s.plateaus)
		hn_plateaus_set(inst, s.plateaus);
	follow(inst, old);
	return 0;
}

#ifdef HN_SELFTEST
#include "selftest/globals.c"
#endif
