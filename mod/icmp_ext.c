// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is behind the packet inside an ICMP error: an extension structure of RFC
 * 4884, such as the labels of an MPLS packet. It passes as it is. The packet in
 * front of it changes its length, which the error's length field tells.
 *
 * A structure that can't be read is none: it is cut off, as it is not of the
 * packet either. So is one that leaves the packet no room, for without its end
 * it could not be read.
 */
#include <linux/skbuff.h>
#include <net/checksum.h>

#include "xlat.h"

/* Version, reserved bits and a checksum, or 0. */
#define EXT_HEADER 4
#define EXT_VERSION 2
/* In front of a structure the packet inside has so many bytes, zeroes if need be. */
#define MIN_LENGTH 128U
/* All that a length field can say. */
#define MAX_UNITS 255U

/* Bytes of the structure from offset on, where it is all that follows; 0: it is none. */
static unsigned int extension(const struct sk_buff *skb, unsigned int offset)
{
	unsigned int len = skb->len - offset;
	u8 buf[EXT_HEADER];
	const u8 *header;

	header = skb_header_pointer(skb, offset, sizeof(buf), buf);
	if (!header || header[0] >> 4 != EXT_VERSION)
		return 0;
	if ((header[2] || header[3]) && csum_fold(skb_checksum(skb, offset, len, 0)))
		return 0;
	return len;
}

/* Moves what is from offset from on to offset to, with zeroes from end to there. */
static bool move(struct sk_buff *skb, unsigned int from, unsigned int end, unsigned int to)
{
	unsigned int len = skb->len - from;
	unsigned int grow = to > from ? to - from : 0;

	if (skb_linearize(skb))
		return false;
	if ((skb_cloned(skb) || skb_tailroom(skb) < grow) &&
	    pskb_expand_head(skb, 0, grow, GFP_ATOMIC))
		return false;
	skb_put(skb, grow);
	memmove(skb->data + to, skb->data + from, len);
	memset(skb->data + end, 0, to - end);
	skb_trim(skb, to + len);
	return true;
}

int hn_icmp_ext_fit(struct sk_buff *skb, unsigned int l3, unsigned int l4, unsigned int said,
		    const struct hn_icmp_room *room)
{
	unsigned int end = skb->len, ext = 0, most, keep, length;

	/* A length beyond the end says nothing. */
	if (said && l3 + said < end) {
		end = l3 + said;
		if (end < l4 + HN_INNER_MIN)
			return -HN_STAT_DROP_ICMP_INNER;
		if (room->unit)
			ext = extension(skb, end);
	}
	if (!ext || ext + MIN_LENGTH > room->max) {
		end = min_t(unsigned int, end, l4 + room->max - room->header);
		return pskb_trim(skb, end) ? -HN_STAT_DROP_NOMEM : 0;
	}
	most = rounddown(min(room->max - ext, MAX_UNITS * room->unit), room->unit);
	keep = min(room->header + end - l4, most);
	length = roundup(max(keep, MIN_LENGTH), room->unit);
	if (!move(skb, end, l4 + keep - room->header, l4 + length - room->header))
		return -HN_STAT_DROP_NOMEM;
	return length / room->unit;
}
