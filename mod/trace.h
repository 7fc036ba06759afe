/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: /sys/kernel/tracing/events/hanat, for trace-cmd, perf and bpftrace. Their fields
 * are no part of the ABI.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hanat

#if !defined(HANAT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HANAT_TRACE_H

#include <linux/tracepoint.h>

#include "session.h"

DECLARE_EVENT_CLASS(hanat_session,
		    TP_PROTO(const struct hn_instance *inst, const struct hn_session *s),
		    TP_ARGS(inst, s),
		    TP_STRUCT__entry(__field(unsigned int, netns)
				     __field(u8, proto)
				     __field(u8, state)
				     __field(u32, owner)
				     __array(u8, inside, 16)
				     __array(u8, ext, 4)
				     __array(u8, remote, 4)
				     __field(u16, inside_port)
				     __field(u16, ext_port)
				     __field(u16, remote_port)
		    ),
		    TP_fast_assign(__entry->netns = inst->net->ns.inum;
				   __entry->proto = s->proto;
				   __entry->state = s->state;
				   __entry->owner = s->owner;
				   memcpy(__entry->inside, &s->map->inside, 16);
				   memcpy(__entry->ext, &s->map->ext, 4);
				   memcpy(__entry->remote, &s->remote, 4);
				   __entry->inside_port = ntohs(s->map->inside_port);
				   __entry->ext_port = ntohs(s->map->ext_port);
				   __entry->remote_port = ntohs(s->remote_port);
		    ),
		    TP_printk("netns=%u proto=%s inside=%pI6c#%u external=%pI4#%u remote=%pI4#%u state=%u owner=%u",
			      __entry->netns,
			      __print_symbolic(__entry->proto, { HN_PROTO_TCP, "tcp" },
					       { HN_PROTO_UDP, "udp" },
					       { HN_PROTO_ICMP, "icmp" }),
			      __entry->inside, __entry->inside_port, __entry->ext,
			      __entry->ext_port, __entry->remote, __entry->remote_port,
			      __entry->state, __entry->owner)
);

/* By a packet, or by a record of a peer (its owner is not 0 then). Its lock is held. */
DEFINE_EVENT(hanat_session, hanat_session_create,
	     TP_PROTO(const struct hn_instance *inst, const struct hn_session *s),
	     TP_ARGS(inst, s)
);

/* A packet took it from the node that owned it; the owner is this node (0) now. */
DEFINE_EVENT(hanat_session, hanat_session_adopt,
	     TP_PROTO(const struct hn_instance *inst, const struct hn_session *s),
	     TP_ARGS(inst, s)
);

/* It leaves the tables: expired or removed. */
DEFINE_EVENT(hanat_session, hanat_session_end,
	     TP_PROTO(const struct hn_instance *inst, const struct hn_session *s),
	     TP_ARGS(inst, s)
);

/* What "hactl stats" counts as drop-*, packet by packet. */
TRACE_EVENT(hanat_drop,
	    TP_PROTO(const struct hn_instance *inst, const struct sk_buff *skb, enum hn_stat why),
	    TP_ARGS(inst, skb, why),
	    TP_STRUCT__entry(__field(unsigned int, netns)
			     __field(const void *, skb)
			     __field(unsigned int, len)
			     __array(char, why, 32)
	    ),
	    TP_fast_assign(__entry->netns = inst->net->ns.inum;
			   __entry->skb = skb;
			   __entry->len = skb->len;
			   strscpy(__entry->why, hn_stat_name(why), sizeof(__entry->why));
	    ),
	    TP_printk("netns=%u skb=%p len=%u why=%s", __entry->netns, __entry->skb,
		      __entry->len, __entry->why)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
