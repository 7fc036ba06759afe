#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The active node dies; the flows live on through the other one, with their
# mappings. Once by losing its instance, once with its whole namespace.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/failover.sh"

# test_flows_live NODE WHAT - through the new active node, and nobody reconnected.
test_flows_live()
{
	flows_live "$2"
	is "$(mappings "$1")" "$before" "the mappings on $1 are those of before"
	is "$(stat_of "$1" session-created)" "${3:-0}" "$1 made no session of its own"
	ok "$1 adopted them" stat_is "$1" session-adopted -ge 3
}

pair true
flows_start
ok "the TCP stream flows" progress tcp
ok "the UDP flow flows" progress udp
wait_for 10 "the ping is answered" answers_beyond 3
peer=$(report tcp_server peers)
udp_peers=$(report udp_server peers)
like "$peer" "^192\.0\.2\.1#[0-9]+$" "the server sees the virtual address"
before=$(mappings J)
is "$(wc -l <<<"$before")" 3 "J has three sessions"
wait_for 3 "K has the same" mappings_are K "$before"

flows_mark
at J hactl instance remove
move_to K
test_flows_live K "after J's instance is removed"

ok "J comes back, empty" translator J
at J hactl --ss-enabled true
wait_for 5 "J gets the sessions from K" mappings_are J "$before"
flows_mark
move_to J
test_flows_live J "after J takes over again"
wait_for 5 "K learns that they are J's again" mappings_are K "$before"
adopted=$(stat_of K session-adopted)

flows_mark
ns_del J
move_to K
test_flows_live K "after J's whole namespace is deleted"
# J took them from K a moment ago: packets take them back when 5 s have passed.
wait_for 10 "K adopted them anew" stat_is K session-adopted -ge $((adopted + 3))
done_testing
