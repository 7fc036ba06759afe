// SPDX-License-Identifier: GPL-2.0-only
#include <linux/siphash.h>
#include <net/ipv6.h>

#include "bib.h"
#include "inside.h"
#include "pool4.h"
#include "session.h"

/* In a request to remove: whichever it is. */
static bool any_inside(const struct hn_bib_entry *e)
{
	return ipv6_addr_any(&e->inside) && !e->inside_port;
}

static bool any_ext(const struct hn_bib_entry *e)
{
	return !e->ext && !e->ext_port;
}

/* What is wrong with an entry of any command, or NULL. */
static const char *fault(const struct nlattr *attr)
{
	const struct hn_bib_entry *e = nla_data(attr);

	if (nla_len(attr) != sizeof(*e) || memchr_inv(e->reserved, 0, sizeof(e->reserved)))
		return "malformed BIB entry";
	if (!e->protos || e->protos & ~HN_PROTO_ALL)
		return "BIB entry without a protocol, or with an unknown one";
	return NULL;
}

static int report(const struct nlattr *attr, struct netlink_ext_ack *extack, const char *why)
{
	if (!why)
		return 0;
	extack->bad_attr = attr;
	extack->_msg = why;
	return -EINVAL;
}

static int check_added(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const struct hn_bib_entry *e = nla_data(attr);
	const char *why = fault(attr);

	if (!why && e->protos != HN_PROTO_BIT(HN_PROTO_ICMP) &&
	    (!e->inside_port || !e->ext_port))
		why = "port 0 exists for ICMP only";
	return report(attr, extack, why);
}

static int check_removed(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const struct hn_bib_entry *e = nla_data(attr);
	const char *why = fault(attr);

	if (!why && any_inside(e) && any_ext(e))
		why = "neither end of the static mapping is given";
	return report(attr, extack, why);
}

const struct nla_policy hn_bib_add_policy[__HN_A_LAST] = {
	[HN_A_BIB_ENTRY]	= NLA_POLICY_VALIDATE_FN(NLA_BINARY, check_added),
};

const struct nla_policy hn_bib_remove_policy[__HN_A_LAST] = {
	[HN_A_BIB_ENTRY]	= NLA_POLICY_VALIDATE_FN(NLA_BINARY, check_removed),
	[HN_A_FLAGS]		= NLA_POLICY_MASK(NLA_U32, HN_F_QUICK),
};

/* The reference that goes with it is the caller's to take or to drop. */
static void set_static(struct hn_instance *inst, struct hn_mapping *m, bool is_static)
{
	const struct hn_bib_entry e = {
		.inside = m->inside,
		.ext = m->ext,
		.inside_port = m->inside_port,
		.ext_port = m->ext_port,
		.protos = HN_PROTO_BIT(m->proto),
	};
	const siphash_key_t key = {};

	WRITE_ONCE(m->is_static, is_static);
	WRITE_ONCE(m->is_logged, true);
	inst->static_count += is_static ? 1 : -1;
	inst->static_digest ^= siphash(&e, sizeof(e), &key);
}

void hn_bib_forget(struct hn_instance *inst, struct hn_mapping *m)
{
	set_static(inst, m, false);
	hn_mapping_put_locked(inst, m);
}

/* Why there is no mapping to be had. RCU, BH off. */
static int refuse(struct hn_instance *inst, const struct hn_endpoint *ep, enum hn_apply_fate fate,
		  struct netlink_ext_ack *extack)
{
	struct hn_mapping *m;

	switch (fate) {
	case HN_APPLY_OUTSIDE:
		NL_SET_ERR_MSG(extack,
			       "pool4 does not have the external transport address for the protocol");
		return -ENOENT;
	case HN_APPLY_CONFLICT:
		m = hn_mapping_find_in(inst, ep);
		if (m) {
			hn_mapping_put(inst, m);
			NL_SET_ERR_MSG(extack,
				       "the inside transport address is bound to another external one");
		} else {
			NL_SET_ERR_MSG(extack,
				       "the external transport address is bound to another inside one");
		}
		return -EEXIST;
	default:
		return -ENOMEM;
	}
}

/* RCU, BH off. */
static int add_one(struct hn_instance *inst, const struct hn_bib_entry *e, u8 proto,
		   struct hn_mapping **added, struct netlink_ext_ack *extack)
{
	struct hn_endpoint ep = { e->inside, e->inside_port, proto };
	enum hn_apply_fate fate = HN_APPLY_OUTSIDE;
	u32 hash = hn_mapping_hash(inst, &ep);
	struct hn_mapping *m = NULL;
	enum hn_log_kind kind;

	/* One that pool4 does not have may be there since a quick removal. */
	if (hn_pool4_has(inst, proto, e->ext, e->ext_port))
		m = hn_mapping_get_pair(inst, &ep, hash, e->ext, e->ext_port, false, &fate);
	if (!m)
		return refuse(inst, &ep, fate, extack);
	if (m->is_static) {
		hn_mapping_put(inst, m);
		NL_SET_ERR_MSG(extack, "this static mapping is there already");
		return -EEXIST;
	}
	hn_mapping_leave_block(inst, m);
	kind = READ_ONCE(m->is_logged) ? HN_LOG_BIB_CHANGE : HN_LOG_BIB_BEGIN;
	set_static(inst, m, true);
	if (hn_logs(inst))
		hn_log_mapping(inst, m, kind);
	*added = m;
	return 0;
}

int hn_bib_add(struct hn_instance *inst, const struct hn_bib_entry *e,
	       struct netlink_ext_ack *extack)
{
	struct hn_mapping *added[HN_PROTO_COUNT] = {};
	int proto, err = 0;

	if (!hn_inside_valid(inst, &e->inside)) {
		NL_SET_ERR_MSG(extack,
			       "the inside address is no host's, in pool6 or no inside prefix");
		return -EINVAL;
	}
	if (inst->static_count + hweight8(e->protos) > HN_STATIC_MAX) {
		NL_SET_ERR_MSG(extack, "too many static mappings");
		return -E2BIG;
	}
	rcu_read_lock_bh();
	rcu_read_lock();
	for (proto = 0; proto < HN_PROTO_COUNT && !err; proto++) {
		if (e->protos & HN_PROTO_BIT(proto))
			err = add_one(inst, e, proto, &added[proto], extack);
	}
	/* Of those that packets have come to meanwhile a dynamic one is left. */
	for (proto = 0; proto < HN_PROTO_COUNT && err; proto++) {
		if (!added[proto])
			continue;
		set_static(inst, added[proto], false);
		hn_mapping_put(inst, added[proto]);
	}
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return err;
}

/* A reference to what the request means, or NULL. RCU, BH off. */
static struct hn_mapping *get(struct hn_instance *inst, const struct hn_bib_entry *e, u8 proto)
{
	struct hn_endpoint ep = { e->inside, e->inside_port, proto };
	struct hn_mapping *m;

	m = any_inside(e) ? hn_mapping_get_ext(inst, proto, e->ext, e->ext_port) :
			    hn_mapping_find_in(inst, &ep);
	if (!m || (m->is_static &&
		   (any_ext(e) || (m->ext == e->ext && m->ext_port == e->ext_port))))
		return m;
	hn_mapping_put(inst, m);
	return NULL;
}

/*
 * Drops the reference that made it static. True if sessions are left to be killed: it
 * is out of the tables first, so that none is made behind the back of who does that,
 * however many packets come. Its port is free at once, as the next thing to be done
 * may be to give it to another host. RCU, BH off.
 */
static bool release(struct hn_instance *inst, struct hn_mapping *m, bool quick)
{
	bool used;

	set_static(inst, m, false);
	if (!quick)
		hn_mapping_detach(inst, m, false);
	else if (hn_logs(inst))
		hn_log_mapping(inst, m, HN_LOG_BIB_CHANGE);
	/* But for that and the caller's. */
	used = refcount_read(&m->refs) > 2;
	hn_mapping_put(inst, m);
	return used && !quick;
}

int hn_bib_remove(struct hn_instance *inst, const struct hn_bib_entry *e, bool quick,
		  struct netlink_ext_ack *extack)
{
	struct hn_mapping *found[HN_PROTO_COUNT] = {};
	bool all = true, used = false;
	int proto;

	rcu_read_lock_bh();
	rcu_read_lock();
	for (proto = 0; proto < HN_PROTO_COUNT; proto++) {
		if (!(e->protos & HN_PROTO_BIT(proto)))
			continue;
		found[proto] = get(inst, e, proto);
		all &= !!found[proto];
	}
	for (proto = 0; proto < HN_PROTO_COUNT; proto++) {
		if (!found[proto])
			continue;
		if (all)
			used |= release(inst, found[proto], quick);
		hn_mapping_put(inst, found[proto]);
	}
	rcu_read_unlock();
	rcu_read_unlock_bh();
	if (!all) {
		NL_SET_ERR_MSG(extack, "there is no such static mapping");
		return -ENOENT;
	}
	if (used)
		hn_session_kill_detached(inst);
	return 0;
}

#ifdef HN_SELFTEST
#include "selftest/bib.c"
#endif
