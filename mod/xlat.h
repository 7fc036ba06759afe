/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet path. hn_xlat_64() and hn_xlat_46() get a packet that is ours by
 * its destination, the others one that may be, and return a netfilter verdict. A
 * step that ends the packet's way returns other than HN_CONTINUE, and a drop names
 * its counter where it is decided.
 *
 * Everything runs in a netfilter hook: BH off, RCU read section.
 */
#ifndef HANAT_XLAT_H
#define HANAT_XLAT_H

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "pool4.h"
#include "session.h"
#include "trace.h"

enum hn_verdict { HN_CONTINUE, HN_PASS, HN_DROP, HN_STOLEN };

struct hn_packet {
	struct hn_instance	*inst;
	struct sk_buff		*skb;
	/*
	 * Bytes of network header with IPv4 options or IPv6 extension headers.
	 */
	u16			l3len;
	/* enum hn_proto; HN_PROTO_ICMP for errors too. */
	u8			proto;
	bool			icmp_error;
	/* From inside: whose part in the state machine of TCP a segment has. */
	bool			from_inside;
	/* To pool4: translated back at once, see hn_hairpin(). */
	bool			hairpin;
	/* Arrived as a fragment that is all of the packet, with this identification. */
	bool			atomic;
	__be16			ident;
	/*
	 * Arrived in fragments, or as one. Set by the parser, for the family's DF rules.
	 */
	u16			frag_max_size;
	/* Ports, or twice the identifier of an ICMP query. */
	__be16			src_port;
	__be16			dst_port;
	/* Of a TCP segment: enum hn_tcp_event. */
	u8			tcp_event;
};

/* What IPv6 fragment headers say: part of a packet; or all of it, with this identification. */
struct hn_fragment {
	bool	part;
	bool	atomic;
	__be16	ident;
};

unsigned int hn_xlat_64(struct hn_instance *inst, struct sk_buff *skb);
unsigned int hn_xlat_46(struct hn_instance *inst, struct sk_buff *skb);
/*
 * NAT44, where the packet goes on through the host: in is for what is to pool4 or a fragment
 * from inside, before conntrack and routing; out for all that leaves.
 */
unsigned int hn_xlat_44_in(struct hn_instance *inst, struct sk_buff *skb);
unsigned int hn_xlat_44_out(struct hn_instance *inst, struct sk_buff *skb);

/* An IPv4 address that packets may come from, and go to. */
static inline bool hn_remote_valid(__be32 addr)
{
	return !ipv4_is_zeronet(addr) && !ipv4_is_loopback(addr) && !ipv4_is_multicast(addr) &&
	       !ipv4_is_lbcast(addr);
}

/* The protocol number of proto in the family whose ICMP has the number icmp. */
static inline u8 hn_ip_protocol(u8 proto, u8 icmp)
{
	switch (proto) {
	case HN_PROTO_TCP:
		return IPPROTO_TCP;
	case HN_PROTO_UDP:
		return IPPROTO_UDP;
	default:
		return icmp;
	}
}

/* RFC 7915 sections 4.1 and 5.1: copied, or what the operator says. */
static inline u8 hn_traffic_class(const struct hn_instance *inst, u8 tos)
{
	return unlikely(hn_global(inst, HN_G_ZERO_TCLASS)) ? 0 : tos;
}

static inline u8 hn_tos(const struct hn_instance *inst, u8 traffic_class)
{
	return unlikely(hn_global(inst, HN_G_OVERRIDE_TOS)) ? hn_global(inst, HN_G_TOS) :
							     traffic_class;
}

static inline enum hn_verdict hn_drop(const struct hn_packet *p, enum hn_stat why)
{
	hn_count(p->inst, why);
	trace_hanat_drop(p->inst, p->skb, why);
	return HN_DROP;
}

/*
 * packet.c: fill *p; the transport header is then linear up to its fixed part.
 */
enum hn_verdict hn_parse6(struct hn_packet *p);
enum hn_verdict hn_parse4(struct hn_packet *p);
/* Of a TCP segment that is parsed, by whether it is from inside. */
u8 hn_tcp_event(const struct hn_packet *p);
/* A fragment: as hn_parse4() does with it. The packet's headers are others then. */
enum hn_verdict hn_reassemble4(struct hn_packet *p);
/*
 * Walks extension headers from *offset to the transport header and sets *nexthdr;
 * negative HN_STAT_* if there is none that can be translated, *offset is at the
 * header that is why.
 */
int hn_skip_exthdrs(const struct sk_buff *skb, unsigned int *offset, u8 *nexthdr,
		    struct hn_fragment *frag);

/* An IPv4 source route that has not run out; the options are linear. */
bool hn_source_routed(const struct iphdr *iph);

/*
 * route.c: the way out for the session's direction, cached there; not
 * referenced. NULL: none.
 */
struct dst_entry *hn_route4(struct hn_instance *inst, struct hn_session *s, struct sk_buff *skb,
			    __be32 saddr, __be32 daddr, u8 tos);
struct dst_entry *hn_route6(struct hn_instance *inst, struct hn_session *s, struct sk_buff *skb,
			    const struct in6_addr *saddr, const struct in6_addr *daddr);
/* Both look up each time; referenced. NULL: none. */
struct dst_entry *hn_output4(struct hn_instance *inst, u32 mark, __be32 saddr, __be32 daddr,
			     u8 tos);
struct dst_entry *hn_output6(struct hn_instance *inst, u32 mark, const struct in6_addr *saddr,
			     const struct in6_addr *daddr);
/* The MTU of that way; without one more than any. */
u32 hn_mtu6(struct hn_instance *inst, const struct sk_buff *skb, const struct in6_addr *saddr,
	    const struct in6_addr *daddr);

/* xlat.c */
/*
 * Room and permission to rewrite the headers, and to grow by grow bytes. The checksum of
 * ICMP is complete then. Pointers go stale.
 */
enum hn_verdict hn_make_writable(struct hn_packet *p, unsigned int grow);
/*
 * Adjusts the transport checksum of a TCP or UDP packet for changed addresses
 * and ports.
 */
void hn_l4_csum(struct hn_packet *p, struct sk_buff *skb, unsigned int offset, u16 csum_addr,
		u16 csum_all);
/*
 * Removes the old network header, and makes room for one of len bytes, which is
 * returned.
 */
void *hn_swap_l3(struct sk_buff *skb, unsigned int old_len, unsigned int len, __be16 protocol);
/* What carried over from the other family must not be seen by this one. */
void hn_scrub(struct sk_buff *skb);
void hn_gso_switch(struct sk_buff *skb, unsigned int from, unsigned int to);
/* The packet leaves, whatever happens to it there. */
enum hn_verdict hn_send(struct hn_packet *p, struct dst_entry *dst);
unsigned int hn_netfilter_verdict(enum hn_verdict v);
/* ICMP errors from us about the untranslated packet. */
void hn_icmp4_error(struct sk_buff *skb, u8 type, u8 code, u32 info);
void hn_icmp6_error(struct sk_buff *skb, u8 type, u8 code, u32 info);
/*
 * The rest of a header that has its addresses and protocol. Only datagrams that may be
 * fragmented need an identification (RFC 6864): idents is for how many one is taken, which
 * follow each other; with none DF is set. BH off.
 */
void hn_ip4_fill(struct hn_instance *inst, struct iphdr *iph, unsigned int len,
		 unsigned int idents);

/* Another address in the header, of which addr is one, in front of a packet that is writable. */
static inline void hn_set_addr4(struct iphdr *iph, __be32 *addr, __be32 to)
{
	csum_replace4(&iph->check, *addr, to);
	*addr = to;
}

/*
 * Whether what the session sends is for pool4 as well: another inside host's, or the
 * same one's. Such a session never gets a route there; one that had one before pool4
 * had the address goes on to use it.
 */
static inline bool hn_hairpins(struct hn_instance *inst, const struct hn_session *s)
{
	return unlikely(!READ_ONCE(s->dst[HN_TO_V4])) &&
	       hn_pool4_has(inst, s->proto, s->remote, hn_session_remote_port(s));
}

/*
 * xlat46.c: the second half of a hairpinned packet's way (RFC 6146 section 3.8), which
 * is IPv4 now. The translator counts as one hop: the first half takes none.
 */
enum hn_verdict hn_hairpin(struct hn_packet *p);
/* xlat44.c: the same to a host of NAT44, whose session it is. */
enum hn_verdict hn_hairpin_44(struct hn_packet *p, struct hn_session *s);
/* The end of that, to the destination that the packet has now: counts the hop, and the packet. */
enum hn_verdict hn_hairpin_output4(struct hn_packet *p);

static inline void hn_count_46(const struct hn_packet *p)
{
	hn_count(p->inst, p->hairpin ? HN_STAT_XLAT_HAIRPIN : HN_STAT_XLAT_46);
}

/* icmp.c, icmp44.c: error messages. */
enum hn_verdict hn_icmp_64(struct hn_packet *p);
enum hn_verdict hn_icmp_46(struct hn_packet *p);
enum hn_verdict hn_icmp_44_out(struct hn_packet *p);
enum hn_verdict hn_icmp_44_in(struct hn_packet *p);

/*
 * Bytes of the transport header inside an ICMP error that carry ports and, for UDP and
 * ICMP, the checksum.
 */
#define HN_INNER_MIN 8

/* What a translated ICMP error has room for. */
struct hn_icmp_room {
	/* Of the packet inside: its network header, without options. */
	unsigned int	header;
	/* Bytes that the length field of RFC 4884 counts by; 0: there is no such field. */
	unsigned int	unit;
	/* Bytes behind the ICMP header, which is more than 128 and header. */
	unsigned int	max;
};

/*
 * icmp_ext.c: makes what is inside an error fit the translated one, with the extension
 * structure that follows it. l3 and l4 are the offsets of its headers; said is its
 * length as the error says, or 0. Returns the new length field, 0: all is of the packet
 * inside; negative HN_STAT_*. Pointers go stale.
 */
int hn_icmp_ext_fit(struct sk_buff *skb, unsigned int l3, unsigned int l4, unsigned int said,
		    const struct hn_icmp_room *room);

#endif
