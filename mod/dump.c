// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps. A message holds whole buckets, and its cursor is the bucket after
 * them: nothing is held between two messages, and a dump may be resumed at any
 * cursor.
 */
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat/compat.h"
#include "digest.h"
#include "netlink.h"
#include "pool4.h"
#include "session.h"

/*
 * Buckets that one message walks over at most: requests wait meanwhile, and a filter
 * may leave it nothing to carry.
 */
#define BURST 65536

/* cb->ctx: where a dump is. */
struct cursor {
	u32	bucket;
	u8	protos;
	bool	started;
	bool	done;
};

/*
 * One message: entries of size bytes, of which the first n of at most max are
 * good.
 */
struct sheet {
	struct hn_instance	*inst;
	struct hn_digest_filter	filter;
	void			*data;
	u32			n, max;
	u8			protos;
	bool			full;
};

static void put_session(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);
	struct sheet *sheet = arg;
	struct hn_record *r = sheet->data;

	if (!(sheet->protos & HN_PROTO_BIT(s->proto)) ||
	    !hn_digest_wants(&sheet->filter, sheet->inst, s))
		return;
	if (sheet->n == sheet->max) {
		sheet->full = true;
		return;
	}
	hn_record_fill(sheet->inst, s, &r[sheet->n++]);
	/* Only who mends the table of a peer reads by bucket. */
	if (sheet->filter.buckets && hn_session_concerns_peers(s))
		hn_session_told_one(s);
}

static void put_mapping(struct hn_link *link, void *arg)
{
	const struct hn_mapping *m = container_of(link, struct hn_mapping, in_link);
	struct sheet *sheet = arg;
	struct hn_bib_record *r = sheet->data;

	if (!(sheet->protos & HN_PROTO_BIT(m->proto)))
		return;
	if (sheet->n == sheet->max) {
		sheet->full = true;
		return;
	}
	r[sheet->n++] = (struct hn_bib_record) {
		.inside = m->inside,
		.ext = m->ext,
		.inside_port = m->inside_port,
		.ext_port = m->ext_port,
		.sessions = refcount_read(&m->refs) - m->is_static,
		.proto = m->proto,
		.flags = m->is_static ? HN_BF_STATIC : 0,
	};
}

static void start(struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	struct cursor *c = (struct cursor *)cb->ctx;

	BUILD_BUG_ON(sizeof(*c) > sizeof(cb->ctx));
	if (c->started)
		return;
	c->started = true;
	c->protos = attrs[HN_A_PROTOS] ? nla_get_u8(attrs[HN_A_PROTOS]) : HN_PROTO_ALL;
	c->bucket = attrs[HN_A_CURSOR] ? nla_get_u32(attrs[HN_A_CURSOR]) : 0;
}

/*
 * Fills the sheet with whole buckets from c->bucket on; true if that was the
 * rest of the table.
 */
static bool fill(struct sheet *sheet, struct hn_table *t, struct cursor *c,
		 hn_link_fn *put)
{
	u32 walked;

	for (walked = 0; walked < BURST; walked++) {
		u32 good = sheet->n;
		u32 next = hn_table_walk_bucket(t, c->bucket, put, sheet);

		if (sheet->full) {
			/*
			 * This bucket opens the next message; a lone one that
			 * is too long is cut.
			 */
			if (good) {
				sheet->n = good;
				return false;
			}
			sheet->full = false;
		}
		c->bucket = next;
		if (!next)
			return true;
		if (sheet->n == sheet->max)
			return false;
		cond_resched();
	}
	return false;
}

/* hn_net.lock held: the instance stays. */
static int dump(struct sk_buff *skb, struct netlink_callback *cb, struct hn_instance *inst, int cmd,
		int attr, size_t size, struct hn_table *t, hn_link_fn *put)
{
	struct cursor *c = (struct cursor *)cb->ctx;
	struct sheet sheet = { .inst = inst, .protos = c->protos };
	struct nlattr *array;
	void *header;
	int room, err;

	err = hn_digest_filter_read(&sheet.filter, genl_info_dump(cb)->attrs);
	if (err) {
		NL_SET_ERR_MSG(cb->extack, "digest buckets without a digest key");
		return err;
	}
	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			     genl_info_dump(cb)->family, NLM_F_MULTI, cmd);
	if (!header)
		return -EMSGSIZE;
	room = skb_tailroom(skb) - nla_total_size(0) - nla_total_size(sizeof(u32));
	if (room < (int)size)
		goto err;
	sheet.max = room / size;
	array = nla_reserve(skb, attr, sheet.max * size);
	if (!array)
		goto err;
	sheet.data = nla_data(array);
	memset(sheet.data, 0, sheet.max * size);

	c->done = fill(&sheet, t, c, put);
	nlmsg_trim(skb, sheet.data + sheet.n * size);
	array->nla_len = nla_attr_size(sheet.n * size);
	if (nla_put_u32(skb, HN_A_CURSOR, c->bucket))
		goto err;
	genlmsg_end(skb, header);
	return 0;

err:
	genlmsg_cancel(skb, header);
	return -EMSGSIZE;
}

static int dump_table(struct sk_buff *skb, struct netlink_callback *cb, int cmd)
{
	struct hn_net *hn = hn_net_of(sock_net(skb->sk));
	struct cursor *c = (struct cursor *)cb->ctx;
	struct hn_instance *inst;
	int err = -ENODEV;

	start(cb);
	if (c->done)
		return 0;
	mutex_lock(&hn->lock);
	inst = hn->instance;
	if (inst && cmd == HN_CMD_SESSION_GET)
		err = dump(skb, cb, inst, cmd, HN_A_RECORDS, sizeof(struct hn_record),
			   &inst->session_in, put_session);
	else if (inst)
		err = dump(skb, cb, inst, cmd, HN_A_BIB, sizeof(struct hn_bib_record),
			   &inst->mapping_in, put_mapping);
	mutex_unlock(&hn->lock);
	return err ? err : skb->len;
}

int hn_dump_sessions(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_table(skb, cb, HN_CMD_SESSION_GET);
}

int hn_dump_bib(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_table(skb, cb, HN_CMD_BIB_GET);
}

/* As many entries as fit, from number c->bucket on; -EMSGSIZE if none does. */
static int put_pool4(struct sk_buff *skb, struct hn_instance *inst, struct cursor *c)
{
	struct hn_pool4_entry e;
	struct nlattr *array = nla_reserve(skb, HN_A_POOL4, 0);

	if (!array)
		return -EMSGSIZE;
	while (hn_pool4_entry(inst, c->bucket, &e)) {
		if (skb_tailroom(skb) < (int)sizeof(e)) {
			array->nla_len = skb_tail_pointer(skb) - (u8 *)array;
			return array->nla_len > NLA_HDRLEN ? 0 : -EMSGSIZE;
		}
		skb_put_data(skb, &e, sizeof(e));
		c->bucket++;
	}
	array->nla_len = skb_tail_pointer(skb) - (u8 *)array;
	c->done = true;
	return 0;
}

int hn_dump_pool4(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct hn_net *hn = hn_net_of(sock_net(skb->sk));
	struct cursor *c = (struct cursor *)cb->ctx;
	int err = -ENODEV;
	void *header;

	start(cb);
	if (c->done)
		return 0;
	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			     genl_info_dump(cb)->family, NLM_F_MULTI, HN_CMD_POOL4_GET);
	if (!header)
		return -EMSGSIZE;
	mutex_lock(&hn->lock);
	if (hn->instance)
		err = put_pool4(skb, hn->instance, c);
	mutex_unlock(&hn->lock);
	if (err) {
		genlmsg_cancel(skb, header);
		return err;
	}
	genlmsg_end(skb, header);
	return skb->len;
}
