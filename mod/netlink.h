/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HANAT_NETLINK_H
#define HANAT_NETLINK_H

#include <linux/netlink.h>

#include "instance.h"

struct netlink_callback;
struct sk_buff;

int hn_genl_register(void);
void hn_genl_unregister(void);

/* The multicast groups, in the order of the family's. */
enum hn_group { HN_GROUP_SESSIONS, HN_GROUP_LOG };

/* Anybody in the multicast group? Any context. */
bool hn_genl_has_listeners(struct net *net, enum hn_group group);

/* What a message to a group says before its array. */
struct hn_group_head {
	enum hn_cmd	cmd;
	u64		seq;
	u64		lost;	/* 0: it says nothing of that */
	enum hn_attr	array;
};

/* A message under construction: the array is written in place. */
struct hn_group_message {
	struct sk_buff		*skb;
	void			*header;
	struct nlattr		*attr;
};

/* With room for an array of so many bytes. May sleep. */
int hn_group_message_init(struct hn_group_message *msg, struct hn_instance *inst,
			  const struct hn_group_head *head, size_t size);
void *hn_group_message_array(const struct hn_group_message *msg);
void hn_group_message_cancel(struct hn_group_message *msg);
/*
 * Sends it with the first bytes of the array. -ESRCH nobody listens, -ENOBUFS a listener
 * that must not lose it could not take it. May sleep.
 */
int hn_group_message_send(struct hn_group_message *msg, struct hn_instance *inst,
			  enum hn_group group, size_t size);

/* Dump callbacks, dump.c. */
int hn_dump_sessions(struct sk_buff *skb, struct netlink_callback *cb);
int hn_dump_bib(struct sk_buff *skb, struct netlink_callback *cb);
int hn_dump_pool4(struct sk_buff *skb, struct netlink_callback *cb);

#endif
