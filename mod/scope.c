// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bsearch.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sort.h>
#include <net/ipv6.h>

#include "scope.h"
#include "session.h"

/*
 * The list as packets see it: replaced as a whole, freed after a grace period,
 * and not there while it is empty.
 */
struct hn_scope {
	/*
	 * Those of prefixes[] that are in no other one, behind it: of these the
	 * last that does not begin behind an address is the only one that may
	 * have it.
	 */
	struct hn_prefix6	*outer;
	u32			outer_count;
	u32			count;
	/* By address, then by length. */
	struct hn_prefix6	prefixes[];
};

static bool lists(const struct hn_scope *scope, const struct in6_addr *addr)
{
	u32 low = 0, high = scope->outer_count;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (ipv6_addr_cmp(&scope->outer[middle].addr, addr) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && ipv6_prefix_equal(&scope->outer[low - 1].addr, addr,
					scope->outer[low - 1].len);
}

static bool lists4(const struct hn_scope *scope, __be32 addr)
{
	struct in6_addr mapped;

	ipv6_addr_set_v4mapped(addr, &mapped);
	return lists(scope, &mapped);
}

bool hn_scope_lists(const struct hn_scope *scope, const struct hn_mapping *m, __be32 remote)
{
	return lists(scope, &m->inside) || lists4(scope, m->ext) || lists4(scope, remote);
}

static int compare(const void *left, const void *right)
{
	const struct hn_prefix6 *a = left, *b = right;
	int order = ipv6_addr_cmp(&a->addr, &b->addr);

	return order ? order : a->len - b->len;
}

/* With the list as it is, and room for n more. NULL: no memory. */
static struct hn_scope *copy(const struct hn_instance *inst, u32 n)
{
	const struct hn_prefix6 *old;
	u32 count = hn_scope_list(inst, &old);
	struct hn_scope *scope;

	scope = kvzalloc(struct_size(scope, prefixes, 2 * (size_t)(count + n)),
			 GFP_KERNEL_ACCOUNT);
	if (!scope)
		return NULL;
	scope->count = count;
	if (count)
		memcpy(scope->prefixes, old, count * sizeof(*old));
	return scope;
}

static void find_outer(struct hn_scope *scope)
{
	const struct hn_prefix6 *last = NULL;
	u32 i;

	scope->outer = scope->prefixes + scope->count;
	for (i = 0; i < scope->count; i++) {
		const struct hn_prefix6 *p = &scope->prefixes[i];

		if (last && ipv6_prefix_equal(&last->addr, &p->addr, last->len))
			continue;
		scope->outer[scope->outer_count++] = *p;
		last = p;
	}
}

static void visit(struct hn_link *link, void *arg)
{
	struct hn_session *s = container_of(link, struct hn_session, in_link);
	struct hn_instance *inst = arg;

	hn_session_set_ignored(inst, s, hn_scope_ignores(inst, s->map, s->remote));
}

/* Who made a session by the former scope has inserted it when the walk begins. */
void hn_scope_update(struct hn_instance *inst)
{
	synchronize_rcu();
	hn_table_walk_all(&inst->session_in, visit, inst);
}

/* Makes it the list; an empty one is freed. */
static void publish(struct hn_instance *inst, struct hn_scope *scope)
{
	struct hn_scope *old = rcu_dereference_protected(inst->scope, 1);

	if (scope && !scope->count) {
		kvfree(scope);
		scope = NULL;
	}
	if (scope)
		find_outer(scope);
	rcu_assign_pointer(inst->scope, scope);
	hn_scope_update(inst);
	kvfree(old);
}

int hn_scope_add(struct hn_instance *inst, const struct hn_prefix6 *prefixes, u32 n,
		 struct netlink_ext_ack *extack)
{
	const struct hn_prefix6 *old;
	struct hn_scope *scope;
	u32 i;

	if (hn_scope_list(inst, &old) + n > HN_IGNORE_MAX) {
		NL_SET_ERR_MSG(extack, "too many prefixes to ignore");
		return -E2BIG;
	}
	scope = copy(inst, n);
	if (!scope)
		return -ENOMEM;
	memcpy(scope->prefixes + scope->count, prefixes, n * sizeof(*prefixes));
	scope->count += n;
	sort(scope->prefixes, scope->count, sizeof(*prefixes), compare, NULL);
	for (i = 1; i < scope->count; i++) {
		if (!compare(&scope->prefixes[i - 1], &scope->prefixes[i])) {
			NL_SET_ERR_MSG(extack, "a prefix that is ignored already");
			kvfree(scope);
			return -EEXIST;
		}
	}
	publish(inst, scope);
	return 0;
}

int hn_scope_remove(struct hn_instance *inst, const struct hn_prefix6 *prefixes, u32 n,
		    struct netlink_ext_ack *extack)
{
	struct hn_scope *scope = copy(inst, 0);
	u32 i, kept = 0;

	if (!scope)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		struct hn_prefix6 *p = bsearch(&prefixes[i], scope->prefixes, scope->count,
					       sizeof(*p), compare);

		/* Marked: named twice. */
		if (!p || p->reserved[0]) {
			NL_SET_ERR_MSG(extack, "a prefix that is not ignored");
			kvfree(scope);
			return -ENOENT;
		}
		p->reserved[0] = 1;
	}
	for (i = 0; i < scope->count; i++) {
		if (!scope->prefixes[i].reserved[0])
			scope->prefixes[kept++] = scope->prefixes[i];
	}
	scope->count = kept;
	publish(inst, scope);
	return 0;
}

void hn_scope_flush(struct hn_instance *inst)
{
	publish(inst, NULL);
}

u32 hn_scope_list(const struct hn_instance *inst, const struct hn_prefix6 **prefixes)
{
	const struct hn_scope *scope = rcu_dereference_protected(inst->scope, 1);

	if (!scope)
		return 0;
	*prefixes = scope->prefixes;
	return scope->count;
}

void hn_scope_exit(struct hn_instance *inst)
{
	kvfree(rcu_dereference_protected(inst->scope, 1));
}

#ifdef HN_SELFTEST
#include "selftest/scope.c"
#endif
