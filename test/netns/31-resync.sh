#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Nodes and daemons come late, die and come back: the tables become equal
# without an operator.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

test_late_joiner()
{
	daemon_start J
	sessions 300
	is "$(session_count J --udp)" 300 "J alone has 300 sessions"
	daemon_start K
	wait_for 5 "K comes late and gets them" same_flows J K --udp
}

test_advertise()
{
	at K hactl pool4 flush
	is "$(session_count K --udp)" 0 "K has lost them"
	at K hactl pool4 add 192.0.2.1
	ok "J advertises" at J hactl --advertise
	wait_for 5 "K has them again" same_flows J K --udp
	is "$(session_count K --udp)" 300 "all 300"
}

test_kill()
{
	local node

	for node in J K; do
		job_kill "$node" KILL
		sessions 100
		daemon_start "$node"
		wait_for 5 "hanatd on $node was killed: sessions made meanwhile come" same_flows J K --udp
		sessions 10
		wait_for 2 "and later ones" same_flows J K --udp
	done
	is "$(session_count K --udp)" 520 "all 520"
	at J hactl pool4 remove --udp 192.0.2.1
	wait_for 3 "deletions go on, too" session_count_is K -eq 0 --udp
	at J hactl pool4 add --udp 192.0.2.1
}

test_instance_again()
{
	sessions 50
	wait_for 3 "K has 50" session_count_is K -eq 50 --udp
	at K hactl instance remove
	wait_for 3 "hanatd on K notices that the instance is gone" \
		grep -q "until it is back" "$hn_tmp/K.log"
	ok "K is made again, empty" translator K
	at K hactl --ss-enabled true
	wait_for 5 "and gets them from J" same_flows J K --udp
}

test_order_and_family()
{
	job_kill J TERM
	job_kill K TERM
	ip -n J addr add 10.0.0.4/24 dev eth2
	ip -n K addr add 10.0.0.5/24 dev eth2
	jq '."multicast address" = "239.192.64.64"' "$hn_netsocket" >"$hn_tmp/ipv4.json"
	daemon_start K "$hn_tmp/ipv4.json"
	sessions 20
	daemon_start J "$hn_tmp/ipv4.json"
	wait_for 5 "K first, J second, over IPv4: the table comes" same_flows J K --udp
	sessions 20
	wait_for 2 "changes come" same_flows J K --udp
	is "$(session_count K --udp)" 90 "all 90"
}

topology_tutorial
for node in J K; do
	translator "$node"
	at "$node" hactl --ss-enabled true
	black_hole "$node"
done
vip_add J
test_late_joiner
test_advertise
test_kill
test_instance_again
test_order_and_family
is "$(stat_of K delta-records)" 0 "K never sent J's sessions as its own"
done_testing
