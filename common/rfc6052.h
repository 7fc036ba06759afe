/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * IPv4 addresses inside IPv6 prefixes, RFC 6052 section 2.2. Pure: no
 * allocation, no state, any context. Prefix lengths are 32, 40, 48, 56, 64 and
 * 96; bits 64 to 71 of the result are zero (the "u" octet), and so is the
 * suffix, which is ignored on extraction.
 */
#ifndef HANAT_RFC6052_H
#define HANAT_RFC6052_H

#include "hanat.h"

static inline int hn_prefix6_len_valid(unsigned int len)
{
	return len == 96 || (len >= 32 && len <= 64 && len % 8 == 0);
}

/*
 * Nonzero if len is allowed and every bit behind it, and the u octet, is zero.
 */
static inline int hn_prefix6_valid(const struct hn_prefix6 *p)
{
	unsigned int i;

	if (!hn_prefix6_len_valid(p->len) || p->addr.s6_addr[8])
		return 0;
	for (i = p->len / 8; i < 16; i++) {
		if (p->addr.s6_addr[i])
			return 0;
	}
	return 1;
}

/* 64:ff9b::/96, RFC 6052 section 2.1; p is valid. */
static inline int hn_prefix6_well_known(const struct hn_prefix6 *p)
{
	const __u8 *b = p->addr.s6_addr;

	return p->len == 96 && b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b &&
	       !p->addr.s6_addr32[1] && !p->addr.s6_addr32[2];
}

static inline int hn_prefix6_contains(const struct hn_prefix6 *p, const struct in6_addr *a)
{
	unsigned int words = p->len / 32;
	unsigned int i;
	__u32 rest;

	for (i = 0; i < words; i++) {
		if (p->addr.s6_addr32[i] != a->s6_addr32[i])
			return 0;
	}
	/* 40, 48 and 56 end inside a word: compare its leading bytes. */
	for (rest = words * 4; rest < p->len / 8U; rest++) {
		if (p->addr.s6_addr[rest] != a->s6_addr[rest])
			return 0;
	}
	return 1;
}

/*
 * Index of the byte that carries octet n (0..3) of the IPv4 address: octets
 * skip byte 8.
 */
static inline unsigned int hn_rfc6052_byte(unsigned int len, unsigned int n)
{
	unsigned int at = len / 8 + n;

	return len <= 64 && at >= 8 ? at + 1 : at;
}

static inline void hn_rfc6052_embed(struct in6_addr *out, const struct hn_prefix6 *p, __be32 v4)
{
	const __u8 *octet = (const __u8 *)&v4;
	unsigned int n;

	*out = p->addr;
	if (p->len == 96) {
		out->s6_addr32[3] = v4;
		return;
	}
	for (n = 0; n < 4; n++)
		out->s6_addr[hn_rfc6052_byte(p->len, n)] = octet[n];
}

static inline __be32 hn_rfc6052_extract(const struct hn_prefix6 *p, const struct in6_addr *a)
{
	unsigned int n;
	__be32 v4;
	__u8 *octet = (__u8 *)&v4;

	if (p->len == 96)
		return a->s6_addr32[3];
	for (n = 0; n < 4; n++)
		octet[n] = a->s6_addr[hn_rfc6052_byte(p->len, n)];
	return v4;
}

#endif
