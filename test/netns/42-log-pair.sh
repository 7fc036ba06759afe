#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The logs of two nodes: each has what its node does, and together they have the begin and the
# end of everything, whichever node dies.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"

test_takeover()
{
	local port

	ok "a flow through J" echo_from 1005
	port=$(external_port J --udp 1005)
	wait_for 5 "K has its session" session_count_is K -eq 1 --udp
	ok "a session of node 9" at K python3 "$hn_tools/plant.py" 9 1 1 2001:db8::8#1006 \
		192.0.2.1#65000 192.0.2.8#9000
	ok "and its end" at K python3 "$hn_tools/plant.py" 9 1 2 --delete 2001:db8::8#1006 \
		192.0.2.1#65000 192.0.2.8#9000
	move_to K
	ok "K takes the flow over" echo_from 1005
	logged standby session-adopt "UDP,2001:db8::8,1005,192.0.2.1,$port,192.0.2.8,9000,false,$J" \
		"it logs from whom it has it"
	is "$(events standby . | cut -d, -f1 | paste -sd,)" "bib-begin,session-adopt" \
		"the mapping before it; and nothing of what peers have told"
	refill K
	logged standby session-end "UDP,2001:db8::8,1005,192.0.2.1,$port,.*,$K" "K logs the end"
	logged standby bib-end "UDP,2001:db8::8,1005,192.0.2.1,$port,.*" "and of the mapping"
	logged active bib-end "UDP,2001:db8::8,1005,192.0.2.1,$port,.*" \
		"J too, which has logged its begin"
	is "$(events active 'session-end,.*,1005,')" "" "but not the session's end"
}

# K dies with a flow that has no more packets.
test_dead_owner()
{
	ok "a SYN through K" flow n6 tcp-knock 64:ff9b::192.0.2.66 80 --bind-port 1007
	wait_for 5 "J has its session" session_count_is J -eq 1 --tcp
	job_kill K
	at K hactl instance remove
	logged standby instance-end ",,,,,,,," "K logs that it is gone"
	is "$(events active ',1007,')" "" "J has logged nothing of it"
	logged active session-end "TCP,2001:db8::8,1007,.*,192.0.2.66,80,false,$K" \
		"J logs the end that K has not" 30
	logged active bib-end "TCP,2001:db8::8,1007,.*" "and of the mapping"
}

pair true
J=$(value_of J instance node)
K=$(value_of K instance node)
for node in J K; do
	logging "$node" true true
	at "$node" hactl --tcp-open-timeout 10
done
log_start active J
log_start standby K
flow_start udp n4 udp-server 0.0.0.0 9000
test_takeover
test_dead_owner
done_testing
