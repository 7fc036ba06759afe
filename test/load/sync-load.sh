#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# R makes new sessions as fast as an active router does, K and L are its backups, and the private
# link or a daemon is in trouble: in the end all have the same, record by record. In a machine whose
# clock is its instructions, so that the rates are what they say.
. "$(dirname "$0")/../bench/guest/nodes.sh"

# Address, ports, owner and generation: what a digest covers.
covered=1,4-12,14

# R, K and L are on one private link.
private_link()
{
	local node address=4

	ns_add K L lan
	ip -n lan link add br0 type bridge
	ip -n lan link set br0 up
	for node in R K L; do
		ip -n "$node" link add eth2 type veth peer name "$node" netns lan
		ip -n lan link set "$node" master br0 up
		ip -n "$node" link set eth2 up
		ip -n "$node" addr add "2001:db8:ff08::$address/96" dev eth2 nodad
		address=$((address + 1))
	done
}

sessions_of()
{
	at "$1" hactl session --udp --csv --no-headers | cut -d , -f "$covered" | sort
}

count_is()
{
	[ "$(hanat_sessions "$1")" -eq "$2" ]
}

# all_have NUMBER DESCRIPTION - R's sessions, all nodes that run.
all_have()
{
	local node

	for node in "${nodes[@]}"; do
		wait_for 60 "$2: $node has $1 sessions" count_is "$node" "$1"
	done
	sessions_of R >"$tmp/R.sessions"
	for node in "${nodes[@]:1}"; do
		sessions_of "$node" >"$tmp/$node.sessions"
		ok "$2: $node the very same" cmp "$tmp/R.sessions" "$tmp/$node.sessions"
	done
}

# lossy WHAT... - of netem, on what each node sends; without, nothing.
lossy()
{
	local node

	for node in R K L; do
		at "$node" tc qdisc del dev eth2 root 2>/dev/null || :
		[ $# -eq 0 ] || at "$node" tc qdisc add dev eth2 root netem limit 100000 "$@"
	done
}

# scenario DESCRIPTION FLOWS PER_SECOND [COMMAND...] - new nodes and new flows, COMMAND meanwhile.
scenario()
{
	local generator

	hanat_start "${nodes[@]}"
	new_flows hanat "$2" "$3" &
	generator=$!
	"${@:4}"
	wait "$generator"
	all_have "$2" "$1"
	hanat_stop
}

# pause_K SECONDS - its daemon takes nothing for so long, from a while after the start.
pause_K()
{
	sleep 0.2
	kill -STOP "${daemon[K]}"
	sleep "$1"
	kill -CONT "${daemon[K]}"
}

# restart NODE - its daemon dies in the middle of it.
restart()
{
	sleep 0.5
	kill -KILL "${daemon[$1]}"
	wait "${daemon[$1]}" 2>/dev/null
	sleep 0.2
	hanat_daemon "$1"
}

# over_tcp - what the nodes speak by.
over_tcp()
{
	cat >"$tmp/tcp.json" <<-EOT
		{
			"transport": "tcp",
			"listen": "::",
			"peers": [ "2001:db8:ff08::4", "2001:db8:ff08::5" ]
		}
	EOT
	netsocket=$tmp/tcp.json
}

# A packet now and then, for three of the shortest lifetimes that a UDP session can have.
kept_alive()
{
	local told i

	hanat_start "${nodes[@]}"
	for node in "${nodes[@]}"; do
		at "$node" hactl --udp-timeout 120
	done
	generator n6 "${to_pool6[@]}" "${one_flow[@]}"
	for ((i = 0; i < 12; i++)); do
		warm_up n6 1
		sleep 30
		count_is K 1 || break
	done
	is "$i" 12 "a flow that goes on for 6 minutes is on K all the time"
	told=$(at R hactl stats --csv --no-headers | sed -n 's/^delta-records,//p')
	ok "which took $told records" test "$told" -le 6
	sleep 120
	wait_for 10 "once it is over it ends on R" count_is R 0
	wait_for 10 "and on K" count_is K 0
	hanat_stop
}

modprobe -a hanat sch_netem bridge
generator n6 "${to_pool6[@]}" "${next_flow[@]}"
private_link

nodes=(R K L)
for loss in 1% 10%; do
	lossy loss "$loss"
	scenario "20,000 a second, loss $loss" 40000 20000 true
done
nodes=(R K)
lossy loss 30% duplicate 10% delay 10ms 10ms
scenario "5,000 a second, loss 30%, duplicates, reordering" 10000 5000 true
lossy
scenario "20,000 a second, K stopped for 8 s" 50000 20000 pause_K 8
scenario "20,000 a second, K restarted" 40000 20000 restart K
scenario "20,000 a second, R restarted" 40000 20000 restart R
kept_alive
generator n6 "${to_pool6[@]}" "${next_flow[@]}"
over_tcp
scenario "5,000 a second over TCP, K stopped for 6 s" 20000 5000 pause_K 6
done_testing
