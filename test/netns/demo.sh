#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make demo` shows: the session synchronisation tutorial, and two failovers.
# Each claim is checked; the exit status tells.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/failover.sh"

say()
{
	echo
	printf '%s\n' "$@"
}

# run NODE COMMAND... - as if typed there.
run()
{
	printf '%s# %s\n' "$1" "${*:2}"
	at "$1" "${@:2}"
}

# typed NODE COMMAND... - shows what happens by other means.
typed()
{
	printf '%s# %s\n' "$1" "${*:2}"
}

network()
{
	cat <<-EOF

		Two translators, J and K, between an IPv6 and an IPv4 network:

		        n6  2001:db8::8              n6 reaches n4 as 64:ff9b::192.0.2.8,
		         |                           by way of 2001:db8::1
		     ----+----  IPv6
		     |       |
		     J-------K  private link         J and K tell each other their sessions
		     |       |
		     ----+----  IPv4
		         |                           n4 sees 192.0.2.1; whoever of J and K
		        n4  192.0.2.8                has that and 2001:db8::1 is active

	EOF
	topology_tutorial
	modprobe hanat
	for node in J K; do
		run "$node" ip -brief address show scope global
	done
}

translators()
{
	local node

	say "Both nodes get the same configuration."
	for node in J K; do
		echo
		run "$node" hactl instance add --pool6 64:ff9b::/96
		run "$node" hactl --pool4 --add --tcp --udp 192.0.2.1 61001-65535
		run "$node" hactl --pool4 --add --icmp 192.0.2.1 0-65535
		run "$node" hactl --ss-enabled true
	done
	say "A translator that has died must not leave its host to answer for it (TCP resets)."
	for node in J K; do
		typed "$node" nft add rule ip hanat input ip daddr 192.0.2.1 \
			meta l4proto "{ tcp, udp }" th dport 61001-65535 drop
		guard_rules | guard "$node"
	done
	say "A daemon on each carries the sessions over the private link."
	run J cat "$hn_netsocket" | sed "1s,/.*/,,"
	for node in J K; do
		typed "$node" "hanatd netsocket.json &"
		daemon_start "$node"
		sed 's/^/    /' "$hn_tmp/$node.log"
	done
	say "J becomes the active one (keepalived would do this)."
	typed J ip addr add 2001:db8::1/96 dev eth0
	typed J ip addr add 192.0.2.1/24 dev eth1
	vip_add J
}

both_show_it()
{
	[ "$(at J hactl -sin | grep '^[RL]o*[ce]')" = "$(at K hactl -sin | grep '^[RL]o*[ce]')" ]
}

tutorial()
{
	local node

	say "n6 pings n4 through J."
	run n6 ping -6 -n -c 4 -i 0.2 64:ff9b::192.0.2.8
	for node in J K; do
		say "The session on $node:"
		run "$node" hactl -sin
	done
	echo
	wait_for 5 "K has the session, though no packet came near it" both_show_it
}

# outcome NODE - what became of the flows after it took over.
outcome()
{
	local answers lost

	answers=$(answers)
	wait_for 20 "the ping goes on through $1" answers_beyond $((answers + 5))
	ok "the TCP stream goes on through $1" progress tcp
	lost=$(lost_pings)
	say "Packets lost by the ping, which sends 10 a second: $lost" \
		"Longest pause of the TCP stream: $(longest_pause) ms" \
		"n4 sees the TCP stream come from: $(report tcp_server peers) (before: $peer)"
	echo
	is "$(report tcp_server peers)" "$peer" "it is the same connection with the same mapping"
	ok "$1 adopted its session" stat_is "$1" session-adopted -ge 2
	run "$1" hactl --session --tcp --numeric
}

streams()
{
	say "An endless ping and a TCP stream from n6 to n4, through J."
	typed n6 "ping -i 0.1 64:ff9b::192.0.2.8 &"
	typed n6 "flow tcp-stream 64:ff9b::192.0.2.8 8000 &"
	flows_start
	ok "the TCP stream flows" progress tcp
	wait_for 5 "the ping is answered" answers_beyond 5
	peer=$(report tcp_server peers)
	echo "n4 sees the TCP stream come from: $peer"
	run J hactl --session --tcp --numeric
	before=$(mappings J)
	wait_for 5 "K knows these sessions" mappings_are K "$before"
}

first_failover()
{
	say "=== First failover: J loses its translator. The address moves to K. ==="
	flows_mark
	run J hactl instance remove
	typed K ip addr add 2001:db8::1/96 dev eth0
	typed K ip addr add 192.0.2.1/24 dev eth1
	move_to K
	outcome K
}

fail_back()
{
	say "=== J comes back, empty, learns the sessions from K and takes over. ==="
	run J hactl instance add --pool6 64:ff9b::/96
	run J hactl --pool4 --add --tcp --udp 192.0.2.1 61001-65535
	run J hactl --pool4 --add --icmp 192.0.2.1 0-65535
	run J hactl --ss-enabled true
	wait_for 10 "J has the sessions again" mappings_are J "$before"
	flows_mark
	move_to J
	outcome J
}

second_failover()
{
	say "=== Second failover: J vanishes, with its whole network namespace. ==="
	typed lan ip netns delete J
	flows_mark
	ns_del J
	move_to K
	outcome K
}

network
translators
tutorial
streams
first_failover
fail_back
second_failover
say "The pair kept every flow alive through three moves."
done_testing
