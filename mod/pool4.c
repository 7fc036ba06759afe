// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bsearch.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/slab.h>

#include "bib.h"
#include "choice.h"
#include "pool4.h"
#include "ports.h"
#include "session.h"

/*
 * A range of the configuration: ports[] has one element per address of the
 * prefix.
 */
struct hn_pool4_range {
	struct list_head	list;
	struct hn_pool4_entry	conf;
	u32			count;
	struct hn_ports		*ports[];
};

/*
 * Chains the ranges of one address and protocol by mark, and those of a mark in the
 * order in which they were added and are used up; belongs to a snapshot, as the chain
 * does.
 */
struct port_node {
	struct hn_ports		*ports;
	u32			mark;
	struct port_node	*next;
};

/* One address of a snapshot. */
struct addr {
	__be32			addr;
	/* The mark that lists it last as usable, by its place from 1. */
	u32			listed[HN_PROTO_COUNT];
	struct port_node	*ranges[HN_PROTO_COUNT];
};

/*
 * What packets of a mark may use: protocols with any ports; and, by protocol, the part
 * of usable[] with the addresses that have ports in the shares that this node holds.
 */
struct supply {
	u32			mark;
	u8			protos;
	u32			first[HN_PROTO_COUNT];
	u32			count[HN_PROTO_COUNT];
	/* The state, see hn_pool4_block_places(), in which no block was free. */
	u32			no_block_at[HN_PROTO_COUNT];
};

/* What packets see; replaced as a whole, freed after a grace period. */
struct hn_pool4 {
	u32			bits;
	u32			addr_count;
	u32			node_count;
	/* By mark; that of 0 is there without ranges as well. */
	u32			supply_count;
	struct supply		*supplies;
	/* Of addrs[], the parts of the supplies. */
	u32			*usable[HN_PROTO_COUNT];
	u32			usable_count[HN_PROTO_COUNT];
	struct hn_shares	shares;
	struct addr		*addrs;
	struct port_node	*nodes;
	/* Open addressing, at most half full: index into addrs plus 1, or 0. */
	u32			slots[];
};

/* How many addresses a new mapping tries before it gives up; and a new block. */
#define TRY_ADDRESSES 64
#define TRY_BLOCK_ADDRESSES 8

static u32 slot_of(const struct hn_pool4 *p, __be32 addr)
{
	return hash_32((__force u32)addr, p->bits);
}

static struct addr *addr_find(const struct hn_pool4 *p, __be32 addr)
{
	u32 mask = (1U << p->bits) - 1;
	u32 i;

	for (i = slot_of(p, addr); p->slots[i]; i = (i + 1) & mask) {
		struct addr *a = &p->addrs[p->slots[i] - 1];

		if (a->addr == addr)
			return a;
	}
	return NULL;
}

static struct hn_ports *ports_find(const struct hn_instance *inst, u8 proto, __be32 addr, u16 port)
{
	const struct hn_pool4 *p = rcu_dereference(inst->pool4);
	struct addr *a = addr_find(p, addr);
	struct port_node *n;

	if (!a)
		return NULL;
	for (n = a->ranges[proto]; n; n = n->next) {
		if (hn_ports_has(n->ports, port))
			return n->ports;
	}
	return NULL;
}

bool hn_pool4_has(const struct hn_instance *inst, u8 proto, __be32 addr, __be16 port)
{
	return ports_find(inst, proto, addr, ntohs(port));
}

bool hn_pool4_has_addr(const struct hn_instance *inst, __be32 addr)
{
	return addr_find(rcu_dereference(inst->pool4), addr);
}

static int by_mark(const void *mark, const void *supply)
{
	u32 a = *(const u32 *)mark, b = ((const struct supply *)supply)->mark;

	return a < b ? -1 : a > b;
}

/* A mark that no range has is for somebody else: as if there was none. */
static struct supply *supply_find(const struct hn_pool4 *p, u32 mark)
{
	struct supply *s = NULL;

	if (mark && p->supply_count > 1)
		s = bsearch(&mark, p->supplies, p->supply_count, sizeof(*s), by_mark);
	return s ?: p->supplies;
}

static struct hn_port_wish wish_of(const struct hn_instance *inst, const struct hn_pool4 *p,
				   const struct hn_endpoint *ep, u16 first, u16 last)
{
	return (struct hn_port_wish) {
		.shares = &p->shares,
		.hold = &inst->hold_down,
		.kind = hn_port_kind_of(ep->proto, ntohs(ep->port)),
		.first = first,
		.last = last,
	};
}

static bool addr_take_kind(const struct addr *a, u8 proto, u32 mark,
			   const struct hn_port_wish *wish, u16 *port)
{
	struct port_node *n;

	for (n = a->ranges[proto]; n; n = n->next) {
		if (n->mark == mark && hn_ports_take(n->ports, wish, port))
			return true;
	}
	return false;
}

/* A port of the address, of the kind if there is one. */
static __always_inline bool addr_take(const struct addr *a, u8 proto, u32 mark,
				      const struct hn_port_wish *wish, u16 *port)
{
	struct hn_port_wish any;

	if (likely(addr_take_kind(a, proto, mark, wish, port)))
		return true;
	if (wish->kind == HN_PORT_ANY)
		return false;
	any = *wish;
	any.kind = HN_PORT_ANY;
	return addr_take_kind(a, proto, mark, &any, port);
}

static enum hn_stat none_usable(const struct supply *s, u8 proto)
{
	return s->protos & HN_PROTO_BIT(proto) ? HN_STAT_DROP_POOL_SHARE :
						 HN_STAT_DROP_POOL_EMPTY;
}

static enum hn_stat none_free(const struct hn_pool4 *p)
{
	return hn_shares_all(&p->shares) ? HN_STAT_DROP_POOL_EXHAUSTED : HN_STAT_DROP_POOL_SHARE;
}

bool hn_pool4_take(struct hn_instance *inst, const struct hn_endpoint *ep,
		   const struct hn_session_init *init, __be32 *addr, __be16 *port,
		   enum hn_stat *why)
{
	const struct hn_pool4 *p = rcu_dereference(inst->pool4);
	struct hn_port_wish wish = wish_of(inst, p, ep, 0, U16_MAX);
	const struct supply *s = supply_find(p, init->mark);
	const u32 *usable = p->usable[ep->proto] + s->first[ep->proto];
	u32 count = s->count[ep->proto];
	u32 i, tries;
	u16 taken;

	if (!count) {
		*why = none_usable(s, ep->proto);
		return false;
	}
	i = reciprocal_scale(hn_choice(inst, ep, init), count);
	for (tries = min_t(u32, count, TRY_ADDRESSES); tries; tries--) {
		const struct addr *a = &p->addrs[usable[i]];

		if (addr_take(a, ep->proto, s->mark, &wish, &taken)) {
			*addr = a->addr;
			*port = htons(taken);
			return true;
		}
		i = i + 1 < count ? i + 1 : 0;
	}
	*why = none_free(p);
	return false;
}

bool hn_pool4_take_between(struct hn_instance *inst, const struct hn_endpoint *ep,
			   const struct hn_session_init *init, __be32 addr, u16 first, u16 last,
			   __be16 *port)
{
	const struct hn_pool4 *p = rcu_dereference(inst->pool4);
	struct hn_port_wish wish = wish_of(inst, p, ep, first, last);
	const struct addr *a = addr_find(p, addr);
	u16 taken;

	if (!a || !addr_take(a, ep->proto, supply_find(p, init->mark)->mark, &wish, &taken))
		return false;
	*port = htons(taken);
	return true;
}

struct places {
	struct hn_pool4_place	*place;
	u32			n;
	u32			size;	/* of a block */
};

/*
 * The blocks of these ports of the range. The end of a range may cut one; that of a share may
 * not, for the rest would be another node's.
 */
static void add_place(struct places *to, const struct hn_ports *r, __be32 addr, u16 first,
		      u16 last)
{
	u32 start = first == r->min ? first / to->size : DIV_ROUND_UP(first, to->size);
	u32 end = last == r->max ? last / to->size + 1 : (last + 1) / to->size;

	if (start < end && to->n < HN_POOL4_PLACES)
		to->place[to->n++] = (struct hn_pool4_place) { addr, start, end - 1 };
}

static void add_address(struct places *to, const struct hn_pool4 *p, const struct addr *a,
			u8 proto, u32 mark)
{
	const struct port_node *n;
	u16 first, last;
	u32 i;

	for (n = a->ranges[proto]; n; n = n->next) {
		if (n->mark != mark)
			continue;
		for (i = 0; i < hn_ports_parts(n->ports, &p->shares); i++) {
			if (hn_ports_part(n->ports, &p->shares, i, &first, &last))
				add_place(to, n->ports, a->addr, first, last);
		}
	}
}

u32 hn_pool4_block_places(struct hn_instance *inst, const struct hn_endpoint *ep,
			  const struct hn_session_init *init, __be32 preferred, u32 size, u32 state,
			  struct hn_pool4_place places[HN_POOL4_PLACES], enum hn_stat *why)
{
	const struct hn_pool4 *p = rcu_dereference(inst->pool4);
	const struct supply *s = supply_find(p, init->mark);
	const u32 *usable = p->usable[ep->proto] + s->first[ep->proto];
	struct places to = { .place = places, .size = size };
	u32 i, tries, count = s->count[ep->proto];
	const struct addr *a;

	if (!count) {
		*why = none_usable(s, ep->proto);
		return 0;
	}
	*why = none_free(p);
	if (READ_ONCE(s->no_block_at[ep->proto]) == state)
		return 0;
	a = preferred ? addr_find(p, preferred) : NULL;
	if (a)
		add_address(&to, p, a, ep->proto, s->mark);
	i = reciprocal_scale(hn_choice(inst, ep, init), count);
	for (tries = min_t(u32, count, TRY_BLOCK_ADDRESSES); tries; tries--) {
		a = &p->addrs[usable[i]];
		if (a->addr != preferred)
			add_address(&to, p, a, ep->proto, s->mark);
		i = i + 1 < count ? i + 1 : 0;
	}
	return to.n;
}

void hn_pool4_block_none(struct hn_instance *inst, const struct hn_endpoint *ep,
			 const struct hn_session_init *init, u32 state, u32 n)
{
	const struct hn_pool4 *p = rcu_dereference(inst->pool4);
	struct supply *s = supply_find(p, init->mark);

	/* Else there may be some where nobody has looked. */
	if (s->count[ep->proto] <= TRY_BLOCK_ADDRESSES && n < HN_POOL4_PLACES)
		WRITE_ONCE(s->no_block_at[ep->proto], state);
}

bool hn_pool4_take_exactly(struct hn_instance *inst, u8 proto, __be32 addr, __be16 port,
			   enum hn_apply_fate *fate)
{
	struct hn_ports *r = ports_find(inst, proto, addr, ntohs(port));

	if (!r) {
		*fate = HN_APPLY_OUTSIDE;
		return false;
	}
	if (hn_ports_take_exactly(r, ntohs(port)))
		return true;
	*fate = HN_APPLY_CONFLICT;
	return false;
}

/*
 * The range may be gone already: POOL4_REMOVE with HN_F_QUICK leaves mappings
 * behind.
 */
void hn_pool4_release(struct hn_instance *inst, u8 proto, __be32 addr, __be16 port, bool used)
{
	static const struct hn_hold_down at_once = {};
	struct hn_ports *r;

	rcu_read_lock();
	r = ports_find(inst, proto, addr, ntohs(port));
	if (r)
		hn_ports_release(r, used ? &inst->hold_down : &at_once, ntohs(port));
	rcu_read_unlock();
}

static void snapshot_free(struct hn_pool4 *p)
{
	int proto;

	if (!p)
		return;
	for (proto = 0; proto < HN_PROTO_COUNT; proto++)
		kvfree(p->usable[proto]);
	kvfree(p->nodes);
	kvfree(p->addrs);
	kvfree(p->supplies);
	kvfree(p);
}

/* Room for n ranges of as many different addresses, and so many marks. */
static struct hn_pool4 *snapshot_alloc(u32 n, u32 marks)
{
	u32 bits = ilog2(roundup_pow_of_two(n + 1)) + 1;
	struct hn_pool4 *p;
	int proto;

	p = kvzalloc(struct_size(p, slots, 1UL << bits), GFP_KERNEL);
	if (!p)
		return NULL;
	p->bits = bits;
	p->addrs = kvcalloc(n + 1, sizeof(*p->addrs), GFP_KERNEL);
	p->nodes = kvcalloc(n + 1, sizeof(*p->nodes), GFP_KERNEL);
	p->supplies = kvcalloc(marks, sizeof(*p->supplies), GFP_KERNEL);
	if (!p->addrs || !p->nodes || !p->supplies)
		goto err;
	for (proto = 0; proto < HN_PROTO_COUNT; proto++) {
		p->usable[proto] = kvcalloc(n + 1, sizeof(u32), GFP_KERNEL);
		if (!p->usable[proto])
			goto err;
	}
	return p;

err:
	snapshot_free(p);
	return NULL;
}

/* The element of addr, made if it is new. */
static struct addr *snapshot_addr(struct hn_pool4 *p, __be32 addr)
{
	u32 mask = (1U << p->bits) - 1;
	struct addr *a = addr_find(p, addr);
	u32 i;

	if (a)
		return a;
	for (i = slot_of(p, addr); p->slots[i]; i = (i + 1) & mask)
		;
	a = &p->addrs[p->addr_count++];
	a->addr = addr;
	p->slots[i] = p->addr_count;
	return a;
}

/* Ranges come in the list's order, or against it: those of a mark are together. */
static void snapshot_fill(struct hn_pool4 *p, const struct hn_pool4_range *range)
{
	struct supply *s = supply_find(p, range->conf.mark);
	u32 place = s - p->supplies + 1;
	u8 proto = ilog2(range->conf.protos);
	u32 i;

	if (!s->protos)
		memcpy(s->first, p->usable_count, sizeof(s->first));
	s->protos |= range->conf.protos;
	for (i = 0; i < range->count; i++) {
		struct addr *a = snapshot_addr(p, htonl(ntohl(range->conf.addr) + i));
		struct port_node *n = &p->nodes[p->node_count++];

		n->ports = range->ports[i];
		n->mark = s->mark;
		if (a->listed[proto] != place && hn_ports_usable(n->ports, &p->shares)) {
			a->listed[proto] = place;
			p->usable[proto][p->usable_count[proto]++] = a - p->addrs;
			s->count[proto]++;
		}
		n->next = a->ranges[proto];
		a->ranges[proto] = n;
	}
}

static u32 ranges_total(const struct hn_instance *inst)
{
	const struct hn_pool4_range *range;
	u32 n = 0;

	list_for_each_entry(range, &inst->pool4_ranges, list)
		n += range->count;
	return n;
}

/* With that of 0. */
static u32 marks_total(const struct hn_instance *inst)
{
	const struct hn_pool4_range *range;
	u32 n = 1, mark = 0;

	list_for_each_entry(range, &inst->pool4_ranges, list) {
		n += range->conf.mark != mark;
		mark = range->conf.mark;
	}
	return n;
}

static void snapshot_marks(struct hn_pool4 *p, const struct hn_instance *inst)
{
	const struct hn_pool4_range *range;

	p->supply_count = 1;
	list_for_each_entry(range, &inst->pool4_ranges, list) {
		if (range->conf.mark != p->supplies[p->supply_count - 1].mark)
			p->supplies[p->supply_count++].mark = range->conf.mark;
	}
}

/*
 * Shows the list of ranges to packets; no packet sees the old state when it
 * returns.
 */
static int snapshot_publish(struct hn_instance *inst)
{
	struct hn_pool4 *old = rcu_dereference_protected(inst->pool4, 1);
	const struct hn_pool4_range *range;
	struct hn_pool4 *p;

	p = snapshot_alloc(ranges_total(inst), marks_total(inst));
	if (!p)
		return -ENOMEM;
	snapshot_marks(p, inst);
	hn_shares_set(&p->shares, inst->shares, inst->shares_held);
	/* The chain of an address then begins with what was added first. */
	list_for_each_entry_reverse(range, &inst->pool4_ranges, list)
		snapshot_fill(p, range);
	rcu_assign_pointer(inst->pool4, p);
	if (old) {
		synchronize_rcu();
		snapshot_free(old);
	}
	return 0;
}

static void range_free(struct hn_pool4_range *range)
{
	u32 i;

	for (i = 0; i < range->count; i++)
		hn_ports_free(range->ports[i]);
	kvfree(range);
}

static struct hn_pool4_range *range_alloc(const struct hn_pool4_entry *e, u8 proto)
{
	u32 count = 1U << (32 - e->len);
	struct hn_pool4_range *range;
	u32 i;

	range = kvzalloc(struct_size(range, ports, count), GFP_KERNEL_ACCOUNT);
	if (!range)
		return NULL;
	range->conf = *e;
	range->conf.protos = HN_PROTO_BIT(proto);
	for (i = 0; i < count; i++) {
		range->ports[i] = hn_ports_alloc(proto, e->port_min, e->port_max, e->share);
		if (!range->ports[i])
			goto err;
		range->count = i + 1;
		cond_resched();
	}
	return range;

err:
	range_free(range);
	return NULL;
}

static bool same_prefix(__be32 a, __be32 b, u8 len)
{
	return !((a ^ b) & htonl(~0U << (32 - len)));
}

static bool overlaps(const struct hn_pool4_entry *a, const struct hn_pool4_entry *b)
{
	return (a->protos & b->protos) && same_prefix(a->addr, b->addr, min(a->len, b->len)) &&
	       a->port_min <= b->port_max && b->port_min <= a->port_max;
}

static bool matches(const struct hn_pool4_entry *range, const struct hn_pool4_entry *e)
{
	return (range->protos & e->protos) && range->addr == e->addr && range->len == e->len &&
	       range->port_min == e->port_min && range->port_max == e->port_max &&
	       (!e->share || range->share == e->share) && (!e->mark || range->mark == e->mark);
}

/* Those ports of the ranges among which the mapping's is, or NULL. */
static struct hn_ports *ports_of(const struct list_head *ranges, const struct hn_mapping *m)
{
	struct hn_pool4_range *range;

	list_for_each_entry(range, ranges, list) {
		u32 i = ntohl(m->ext) - ntohl(range->conf.addr);

		if (range->conf.protos & HN_PROTO_BIT(m->proto) && i < range->count &&
		    hn_ports_has(range->ports[i], ntohs(m->ext_port)))
			return range->ports[i];
	}
	return NULL;
}

/*
 * A port that a mapping of a range removed with HN_F_QUICK still holds is taken
 * in the new range from the start. If that mapping goes before the range is
 * published, the port stays taken until the range is removed: the price of not
 * stopping packets meanwhile.
 */
static void seed_taken(struct hn_instance *inst, struct hn_mapping *m, void *arg)
{
	struct hn_ports *ports = ports_of(arg, m);

	if (ports)
		hn_ports_take_exactly(ports, ntohs(m->ext_port));
}

static void forget_static(struct hn_instance *inst, struct hn_mapping *m, void *arg)
{
	if (m->is_static && ports_of(arg, m))
		hn_bib_forget(inst, m);
}

static int check(struct hn_instance *inst, const struct hn_pool4_entry *e,
		 struct netlink_ext_ack *extack)
{
	const struct hn_pool4_range *range;

	list_for_each_entry(range, &inst->pool4_ranges, list) {
		if (overlaps(&range->conf, e)) {
			NL_SET_ERR_MSG(extack, "overlaps a port range that pool4 has already");
			return -EEXIST;
		}
	}
	if (ranges_total(inst) + hweight8(e->protos) * (1ULL << (32 - e->len)) >
	    HN_POOL4_MAX_RANGES) {
		NL_SET_ERR_MSG(extack, "too many addresses in pool4");
		return -E2BIG;
	}
	if (e->share > inst->shares) {
		NL_SET_ERR_MSG(extack, "the share is greater than ss-shares");
		return -ERANGE;
	}
	return 0;
}

static void list_free(struct list_head *ranges)
{
	struct hn_pool4_range *range, *next;

	list_for_each_entry_safe(range, next, ranges, list) {
		list_del(&range->list);
		range_free(range);
	}
}

/* Moves them to the instance's: sorted by mark, each behind those of its own. */
static void link(struct hn_instance *inst, struct list_head *ranges)
{
	struct hn_pool4_range *range, *next;
	struct list_head *at;

	list_for_each_entry_safe(range, next, ranges, list) {
		list_for_each_prev(at, &inst->pool4_ranges) {
			if (list_entry(at, struct hn_pool4_range, list)->conf.mark <=
			    range->conf.mark)
				break;
		}
		list_move(&range->list, at);
	}
}

/* Moves to gone what e names; all of e or nothing. */
static int unlink(struct hn_instance *inst, const struct hn_pool4_entry *e, struct list_head *gone)
{
	struct hn_pool4_range *range, *next;
	u8 found = 0;

	list_for_each_entry(range, &inst->pool4_ranges, list) {
		if (matches(&range->conf, e))
			found |= range->conf.protos;
	}
	if ((found & e->protos) != e->protos)
		return -ENOENT;
	list_for_each_entry_safe(range, next, &inst->pool4_ranges, list) {
		if (matches(&range->conf, e))
			list_move_tail(&range->list, gone);
	}
	return 0;
}

int hn_pool4_add(struct hn_instance *inst, const struct hn_pool4_entry *e,
		 struct netlink_ext_ack *extack)
{
	LIST_HEAD(added);
	int err, proto;

	err = check(inst, e, extack);
	if (err)
		return err;
	for (proto = 0; proto < HN_PROTO_COUNT; proto++) {
		struct hn_pool4_range *range;

		if (!(e->protos & HN_PROTO_BIT(proto)))
			continue;
		range = range_alloc(e, proto);
		if (!range) {
			list_free(&added);
			return -ENOMEM;
		}
		list_add_tail(&range->list, &added);
	}
	hn_mapping_for_each(inst, seed_taken, &added);
	link(inst, &added);
	err = snapshot_publish(inst);
	if (err && !WARN_ON(unlink(inst, e, &added)))
		list_free(&added);
	return err;
}

/* Hides the ranges of gone from packets, drops what used them, frees them. */
static int drop(struct hn_instance *inst, struct list_head *gone, bool quick)
{
	int err = snapshot_publish(inst);

	if (err) {
		link(inst, gone);
		return err;
	}
	if (!quick) {
		/* First: then the others go with their last sessions. */
		if (inst->static_count)
			hn_mapping_for_each(inst, forget_static, gone);
		hn_session_kill_outside_pool4(inst);
	}
	list_free(gone);
	return 0;
}

int hn_pool4_remove(struct hn_instance *inst, const struct hn_pool4_entry *e, bool quick,
		    struct netlink_ext_ack *extack)
{
	LIST_HEAD(gone);
	int err;

	err = unlink(inst, e, &gone);
	if (err) {
		NL_SET_ERR_MSG(extack, "pool4 has no such port range");
		return err;
	}
	return drop(inst, &gone, quick);
}

int hn_pool4_flush(struct hn_instance *inst, bool quick)
{
	LIST_HEAD(gone);

	list_splice_init(&inst->pool4_ranges, &gone);
	return drop(inst, &gone, quick);
}

bool hn_pool4_entry(struct hn_instance *inst, u32 i, struct hn_pool4_entry *e)
{
	struct hn_pool4_range *range;
	u32 k;

	list_for_each_entry(range, &inst->pool4_ranges, list) {
		if (i--)
			continue;
		*e = range->conf;
		for (k = 0; k < range->count; k++) {
			e->used += atomic_read(&range->ports[k]->used);
			e->held_down += hn_ports_waiting(range->ports[k]);
		}
		return true;
	}
	return false;
}

/* What was exhausted need not be so for the shares that are held now. */
static void search_again(struct hn_instance *inst)
{
	struct hn_pool4_range *range;
	u32 i;

	list_for_each_entry(range, &inst->pool4_ranges, list) {
		for (i = 0; i < range->count; i++)
			hn_ports_search_again(range->ports[i]);
		cond_resched();
	}
}

int hn_pool4_hold(struct hn_instance *inst, u32 shares, u64 held,
		  struct netlink_ext_ack *extack)
{
	u32 old_shares = inst->shares;
	u64 old_held = inst->shares_held;
	struct hn_pool4_range *range;
	int err;

	list_for_each_entry(range, &inst->pool4_ranges, list) {
		if (range->conf.share > shares) {
			NL_SET_ERR_MSG(extack, "pool4 has a range of a share above ss-shares");
			return -ERANGE;
		}
	}
	inst->shares = shares;
	inst->shares_held = held;
	err = snapshot_publish(inst);
	if (err) {
		inst->shares = old_shares;
		inst->shares_held = old_held;
		return err;
	}
	search_again(inst);
	return 0;
}

u64 hn_pool4_ports(struct hn_instance *inst)
{
	const struct hn_pool4_range *range;
	u64 n = 0;

	list_for_each_entry(range, &inst->pool4_ranges, list)
		n += (u64)range->count * (range->conf.port_max - range->conf.port_min + 1);
	return n;
}

void hn_pool4_hold_down_update(struct hn_instance *inst)
{
	WRITE_ONCE(inst->hold_down.period, msecs_to_jiffies(inst->globals[HN_G_HOLD_DOWN]));
	WRITE_ONCE(inst->hold_down.percent, inst->globals[HN_G_HOLD_DOWN_MAX]);
}

int hn_pool4_init(struct hn_instance *inst)
{
	hn_pool4_hold_down_update(inst);
	INIT_LIST_HEAD(&inst->pool4_ranges);
	inst->shares = inst->globals[HN_G_SS_SHARES];
	inst->shares_held = BIT_ULL(inst->globals[HN_G_SS_SHARE] - 1);
	return snapshot_publish(inst);
}

/* No packet is left. */
void hn_pool4_exit(struct hn_instance *inst)
{
	snapshot_free(rcu_dereference_protected(inst->pool4, 1));
	list_free(&inst->pool4_ranges);
}

#ifdef HN_SELFTEST
#include "selftest/pool4.c"
#endif
