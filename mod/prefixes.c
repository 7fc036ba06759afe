// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bsearch.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/overflow.h>
#include <linux/sort.h>
#include <net/ipv6.h>

#include "prefixes.h"

/* Addresses of IPv4, in host byte order, both ends within. */
struct hn_range4 {
	u32	first, last;
};

struct hn_prefixes {
	/*
	 * Those of prefixes[] that are in no other one, behind it: of these the
	 * last that does not begin behind an address is the only one that may
	 * have it.
	 */
	struct hn_prefix6	*outer;
	u32			outer_count;
	u32			range_count;
	/* What they have of ::ffff:0:0/96, behind them, in order: for packets. */
	struct hn_range4		*ranges;
	u32			count;
	/* By address, then by length. */
	struct hn_prefix6	prefixes[];
};

bool hn_prefixes_have(const struct hn_prefixes *list, const struct in6_addr *addr)
{
	u32 low = 0, high = list->outer_count;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (ipv6_addr_cmp(&list->outer[middle].addr, addr) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && ipv6_prefix_equal(&list->outer[low - 1].addr, addr,
					list->outer[low - 1].len);
}

bool hn_prefixes_have4(const struct hn_prefixes *list, __be32 addr)
{
	u32 low = 0, high = list->range_count, host = ntohl(addr);

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (list->ranges[middle].first <= host)
			low = middle + 1;
		else
			high = middle;
	}
	return low && host <= list->ranges[low - 1].last;
}

static int compare(const void *left, const void *right)
{
	const struct hn_prefix6 *a = left, *b = right;
	int order = ipv6_addr_cmp(&a->addr, &b->addr);

	return order ? order : a->len - b->len;
}

/* Of the old ones, with room for n more. NULL: no memory. */
static struct hn_prefixes *copy(const struct hn_prefixes *old, u32 n)
{
	const struct hn_prefix6 *prefixes;
	u32 count = hn_prefixes_get(old, &prefixes);
	size_t room = count + n;
	struct hn_prefixes *list;

	list = kvzalloc(struct_size(list, prefixes, 2 * room) + room * sizeof(*list->ranges),
			GFP_KERNEL_ACCOUNT);
	if (!list)
		return NULL;
	list->ranges = (struct hn_range4 *)(list->prefixes + 2 * room);
	list->count = count;
	if (count)
		memcpy(list->prefixes, prefixes, count * sizeof(*prefixes));
	return list;
}

static void find_outer(struct hn_prefixes *list)
{
	const struct hn_prefix6 *last = NULL;
	u32 i;

	list->outer = list->prefixes + list->count;
	for (i = 0; i < list->count; i++) {
		const struct hn_prefix6 *p = &list->prefixes[i];

		if (last && ipv6_prefix_equal(&last->addr, &p->addr, last->len))
			continue;
		list->outer[list->outer_count++] = *p;
		last = p;
	}
}

static void find_ranges(struct hn_prefixes *list)
{
	struct in6_addr mapped;
	u32 i;

	ipv6_addr_set_v4mapped(0, &mapped);
	for (i = 0; i < list->outer_count; i++) {
		const struct hn_prefix6 *p = &list->outer[i];
		u32 first = ntohl(p->addr.s6_addr32[3]);
		u32 others = p->len > 96 ? BIT(128 - p->len) - 1 : U32_MAX;

		if (!ipv6_prefix_equal(&p->addr, &mapped, min_t(u8, p->len, 96)))
			continue;
		list->ranges[list->range_count++] = (struct hn_range4) { first, first + others };
	}
}

struct hn_prefixes *hn_prefixes_add(const struct hn_prefixes *old,
				    const struct hn_prefix6 *prefixes, u32 n,
				    struct netlink_ext_ack *extack)
{
	const struct hn_prefix6 *listed;
	struct hn_prefixes *list;
	u32 i;

	if (hn_prefixes_get(old, &listed) + n > HN_PREFIXES_MAX) {
		NL_SET_ERR_MSG(extack, "too many prefixes in the list");
		return ERR_PTR(-E2BIG);
	}
	list = copy(old, n);
	if (!list)
		return ERR_PTR(-ENOMEM);
	memcpy(list->prefixes + list->count, prefixes, n * sizeof(*prefixes));
	list->count += n;
	sort(list->prefixes, list->count, sizeof(*prefixes), compare, NULL);
	for (i = 1; i < list->count; i++) {
		if (!compare(&list->prefixes[i - 1], &list->prefixes[i])) {
			NL_SET_ERR_MSG(extack, "a prefix that is in the list already");
			kvfree(list);
			return ERR_PTR(-EEXIST);
		}
	}
	find_outer(list);
	find_ranges(list);
	return list;
}

/* Marks those that are to go; false: one is not there, or named twice. */
static bool mark(struct hn_prefixes *list, const struct hn_prefix6 *prefixes, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		struct hn_prefix6 *p = bsearch(&prefixes[i], list->prefixes, list->count,
					       sizeof(*p), compare);

		if (!p || p->reserved[0])
			return false;
		p->reserved[0] = 1;
	}
	return true;
}

struct hn_prefixes *hn_prefixes_remove(const struct hn_prefixes *old,
				       const struct hn_prefix6 *prefixes, u32 n,
				       struct netlink_ext_ack *extack)
{
	struct hn_prefixes *list = copy(old, 0);
	u32 i, kept = 0;

	if (!list)
		return ERR_PTR(-ENOMEM);
	if (!mark(list, prefixes, n)) {
		NL_SET_ERR_MSG(extack, "a prefix that is not in the list");
		kvfree(list);
		return ERR_PTR(-ENOENT);
	}
	for (i = 0; i < list->count; i++) {
		if (!list->prefixes[i].reserved[0])
			list->prefixes[kept++] = list->prefixes[i];
	}
	list->count = kept;
	if (!kept) {
		kvfree(list);
		return NULL;
	}
	find_outer(list);
	find_ranges(list);
	return list;
}

u32 hn_prefixes_get(const struct hn_prefixes *list, const struct hn_prefix6 **prefixes)
{
	if (!list)
		return 0;
	*prefixes = list->prefixes;
	return list->count;
}

void hn_prefixes_free(struct hn_prefixes *list)
{
	kvfree(list);
}

#ifdef HN_SELFTEST
#include "selftest/prefixes.c"
#endif
