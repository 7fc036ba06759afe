// SPDX-License-Identifier: GPL-2.0-only
/* A list of prefixes, against a search through the whole of it. */
#include <linux/random.h>

#include "../compat/compat.h"
#include "selftest.h"

#define PREFIXES 40
#define LOOKUPS 2000

/* Few bits differ, so that prefixes are inside one another and addresses in several. */
static void draw_addr(struct in6_addr *addr)
{
	*addr = (struct in6_addr) {};
	addr->s6_addr[0] = get_random_u32_below(2);
	addr->s6_addr[7] = get_random_u32_below(4);
	addr->s6_addr[15] = get_random_u32_below(64);
}

/* Of both kinds. */
static void map_some(struct in6_addr *addr)
{
	if (get_random_u32_below(2))
		ipv6_addr_set_v4mapped(addr->s6_addr32[3] ^ addr->s6_addr32[1], addr);
}

/* Some have all values of the last byte; there are too few of them to have everything. */
static void draw_prefix(struct hn_prefix6 *p)
{
	struct in6_addr addr;

	*p = (struct hn_prefix6) {
		.len = get_random_u32_below(8) ? 125 + get_random_u32_below(4) :
						 64 + get_random_u32_below(50),
	};
	draw_addr(&addr);
	map_some(&addr);
	ipv6_addr_prefix(&p->addr, &addr, p->len);
}

static bool has_naive(const struct hn_prefixes *list, const struct in6_addr *addr)
{
	u32 i;

	for (i = 0; i < list->count; i++) {
		const struct hn_prefix6 *p = &list->prefixes[i];

		if (ipv6_prefix_equal(&p->addr, addr, p->len))
			return true;
	}
	return false;
}

static void lookups(const struct hn_prefixes *list)
{
	u32 i, listed = 0;

	if (!HN_EXPECT(list))
		return;
	for (i = 0; i < LOOKUPS; i++) {
		struct in6_addr addr;

		draw_addr(&addr);
		map_some(&addr);
		HN_EXPECT(hn_prefixes_have(list, &addr) == has_naive(list, &addr));
		if (ipv6_addr_v4mapped(&addr))
			HN_EXPECT(hn_prefixes_have4(list, addr.s6_addr32[3]) ==
				  has_naive(list, &addr));
		listed += hn_prefixes_have(list, &addr);
	}
	HN_EXPECT(listed && listed < LOOKUPS);
}

static u32 count_of(const struct hn_prefixes *list)
{
	const struct hn_prefix6 *prefixes;

	return hn_prefixes_get(list, &prefixes);
}

/* Takes the list that follows, unless there is none for this reason. Whether it came. */
static bool replace(struct hn_prefixes **list, struct hn_prefixes *next, int refusal)
{
	if (IS_ERR(next)) {
		HN_EXPECT(PTR_ERR(next) == refusal);
		return false;
	}
	hn_prefixes_free(*list);
	*list = next;
	return true;
}

/* Grows and shrinks by one. */
static struct hn_prefixes *churn(void)
{
	struct hn_prefixes *list = NULL;
	u32 i;

	for (i = 0; i < PREFIXES; i++) {
		struct hn_prefix6 twice[2];
		u32 n = count_of(list);
		bool came;

		draw_prefix(&twice[0]);
		twice[1] = twice[0];
		HN_EXPECT(!replace(&list, hn_prefixes_add(list, twice, 2, NULL), -EEXIST));
		came = replace(&list, hn_prefixes_add(list, twice, 1, NULL), -EEXIST);
		HN_EXPECT(count_of(list) == n + came);
		HN_EXPECT(!replace(&list, hn_prefixes_remove(list, twice, 2, NULL), -ENOENT));
		if (i % 2) {
			HN_EXPECT(replace(&list, hn_prefixes_remove(list, twice, 1, NULL), 0));
			HN_EXPECT(count_of(list) == n + came - 1);
		}
	}
	return list;
}

void hn_prefixes_selftest(void)
{
	struct hn_prefixes *list = churn();

	lookups(list);
	hn_prefixes_free(list);
}
