// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/jiffies.h>
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

#define EVERY_OTHER_BIT (~0UL / 3)

/* The bits of a kind in the bitmap, whose first one is the port min. */
static void kind_part(const struct hn_ports *r, enum hn_port_kind kind, struct hn_port_part *p)
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

struct hn_ports *hn_ports_alloc(u8 proto, u16 min, u16 max, u16 share)
{
	u32 words = BITS_TO_LONGS(max - min + 1);
	u32 bitmaps = proto == HN_PROTO_TCP ? 1 : 3;
	struct hn_ports *r;
	u32 kind;

	r = kvzalloc(struct_size(r, taken, words * bitmaps), GFP_KERNEL_ACCOUNT);
	if (!r)
		return NULL;
	r->min = min;
	r->max = max;
	r->share = share;
	for (kind = 0; kind < __HN_PORT_KIND_LAST; kind++)
		kind_part(r, kind, &r->kinds[kind]);
	if (bitmaps > 1) {
		r->waiting[0] = r->taken + words;
		r->waiting[1] = r->waiting[0] + words;
	}
	r->period_start = jiffies;
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

u32 hn_ports_parts(const struct hn_ports *r, const struct hn_shares *shares)
{
	return r->share ? holds(shares, r->share - 1) : shares->held_count;
}

bool hn_ports_part(const struct hn_ports *r, const struct hn_shares *shares, u32 i, u16 *first,
		   u16 *last)
{
	u32 start = 0, end = hn_ports_size(r);

	if (!r->share) {
		start = part_start(r, shares, shares->held[i]);
		end = part_start(r, shares, shares->held[i] + 1);
	}
	*first = r->min + start;
	*last = r->min + end - 1;
	return start < end;
}

bool hn_ports_take_exactly(struct hn_ports *r, u16 port)
{
	if (test_and_set_bit(port - r->min, r->taken))
		return false;
	atomic_inc(&r->used);
	return true;
}

bool hn_ports_usable(const struct hn_ports *r, const struct hn_shares *shares)
{
	u16 first, last;
	u32 i;

	for (i = 0; i < hn_ports_parts(r, shares); i++) {
		if (hn_ports_part(r, shares, i, &first, &last))
			return true;
	}
	return false;
}

/* One word of the bitmap: those that are taken, or held down. */
static unsigned long not_free(const struct hn_ports *r, u32 i)
{
	/* What is seen released is seen waiting, see hn_ports_release(). */
	unsigned long word = smp_load_acquire(&r->taken[i]);

	if (r->waiting[0])
		word |= READ_ONCE(r->waiting[0][i]) | READ_ONCE(r->waiting[1][i]);
	return word;
}

/* The first free bit from bit on; not below end if there is none. */
static u32 find_free(const struct hn_ports *r, const struct hn_port_part *p, u32 bit)
{
	u32 i = bit / BITS_PER_LONG, words = BITS_TO_LONGS(p->end);
	unsigned long mask = p->mask & BITMAP_FIRST_WORD_MASK(bit);

	for (; i < words; i++) {
		unsigned long free = ~not_free(r, i) & mask;

		if (free)
			return i * BITS_PER_LONG + __ffs(free);
		mask = p->mask;
	}
	return p->end;
}

/*
 * Less than n, which is 65536 at most. Where n is not a power of two some numbers are drawn
 * twice as often as others; for where a search starts that will do, at half the price.
 */
static u32 random_start(u32 n)
{
	return (u32)get_random_u16() * n >> 16;
}

/* Takes the first free port from a random start, wrapping once. */
static bool part_take(struct hn_ports *r, const struct hn_port_part *p, u32 *taken)
{
	bool wrapped = false;
	u32 bit;

	if (p->start >= p->end)
		return false;
	bit = p->start + random_start(p->end - p->start);
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

/* Of these, in one of the shares at random, or in the next that has a free port. */
static bool shares_take(struct hn_ports *r, const struct hn_shares *shares,
			const struct hn_port_part *all, u32 *bit)
{
	struct hn_port_part part;
	u32 i = 0, left;

	if (r->share)
		return holds(shares, r->share - 1) && part_take(r, all, bit);
	if (shares->count == 1)
		return shares->held_count && part_take(r, all, bit);
	if (shares->held_count > 1)
		i = get_random_u32_below(shares->held_count);
	part.mask = all->mask;
	for (left = shares->held_count; left; left--) {
		u32 share = shares->held[i];

		part.start = max(all->start, part_start(r, shares, share));
		part.end = min(all->end, part_start(r, shares, share + 1));
		if (part_take(r, &part, bit))
			return true;
		i = i + 1 < shares->held_count ? i + 1 : 0;
	}
	return false;
}

/* Whoever has begun to wait in it meanwhile, or goes on in it, may wait less: no harm. */
static void end_waiting(struct hn_ports *r, u32 which)
{
	u32 i;

	for (i = 0; i < BITS_TO_LONGS(hn_ports_size(r)); i++)
		WRITE_ONCE(r->waiting[which][i], 0);
	atomic_set(&r->waits[which], 0);
}

/* At the end of a period; one of those who see it does it. */
static void next_period(struct hn_ports *r, unsigned long period)
{
	unsigned long start = READ_ONCE(r->period_start), now = jiffies;
	u32 older = !READ_ONCE(r->newer);

	if (time_before(now, start + period) ||
	    cmpxchg(&r->period_start, start, now) != start)
		return;
	end_waiting(r, older);
	if (time_after_eq(now, start + 2 * period))
		end_waiting(r, !older);
	WRITE_ONCE(r->newer, older);
	/* Who sees that there may be ports again sees them. */
	smp_mb__before_atomic();
	atomic_inc(&r->released);
}

u32 hn_ports_waiting(const struct hn_ports *r)
{
	return atomic_read(&r->waits[0]) + atomic_read(&r->waits[1]);
}

/* What of the part is wished for. */
static void clip(const struct hn_ports *r, const struct hn_port_wish *wish, struct hn_port_part *p)
{
	p->start = max_t(u32, p->start, max(wish->first, r->min) - r->min);
	p->end = min_t(u32, p->end, min(wish->last, r->max) - r->min + 1);
}

bool hn_ports_take(struct hn_ports *r, const struct hn_port_wish *wish, u16 *port)
{
	bool all = wish->first <= r->min && wish->last >= r->max;
	struct hn_port_part part;
	int released;
	u32 bit;

	if (!all && (wish->first > r->max || wish->last < r->min))
		return false;
	if (hn_ports_waiting(r))
		next_period(r, READ_ONCE(wish->hold->period));
	/* What is released behind this is counted behind it. */
	released = atomic_read_acquire(&r->released);
	if (all && READ_ONCE(r->exhausted_at[wish->kind]) == released)
		return false;
	part = r->kinds[wish->kind];
	if (!all)
		clip(r, wish, &part);
	if (!shares_take(r, wish->shares, &part, &bit)) {
		if (all)
			WRITE_ONCE(r->exhausted_at[wish->kind], released);
		return false;
	}
	atomic_inc(&r->used);
	*port = r->min + bit;
	return true;
}

/* Before it is released: who finds it free must find that it waits. */
static void hold_down(struct hn_ports *r, const struct hn_hold_down *hold, u32 bit)
{
	u32 newer = READ_ONCE(r->newer);

	if (!r->waiting[0] || !READ_ONCE(hold->period) ||
	    hn_ports_waiting(r) >= hn_ports_size(r) * READ_ONCE(hold->percent) / 100)
		return;
	if (!hn_ports_waiting(r))
		WRITE_ONCE(r->period_start, jiffies);
	if (!test_and_set_bit(bit, r->waiting[newer]))
		atomic_inc(&r->waits[newer]);
}

void hn_ports_release(struct hn_ports *r, const struct hn_hold_down *hold, u16 port)
{
	u32 bit = port - r->min;

	if (test_bit(bit, r->taken))
		hold_down(r, hold, bit);
	if (!test_and_clear_bit(bit, r->taken))
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
