#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Negative control of 40-failover.sh: without synchronisation the same TCP stream
# does not survive the same failover. If it did, that test would prove nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/failover.sh"

pair false
flows_start
ok "the TCP stream flows" progress tcp
wait_for 10 "the ping is answered" answers_beyond 3
before=$(mappings J)
is "$(wc -l <<<"$before")" 3 "J has three sessions"
is "$(mappings K)" "" "K has none"

at J hactl instance remove
move_to K
answers=$(answers)
wait_for 15 "the ping recovers through K" answers_beyond $((answers + 3))
echoed=$(report tcp echoed)
fails "the TCP stream does not, within 8 s" progress tcp 8
is "$(report tcp echoed)" "$echoed" "not a byte"
is "$(session_count K --tcp)" 0 "K has no session for it"
ok "and drops its packets" stat_is K drop-tcp-no-syn -ge 1
answers=$(answers)
wait_for 5 "the ping still works" answers_beyond $((answers + 3))
done_testing
