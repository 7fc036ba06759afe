#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What leads a TCP session from one state to the next, and prolongs it (RFC 6146, section 3.5.2.2);
# what does not; and SYNs from outside where there is a mapping.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/counted.sh"
. "$(dirname "$0")/tcp.sh"

# after INSIDE_PORT REMOTE_PORT STATE from NODE ... - what this segment makes of the session.
after()
{
	local description="$1: a session in state $2" port=$3 remote=$4

	from "${@:5}"
	wait_for 5 "$description" in_state "$port" "$remote" "$2"
}

test_states()
{
	after "a SYN from inside" V6_INIT 5000 9 n6 5000 9 syn
	ext=$(external_port J --tcp 5000)
	after "one from outside for it" ESTABLISHED 5000 9 n4 9 "$ext" syn ack
	ok "lives long" lives 5000 9 -gt 7000000
	after "an RST from outside" TRANS 5000 9 n4 9 "$ext" rst
	ok "may be closing" lives 5000 9 -le 240000
	after "a later packet from outside" ESTABLISHED 5000 9 n4 9 "$ext" ack
	ok "lives long again" lives 5000 9 -gt 7000000
	after "an RST from inside" TRANS 5000 9 n6 5000 9 rst
	after "a later packet from inside" ESTABLISHED 5000 9 n6 5000 9 ack
}

# From another host or port of outside, to the same mapping.
test_from_outside()
{
	after "a SYN from outside to a mapping" V4_INIT 5000 7000 n4 7000 "$ext" syn
	ok "lives as one that opens" lives 5000 7000 -le 240000
	after "a SYN from inside for it" ESTABLISHED 5000 7000 n6 5000 7000 syn
	flow_start server n6 tcp-server :: 5000
	ok "a connection from outside to a mapping" flow n4 tcp-echo 192.0.2.1 "$ext" --timeout 60
	job_kill server
}

test_closing()
{
	after "a FIN from inside" V6_FIN_RCV 5000 7000 n6 5000 7000 fin ack
	ok "lives long" lives 5000 7000 -gt 7000000
	after "one from outside" V4_FIN_V6_FIN_RCV 5000 7000 n4 7000 "$ext" fin ack
	ok "is closing" lives 5000 7000 -le 240000
}

# The RFC knows no such end; hosts do, and the setting has it end.
test_rst_after_fin()
{
	from n6 5000 11 syn
	from n4 11 "$ext" syn ack
	after "a FIN from outside" V4_FIN_RCV 5000 11 n4 11 "$ext" fin ack
	stats_save J
	from n6 5000 11 rst
	wait_for 5 "an RST from inside passes" stat_is J xlat-64 -gt "${hn_stats[xlat-64]}"
	ok "it ends nothing" in_state 5000 11 V4_FIN_RCV
	ok "lives long" lives 5000 11 -gt 7000000
	ok "handle-rst-during-fin-rcv is set" at J hactl --handle-rst-during-fin-rcv true
	after "the RST then" TRANS 5000 11 n6 5000 11 rst
	ok "is closing" lives 5000 11 -le 240000
	after "a packet behind it" ESTABLISHED 5000 11 n4 11 "$ext" ack
	after "a FIN from inside" V6_FIN_RCV 5000 11 n6 5000 11 fin ack
	after "an RST from outside" TRANS 5000 11 n4 11 "$ext" rst ack
	at J hactl --handle-rst-during-fin-rcv false
}

# Each kind of session has its own setting.
test_timeouts()
{
	at J hactl --tcp-open-timeout 300 --tcp-trans-timeout 200
	from n6 5000 10 syn
	wait_for 5 "a session opens" in_state 5000 10 V6_INIT
	ok "for tcp-open-timeout" lives 5000 10 -gt 200000
	ok "at most" lives 5000 10 -le 300000
	from n4 10 "$ext" syn ack
	from n4 10 "$ext" rst
	wait_for 5 "another may be closing" in_state 5000 10 TRANS
	ok "for tcp-trans-timeout" lives 5000 10 -le 200000
	at J hactl --tcp-open-timeout 240 --tcp-trans-timeout 240
}

# refreshed NODE SEGMENT... - it prolongs the session of port 9, which is older than a second:
# more often nothing is written.
refreshed()
{
	local before

	until_true 10 lives 5000 9 -lt $(($(lifetime_of 5000 9) - 1500))
	before=$(lifetime_of 5000 9)
	from "$@"
	until_true 3 lives 5000 9 -gt "$before"
}

test_refresh()
{
	local before

	ok "a packet from inside prolongs the session" refreshed n6 5000 9 ack
	ok "and one from outside does" refreshed n4 9 "$ext" ack
	stats_save J
	fails "an ICMP error from outside does not" refreshed n4 9 "$ext" unreachable
	fails "nor does one from inside" refreshed n6 5000 9 unreachable
	is "$(gained xlat-46 xlat-64)" "1 1 " "though they are translated"
	ok "and do not end it" in_state 5000 9 ESTABLISHED
}

test_policy()
{
	flow_start outside n4 tcp-server 0.0.0.0 8000
	flow_start stream n6 tcp-stream "$n4_in_6" 8000
	ok "a connection is open" progress stream
	at J hactl --drop-externally-initiated-tcp true
	stats_save J
	from n4 7001 "$ext" syn
	wait_for 5 "a SYN from outside is dropped by drop-externally-initiated-tcp" \
		stat_is J drop-tcp-policy -eq $((hn_stats[drop-tcp-policy] + 1))
	is "$(state_of 5000 7001)" "" "and opens no session"
	from n4 7001 65535 syn
	wait_for 5 "one without a mapping is dropped" \
		stat_is J drop-no-mapping -eq $((hn_stats[drop-no-mapping] + 1))
	is "$(gained syn-stored)" "0 " "and not stored"
	ok "the connection goes on" progress stream
	ok "another one from inside opens" flow n6 tcp-echo "$n4_in_6" 8000 --timeout 60
	at J hactl --drop-externally-initiated-tcp false
	from n4 7001 "$ext" syn
	wait_for 5 "without the setting it opens one" in_state 5000 7001 V4_INIT
}

topology_tutorial
ok "J becomes a translator" translator J
vip_add J
tcp_segments
test_states
test_refresh
test_from_outside
test_closing
test_rst_after_fin
test_timeouts
test_policy
done_testing
