/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HANAT_NETLINK_H
#define HANAT_NETLINK_H

#include <linux/netlink.h>

#include "instance.h"

struct netlink_callback;
struct sk_buff;

int hn_genl_register(void);
void hn_genl_unregister(void);

/* Anybody in the multicast group? Any context. */
bool hn_genl_has_listeners(struct net *net);

/* A DELTA message under construction: records are written in place. */
struct hn_delta_message {
	struct sk_buff		*skb;
	void			*header;
	struct nlattr		*attr;
	struct hn_record	*records;
};

/* With room for n records. May sleep. */
int hn_delta_message_init(struct hn_delta_message *msg, struct hn_instance *inst, u64 seq,
			  u64 lost, u32 n);
void hn_delta_message_cancel(struct hn_delta_message *msg);
/*
 * Sends the first n records. -ESRCH nobody listens, -ENOBUFS a listener that
 * must not lose it could not take it. May sleep.
 */
int hn_delta_message_send(struct hn_delta_message *msg, struct hn_instance *inst, u32 n);

/* Dump callbacks, dump.c. */
int hn_dump_sessions(struct sk_buff *skb, struct netlink_callback *cb);
int hn_dump_bib(struct sk_buff *skb, struct netlink_callback *cb);
int hn_dump_pool4(struct sk_buff *skb, struct netlink_callback *cb);

#endif
