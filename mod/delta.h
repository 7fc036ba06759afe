/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deltas: telling peers what changed. A changed session is queued once, itself,
 * on the dirty list of the CPU that changed it; a worker turns queued sessions
 * into full messages to the multicast group. Overload delays and coalesces; it
 * does not lose, but for deletions beyond ss-capacity (an eighth more may wait
 * until they are counted), or that could not be delivered for HN_DELTA_PATIENCE:
 * those hold ports of pool4.
 */
#ifndef HANAT_DELTA_H
#define HANAT_DELTA_H

#include <linux/llist.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct hn_instance;
struct hn_session;
struct hn_record;
struct netlink_ext_ack;

/* Records of one message at most: its buffer is 8 KiB with all headers. */
#define HN_DELTA_RECORDS 160
/* Milliseconds after which a failed delivery is repeated. */
#define HN_DELTA_RETRY 10
/*
 * Microseconds that the worker rests after it has told what there was. Peers hear of a
 * change later by that, at most.
 */
#define HN_DELTA_PAUSE_MIN 2000
#define HN_DELTA_PAUSE_MAX 3000
/*
 * Milliseconds of failed deliveries after which waiting deletions are given up.
 */
#define HN_DELTA_PATIENCE 1000
/*
 * Bytes of a NAT64 session in a frame of hanatd: how many changes make a full
 * frame.
 */
#define HN_DELTA_WIRE_RECORD 37

struct hn_dirty {
	struct llist_head	list;
	u32			count;
	/*
	 * Of all CPUs together: how many sessions that are dead are queued, wherever.
	 */
	int			dead;
};

struct hn_delta {
	struct hn_dirty __percpu	*dirty;
	struct delayed_work		work;
	u64				seq;
	u64				lost;
	/*
	 * The rest is the worker's own: sessions taken from the dirty lists,
	 * oldest first.
	 */
	struct llist_node		*pending;
	struct llist_node		**pending_tail;
	unsigned long			failing_since;
	bool				failing;
	/*
	 * Requests to mark the whole table; the round in progress is at cursor.
	 */
	atomic_t			advertise;
	bool				advertising;
	u32				cursor;
	/*
	 * The message being made: sessions stay queued until it is delivered.
	 */
	u32				batch_count;
	struct hn_session		*batch[HN_DELTA_RECORDS];
	/* Those of the batch that live, and whose end peers are told. */
	DECLARE_BITMAP(withdrawn, HN_DELTA_RECORDS);
};

int hn_delta_init(struct hn_instance *inst);
/*
 * Stops the worker; sessions that are dead and still queued are freed. No
 * packet is left.
 */
void hn_delta_exit(struct hn_instance *inst);

/*
 * Queues the session if it concerns peers, and they listen. Its lock held, BH
 * off.
 */
void hn_delta_mark(struct hn_instance *inst, struct hn_session *s);

/* A session that is queued has died: it waits to be told of and freed. Locked as above. */
void hn_delta_died(struct hn_instance *inst);

/* Sends what waits for a full frame or for a deadline that is no longer the set one. May sleep. */
void hn_delta_flush(struct hn_instance *inst);

/* Marks all sessions of this node that concern peers, in the background. */
void hn_delta_advertise(struct hn_instance *inst);

/*
 * A session as its record. Its lock held or RCU; ICMP's remote port is filled
 * in.
 */
void hn_record_fill(const struct hn_instance *inst, const struct hn_session *s,
		    struct hn_record *r);

#endif
