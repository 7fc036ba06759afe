/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * Incremental Internet checksums, RFC 1624. All values are 16-bit one's
 * complement numbers in network byte order; addition is independent of byte
 * order, so nothing is swapped. Pure, any context.
 *
 * A "delta" is what has to be added to the sum of the covered words when they
 * change: new words - old words. The delta of the opposite change is its
 * complement.
 */
#ifndef HANAT_CSUM_H
#define HANAT_CSUM_H

#include "hanat.h"

static inline __u16 hn_csum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)(sum + (sum >> 16));
}

static inline __u16 hn_csum_add(__u16 a, __u16 b)
{
	return hn_csum_fold((__u32)a + b);
}

static inline __u16 hn_csum_sub(__u16 a, __u16 b)
{
	return hn_csum_add(a, (__u16)~b);
}

/*
 * The sum of len bytes at p, which are even and few; p is at least 2-byte aligned. Two words
 * at a time: their carries meet again in the fold.
 */
static inline __u16 hn_csum_words(const void *p, unsigned int len)
{
	const __u8 *at = (const __u8 *)p;
	__u64 sum = 0;
	__u32 two;

	for (; len >= 4; len -= 4, at += 4) {
		__builtin_memcpy(&two, at, 4);
		sum += two;
	}
	if (len)
		sum += *(const __u16 *)at;
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return hn_csum_fold((__u32)sum);
}

/* A checksum field holds the complement of the sum (RFC 1624, equation 3). */
static inline __u16 hn_csum_update(__u16 check, __u16 delta)
{
	return (__u16)~hn_csum_add((__u16)~check, delta);
}

#endif
