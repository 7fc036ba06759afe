// SPDX-License-Identifier: GPL-2.0-only
#include <linux/srcu.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "apply.h"
#include "bib.h"
#include "digest.h"
#include "expire.h"
#include "globals.h"
#include "list.h"
#include "netlink.h"
#include "pool4.h"
#include "session.h"
#include "version.h"

static struct genl_family family;

static int check_pool6(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const struct hn_prefix6 *p = nla_data(attr);

	if (nla_len(attr) != sizeof(*p) || p->reserved[0] || p->reserved[1] || p->reserved[2]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "malformed pool6 prefix");
		return -EINVAL;
	}
	if (!hn_prefix6_len_valid(p->len)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "the length of pool6 is 32, 40, 48, 56, 64 or 96");
		return -EINVAL;
	}
	if (!hn_prefix6_valid(p)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "pool6 has bits set behind its length or in bits 64 to 71");
		return -EINVAL;
	}
	return 0;
}

static int check_pool4(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const struct hn_pool4_entry *e = nla_data(attr);
	const char *why = NULL;

	if (nla_len(attr) != sizeof(*e) || e->used || e->held_down)
		why = "malformed pool4 entry";
	else if (!e->protos || e->protos & ~HN_PROTO_ALL)
		why = "pool4 entry without a protocol, or with an unknown one";
	else if (e->len < 16 || e->len > 32)
		why = "the prefix length of pool4 is 16 to 32";
	else if (ntohl(e->addr) & ~(~0U << (32 - e->len)))
		why = "pool4 prefix with host bits set";
	else if (e->port_min > e->port_max)
		why = "the first port is greater than the last";
	else if (!e->port_min && e->protos != HN_PROTO_BIT(HN_PROTO_ICMP))
		why = "port 0 exists for ICMP only";
	else if (ipv4_is_multicast(e->addr) || ipv4_is_loopback(e->addr) ||
		 ipv4_is_zeronet(e->addr) || ipv4_is_lbcast(e->addr))
		why = "pool4 takes unicast addresses that are not loopback";
	if (!why)
		return 0;
	extack->bad_attr = attr;
	extack->_msg = why;
	return -EINVAL;
}

static int check_records(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (!nla_len(attr) || nla_len(attr) % sizeof(struct hn_record) ||
	    nla_len(attr) > HN_APPLY_MAX_RECORDS * sizeof(struct hn_record)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "no array of hn_record, or too long: another ABI version?");
		return -EINVAL;
	}
	return 0;
}

static bool prefix_valid(const struct hn_prefix6 *p)
{
	struct in6_addr head;

	if (p->len > 128 || p->reserved[0] || p->reserved[1] || p->reserved[2])
		return false;
	ipv6_addr_prefix(&head, &p->addr, p->len);
	return ipv6_addr_equal(&head, &p->addr);
}

static int check_prefixes(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const struct hn_prefix6 *p = nla_data(attr);
	u32 n = nla_len(attr) / sizeof(*p);

	if (!n || nla_len(attr) % sizeof(*p) || n > HN_PREFIXES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "no array of prefixes, or too long");
		return -EINVAL;
	}
	for (; n; n--, p++) {
		if (!prefix_valid(p)) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "a prefix with host bits or longer than 128");
			return -EINVAL;
		}
	}
	return 0;
}

static const struct nla_policy none_policy[__HN_A_LAST] = {};

static const struct nla_policy instance_policy[__HN_A_LAST] = {
	[HN_A_POOL6]	= NLA_POLICY_VALIDATE_FN(NLA_BINARY, check_pool6),
};

static const struct nla_policy globals_policy[__HN_A_LAST] = {
	[HN_A_GLOBALS]	= NLA_POLICY_NESTED(hn_globals_policy),
};

static const struct nla_policy pool4_policy[__HN_A_LAST] = {
	[HN_A_POOL4]	= NLA_POLICY_VALIDATE_FN(NLA_BINARY, check_pool4),
	[HN_A_FLAGS]	= NLA_POLICY_MASK(NLA_U32, HN_F_QUICK),
};

static const struct nla_policy list_policy[__HN_A_LAST] = {
	[HN_A_LIST]	= NLA_POLICY_MAX(NLA_U8, HN_LIST_COUNT - 1),
};

static const struct nla_policy prefix_policy[__HN_A_LAST] = {
	[HN_A_LIST]	= NLA_POLICY_MAX(NLA_U8, HN_LIST_COUNT - 1),
	[HN_A_PREFIXES]	= NLA_POLICY_VALIDATE_FN(NLA_BINARY, check_prefixes),
};

static const struct nla_policy shares_policy[__HN_A_LAST] = {
	[HN_A_SHARES]		= { .type = NLA_U32 },
	[HN_A_SHARES_HELD]	= { .type = NLA_U64 },
};

static const struct nla_policy dump_policy[__HN_A_LAST] = {
	[HN_A_PROTOS]	= NLA_POLICY_MASK(NLA_U8, HN_PROTO_ALL),
	[HN_A_CURSOR]	= { .type = NLA_U32 },
};

static const struct nla_policy session_policy[__HN_A_LAST] = {
	[HN_A_PROTOS]		= NLA_POLICY_MASK(NLA_U8, HN_PROTO_ALL),
	[HN_A_CURSOR]		= { .type = NLA_U32 },
	[HN_A_FLAGS]		= NLA_POLICY_MASK(NLA_U32, HN_F_FOREIGN),
	[HN_A_OWNER]		= NLA_POLICY_MIN(NLA_U32, 1),
	[HN_A_DIGEST_KEY]	= NLA_POLICY_EXACT_LEN(sizeof(siphash_key_t)),
	[HN_A_DIGEST_BUCKETS]	= NLA_POLICY_EXACT_LEN(HN_DIGEST_BUCKETS / BITS_PER_BYTE),
};

static const struct nla_policy digest_policy[__HN_A_LAST] = {
	[HN_A_OWNER]		= NLA_POLICY_MIN(NLA_U32, 1),
	[HN_A_DIGEST_KEY]	= NLA_POLICY_EXACT_LEN(sizeof(siphash_key_t)),
};

static const struct nla_policy apply_policy[__HN_A_LAST] = {
	[HN_A_RECORDS]	= NLA_POLICY_VALIDATE_FN(NLA_BINARY, check_records),
	[HN_A_SESSIONS]	= { .type = NLA_U64 },
};

/* -EINVAL with its name in extack if a required attribute is missing. */
static int require(const struct genl_info *info, int attr, const char *missing)
{
	if (info->attrs[attr])
		return 0;
	info->extack->_msg = missing;
	return -EINVAL;
}

static int instance_add(struct genl_info *info, struct hn_net *hn)
{
	int err = require(info, HN_A_POOL6, "pool6 is missing");

	if (err)
		return err;
	err = hn_instance_create(hn, genl_info_net(info), nla_data(info->attrs[HN_A_POOL6]));
	if (err == -EEXIST)
		NL_SET_ERR_MSG(info->extack, "this namespace has an instance already");
	return err;
}

static int instance_remove(struct genl_info *info, struct hn_net *hn)
{
	hn_instance_destroy(hn);
	return 0;
}

/* A reply with its header, or NULL. */
static struct sk_buff *reply_new(struct genl_info *info, size_t room, void **header)
{
	struct sk_buff *skb = genlmsg_new(room, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put_reply(skb, info, &family, 0, info->genlhdr->cmd);
	if (*header)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static int reply_send(struct genl_info *info, struct sk_buff *skb, void *header, int err)
{
	if (err) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static int instance_get(struct genl_info *info, struct hn_net *hn)
{
	struct hn_instance *inst = hn->instance;
	struct sk_buff *skb;
	void *header;
	int err;

	skb = reply_new(info, NLMSG_GOODSIZE, &header);
	if (!skb)
		return -ENOMEM;
	err = nla_put_string(skb, HN_A_VERSION, HN_VERSION) ||
	      nla_put(skb, HN_A_POOL6, sizeof(inst->pool6), &inst->pool6) ||
	      nla_put_u32(skb, HN_A_NODE, inst->node) ||
	      nla_put_u64_64bit(skb, HN_A_EPOCH, inst->epoch, HN_A_PAD) ||
	      nla_put_u64_64bit(skb, HN_A_SESSIONS, percpu_counter_sum_positive(&inst->sessions),
				HN_A_PAD) ||
	      nla_put_u64_64bit(skb, HN_A_MAPPINGS, percpu_counter_sum_positive(&inst->mappings),
				HN_A_PAD) ||
	      nla_put_u64_64bit(skb, HN_A_POOL4_PORTS, hn_pool4_ports(inst), HN_A_PAD) ||
	      nla_put_u32(skb, HN_A_SHARES, inst->shares) ||
	      nla_put_u64_64bit(skb, HN_A_SHARES_HELD, inst->shares_held, HN_A_PAD) ||
	      nla_put_u64_64bit(skb, HN_A_STATIC_DIGEST, inst->static_digest, HN_A_PAD);
	return reply_send(info, skb, header, err);
}

static int global_get(struct genl_info *info, struct hn_net *hn)
{
	struct sk_buff *skb;
	void *header;

	skb = reply_new(info, NLMSG_GOODSIZE, &header);
	if (!skb)
		return -ENOMEM;
	return reply_send(info, skb, header, hn_globals_put(skb, hn->instance));
}

static int global_set(struct genl_info *info, struct hn_net *hn)
{
	int err = require(info, HN_A_GLOBALS, "no setting given");

	if (err)
		return err;
	return hn_globals_set(hn->instance, info->attrs[HN_A_GLOBALS], info->extack);
}

static int pool4_add(struct genl_info *info, struct hn_net *hn)
{
	int err = require(info, HN_A_POOL4, "pool4 entry is missing");

	if (err)
		return err;
	return hn_pool4_add(hn->instance, nla_data(info->attrs[HN_A_POOL4]), info->extack);
}

static bool quick(const struct genl_info *info)
{
	return info->attrs[HN_A_FLAGS] && nla_get_u32(info->attrs[HN_A_FLAGS]) & HN_F_QUICK;
}

static int pool4_remove(struct genl_info *info, struct hn_net *hn)
{
	int err = require(info, HN_A_POOL4, "pool4 entry is missing");

	if (err)
		return err;
	return hn_pool4_remove(hn->instance, nla_data(info->attrs[HN_A_POOL4]), quick(info),
			       info->extack);
}

static int pool4_flush(struct genl_info *info, struct hn_net *hn)
{
	return hn_pool4_flush(hn->instance, quick(info));
}

static int bib_add(struct genl_info *info, struct hn_net *hn)
{
	int err = require(info, HN_A_BIB_ENTRY, "BIB entry is missing");

	if (err)
		return err;
	return hn_bib_add(hn->instance, nla_data(info->attrs[HN_A_BIB_ENTRY]), info->extack);
}

static int bib_remove(struct genl_info *info, struct hn_net *hn)
{
	int err = require(info, HN_A_BIB_ENTRY, "BIB entry is missing");

	if (err)
		return err;
	return hn_bib_remove(hn->instance, nla_data(info->attrs[HN_A_BIB_ENTRY]), quick(info),
			     info->extack);
}

static int shares_hold(struct genl_info *info, struct hn_net *hn)
{
	u32 shares = hn->instance->shares;
	u64 held;
	int err;

	err = require(info, HN_A_SHARES, "number of shares is missing");
	if (!err)
		err = require(info, HN_A_SHARES_HELD, "shares to hold are missing");
	if (err)
		return err;
	if (nla_get_u32(info->attrs[HN_A_SHARES]) != shares) {
		NL_SET_ERR_MSG(info->extack, "ss-shares is another number now");
		return -ESTALE;
	}
	held = nla_get_u64(info->attrs[HN_A_SHARES_HELD]);
	if (held > GENMASK_ULL(shares - 1, 0)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[HN_A_SHARES_HELD],
				    "a share that is greater than ss-shares");
		return -ERANGE;
	}
	return hn_pool4_hold(hn->instance, shares, held, info->extack);
}

/* -EINVAL if the request does not say which list, or not what of it. */
static int require_list(const struct genl_info *info, bool prefixes)
{
	int err = require(info, HN_A_LIST, "list is missing");

	if (!err && prefixes)
		err = require(info, HN_A_PREFIXES, "prefixes are missing");
	return err;
}

static int prefix_add(struct genl_info *info, struct hn_net *hn)
{
	const struct nlattr *prefixes = info->attrs[HN_A_PREFIXES];
	int err = require_list(info, true);

	if (err)
		return err;
	return hn_list_add(hn->instance, nla_get_u8(info->attrs[HN_A_LIST]), nla_data(prefixes),
			   nla_len(prefixes) / sizeof(struct hn_prefix6), info->extack);
}

static int prefix_remove(struct genl_info *info, struct hn_net *hn)
{
	const struct nlattr *prefixes = info->attrs[HN_A_PREFIXES];
	int err = require_list(info, true);

	if (err)
		return err;
	return hn_list_remove(hn->instance, nla_get_u8(info->attrs[HN_A_LIST]),
			      nla_data(prefixes), nla_len(prefixes) / sizeof(struct hn_prefix6),
			      info->extack);
}

static int prefix_flush(struct genl_info *info, struct hn_net *hn)
{
	int err = require_list(info, false);

	if (err)
		return err;
	return hn_list_flush(hn->instance, nla_get_u8(info->attrs[HN_A_LIST]));
}

static int prefix_get(struct genl_info *info, struct hn_net *hn)
{
	const struct hn_prefix6 *prefixes = NULL;
	struct sk_buff *skb;
	void *header;
	u32 size;
	int err;

	err = require_list(info, false);
	if (err)
		return err;
	size = hn_list_get(hn->instance, nla_get_u8(info->attrs[HN_A_LIST]), &prefixes) *
	       sizeof(*prefixes);
	skb = reply_new(info, nla_total_size(size), &header);
	if (!skb)
		return -ENOMEM;
	return reply_send(info, skb, header, nla_put(skb, HN_A_PREFIXES, size, prefixes));
}

static int stats_get(struct genl_info *info, struct hn_net *hn)
{
	struct hn_instance *inst = hn->instance;
	u64 sum[HN_STAT_COUNT] = {};
	struct sk_buff *skb;
	void *header;
	int cpu, i;

	for_each_possible_cpu(cpu) {
		const struct hn_counters *c = per_cpu_ptr(inst->counters, cpu);

		for (i = 0; i < HN_STAT_COUNT; i++)
			sum[i] += READ_ONCE(c->stat[i]);
	}
	skb = reply_new(info, NLMSG_GOODSIZE, &header);
	if (!skb)
		return -ENOMEM;
	return reply_send(info, skb, header, nla_put(skb, HN_A_STATS, sizeof(sum), sum));
}

static int require_sync(const struct genl_info *info, const struct hn_instance *inst)
{
	if (inst->globals[HN_G_SS_ENABLED])
		return 0;
	NL_SET_ERR_MSG(info->extack, "ss-enabled is false");
	return -EOPNOTSUPP;
}

static int apply(struct genl_info *info, struct hn_net *hn)
{
	u32 fates[HN_APPLY_COUNT] = {};
	struct nlattr *expected = info->attrs[HN_A_SESSIONS];
	struct nlattr *records = info->attrs[HN_A_RECORDS];
	struct sk_buff *skb;
	void *header;
	int err = 0;

	if (!expected)
		err = require(info, HN_A_RECORDS, "records are missing");
	if (!err)
		err = require_sync(info, hn->instance);
	if (err)
		return err;
	/* First, so that what was done can be reported. */
	skb = reply_new(info, nla_total_size(sizeof(fates)), &header);
	if (!skb)
		return -ENOMEM;
	if (expected)
		hn_expire_expect(hn->instance, nla_get_u64(expected));
	if (records)
		hn_apply(hn->instance, nla_data(records),
			 nla_len(records) / sizeof(struct hn_record), fates);
	return reply_send(info, skb, header, nla_put(skb, HN_A_APPLIED, sizeof(fates), fates));
}

static int advertise(struct genl_info *info, struct hn_net *hn)
{
	int err = require_sync(info, hn->instance);

	if (!err)
		hn_delta_advertise(hn->instance);
	return err;
}

static int digest_get(struct genl_info *info, struct hn_net *hn)
{
	size_t size = HN_DIGEST_BUCKETS * sizeof(u64);
	struct hn_digest_filter filter;
	struct nlattr *sums;
	struct sk_buff *skb;
	void *header;
	int err;

	err = require(info, HN_A_OWNER, "owner is missing");
	if (!err)
		err = require(info, HN_A_DIGEST_KEY, "digest key is missing");
	if (!err)
		err = hn_digest_filter_read(&filter, info->attrs);
	if (err)
		return err;
	skb = reply_new(info, nla_total_size_64bit(size) + nla_total_size_64bit(sizeof(u64)),
			&header);
	if (!skb)
		return -ENOMEM;
	sums = nla_reserve_64bit(skb, HN_A_DIGEST, size, HN_A_PAD);
	if (!sums)
		return reply_send(info, skb, header, -EMSGSIZE);
	memset(nla_data(sums), 0, size);
	err = nla_put_u64_64bit(skb, HN_A_SESSIONS,
				hn_digest(hn->instance, &filter, nla_data(sums)), HN_A_PAD);
	return reply_send(info, skb, header, err);
}

static int (*const handlers[__HN_CMD_LAST])(struct genl_info *info, struct hn_net *hn) = {
	[HN_CMD_INSTANCE_ADD]		= instance_add,
	[HN_CMD_INSTANCE_REMOVE]	= instance_remove,
	[HN_CMD_INSTANCE_GET]		= instance_get,
	[HN_CMD_GLOBAL_GET]		= global_get,
	[HN_CMD_GLOBAL_SET]		= global_set,
	[HN_CMD_POOL4_ADD]		= pool4_add,
	[HN_CMD_POOL4_REMOVE]		= pool4_remove,
	[HN_CMD_POOL4_FLUSH]		= pool4_flush,
	[HN_CMD_STATS_GET]		= stats_get,
	[HN_CMD_APPLY]			= apply,
	[HN_CMD_ADVERTISE]		= advertise,
	[HN_CMD_DIGEST_GET]		= digest_get,
	[HN_CMD_PREFIX_ADD]		= prefix_add,
	[HN_CMD_PREFIX_REMOVE]		= prefix_remove,
	[HN_CMD_PREFIX_FLUSH]		= prefix_flush,
	[HN_CMD_PREFIX_GET]		= prefix_get,
	[HN_CMD_SHARES_HOLD]		= shares_hold,
	[HN_CMD_BIB_ADD]		= bib_add,
	[HN_CMD_BIB_REMOVE]		= bib_remove,
};

/*
 * One namespace's requests one after another, those of different namespaces in
 * parallel.
 */
static int doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hn_net *hn = hn_net_of(genl_info_net(info));
	u8 cmd = info->genlhdr->cmd;
	int err = -ENODEV;

	mutex_lock(&hn->lock);
	if (hn->instance || cmd == HN_CMD_INSTANCE_ADD)
		err = handlers[cmd](info, hn);
	else
		NL_SET_ERR_MSG(info->extack, "this namespace has no instance");
	mutex_unlock(&hn->lock);
	return err;
}

#define OP(command, table, privilege)		\
	{					\
		.cmd = HN_CMD_##command,	\
		.doit = doit,			\
		.policy = table##_policy,	\
		.maxattr = HN_A_MAX,		\
		.flags = privilege,		\
	}

#define DUMP(command, table, function, privilege)	\
	{						\
		.cmd = HN_CMD_##command,		\
		.dumpit = function,			\
		.policy = table##_policy,		\
		.maxattr = HN_A_MAX,			\
		.flags = privilege,			\
	}

static const struct genl_ops ops[] = {
	OP(INSTANCE_ADD, instance, GENL_UNS_ADMIN_PERM),
	OP(INSTANCE_REMOVE, none, GENL_UNS_ADMIN_PERM),
	OP(INSTANCE_GET, none, 0),
	OP(GLOBAL_GET, none, 0),
	OP(GLOBAL_SET, globals, GENL_UNS_ADMIN_PERM),
	OP(POOL4_ADD, pool4, GENL_UNS_ADMIN_PERM),
	OP(POOL4_REMOVE, pool4, GENL_UNS_ADMIN_PERM),
	OP(POOL4_FLUSH, pool4, GENL_UNS_ADMIN_PERM),
	DUMP(POOL4_GET, none, hn_dump_pool4, 0),
	DUMP(SESSION_GET, session, hn_dump_sessions, GENL_UNS_ADMIN_PERM),
	DUMP(BIB_GET, dump, hn_dump_bib, GENL_UNS_ADMIN_PERM),
	OP(STATS_GET, none, 0),
	OP(APPLY, apply, GENL_UNS_ADMIN_PERM),
	OP(ADVERTISE, none, GENL_UNS_ADMIN_PERM),
	OP(DIGEST_GET, digest, GENL_UNS_ADMIN_PERM),
	OP(PREFIX_ADD, prefix, GENL_UNS_ADMIN_PERM),
	OP(PREFIX_REMOVE, prefix, GENL_UNS_ADMIN_PERM),
	OP(PREFIX_FLUSH, list, GENL_UNS_ADMIN_PERM),
	OP(PREFIX_GET, list, 0),
	OP(SHARES_HOLD, shares, GENL_UNS_ADMIN_PERM),
	OP(BIB_ADD, hn_bib_add, GENL_UNS_ADMIN_PERM),
	OP(BIB_REMOVE, hn_bib_remove, GENL_UNS_ADMIN_PERM),
};

static const struct genl_multicast_group groups[] = {
	[HN_GROUP_SESSIONS] = { .name = HN_GENL_GROUP_SESSIONS, .flags = GENL_MCAST_CAP_NET_ADMIN },
	[HN_GROUP_LOG] = { .name = HN_GENL_GROUP_LOG, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

static struct genl_family family __ro_after_init = {
	.name		= HN_GENL_NAME,
	.version	= HN_GENL_VERSION,
	.maxattr	= HN_A_MAX,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.resv_start_op	= HN_CMD_INSTANCE_ADD,
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

/*
 * The number of the multicast group is ours only while the family is
 * registered; workers of instances send before and after that.
 */
static bool registered;
DEFINE_STATIC_SRCU(sending);

int hn_genl_register(void)
{
	int err = genl_register_family(&family);

	if (!err)
		WRITE_ONCE(registered, true);
	return err;
}

void hn_genl_unregister(void)
{
	WRITE_ONCE(registered, false);
	synchronize_srcu(&sending);
	genl_unregister_family(&family);
}

bool hn_genl_has_listeners(struct net *net, enum hn_group group)
{
	return READ_ONCE(registered) && genl_has_listeners(&family, net, group);
}

int hn_group_message_init(struct hn_group_message *msg, struct hn_instance *inst,
			  const struct hn_group_head *head, size_t size)
{
	struct sk_buff *skb;

	skb = genlmsg_new(nla_total_size_64bit(size) + 3 * nla_total_size_64bit(sizeof(u64)) +
			  nla_total_size(sizeof(u32)), GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	msg->skb = skb;
	msg->header = genlmsg_put(skb, 0, 0, &family, 0, head->cmd);
	if (!msg->header || nla_put_u32(skb, HN_A_NODE, inst->node) ||
	    nla_put_u64_64bit(skb, HN_A_EPOCH, inst->epoch, HN_A_PAD) ||
	    nla_put_u64_64bit(skb, HN_A_SEQ, head->seq, HN_A_PAD) ||
	    (head->lost && nla_put_u64_64bit(skb, HN_A_LOST, head->lost, HN_A_PAD)))
		goto err;
	msg->attr = nla_reserve_64bit(skb, head->array, size, HN_A_PAD);
	if (!msg->attr)
		goto err;
	return 0;

err:
	nlmsg_free(skb);
	msg->skb = NULL;
	return -EMSGSIZE;
}

void *hn_group_message_array(const struct hn_group_message *msg)
{
	return nla_data(msg->attr);
}

void hn_group_message_cancel(struct hn_group_message *msg)
{
	nlmsg_free(msg->skb);
}

int hn_group_message_send(struct hn_group_message *msg, struct hn_instance *inst,
			  enum hn_group group, size_t size)
{
	int err = -ESRCH;
	int srcu;

	nlmsg_trim(msg->skb, nla_data(msg->attr) + size);
	msg->attr->nla_len = nla_attr_size(size);
	genlmsg_end(msg->skb, msg->header);
	srcu = srcu_read_lock(&sending);
	if (READ_ONCE(registered))
		err = genlmsg_multicast_netns(&family, inst->net, msg->skb, 0, group, GFP_KERNEL);
	else
		nlmsg_free(msg->skb);
	srcu_read_unlock(&sending, srcu);
	return err;
}
