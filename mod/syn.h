/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stored SYNs: a SYN from outside for which there is no mapping may be half of a
 * simultaneous open, whose other half is on its way (RFC 6146 section 3.5.2.2, RFC 5382
 * REQ-4). It is dropped, its headers are kept, and nobody is told anything for
 * HN_SYN_LIFETIME. If there is a session of the flow then, that was it; if not, the
 * sender learns that nobody listens.
 *
 * The port of a session is never chosen by what is stored: who may send a SYN with a
 * foreign source could choose it.
 *
 * A stored SYN holds nothing but its own memory: no device, no route, no mapping.
 */
#ifndef HANAT_SYN_H
#define HANAT_SYN_H

#include <linux/list.h>
#include <linux/spinlock.h>

struct hn_instance;
struct hn_packet;

/* TCP_INCOMING_SYN of RFC 6146 section 4. */
#define HN_SYN_LIFETIME (6 * HZ)
/* Chains have up to eight entries, see the range of maximum-simultaneous-opens. */
#define HN_SYN_BUCKETS 1024

struct hn_syns {
	/* Of all that follows. BH off. */
	spinlock_t		lock;
	/* By age: all live equally long. */
	struct list_head	list;
	u32			count;
	struct hlist_head	flows[HN_SYN_BUCKETS];
};

void hn_syn_init(struct hn_instance *inst);
/* Frees them all, without a word. No packet and no worker is left. */
void hn_syn_exit(struct hn_instance *inst);

/*
 * Keeps what is needed of a packet that is about to be dropped, if it is a SYN and there
 * is room. BH off, RCU.
 */
void hn_syn_store(const struct hn_packet *p);
/* Ends those whose time is up. May sleep. */
void hn_syn_expire(struct hn_instance *inst);

#endif
