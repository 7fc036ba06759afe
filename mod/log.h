/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log: who had which external transport address, and when. Events go into a queue of
 * the CPU they happen on, without a lock and without memory being allocated, and from there,
 * by a worker, into full messages to the multicast group "log". What a queue has no room for
 * is counted, and leaves a gap in the numbers of events.
 */
#ifndef HANAT_LOG_H
#define HANAT_LOG_H

#include <linux/cache.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "hanat.h"
#include "table.h"

struct hn_instance;
struct hn_mapping;
struct hn_session;

/* Events of one message at most: its buffer is 8 KiB with all headers. */
#define HN_LOG_EVENTS 160
/* Of the queue of a CPU, which takes 192 KiB. A power of two. */
#define HN_LOG_QUEUE 4096
/* Milliseconds that an event waits for others. */
#define HN_LOG_DELAY 100
/* Milliseconds after which what there was no memory for is tried again. */
#define HN_LOG_RETRY 10

/* Mask in hn_instance.logs. */
#define HN_LOGS_BIB BIT(0)
#define HN_LOGS_SESSION BIT(1)

/*
 * Of one CPU, which writes at head, with BH off; who sends reads at tail. Both count
 * modulo 2^32.
 */
struct hn_log_queue {
	u32			head;
	u32			tail ____cacheline_aligned_in_smp;
	/* Made when logging is first asked for, and kept as long as the instance. */
	struct hn_log_event	*events;
};

struct hn_log {
	struct hn_log_queue __percpu	*queues;
	struct delayed_work		work;
	/* Of who sends: the worker, or who makes events faster than that. */
	struct mutex			lock;
	/* How many events were taken from the queues. */
	u64				taken;
};

int hn_log_init(struct hn_instance *inst);
/* Sends what there is, and that the instance is gone. No packet and no worker is left. */
void hn_log_exit(struct hn_instance *inst);

/*
 * What the settings ask for: prepare() makes the queues (-ENOMEM), update() has events
 * logged, or no more. hn_net.lock held.
 */
int hn_log_prepare(struct hn_instance *inst, const u32 *settings);
void hn_log_update(struct hn_instance *inst);

/*
 * The following five are to be called if hn_logs(). BH off. Of a mapping the lock of in_link
 * is held, or a reference; of a session its lock, and it is not dead yet.
 */
void hn_log_mapping(struct hn_instance *inst, const struct hn_mapping *m, enum hn_log_kind kind);
/* Of a block; the same, with its lock. */
void hn_log_block(struct hn_instance *inst, const struct in6_addr *source, __be32 ext, u16 first,
		  u16 last, enum hn_log_kind kind);
/* The mapping begins for this node with the first of its sessions, and is logged before it. */
void hn_log_session_begin(struct hn_instance *inst, const struct hn_session *s);
void hn_log_session_adopt(struct hn_instance *inst, const struct hn_session *s);
/* The end of the mapping will be logged as well, whoever made it. */
void hn_log_session_end(struct hn_instance *inst, const struct hn_session *s);

/*
 * For who ends many things at once, and may sleep: sends events if many wait, so that none
 * is lost.
 */
void hn_log_relieve(struct hn_instance *inst);
/* hn_table_walk_all() for such a fn. */
void hn_log_walk_all(struct hn_instance *inst, struct hn_table *t, hn_link_fn *fn, void *arg);

#endif
