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
	r->exhausted_at = -1;
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

/* Takes the first free port from a random start, wrapping once. */
static bool part_take(struct hn_ports *r, u32 start, u32 end, u32 *taken)
{
	bool wrapped = false;
	u32 bit;

	if (start == end)
		return false;
	bit = start + get_random_u32_below(end - start);
	for (;;) {
		bit = find_next_zero_bit(r->taken, end, bit);
		if (bit >= end) {
			if (wrapped)
				return false;
			wrapped = true;
			bit = start;
			continue;
		}
		if (!test_and_set_bit(bit, r->taken))
			break;
	}
	*taken = bit;
	return true;
}

/* In one of the shares at random, or in the next that has a free port. */
static bool shares_take(struct hn_ports *r, const struct hn_shares *shares, u32 *bit)
{
	u32 i = shares->held_count > 1 ? get_random_u32_below(shares->held_count) : 0;
	u32 left;

	if (r->share)
		return holds(shares, r->share - 1) && part_take(r, 0, hn_ports_size(r), bit);
	for (left = shares->held_count; left; left--) {
		u32 share = shares->held[i];

		if (part_take(r, part_start(r, shares, share), part_start(r, shares, share + 1),
			      bit))
			return true;
		i = i + 1 < shares->held_count ? i + 1 : 0;
	}
	return false;
}

bool hn_ports_take(struct hn_ports *r, const struct hn_shares *shares, u16 *port)
{
	/* What is released behind this is counted behind it. */
	int released = atomic_read_acquire(&r->released);
	u32 bit;

	if (READ_ONCE(r->exhausted_at) == released)
		return false;
	if (!shares_take(r, shares, &bit)) {
		WRITE_ONCE(r->exhausted_at, released);
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
	WRITE_ONCE(r->exhausted_at, atomic_read(&r->released) - 1);
}
