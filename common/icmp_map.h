/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * ICMP error messages between the families: RFC 7915 sections 4.2 and 5.2.
 * Pure, any context. Types and codes are plain numbers from RFC 792, 1191 and
 * 4443: the two families' headers can't be included together everywhere.
 */
#ifndef HANAT_ICMP_MAP_H
#define HANAT_ICMP_MAP_H

#include "hanat.h"

/* An error message as the second word of its header sees it. */
struct hn_icmp_error {
	__u8	type;
	__u8	code;
	__u32	info;	/* MTU in bytes, or pointer in bytes, or 0; host byte order */
};

enum {
	HN_ICMP4_UNREACH = 3, HN_ICMP4_QUENCH = 4, HN_ICMP4_TIME = 11, HN_ICMP4_PARAM = 12,
	HN_ICMP6_UNREACH = 1, HN_ICMP6_TOOBIG = 2, HN_ICMP6_TIME = 3, HN_ICMP6_PARAM = 4,
};

#define HN_ICMP_NONE 0xff

/*
 * RFC 7915 section 4.2, figure 3: pointer into an IPv4 header -> pointer into
 * an IPv6 header.
 */
static inline __u8 hn_icmp_pointer46(__u32 pointer)
{
	static const __u8 map[20] = {
		0, 1, 4, 4, HN_ICMP_NONE, HN_ICMP_NONE, HN_ICMP_NONE, HN_ICMP_NONE, 7, 6,
		HN_ICMP_NONE, HN_ICMP_NONE, 8, 8, 8, 8, 24, 24, 24, 24,
	};

	return pointer < 20 ? map[pointer] : HN_ICMP_NONE;
}

/*
 * RFC 7915 section 5.2, figure 6: pointer into an IPv6 header -> pointer into
 * an IPv4 header.
 */
static inline __u8 hn_icmp_pointer64(__u32 pointer)
{
	if (pointer >= 8 && pointer <= 23)
		return 12;
	if (pointer >= 24 && pointer <= 39)
		return 16;
	switch (pointer) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 4:
	case 5:
		return 2;
	case 6:
		return 9;
	case 7:
		return 8;
	default:
		return HN_ICMP_NONE;
	}
}

/*
 * The next-hop MTU that a router without RFC 1191 meant when it dropped a
 * packet of len bytes: the greatest plateau below it (RFC 1191 section 7), of these in
 * descending order; or what every path of IPv4 carries.
 */
static inline __u32 hn_icmp_plateau(const __u16 *plateaus, __u32 count, __u32 len)
{
	__u32 i;

	for (i = 0; i < count; i++) {
		if (plateaus[i] < len)
			return plateaus[i];
	}
	return 68;
}

static inline int hn_icmp_unreach46(const struct hn_icmp_error *in, struct hn_icmp_error *out)
{
	/*
	 * RFC 7915 section 4.2, by code of type 3; 4 and 2 are other types and
	 * handled apart.
	 */
	static const __u8 code[16] = {
		0, 0, HN_ICMP_NONE, 4, HN_ICMP_NONE, 0, 0, 0, 0, 1, 1, 0, 0, 1, HN_ICMP_NONE, 1,
	};

	if (in->code > 15)
		return 0;
	if (in->code == 2) {
		/*
		 * Protocol unreachable: a problem with the Next Header field,
		 * at offset 6.
		 */
		out->type = HN_ICMP6_PARAM;
		out->code = 1;
		out->info = 6;
		return 1;
	}
	if (in->code == 4) {
		out->type = HN_ICMP6_TOOBIG;
		out->code = 0;
		out->info = in->info;
		return 1;
	}
	if (code[in->code] == HN_ICMP_NONE)
		return 0;
	out->type = HN_ICMP6_UNREACH;
	out->code = code[in->code];
	out->info = 0;
	return 1;
}

/*
 * Nonzero, and *out set, if the ICMPv4 error has a translation; an MTU is not
 * adjusted yet.
 */
static inline int hn_icmp_error46(const struct hn_icmp_error *in, struct hn_icmp_error *out)
{
	switch (in->type) {
	case HN_ICMP4_UNREACH:
		return hn_icmp_unreach46(in, out);
	case HN_ICMP4_TIME:
		out->type = HN_ICMP6_TIME;
		out->code = in->code;
		out->info = 0;
		return in->code <= 1;
	case HN_ICMP4_PARAM:
		out->type = HN_ICMP6_PARAM;
		out->code = 0;
		out->info = hn_icmp_pointer46(in->info);
		return (in->code == 0 || in->code == 2) && out->info != HN_ICMP_NONE;
	default:
		return 0;
	}
}

/*
 * Nonzero, and *out set, if the ICMPv6 error has a translation; an MTU is not
 * adjusted yet.
 */
static inline int hn_icmp_error64(const struct hn_icmp_error *in, struct hn_icmp_error *out)
{
	/*
	 * RFC 7915 section 5.2, by code of type 1: 0 no route .. 4 port
	 * unreachable.
	 */
	static const __u8 unreach[7] = { 1, 10, 1, 1, 3, HN_ICMP_NONE, HN_ICMP_NONE };

	out->info = 0;
	switch (in->type) {
	case HN_ICMP6_UNREACH:
		out->type = HN_ICMP4_UNREACH;
		out->code = in->code < 7 ? unreach[in->code] : HN_ICMP_NONE;
		return out->code != HN_ICMP_NONE;
	case HN_ICMP6_TOOBIG:
		out->type = HN_ICMP4_UNREACH;
		out->code = 4;
		out->info = in->info;
		return 1;
	case HN_ICMP6_TIME:
		out->type = HN_ICMP4_TIME;
		out->code = in->code;
		return in->code <= 1;
	case HN_ICMP6_PARAM:
		if (in->code == 1) {
			out->type = HN_ICMP4_UNREACH;
			out->code = 2;
			return 1;
		}
		out->type = HN_ICMP4_PARAM;
		out->code = 0;
		out->info = hn_icmp_pointer64(in->info);
		return in->code == 0 && out->info != HN_ICMP_NONE;
	default:
		return 0;
	}
}

/*
 * The MTU for an ICMPv6 Packet Too Big: what the IPv4 side can carry plus the
 * growth of the header, no more than our own links carry, no less than the
 * minimum of IPv6 (RFC 7915 section 4.2).
 */
static inline __u32 hn_icmp_mtu46(__u32 reported, __u32 mtu4, __u32 mtu6)
{
	__u32 mtu = reported < mtu4 ? reported : mtu4;

	mtu += 20;
	if (mtu > mtu6)
		mtu = mtu6;
	return mtu < 1280 ? 1280 : mtu;
}

/*
 * The MTU for an ICMPv4 Fragmentation Needed (RFC 7915 section 5.2); a path of
 * IPv4 carries 68.
 */
static inline __u32 hn_icmp_mtu64(__u32 reported, __u32 mtu4, __u32 mtu6)
{
	__u32 mtu = reported < mtu6 ? reported : mtu6;

	mtu = mtu > 20 + 68 ? mtu - 20 : 68;
	if (mtu > mtu4)
		mtu = mtu4;
	return mtu > 65535 ? 65535 : mtu;
}

#endif
