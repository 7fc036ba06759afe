#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# When the time of an established TCP session is up, the node that has it asks the inside host, and
# no other node does (RFC 6146, section 3.5.2.2). One host answers, one says that there is no such
# connection, and one does not say anything.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/tcp.sh"

slow=${HN_SLOW:-1}

# established PORT - a session of J's between this port of n6 and port 9 of n4, of no sockets.
established()
{
	local ext

	from n6 "$1" 9 syn
	until_true 5 in_state "$1" 9 V6_INIT
	ext=$(external_port J --tcp "$1")
	from n4 9 "$ext" syn ack
	wait_for 5 "a session of port $1 is established" in_state "$1" 9 ESTABLISHED
}

# Swallows what comes for port 5001, and counts what is as a probe must be.
silent_host()
{
	at n6 nft -f - <<-EOF
		table inet silent {
			chain input {
				type filter hook input priority 0
				ip6 saddr 64:ff9b::c000:208 tcp sport 9 tcp dport 5001 tcp flags == ack \
					tcp sequence 0 tcp ackseq 0 counter
				tcp dport 5001 drop
			}
		}
	EOF
}

probed_once()
{
	[[ $(at n6 nft list chain inet silent input) = *"packets 1 bytes 60"* ]]
}

all_established()
{
	same_flows J K --tcp && [ "$(session_count K --tcp)" -eq 3 ]
}

test_probes()
{
	local start

	wait_for 5 "K has the sessions" all_established
	at n6 nft delete table inet segments
	start=$(now_ms)
	wait_for $((61 + 5 * slow)) "all are probed" stat_is J tcp-probes -eq 3
	ok "not before their time" test $(($(now_ms) - start)) -gt 30000
	wait_for 5 "that of who answers goes on" in_state "$local" 8000 ESTABLISHED
	ok "lives long" lives "$local" 8000 -gt 3600000
	ok "who does not gets his time" in_state 5001 9 TRANS
	ok "as does who resets it" in_state 5002 9 TRANS
	wait_for 5 "the probe was an ACK with numbers of zero" probed_once
	wait_for 5 "K knows" same_flows J K --tcp
}

test_ends()
{
	wait_for $((15 * slow + 5)) "those without an answer end" session_count_is J -eq 1 --tcp
	wait_for 5 "on K as well" session_count_is K -eq 1 --tcp
	ok "each was probed once" probed_once
	is "$(stat_of K tcp-probes session-adopted)" "0 0" "K did not ask, and has taken nothing"
	job_kill stream TERM
	wait_for 5 "the other one is closed in order" in_state "$local" 8000 V4_FIN_V6_FIN_RCV
}

pair true
tcp_segments
silent_host
for node in J K; do
	at "$node" hactl --tcp-est-timeout 60 --tcp-trans-timeout $((15 * slow))
done
flow_start server n4 tcp-server 0.0.0.0 8000
flow_start stream n6 tcp-stream "$n4_in_6" 8000 --interval 3600
until_true 10 report_is stream echoed -eq 1
local=$(report stream local)
established 5001
established 5002
# Their time is set; what an answer gives is another one.
for node in J K; do
	at "$node" hactl --tcp-est-timeout 2:04:00
done
test_probes
test_ends
done_testing
