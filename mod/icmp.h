/* SPDX-License-Identifier: GPL-2.0-only */
/* What is inside ICMP errors that IPv4 hosts and routers send, for both kinds of translation. */
#ifndef HANAT_ICMP_H
#define HANAT_ICMP_H

#include "xlat.h"

struct hn_inner {
	/* From the start of the outer network header. */
	unsigned int	l3, l4;
	/*
	 * What its network header says of the transport's length, cut off or
	 * not.
	 */
	unsigned int	l4_len;
	u8		proto;
	__be16		src_port, dst_port;
	__be32		remote;
	__be32		ext;	/* of IPv4: its source */
};

/* The packet inside an ICMPv4 error. HN_PASS: it is of no protocol that is translated. */
enum hn_verdict hn_icmp_inner4(struct hn_packet *p, struct hn_inner *in);
/*
 * Its TCP or UDP checksum, as far as the error carries it, for what has changed. Pointers go
 * stale.
 */
void hn_icmp_inner_csum(struct hn_packet *p, const struct hn_inner *in, u16 delta);

/*
 * icmp44.c: the second half of the way of an ICMPv6 error about what a host of NAT44 has sent to
 * one of NAT64: to the first one, by the session of what it is about.
 */
enum hn_verdict hn_icmp_hairpin_44(struct hn_packet *p, const struct hn_inner *in,
				   const struct hn_session *s);

#endif
