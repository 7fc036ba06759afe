// SPDX-License-Identifier: GPL-2.0-or-later
// Everything hanatd counts. hanatd(8) lists the names; append only.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "hanatd/wire.h"

namespace hn
{

// X(member, "name", "help")
#define HN_DAEMON_COUNTERS(X)                                                                      \
	X(frames_sent, "frames-sent", "frames sent, each time on each path")                       \
	X(bytes_sent, "bytes-sent", "bytes of those frames")                                       \
	X(records_sent, "records-sent", "own sessions in frames sent")                             \
	X(foreign_sent, "foreign-sent", "sessions of other nodes sent in answer to a request")     \
	X(send_blocked, "send-blocked", "times the socket took no more and frames had to wait")    \
	X(send_errors, "send-errors", "other failures to send; the frame is tried again")          \
	X(send_dropped, "send-dropped", "frames given up: too long for the socket")                \
	X(queue_high, "queue-high", "most frames that ever waited to be sent")                     \
	X(backpressure, "backpressure", "times reading from the kernel paused, the queue full")    \
	X(frames_received, "frames-received", "datagrams received, those of this node excluded")   \
	X(bytes_received, "bytes-received", "bytes of those datagrams")                            \
	X(frames_own, "frames-own", "own frames that the network looped back")                     \
	X(records_received, "records-received", "sessions in accepted frames")                     \
	X(records_own, "records-own", "sessions this node owns in the tables of others: ignored")  \
	X(records_hearsay, "records-hearsay",                                                      \
	  "the same, of a peer it is equal to: its own word counts")                               \
	X(records_unapplied, "records-unapplied", "sessions dropped: no instance, or disabled")    \
	X(tlvs_skipped, "tlvs-skipped", "messages of unknown type in accepted frames")             \
	X(reordered, "reordered", "frames that came after a later one")                            \
	X(duplicates, "duplicates", "frames dropped: seen already")                                \
	X(frames_old, "frames-old", "frames dropped: too far behind, or of an epoch that ended")   \
	X(node_clash, "node-clash", "frames dropped: sent with this node's id by another node")    \
	X(peers_full, "peers-full", "frames dropped: no room for another peer")                    \
	X(gaps, "gaps", "times frames of a peer were missing for good")                            \
	X(frames_lost, "frames-lost", "frames missing in those gaps")                              \
	X(requests_sent, "requests-sent", "tables requested")                                      \
	X(requests_received, "requests-received", "requests for this node's table")                \
	X(tables_sent, "tables-sent", "readings of the table that were sent")                      \
	X(advertisements, "advertisements", "times the kernel was asked to send all own sessions") \
	X(kernel_messages, "kernel-messages", "messages received from the kernel")                 \
	X(kernel_gaps, "kernel-gaps", "times messages of the kernel were missing")                 \
	X(kernel_lost, "kernel-lost", "deletions the kernel gave up: see ss-capacity")             \
	X(kernel_foreign, "kernel-foreign", "changes of sessions of another owner: not sent")      \
	X(apply_errors, "apply-errors", "batches the kernel refused")                              \
	X(unapplied, "unapplied",                                                                  \
	  "times the kernel did not take records, which are asked for again")                      \
	X(peers, "peers", "peers heard within the last seconds")                                   \
	X(frames_unproven, "frames-unproven",                                                      \
	  "frames dropped: the sender has yet to show it is alive")                                \
	X(challenges_sent, "challenges-sent", "times a sender was asked to show that")             \
	X(challenges_answered, "challenges-answered", "times this node showed it")                 \
	X(nacks_sent, "nacks-sent", "times a peer was asked to send missing frames again")         \
	X(nacks_received, "nacks-received", "times a peer asked this node to")                     \
	X(frames_repeated, "frames-repeated", "frames sent once more because of that")             \
	X(repairs_held, "repairs-held", "frames not sent once more: too many at a time")           \
	X(records_late, "records-late", "sessions in late frames that had been deleted by then")   \
	X(graves_full, "graves-full", "deletions not kept until all that is missing has come")     \
	X(digests_sent, "digests-sent", "parts of digests of own sessions sent")                   \
	X(digests_received, "digests-received", "parts of digests of peers")                       \
	X(buckets_different, "buckets-different", "buckets of a peer's sessions found different")  \
	X(buckets_mended, "buckets-mended", "buckets exchanged because of that")                   \
	X(records_pruned, "records-pruned", "sessions deleted in them that their owner had not")   \
	X(records_restored, "records-restored", "sessions installed in them, or set right")        \
	X(buckets_undecided, "buckets-undecided", "buckets that changed too often to be compared") \
	X(acks_sent, "acks-sent", "times frames of a peer were acknowledged")                      \
	X(left_behind, "left-behind", "times a peer was too slow to be waited for")                \
	X(ready, "ready", "1: this node holds what all living peers own")                          \
	X(path_full, "path-full", "frames dropped: too many waited for that path")                 \
	X(strangers, "strangers", "datagrams and connections dropped: from none of the peers")     \
	X(connections_opened, "connections-opened", "TCP connections on which a node was heard")   \
	X(connections_closed, "connections-closed", "those of them that ended")                    \
	X(connections_refused, "connections-refused", "other accepted connections, closed here")   \
	X(connections_left, "connections-left", "and there, before anything was heard on them")    \
	X(connections_displaced, "connections-displaced", "and here, for another one from there")  \
	X(streams_bad, "streams-bad", "connections closed: what came was no frame")                \
	X(config_parts_sent, "config-parts-sent", "pieces of this node's configuration sent")      \
	X(configs_loaded, "configs-loaded", "configurations of peers that were loaded here")       \
	X(configs_failed, "configs-failed", "those that could not be")                             \
	X(configs_refused, "configs-refused",                                                      \
	  "those that were not, for peers may not configure this node")

struct Counters {
#define HN_DAEMON_COUNTER(member, name, help) std::uint64_t member = 0;
	HN_DAEMON_COUNTERS(HN_DAEMON_COUNTER)
#undef HN_DAEMON_COUNTER
	std::array<std::uint64_t, decode_error_count> malformed{}; // by DecodeError
	std::array<std::uint64_t, HN_APPLY_COUNT> applied{};	   // by enum hn_apply_fate
};

// By the names above, "malformed-*" and "applied-*".
void for_each_counter(const Counters &counters,
		      const std::function<void(const std::string &, std::uint64_t)> &fn);

// One line, an object with all of them as members.
std::string counters_json(const Counters &counters);

} // namespace hn
