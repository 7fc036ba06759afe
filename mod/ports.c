// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/random.h>

#include "compat/compat.h"
#include "ports.h"

void hn_shares_set(struct hn_shares *shares, u32 count, u64 mask)
{
	u32 share;

	shares->count = count;
	shares->held_count = 0;
	for (share = 0; share < count; share++) {
		if (mask & BIT_ULL(share))
			shares->held[shares->held_count++] = share;
	}
}

static bool holds(const struct hn_shares *shares, u32 share)
{
	u32 i;

	for (i = 0; i < shares->held_count; i++) {
		if (shares->held[i] == share)
			return true;
	}
	return false;
}

struct hn_ports *hn_ports_alloc(u16 min, u16 max, u16 share)
{
	struct hn_ports *r;

	r = kvzalloc(struct_size(r, taken, BITS_TO_LONGS(max - min + 1)), GFP_KERNEL_ACCOUNT);
	if (!r)
		return NULL;
	r->min = min;
	r->max = max;
	r->share = share;
	hn_ports_search_again(r);
	return r;
}

void hn_ports_free(struct hn_ports *r)
{
	kvfree(r);
}

/* Where the part of a share begins; that of the next one is its end. */
static u32 part_start(const struct hn_ports *r, const struct hn_shares *shares, u32 share)
{
	return hn_ports_size(r) * share / shares->count;
}

bool hn_ports_usable(const struct hn_ports *r, const struct hn_shares *shares)
{
	u32 i;

	if (r->share)
		return holds(shares, r->share - 1);
	for (i = 0; i < shares->held_count; i++) {
		u32 share = shares->held[i];

		if (part_start(r, shares, share) < part_start(r, shares, share + 1))
			return true;
	}
	return false;
}

/* Bits to search. */
struct part {
	u32		start, end;
	/* Of each word of the bitmap. */
	unsigned long	mask;
};

#define EVERY_OTHER_BIT (~0UL / 3)

/* The bits of a kind in the bitmap, whose first one is the port min. */
static void kind_part(const struct hn_ports *r, enum hn_port_kind kind, struct part *p)
{
	u32 low = r->min < 1024 ? min_t(u32, 1024 - r->min, hn_ports_size(r)) : 0;

	p->start = 0;
	p->end = hn_ports_size(r);
	p->mask = ~0UL;
	if (kind == HN_PORT_ANY)
		return;
	if (kind < HN_PORT_HIGH)
		p->end = low;
	else
		p->start = low;
	if (kind != HN_PORT_LOW && kind != HN_PORT_HIGH)
		p->mask = EVERY_OTHER_BIT << ((kind == HN_PORT_LOW_ODD ||
					       kind == HN_PORT_HIGH_ODD) ^ (r->min & 1));
}

/* The first free bit from bit on; not below end if there is none. */
static u32 find_free(const struct hn_ports *r, const struct part *p, u32 bit)
{
	u32 i = bit / BITS_PER_LONG, words = BITS_TO_LONGS(p->end);
	unsigned long mask = p->mask & BITMAP_FIRST_WORD_MASK(bit);

	for (; i < words; i++) {
		unsigned long free = ~READ_ONCE(r->taken[i]) & mask;

		if (free)
			return i * BITS_PER_LONG + __ffs(free);
		mask = p->mask;
	}
	return p->end;
}

/* Takes the first free port from a random start, wrapping once. */
static bool part_take(struct hn_ports *r, const struct part *p, u32 *taken)
{
	bool wrapped = false;
	u32 bit;

	if (p->start >= p->end)
		return false;
	bit = p->start + get_random_u32_below(p->end - p->start);
	for (;;) {
		bit = find_free(r, p, bit);
		if (bit >= p->end) {
			if (wrapped)
				return false;
			wrapped = true;
			bit = p->start;
			continue;
		}
		if (!test_and_set_bit(bit, r->taken))
			break;
	}
	*taken = bit;
	return true;
}

/* In one of the shares at random, or in the next that has a free port. */
static bool shares_take(struct hn_ports *r, const struct hn_shares *shares, enum hn_port_kind kind,
			u32 *bit)
{
	struct part all, part;
	u32 i = 0, left;

	kind_part(r, kind, &all);
	if (r->share)
		return holds(shares, r->share - 1) && part_take(r, &all, bit);
	if (shares->count == 1)
		return shares->held_count && part_take(r, &all, bit);
	if (shares->held_count > 1)
		i = get_random_u32_below(shares->held_count);
	part.mask = all.mask;
	for (left = shares->held_count; left; left--) {
		u32 share = shares->held[i];

		part.start = max(all.start, part_start(r, shares, share));
		part.end = min(all.end, part_start(r, shares, share + 1));
		if (part_take(r, &part, bit))
			return true;
		i = i + 1 < shares->held_count ? i + 1 : 0;
	}
	return false;
}

bool hn_ports_take(struct hn_ports *r, const struct hn_shares *shares, enum hn_port_kind kind,
		   u16 *port)
{
	/* What is released behind this is counted behind it. */
	int released = atomic_read_acquire(&r->released);
	u32 bit;

	if (READ_ONCE(r->exhausted_at[kind]) == released)
		return false;
	if (!shares_take(r, shares, kind, &bit)) {
		WRITE_ONCE(r->exhausted_at[kind], released);
		return false;
	}
	atomic_inc(&r->used);
	*port = r->min + bit;
	return true;
}

bool hn_ports_take_exactly(struct hn_ports *r, u16 port)
{
	if (test_and_set_bit(port - r->min, r->taken))
		return false;
	atomic_inc(&r->used);
	return true;
}

void hn_ports_release(struct hn_ports *r, u16 port)
{
	if (!test_and_clear_bit(port - r->min, r->taken))
		return;
	atomic_dec(&r->used);
	atomic_inc(&r->released);
}

void hn_ports_search_again(struct hn_ports *r)
{
	int before = atomic_read(&r->released) - 1;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(r->exhausted_at); i++)
		WRITE_ONCE(r->exhausted_at[i], before);
}
