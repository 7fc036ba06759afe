# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh and failover.sh: a pair of routers, J and K, whose addresses are moved by
# somebody else. Each has a /run/hanat of its own, $hn_tmp/NODE.run, as if it were a machine.
# shellcheck disable=SC2154,SC2034 # hn_tmp, hn_jobs are of daemon.sh

ready_says()
{
	[ "$(cat "$hn_tmp/$1.run/ready")" = "$2" ]
}

# has NODE ADDRESS
has()
{
	[[ $(ip -n "$1" -br addr) = *" $2/"* ]]
}

# is_active NODE - it has all of the virtual addresses, and the other one none.
is_active()
{
	local other address

	other=$(other "$1")
	for address in 2001:db8::1 10.0.64.1 192.0.2.1; do
		has "$1" "$address" || { echo "$1 has not $address"; return 1; }
		! has "$other" "$address" || { echo "$other has $address as well"; return 1; }
	done
}

# status_says NODE KEY VALUE - as hanatd has it.
status_says()
{
	[[ $(at "$1" hactl sync status --csv --no-headers) = *"$2,$3"* ]]
}

# A user of IPv6 and one of IPv4 on the same inside network.
network()
{
	local node number=4

	topology_tutorial
	for node in J K; do
		ok "$node becomes a translator" translator "$node"
		at "$node" hactl --ss-enabled true
		at "$node" hactl inside add 10.0.64.0/24
		ip -n "$node" addr add "10.0.64.$number/24" dev eth0
		guard_rules_inside | guard "$node"
		number=$((number + 1))
	done
	ip -n n6 addr add 10.0.64.8/24 dev eth0
	ip -n n6 route add default via 10.0.64.1
}

# Of IPv6: a ping, TCP, UDP; UDP of IPv4.
test_flows_start()
{
	flows_start
	flow_start udp4 n6 udp-stream 192.0.2.8 9000 --interval 0.1
	ok "the TCP stream flows" progress tcp
	ok "the UDP flow flows" progress udp
	ok "that of IPv4 as well" progress udp4
	wait_for 10 "the ping is answered" answers_beyond 3
	peer=$(report tcp_server peers)
	udp_peers=$(report udp_server peers)
}

# test_flows_live NODE WHAT
test_flows_live()
{
	flows_live "$2"
	ok "the UDP flow of IPv4 goes on as well" progress udp4
	wait_for 5 "$1 knows that it is the master" status_says "$1" role master
	wait_for 20 "all of its addresses moved" is_active "$1" || keepalived_said
}

# The last words of both, where there are any, and whom they know on their links.
keepalived_said()
{
	local node

	for node in J K; do
		[ ! -e "$hn_tmp/$node.keepalived" ] ||
			diag "$node: $(tail -n 25 "$hn_tmp/$node.keepalived")"
		diag "$node: $(ip -n "$node" neigh)"
	done
}
