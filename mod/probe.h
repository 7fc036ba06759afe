/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Probes: when the time of an established TCP session is up, its inside host is asked
 * whether it is still there, by an ACK that it must answer (RFC 6146 section 3.5.2.2).
 * The session goes on in state TRANS until then, or until it ends.
 */
#ifndef HANAT_PROBE_H
#define HANAT_PROBE_H

#include <linux/in6.h>

struct hn_instance;
struct hn_session;

/*
 * Of one bucket, and in one slice of the walk over the table: a million sessions that
 * end at once are probed over minutes, in which they wait with their time up.
 */
#define HN_PROBES 16
#define HN_PROBES_PER_SLICE 512

struct hn_probe {
	struct in6_addr	inside;
	__be32		remote;
	__be16		inside_port;
	__be16		remote_port;
};

/* Collected under the locks of sessions, sent without. */
struct hn_probes {
	u32		budget;		/* those that may be added or sent */
	u32		count;
	struct hn_probe	probe[HN_PROBES];
};

/* False: not now. The session's lock held. */
bool hn_probes_add(struct hn_probes *probes, const struct hn_session *s);
/* Sends and forgets them. Process context; no lock held. */
void hn_probes_send(struct hn_probes *probes, struct hn_instance *inst);

#endif
