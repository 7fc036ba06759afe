// SPDX-License-Identifier: GPL-2.0-only
#include "globals.h"
#include "pool4.h"
#include "scope.h"
#include "session.h"

#define GLOBAL_POLICY(id, name, kind, def, min, max, help)	\
	[HN_G_##id] = { .type = NLA_U32 },
const struct nla_policy hn_globals_policy[__HN_G_LAST] = { HN_GLOBALS(GLOBAL_POLICY) };
#undef GLOBAL_POLICY

#define ERROR_NUM(name, min, max) name " is " #min " to " #max
#define ERROR_BOOL ERROR_NUM
#define ERROR_TIME ERROR_NUM
#define ERROR_PROTOS(name, min, max) name " is a set of tcp, udp, icmp"
static const struct {
	u32		min, max;
	const char	*error;
} limits[__HN_G_LAST] = {
#define GLOBAL_LIMIT(id, name, type, def, min, max, help) \
	[HN_G_##id] = { min, max, ERROR_##type(name, min, max) },
	HN_GLOBALS(GLOBAL_LIMIT)
#undef GLOBAL_LIMIT
};

int hn_globals_put(struct sk_buff *skb, const struct hn_instance *inst)
{
	struct nlattr *nest = nla_nest_start(skb, HN_A_GLOBALS);
	int g;

	if (!nest)
		return -EMSGSIZE;
	for (g = 1; g <= HN_G_MAX; g++) {
		if (nla_put_u32(skb, g, inst->globals[g]))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* Reads into values, which has the present ones, and checks each before the first is set. */
static int read(struct nlattr **attrs, u32 *values, struct netlink_ext_ack *extack)
{
	bool any = false;
	int g;

	for (g = 1; g <= HN_G_MAX; g++) {
		if (!attrs[g])
			continue;
		any = true;
		values[g] = nla_get_u32(attrs[g]);
		if (values[g] < limits[g].min || values[g] > limits[g].max) {
			extack->bad_attr = attrs[g];
			extack->_msg = limits[g].error;
			return -ERANGE;
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

/* What follows from a change. */
static void follow(struct hn_instance *inst, const u32 *old)
{
	const u32 *now = inst->globals;

	if (now[HN_G_SS_NODE] != old[HN_G_SS_NODE])
		node_change(inst, now[HN_G_SS_NODE]);
	hn_census_update(inst);
	hn_log_update(inst);
	if (now[HN_G_SS_PROTOCOLS] != old[HN_G_SS_PROTOCOLS])
		hn_scope_update(inst);
	/* Peers have heard nothing of what was created until now. */
	if (now[HN_G_SS_ENABLED] && !old[HN_G_SS_ENABLED])
		hn_delta_advertise(inst);
}

int hn_globals_set(struct hn_instance *inst, const struct nlattr *nest,
		   struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[__HN_G_LAST];
	u32 old[__HN_G_LAST], values[__HN_G_LAST];
	int err, g;

	err = nla_parse_nested(attrs, HN_G_MAX, nest, hn_globals_policy, extack);
	if (err)
		return err;
	memcpy(old, inst->globals, sizeof(old));
	memcpy(values, inst->globals, sizeof(values));
	err = read(attrs, values, extack);
	if (!err)
		err = hn_log_prepare(inst, values);
	if (!err)
		err = shares_change(inst, values, extack);
	if (err)
		return err;
	for (g = 1; g <= HN_G_MAX; g++)
		WRITE_ONCE(inst->globals[g], values[g]);
	follow(inst, old);
	return 0;
}
