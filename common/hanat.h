/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * hanat.h - the generic-netlink interface of the hanat kernel module, and its
 * manual.
 *
 * Family "hanat", version 1. Every request acts on the instance of the network
 * namespace in which the netlink socket was opened; there is at most one
 * instance per namespace.
 *
 * Privilege  Reading settings and counters needs none. Commands marked [admin]
 *            need CAP_NET_ADMIN in the user namespace that owns the network
 *            namespace (GENL_UNS_ADMIN_PERM), else -EPERM.
 * Order      Numbers are in host byte order, except fields of type __be16 and
 *            __be32 and IPv6 addresses, which are in network byte order.
 * Time       Durations are milliseconds. Lifetimes are relative ("from now"):
 *            no clock is ever compared between nodes.
 * Strictness The kernel refuses unknown attributes, wrong lengths and unknown
 *            flag bits with -EINVAL and an extack message that names the
 *            attribute. User space must skip attributes it does not know, and
 *            accept a longer HN_A_STATS or HN_A_APPLIED array (both are
 *            append-only) while reading the part it knows.
 * Records    Bulk data travels as arrays of one fixed-size struct inside one
 *            attribute. Its version is its length: an array whose length is no
 *            multiple of the struct is -EINVAL.
 * Errors     Common to all commands: -ENODEV no instance in this namespace
 *            (except INSTANCE_ADD), -EINVAL malformed request (extack says
 *            which attribute), -ENOMEM, -EPERM; -EOPNOTSUPP no such command, or
 *            one that is a dump, or is none, asked the other way. A dump may be
 *            refused with -EBUSY: the socket has one that is not at its end.
 *
 * Commands and their attributes (? optional, * repeated through the array):
 *
 *   INSTANCE_ADD [admin]   POOL6 -> ack
 *       Creates the instance and starts to translate. -EEXIST there is one.
 *   INSTANCE_REMOVE [admin] -> ack
 *       Stops translation, drops all state. Packets in flight finish first.
 *   INSTANCE_GET -> VERSION POOL6 NODE EPOCH SESSIONS MAPPINGS POOL4_PORTS SHARES
 *                   SHARES_HELD STATIC_DIGEST
 *   GLOBAL_GET -> GLOBALS { every HN_G_* }
 *   GLOBAL_SET [admin]     GLOBALS { HN_G_*, at least one } -> ack
 *       All or nothing. -ERANGE a value is outside its range (extack names the
 *       setting), ss-share is above ss-shares, or this below the share of a
 *       range of pool4. -ENOMEM also if there is none for what is to be logged.
 *   SHARES_HOLD [admin]    SHARES SHARES_HELD -> ack
 *       Which shares of pool4 this node takes new ports from: its own and those
 *       of nodes that are dead; none is allowed. Not configuration: of a new
 *       instance, and when ss-shares or ss-share changes, it is the share in
 *       ss-share. -ESTALE SHARES is not ss-shares any more, -ERANGE SHARES_HELD
 *       has a bit beyond it.
 *   POOL4_ADD [admin]      POOL4 (one hn_pool4_entry) -> ack
 *       Adds the port range to every address of the prefix for every protocol
 *       of the mask. -EEXIST it overlaps an existing range of the same address
 *       and protocol; -E2BIG more than HN_POOL4_MAX_RANGES (address, protocol)
 *       ranges in all; -ERANGE its share is above ss-shares. New mappings use up
 *       the ranges of an address in the order in which they were added, so that
 *       what is meant for BIB_ADD is best added last; but they choose only among
 *       the ranges of the mark of the packet that makes them.
 *   POOL4_REMOVE [admin]   POOL4 ?FLAGS -> ack
 *       Removes exactly such ranges. Their mappings, static ones too, and
 *       sessions are dropped (deltas are sent) unless HN_F_QUICK, which leaves
 *       them to expire; static ones then stay until BIB_REMOVE. -ENOENT a range
 *       is not there.
 *   POOL4_FLUSH [admin]    ?FLAGS -> ack
 *       Removes every range, as POOL4_REMOVE.
 *   POOL4_GET (dump) -> POOL4*
 *   BIB_ADD [admin]        BIB_ENTRY (one hn_bib_entry) -> ack
 *       Adds a static mapping for every protocol of the mask, or none: packets
 *       from outside find the inside host by it before that has sent any, and
 *       what it sends has the external transport address. It stays, without
 *       sessions as well, until it is removed. A dynamic mapping of exactly
 *       these ends becomes static. Static mappings are configuration: peers are
 *       not told of them, but of their sessions; and what a peer tells that
 *       contradicts one loses (HN_APPLY_CONFLICT). -ENOENT pool4 does not have
 *       the external transport address for a protocol; -EEXIST either end is
 *       bound to something else, or the static mapping is there already (extack
 *       says which); -E2BIG more than HN_STATIC_MAX in all, one for each
 *       protocol; -EINVAL also if inside can't be a host's address, or is one of
 *       IPv4 in no inside prefix.
 *   BIB_REMOVE [admin]     BIB_ENTRY ?FLAGS -> ack
 *       Removes a static mapping for every protocol of the mask, or none. Of the
 *       two ends one may be zero, address and port: then the other one finds it.
 *       Its sessions are dropped (deltas are sent), and its external transport
 *       address is free at once; HN_F_QUICK makes it a dynamic mapping, which
 *       goes with its last session. -ENOENT there is no such static mapping.
 *   PREFIX_ADD [admin]     LIST PREFIXES -> ack
 *       Adds them to one of the lists of enum hn_list, which says what a list is
 *       for. All or nothing. IPv4 prefixes are IPv4-mapped, so that ::/0 is
 *       everything. -EEXIST one is in the list already, -E2BIG more than
 *       HN_PREFIXES_MAX in the list. To each of these four: -ERANGE there is no
 *       such list.
 *   PREFIX_REMOVE [admin]  LIST PREFIXES -> ack
 *       The reverse. All or nothing. -ENOENT one is not in the list.
 *   PREFIX_FLUSH [admin]   LIST -> ack
 *       Removes all of the list.
 *   PREFIX_GET             LIST -> PREFIXES
 *       By address, then by length. A consistent copy; perhaps an empty one.
 *   SESSION_GET (dump) [admin]  ?PROTOS ?CURSOR ?FLAGS ?OWNER ?DIGEST_KEY
 *                               ?DIGEST_BUCKETS -> RECORDS* CURSOR
 *   BIB_GET (dump) [admin]      ?PROTOS ?CURSOR -> BIB* CURSOR
 *       Who talks to whom is confidential, hence the privilege. Dumps walk the
 *       hash table bucket by bucket without a lock over the whole: an entry
 *       that lives throughout the dump is reported at least once; it may be
 *       reported twice if the table grows meanwhile. CURSOR in a message is the
 *       first bucket after it, or 0 at the end: pass it in a new request to
 *       resume there. PROTOS is a mask of HN_PROTO_BIT(), default all. OWNER
 *       leaves out what other nodes own, and if it is this node what its peers
 *       are not to know: what is ignored or younger than ss-min-age. HN_F_FOREIGN
 *       leaves out what this node owns.
 *       DIGEST_BUCKETS leaves out what is in other buckets under DIGEST_KEY;
 *       -EINVAL without that. It is for who mends the tables of peers: that they
 *       know what is read with it, as if it had been in a DELTA, is taken for
 *       granted from then on. A message may be empty. -ERANGE OWNER is 0.
 *   DIGEST_GET [admin]     OWNER DIGEST_KEY -> SESSIONS DIGEST
 *       Which sessions of that node this one holds, as in SESSION_GET: for each
 *       bucket the XOR of their digests, and how many there are in all. Two
 *       nodes whose answers are equal hold the same ones. What comes, goes or
 *       changes meanwhile may be in it or not. Walks over the whole table.
 *       -ERANGE OWNER is 0.
 *   STATS_GET -> STATS (array of __u64, in the order of HN_STATS)
 *   APPLY [admin]          ?RECORDS* ?SESSIONS -> APPLIED (array of __u32, HN_APPLY_*)
 *       Installs sessions that other nodes own, or deletes them
 *       (HN_RF_DELETE, which a session of another owner or mapping and of the
 *       same generation outlives; and one of any other generation, if with
 *       HN_RF_EXACT, which is for who infers the end from what he has read).
 *       Idempotent. A record whose inside or external address is bound to
 *       something else is decided by what prevails, see struct hn_record; if it
 *       wins, the sessions of the other mapping are removed, and peers are told
 *       of those of this node. Never an error because of one record: each is
 *       counted once in APPLIED under its fate. At most HN_APPLY_MAX_RECORDS
 *       records. SESSIONS says that about so many will come, after these: tables
 *       are made large enough for them, a million at most, once, not step by step
 *       on the way. One of both has to be there. -EOPNOTSUPP while ss-enabled is false.
 *   ADVERTISE [admin] -> ack
 *       Marks every session of this node that peers are to know as changed, so
 *       that all of them are sent to the multicast group in the background.
 *       -EOPNOTSUPP while ss-enabled is false.
 *
 * Multicast group "sessions" carries
 *   DELTA                  NODE EPOCH SEQ ?LOST RECORDS*
 *       SEQ counts the messages of this (NODE, EPOCH) from 1 without gap; a
 *       listener that sees a gap missed a message and shall send ADVERTISE.
 *       LOST (__u64), if present, is the number of deletions that were given up
 *       since the last message, because more than ss-capacity were waiting or
 *       nothing could be delivered for a second. Listeners that must not lose
 *       set NETLINK_BROADCAST_ERROR and NETLINK_NO_ENOBUFS: the kernel then
 *       keeps the sessions dirty and sends them again. Joining needs
 *       CAP_NET_ADMIN.
 *
 * Multicast group "log" carries
 *   LOG                    NODE EPOCH SEQ EVENTS*
 *       Who had which external transport address at what time, as far as
 *       logging-bib and logging-session ask for it (struct hn_log_event). SEQ is
 *       the number of the first event; they are counted from 1 in each EPOCH,
 *       with those that were lost because too many were waiting (log-lost). So a
 *       gap is as many events as the listener does not have: what its receive
 *       buffer had no room for is not sent again, however slow it is. Events
 *       wait for a full message for 100 ms at most. Those of one CPU come in
 *       their order, others may not: their time tells it. While nobody has joined
 *       nothing is kept (log-unheard). What was there before is not told: who
 *       needs it reads BIB_GET and SESSION_GET after he has joined. Joining
 *       needs CAP_NET_ADMIN.
 */
#ifndef HANAT_H
#define HANAT_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/in6.h>
#else
#include <netinet/in.h>
#endif

#define HN_GENL_NAME "hanat"
#define HN_GENL_VERSION 1
#define HN_GENL_GROUP_SESSIONS "sessions"
#define HN_GENL_GROUP_LOG "log"

/* Port ranges times addresses times protocols of one instance. */
#define HN_POOL4_MAX_RANGES 196608
#define HN_APPLY_MAX_RECORDS 512
/* Static mappings of one instance, times protocols. */
#define HN_STATIC_MAX 65536
/* Prefixes of one list. */
#define HN_PREFIXES_MAX 1024
#define HN_SHARES_MAX 64
/* Of mtu-plateaus: how many at most, and those of RFC 1191 section 7, the default. */
#define HN_PLATEAUS_MAX 64
#define HN_PLATEAUS 65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68

enum hn_cmd {
	HN_CMD_UNSPEC,
	HN_CMD_INSTANCE_ADD,
	HN_CMD_INSTANCE_REMOVE,
	HN_CMD_INSTANCE_GET,
	HN_CMD_GLOBAL_GET,
	HN_CMD_GLOBAL_SET,
	HN_CMD_POOL4_ADD,
	HN_CMD_POOL4_REMOVE,
	HN_CMD_POOL4_FLUSH,
	HN_CMD_POOL4_GET,
	HN_CMD_SESSION_GET,
	HN_CMD_BIB_GET,
	HN_CMD_STATS_GET,
	HN_CMD_APPLY,
	HN_CMD_ADVERTISE,
	HN_CMD_DELTA,
	HN_CMD_DIGEST_GET,
	HN_CMD_PREFIX_ADD,
	HN_CMD_PREFIX_REMOVE,
	HN_CMD_PREFIX_FLUSH,
	HN_CMD_PREFIX_GET,
	HN_CMD_SHARES_HOLD,
	HN_CMD_BIB_ADD,
	HN_CMD_BIB_REMOVE,
	HN_CMD_LOG,
	__HN_CMD_LAST
};

#define HN_CMD_MAX (__HN_CMD_LAST - 1)

enum hn_attr {
	HN_A_UNSPEC,
	HN_A_VERSION,		/* string, HN_VERSION of the module */
	HN_A_POOL6,		/* struct hn_prefix6 */
	HN_A_NODE,		/* __u32, this node's id, never 0 */
	HN_A_EPOCH,		/* __u64, random at each creation of the instance */
	HN_A_SEQ,		/* __u64 */
	HN_A_LOST,		/* __u64 */
	HN_A_SESSIONS,		/* __u64, how many there are (about, under load), or will come */
	HN_A_MAPPINGS,		/* __u64, how many there are now (approximate under load) */
	HN_A_POOL4_PORTS,	/* __u64, ports of all ranges together */
	HN_A_GLOBALS,		/* nested HN_G_* */
	HN_A_POOL4,		/* array of struct hn_pool4_entry */
	HN_A_PROTOS,		/* __u8, mask of HN_PROTO_BIT() */
	HN_A_FLAGS,		/* __u32, mask of HN_F_* */
	HN_A_CURSOR,		/* __u32, bucket */
	HN_A_RECORDS,		/* array of struct hn_record */
	HN_A_BIB,		/* array of struct hn_bib_record */
	HN_A_STATS,		/* array of __u64 */
	HN_A_APPLIED,		/* array of __u32 */
	HN_A_PAD,		/* alignment of 64-bit attributes, ignored */
	HN_A_OWNER,		/* __u32, node id, not 0 */
	HN_A_DIGEST_KEY,	/* 16 bytes */
	HN_A_DIGEST,		/* HN_DIGEST_BUCKETS of __u64 */
	HN_A_DIGEST_BUCKETS,	/* a bit for each: bit n % 8 of byte n / 8 */
	HN_A_PREFIXES,		/* array of struct hn_prefix6 */
	HN_A_SHARES,		/* __u32, how many there are: ss-shares */
	HN_A_SHARES_HELD,	/* __u64, bit n - 1 for share n */
	HN_A_BIB_ENTRY,		/* struct hn_bib_entry */
	HN_A_STATIC_DIGEST,	/* __u64, see struct hn_bib_entry */
	HN_A_EVENTS,		/* array of struct hn_log_event */
	HN_A_LIST,		/* __u8, enum hn_list */
	__HN_A_LAST
};

#define HN_A_MAX (__HN_A_LAST - 1)

/* HN_A_FLAGS */
#define HN_F_QUICK (1U << 0)
#define HN_F_FOREIGN (1U << 1)

/* The lists of prefixes. */
enum hn_list {
	/*
	 * Sessions whose inside, external or remote address is in one of these are not
	 * synchronised: what peers know of them they are told the end of, and of those that come
	 * out of the list they are told.
	 */
	HN_LIST_IGNORE,
	/*
	 * IPv4 hosts whose packets NAT44 translates: what they send to others has an external
	 * transport address from POST_ROUTING on, behind the kernel's own NAT, and what comes for
	 * that has theirs before conntrack. Mappings and sessions of those that are not inside any
	 * more go. Prefixes of IPv4 with addresses of hosts only, else -EINVAL.
	 */
	HN_LIST_INSIDE,
	/*
	 * Destinations for which what inside IPv4 hosts send is not translated, as for those that
	 * are inside themselves (RFC 6888 REQ-6); sessions with them go. IPv4, else -EINVAL.
	 */
	HN_LIST_NO_TRANSLATE,
	__HN_LIST_LAST
};

#define HN_LIST_COUNT __HN_LIST_LAST

/* Transport protocols, as an index and as a bit of a mask. */
enum hn_proto {
	HN_PROTO_TCP,
	HN_PROTO_UDP,
	HN_PROTO_ICMP,		/* queries; ports are ICMP identifiers */
	__HN_PROTO_LAST
};

#define HN_PROTO_COUNT __HN_PROTO_LAST
#define HN_PROTO_BIT(p) (1U << (p))
#define HN_PROTO_ALL ((1U << HN_PROTO_COUNT) - 1)

/*
 * TCP session states, RFC 6146 section 3.5.2. UDP and ICMP sessions are
 * HN_TCP_ESTABLISHED.
 */
enum hn_tcp_state {
	HN_TCP_CLOSED,
	HN_TCP_V4_INIT,
	HN_TCP_V6_INIT,
	HN_TCP_ESTABLISHED,
	HN_TCP_V4_FIN,
	HN_TCP_V6_FIN,
	HN_TCP_FIN_FIN,
	HN_TCP_TRANS,
	__HN_TCP_LAST
};

#define HN_TCP_COUNT __HN_TCP_LAST

/*
 * Bits beyond len are zero. In POOL6 len is one of 32, 40, 48, 56, 64, 96 (RFC
 * 6052 section 2.2); in PREFIXES up to 128, and IPv4 is ::ffff:0:0/96.
 */
struct hn_prefix6 {
	struct in6_addr	addr;
	__u8		len;
	__u8		reserved[3];	/* zero */
};

/*
 * One port range of every address of an IPv4 prefix. In requests protos may
 * have several bits; the host bits of addr are zero. A dump reports one entry
 * per prefix, range and protocol.
 *
 * Nodes that are active at once take new ports from different shares. Of the P
 * ports of a range of share 0, share n of N has those from number P (n - 1) / N
 * to P n / N - 1, rounded down: with fewer ports than shares, some have none.
 *
 * A range with a mark is for new mappings of packets from inside that have this mark
 * (skb->mark at PRE_ROUTING, behind raw and mangle), and for no others. Packets with a
 * mark that no range of any protocol has take what packets without one do: it is
 * somebody else's. A mapping that is there serves packets of any mark.
 */
struct hn_pool4_entry {
	__be32	addr;
	__u8	len;		/* prefix length, 16..32 */
	__u8	protos;		/* mask of HN_PROTO_BIT(); one bit in dumps */
	__u16	port_min;	/* 0 only for ICMP; TCP and UDP start at 1 */
	__u16	port_max;	/* >= port_min */
	/* 0: cut into shares; else the one that has all. To remove, 0 is any. */
	__u16	share;
	__u32	used;		/* dump only: ports in use, summed; zero in requests */
	__u32	held_down;	/* likewise: released, and not given again as yet */
	__u32	mark;		/* 0: of packets without one. To remove, 0 is any. */
};

/*
 * A session as it is dumped, multicast and applied. Addresses and ports of the flow:
 *
 *   inside (IPv6 host, or IPv4-mapped)  <->  external (pool4)  <->  remote (IPv4 host)
 *
 * The address under which an IPv6 inside host sees the remote is pool6 + remote. For ICMP all three
 * ports are identifiers, and remote_port equals ext_port.
 *
 * Of two that exclude each other the one of the later generation prevails, then that of the lower
 * owner, then that of the later version; of two mappings, by the best of the sessions of each, and
 * a static one always.
 */
struct hn_record {
	struct in6_addr	inside;
	__be32		ext;
	__be32		remote;
	__be16		inside_port;
	__be16		ext_port;
	__be16		remote_port;
	__u8		proto;		/* enum hn_proto */
	__u8		state;		/* enum hn_tcp_state */
	__u32		lifetime;	/* ms until it expires; 0 in deletions */
	__u32		owner;		/* node id; in APPLY never 0 and never this node's own */
	__u16		generation;	/* +1 for each change of owner; serial number arithmetic */
	__u16		version;	/* +1 for each delta of one generation; likewise */
	__u16		flags;		/* mask of HN_RF_* */
	__u16		reserved;	/* zero */
};

#define HN_RF_DELETE (1U << 0)	/* the session is gone */
#define HN_RF_EXACT (1U << 1)	/* and no other of the flow: that of this owner and generation */

/*
 * A flow's hash is SipHash-2-4 (64 bit, as a little-endian number) of this under
 * DIGEST_KEY. Its highest bits say in which bucket the flow's session is, whatever
 * becomes of it.
 */
struct hn_digest_input {
	struct in6_addr	inside;
	__be32		ext;
	__be32		remote;
	__be16		inside_port;
	__be16		ext_port;
	__be16		remote_port;	/* ICMP: ext_port */
	__u8		proto;		/* enum hn_proto */
	__u8		reserved;	/* zero */
};

#define HN_DIGEST_BITS 11
#define HN_DIGEST_BUCKETS (1U << HN_DIGEST_BITS)
#define HN_DIGEST_BUCKET(hash) ((__u32)((hash) >> (64 - HN_DIGEST_BITS)))

/*
 * The session's digest is the hash times this, modulo 2^64: one for each generation,
 * version and enum hn_tcp_class. How long it lives is in the version, which counts
 * what was told of it.
 */
#define HN_DIGEST_FACTOR(generation, version, class) \
	((__u64)(generation) << 19 | (__u64)(version) << 3 | (__u64)(class) << 1 | 1)

/* A binding of the BIB, RFC 6146 section 3.1. */
struct hn_bib_record {
	struct in6_addr	inside;
	__be32		ext;
	__be16		inside_port;
	__be16		ext_port;
	__u32		sessions;	/* how many use it */
	__u8		proto;
	__u8		flags;		/* mask of HN_BF_* */
	__u8		reserved[2];	/* zero */
};

#define HN_BF_STATIC (1U << 0)	/* it was added by BIB_ADD */

/*
 * A static mapping. STATIC_DIGEST is the XOR, over all of them with one protocol each, of
 * SipHash-2-4 (64 bit) of this with a key of zeros: equal where the same ones are.
 */
struct hn_bib_entry {
	struct in6_addr	inside;
	__be32		ext;
	__be16		inside_port;	/* 0 only for ICMP */
	__be16		ext_port;
	__u8		protos;		/* mask of HN_PROTO_BIT() */
	__u8		reserved[3];	/* zero */
};

/*
 * What is logged. A node logs what its own packets and its configuration do: sessions that it is
 * told of by peers, and their ends, are for those to log. But for the end of a session that its
 * owner has not told, such as one that ran out here because he is dead: so of several nodes at
 * least one logs each end, and perhaps two do.
 */
enum hn_log_kind {
	/*
	 * The external transport address is the inside one's from now on: a packet opened its first
	 * session of this node, or took it over; or BIB_ADD.
	 */
	HN_LOG_BIB_BEGIN,
	HN_LOG_BIB_CHANGE,	/* it is static now, or no more, as the flags say */
	HN_LOG_BIB_END,		/* the external transport address is free */
	HN_LOG_SESSION_BEGIN,
	HN_LOG_SESSION_ADOPT,	/* a packet took it over from the owner */
	HN_LOG_SESSION_END,	/* here; another owner, if it lives, may have it still */
	/* The instance is gone, with all that it has logged the begin of. No other field is set. */
	HN_LOG_INSTANCE_END,
	/*
	 * A source has these external ports from now on, of all protocols, or no more; with
	 * port-block-size, and in place of BIB_BEGIN and BIB_END of dynamic mappings. A block
	 * begins with the first session of this node below one of them, and ends with the last of
	 * its mappings.
	 */
	HN_LOG_BLOCK_BEGIN,
	HN_LOG_BLOCK_END,
	__HN_LOG_LAST
};

#define HN_LOG_COUNT __HN_LOG_LAST

/*
 * Of a mapping (BIB_*) what there is of the remote end is zero. Of a block (BLOCK_*) inside is the
 * prefix of the source, or an IPv4-mapped host, inside_port its length; the ports are those from
 * ext_port to remote_port; and proto is zero, for it is of no protocol.
 */
struct hn_log_event {
	__u64		time;		/* ns since 1970 by this node's clock, UTC */
	struct in6_addr	inside;
	__be32		ext;
	__be32		remote;
	__be16		inside_port;
	__be16		ext_port;
	__be16		remote_port;	/* ICMP: ext_port */
	__u8		kind;		/* enum hn_log_kind */
	__u8		proto;		/* enum hn_proto */
	__u32		owner;		/* of the session; ADOPT: until then; of a mapping 0 */
	__u16		flags;		/* mask of HN_LF_* */
	__u16		reserved;	/* zero */
};

#define HN_LF_STATIC (1U << 0)	/* the mapping is static */

/* What became of each record of an APPLY: index into HN_A_APPLIED. */
enum hn_apply_fate {
	HN_APPLY_INSERTED,
	HN_APPLY_UPDATED,
	HN_APPLY_DELETED,
	HN_APPLY_STALE,		/* not newer than what is here, or nothing to delete */
	HN_APPLY_OUTSIDE,	/* external end not in pool4, or inside one in pool6 or no prefix */
	HN_APPLY_CONFLICT,	/* an end is bound to what prevails, see struct hn_record */
	HN_APPLY_FULL,		/* max-sessions reached */
	HN_APPLY_INVALID,	/* a field is out of its range */
	HN_APPLY_NOMEM,		/* there was no memory: worth another attempt */
	HN_APPLY_WON,		/* it is here; what an end was bound to is gone */
	__HN_APPLY_LAST
};

#define HN_APPLY_COUNT __HN_APPLY_LAST

/*
 * f-args: a hash of these of the first packet chooses a mapping's external address. By its
 * source alone, all of a host's have one (RFC 4787 REQ-2). The port is random whatever it is.
 */
#define HN_ARG_SOURCE 8
#define HN_ARG_SOURCE_PORT 4	/* of ICMP the identifier */
#define HN_ARG_REMOTE 2
#define HN_ARG_REMOTE_PORT 1	/* ICMP has none */
#define HN_ARG_ALL 15

/*
 * Settings: X(identifier, "name", type, default, minimum, maximum, "help").
 * Attribute HN_G_<identifier> in HN_A_GLOBALS is a __u32 whatever the type: BOOL
 * is 0 or 1, TIME is milliseconds, NUM a plain number, PROTOS a mask of
 * HN_PROTO_BIT(). Only that of MTUS is an array of __u16, 1 to HN_PLATEAUS_MAX of
 * them, each in the range and different from the others; they are told in
 * descending order, and have no default here. This table makes the kernel's policy,
 * defaults and ranges, hactl's options, the configuration's keys and the manual page.
 */
#define HN_GLOBALS(X) \
	X(ENABLED, "enabled", BOOL, 1, 0, 1, \
	  "translate packets; when false they pass untouched and sessions are kept") \
	X(UDP_TIMEOUT, "udp-timeout", TIME, 300000, 120000, 86400000, \
	  "lifetime of an idle UDP session (RFC 6146: not below 2 minutes)") \
	X(ICMP_TIMEOUT, "icmp-timeout", TIME, 60000, 60000, 86400000, \
	  "lifetime of an idle ICMP query session (RFC 5508: not below 60 seconds)") \
	X(TCP_EST_TIMEOUT, "tcp-est-timeout", TIME, 7440000, 60000, 864000000, \
	  "lifetime of an idle established TCP session (RFC 5382: 2 hours 4 minutes)") \
	X(TCP_TRANS_TIMEOUT, "tcp-trans-timeout", TIME, 240000, 10000, 86400000, \
	  "lifetime of a TCP session that is closing, or may be (RFC 5382: 4 minutes)") \
	X(LOWEST_IPV6_MTU, "lowest-ipv6-mtu", NUM, 1280, 1280, 65535, \
	  "size to which IPv4 packets without DF are fragmented, in bytes (RFC 7915 section 4)") \
	X(UDP_ZERO_CSUM, "amend-udp-checksum-zero", BOOL, 1, 0, 1, \
	  "compute the checksum of IPv4 UDP packets that have none; when false they are dropped") \
	X(DROP_EXT_TCP, "drop-externally-initiated-tcp", BOOL, 0, 0, 1, \
	  "drop TCP SYN packets from the IPv4 side that open a new session") \
	X(MAX_SESSIONS, "max-sessions", NUM, 10000000, 1, 100000000, \
	  "sessions beyond which no new one is created") \
	X(SS_ENABLED, "ss-enabled", BOOL, 0, 0, 1, \
	  "synchronise sessions with other nodes") \
	X(SS_FLUSH_ASAP, "ss-flush-asap", BOOL, 1, 0, 1, \
	  "send changes at once; when false they wait for a full frame or ss-flush-deadline") \
	X(SS_FLUSH_DEADLINE, "ss-flush-deadline", TIME, 2000, 1, 60000, \
	  "longest time a change may wait while ss-flush-asap is false") \
	X(SS_CAPACITY, "ss-capacity", NUM, 262144, 512, 100000000, \
	  "deletions that may wait for delivery; beyond it they are given up, and counted") \
	X(SS_MAX_PAYLOAD, "ss-max-payload", NUM, 1452, 512, 65000, \
	  "largest frame hanatd sends, in bytes of UDP or TCP payload") \
	X(SS_NODE, "ss-node", NUM, 0, 0, 4294967295, \
	  "id of this node among its peers; 0 chooses one at random") \
	X(SS_PROTOCOLS, "ss-protocols", PROTOS, HN_PROTO_ALL, 1, HN_PROTO_ALL, \
	  "protocols whose sessions are synchronised") \
	X(SS_MIN_AGE, "ss-min-age", TIME, 0, 0, 60000, \
	  "age that a new session must reach before peers are told of it") \
	X(SS_SHARES, "ss-shares", NUM, 1, 1, HN_SHARES_MAX, \
	  "into how many shares pool4 is cut, for nodes that are active at once") \
	X(SS_SHARE, "ss-share", NUM, 1, 1, HN_SHARES_MAX, \
	  "share of pool4 from which this node takes new ports") \
	X(ADDR_FILTERING, "address-dependent-filtering", BOOL, 0, 0, 1, \
	  "let in only from addresses that the inside host talks to through the same mapping") \
	X(MAX_SOURCE_SESSIONS, "max-sessions-per-source", NUM, 0, 0, 100000000, \
	  "sessions of one source beyond which it gets no new one; 0 is no limit") \
	X(SOURCE_PREFIX, "source-prefix-length", NUM, 64, 32, 128, \
	  "inside addresses that share so many bits are one source") \
	X(ZERO_TCLASS, "zeroize-traffic-class", BOOL, 0, 0, 1, \
	  "IPv6 packets get traffic class 0; when false they get the TOS of the IPv4 packet") \
	X(OVERRIDE_TOS, "override-tos", BOOL, 0, 0, 1, \
	  "IPv4 packets get the TOS in tos; when false they get the IPv6 packet's traffic class") \
	X(TOS, "tos", NUM, 0, 0, 255, \
	  "TOS of IPv4 packets while override-tos is true, ECN bits as well") \
	X(MAX_SIMULTANEOUS_OPENS, "maximum-simultaneous-opens", NUM, 10, 0, 8192, \
	  "TCP SYN packets without a mapping that wait for 6 seconds to be answered; 0: none is") \
	X(WKP_GLOBAL, "wkp-global-only", BOOL, 0, 0, 1, \
	  "with 64:ff9b::/96, open flows only with global IPv4 addresses (RFC 6052 section 3.1)") \
	X(TCP_OPEN_TIMEOUT, "tcp-open-timeout", TIME, 240000, 10000, 86400000, \
	  "lifetime of a TCP session that is opening (RFC 7857: 4 minutes)") \
	X(LOGGING_BIB, "logging-bib", BOOL, 0, 0, 1, \
	  "log when mappings begin and end, for hactl log") \
	X(LOGGING_SESSION, "logging-session", BOOL, 0, 0, 1, \
	  "log when sessions begin and end, which says who talks to whom (RFC 6888 REQ-12)") \
	X(RST_AFTER_FIN, "handle-rst-during-fin-rcv", BOOL, 0, 0, 1, \
	  "an RST behind a FIN ends the session (RFC 6146 has it live on as established)") \
	X(DROP_ICMP6_INFO, "drop-icmpv6-info", BOOL, 0, 0, 1, \
	  "drop pings and their answers from the IPv6 side (RFC 6146 section 3.5.3)") \
	X(MTU_PLATEAUS, "mtu-plateaus", MTUS, 0, 68, 65535, \
	  "MTUs to guess from where an IPv4 router says none (RFC 7915 section 4.2)") \
	X(F_ARGS, "f-args", NUM, HN_ARG_SOURCE, 0, HN_ARG_ALL, \
	  "what chooses an external address: 8 host + 4 its port + 2 remote + 1 its port") \
	X(HOLD_DOWN, "port-hold-down", TIME, 120000, 0, 3600000, \
	  "a released UDP port or ICMP identifier stays unused so long, or twice (RFC 6888)") \
	X(HOLD_DOWN_MAX, "port-hold-down-percent", NUM, 25, 0, 90, \
	  "of a range's ports, how many may be unused so at a time; others are free at once") \
	X(MAX_SOURCE_MAPPINGS, "max-mappings-per-source", NUM, 0, 0, 100000000, \
	  "mappings, each with a port, beyond which a source gets none; 0 is no limit") \
	X(SOURCE_MAPPING_RATE, "max-new-mappings-per-source", NUM, 0, 0, 1000000, \
	  "mappings that a source may make in a second; 0 is no limit") \
	X(BLOCK_SIZE, "port-block-size", NUM, 0, 0, 16384, \
	  "a source gets so many ports at a time, logged as one (RFC 6888); 0: one by one")

enum hn_global_type { HN_GT_BOOL, HN_GT_TIME, HN_GT_NUM, HN_GT_PROTOS, HN_GT_MTUS };

enum hn_global {
	HN_G_UNSPEC,
#define HN_GLOBAL_ENUM(id, name, type, def, min, max, help) HN_G_##id,
	HN_GLOBALS(HN_GLOBAL_ENUM)
#undef HN_GLOBAL_ENUM
	__HN_G_LAST
};

#define HN_G_MAX (__HN_G_LAST - 1)

/*
 * Counters: X(identifier, "name", "help"), in the order of HN_A_STATS. Append
 * only. Every packet that reaches a hook and is ours is counted in exactly one
 * of the xlat-* and drop-* counters.
 */
#define HN_STATS(X) \
	X(XLAT_64, "xlat-64", "packets translated from IPv6 to IPv4") \
	X(XLAT_46, "xlat-46", "packets translated from IPv4 to IPv6") \
	X(PASS_DISABLED, "pass-disabled", "packets left to the host: translation is disabled") \
	X(PASS_HOST, "pass-host", "ICMP queries without a mapping to an address of the host") \
	X(DROP_TRUNCATED, "drop-truncated", "a header is missing, cut short or inconsistent") \
	X(DROP_GSO, "drop-gso", "an aggregate that can't be translated whole") \
	X(DROP_FRAGMENT, "drop-fragment", "a fragment that was not reassembled") \
	X(DROP_EXTHDR, "drop-exthdr", "IPv6 extension headers that are too many") \
	X(DROP_SRCROUTE, "drop-srcroute", \
	  "IPv4 source route or IPv6 routing header with hops left") \
	X(DROP_PROTO, "drop-proto", "transport protocol other than TCP, UDP, ICMP") \
	X(DROP_ADDR, "drop-addr", "source or destination address that must not be translated") \
	X(DROP_LOOP, "drop-loop", "IPv6 source inside pool6") \
	X(DROP_CSUM, "drop-csum", "wrong ICMP checksum in an error message") \
	X(DROP_UDP_ZERO, "drop-udp-zero", \
	  "UDP checksum zero, and amend-udp-checksum-zero is false") \
	X(DROP_TTL, "drop-ttl", "TTL or hop limit exceeded") \
	X(DROP_MTU, "drop-mtu", "too big for the next hop; the sender was told") \
	X(DROP_ROUTE, "drop-route", "no route for the translated packet") \
	X(DROP_ICMP_TYPE, "drop-icmp-type", "ICMP type or code without a translation") \
	X(DROP_ICMP_INNER, "drop-icmp-inner", "ICMP error whose inner packet can't be used") \
	X(DROP_ICMP_NO_SESSION, "drop-icmp-no-session", "ICMP error about an unknown flow") \
	X(DROP_NO_MAPPING, "drop-no-mapping", "IPv4 packet to a pool4 port without a mapping") \
	X(DROP_TCP_NO_SYN, "drop-tcp-no-syn", "TCP packet of an unknown flow that is no SYN") \
	X(DROP_TCP_POLICY, "drop-tcp-policy", "SYN refused by drop-externally-initiated-tcp") \
	X(DROP_POOL_EMPTY, "drop-pool-empty", "no pool4 address for this protocol") \
	X(DROP_POOL_EXHAUSTED, "drop-pool-exhausted", \
	  "every pool4 port of this protocol is in use or held down") \
	X(DROP_MAX_SESSIONS, "drop-max-sessions", "max-sessions reached") \
	X(DROP_NOMEM, "drop-nomem", "no memory for the packet, mapping or session") \
	X(SESSION_CREATED, "session-created", "sessions created by packets") \
	X(SESSION_EXPIRED, "session-expired", "sessions that ran out of lifetime") \
	X(SESSION_REMOVED, "session-removed", \
	  "sessions removed with their pool4 range, static mapping or inside prefix") \
	X(SESSION_ADOPTED, "session-adopted", "sessions of another node taken over by a packet") \
	X(MAPPING_CREATED, "mapping-created", "mappings created") \
	X(MAPPING_REMOVED, "mapping-removed", "mappings removed") \
	X(DELTA_MARKED, "delta-marked", "sessions queued for sending") \
	X(DELTA_RECORDS, "delta-records", "records delivered to the multicast group") \
	X(DELTA_MESSAGES, "delta-messages", "messages delivered to the multicast group") \
	X(DELTA_RETRIES, "delta-retries", "messages that were not delivered and will be repeated") \
	X(DELTA_CANCELLED, "delta-cancelled", "sessions that came and went unannounced") \
	X(DELTA_LOST, "delta-lost", "deletions given up because of ss-capacity") \
	X(APPLY_INSERTED, "apply-inserted", "received sessions that were new") \
	X(APPLY_UPDATED, "apply-updated", "received sessions newer than what was here") \
	X(APPLY_DELETED, "apply-deleted", "received deletions that were carried out") \
	X(APPLY_STALE, "apply-stale", "received records not newer than what is here") \
	X(APPLY_OUTSIDE, "apply-outside", "received records outside pool4 or inside pool6") \
	X(APPLY_CONFLICT, "apply-conflict", "received records that lost to a mapping here") \
	X(APPLY_FULL, "apply-full", "received records beyond max-sessions") \
	X(APPLY_INVALID, "apply-invalid", "received records with a field out of range") \
	X(APPLY_NOMEM, "apply-nomem", "received records for which there was no memory") \
	X(FRAG_HELD, "frag-held", "fragments kept until their packet is whole, or too old") \
	X(DROP_POOL_SHARE, "drop-pool-share", \
	  "every pool4 port of this protocol in this node's shares is in use") \
	X(DROP_CONFLICT, "drop-conflict", \
	  "first packet of a flow whose mapping was lost or removed at that moment") \
	X(APPLY_WON, "apply-won", "received sessions that took a mapping from others here") \
	X(SESSION_LOST, "session-lost", \
	  "sessions removed because another node's has their mapping") \
	X(XLAT_HAIRPIN, "xlat-hairpin", \
	  "packets from one inside host to another one's pool4 address, translated twice") \
	X(DROP_FILTERED, "drop-filtered", \
	  "first packet from an address that address-dependent-filtering does not let in") \
	X(DROP_SOURCE_LIMIT, "drop-source-limit", \
	  "max-sessions-per-source or max-mappings-per-source reached") \
	X(SYN_STORED, "syn-stored", \
	  "SYN packets without a mapping that wait for their flow to be opened from inside") \
	X(SYN_MET, "syn-met", "stored SYN packets whose flow was opened in time") \
	X(SYN_REFUSED, "syn-refused", \
	  "stored SYN packets whose sender was told that nobody listens") \
	X(SYN_OVERFLOW, "syn-overflow", \
	  "SYN packets that were not stored because of maximum-simultaneous-opens") \
	X(TCP_PROBES, "tcp-probes", \
	  "inside hosts asked whether an idle TCP connection is still there") \
	X(LOG_SENT, "log-sent", "events sent to the listeners of the log") \
	X(LOG_LOST, "log-lost", "events not logged because too many were waiting") \
	X(LOG_UNHEARD, "log-unheard", "events not logged because nobody listened") \
	X(DROP_ICMP6_INFO, "drop-icmpv6-info", \
	  "ping or its answer from the IPv6 side, and drop-icmpv6-info is true") \
	X(XLAT_44_OUT, "xlat-44-out", "packets of inside IPv4 hosts translated") \
	X(XLAT_44_IN, "xlat-44-in", "packets to inside IPv4 hosts translated") \
	X(DROP_SOURCE_RATE, "drop-source-rate", "max-new-mappings-per-source reached") \
	X(BLOCK_CREATED, "block-created", "blocks of ports that a source got") \
	X(BLOCK_REMOVED, "block-removed", "blocks of which no port is used any more")

enum hn_stat {
#define HN_STAT_ENUM(id, name, help) HN_STAT_##id,
	HN_STATS(HN_STAT_ENUM)
#undef HN_STAT_ENUM
	__HN_STAT_LAST
};

#define HN_STAT_COUNT __HN_STAT_LAST

#endif
