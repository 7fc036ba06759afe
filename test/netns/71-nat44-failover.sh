#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# NAT44 and NAT64 at once, by one pool4, through a node that dies: hosts of IPv4 and IPv6 with
# connections to n4, which has one to a forwarded port. Without synchronisation they stall.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/failover.sh"

# The protected network is on the same wire as that of IPv6.
protected_network()
{
	local node

	ns_add h4
	plug h4 eth0 lan v6
	ip -n h4 addr add 192.168.100.8/24 dev eth0
	ip -n h4 route add default via 192.168.100.1
	ip -n J addr add 192.168.100.2/24 dev eth0
	ip -n K addr add 192.168.100.3/24 dev eth0
	for node in J K; do
		at "$node" hactl inside add 192.168.100.0/24
		at "$node" hactl pool4 add --tcp 192.0.2.1 80
		at "$node" hactl bib add --tcp 192.0.2.1#80 192.168.100.8#80
	done
	vip4_add J
}

vip4_add()
{
	ip -n "$1" addr add 192.168.100.1/24 dev eth0
	at "$1" arping -q -U -c 1 -w 1 -I eth0 192.168.100.1 &
}

# move_all_to NODE - the virtual addresses, of the protected network as well.
move_all_to()
{
	local other

	other=$(other "$1")
	[ ! -e "/run/netns/$other" ] || ip -n "$other" addr del 192.168.100.1/24 dev eth0
	move_to "$1"
	vip4_add "$1"
}

all_start()
{
	flow_start udp_server n4 udp-server 0.0.0.0 9000
	flow_start http h4 tcp-server 0.0.0.0 80
	flow_start udp4 h4 udp-stream 192.0.2.8 9000
	flow_start tcp6 n6 tcp-stream "$n4_in_6" 8000
	flow_start client n4 tcp-stream 192.0.2.1 80
}

# all_flow WHAT
all_flow()
{
	local name

	for name in tcp4 udp4 tcp6 client; do
		ok "$name flows $1" progress "$name"
	done
}

# What each server saw of its peers, in one line.
peers()
{
	echo "$(report server peers); $(report udp_server peers); $(report http peers)"
}

pair true
protected_network
at K hactl --ss-enabled false
flow_start server n4 tcp-server 0.0.0.0 8000
flow_start tcp4 h4 tcp-stream 192.0.2.8 8000
ok "a connection of IPv4 flows through J" progress tcp4
move_all_to K
fails "without synchronisation it stalls" progress tcp4 3
move_all_to J
ok "through J it goes on" progress tcp4

at K hactl --ss-enabled true
all_start
all_flow "through J"
seen=$(peers)
like "$seen" "^192\.0\.2\.1#6[0-9]{4} 192\.0\.2\.1#6[0-9]{4}; 192\.0\.2\.1#6[0-9]{4}; 192\.0\.2\.8#[0-9]+$" \
	"n4 sees one address, h4 who it is"
before=$(mappings J)
like "$(at J hactl session --csv --no-headers)" "192\.168\.100\.8.*2001:db8::8|2001:db8::8.*192\.168\.100\.8" \
	"hosts of IPv4 and IPv6 are in one table"
wait_for 10 "K gets the sessions" mappings_are K "$before"
ns_del J
move_all_to K
all_flow "through K, J being dead"
is "$(peers)" "$seen" "no server saw another peer"
is "$(mappings K)" "$before" "the mappings are those of before"
is "$(stat_of K session-created)" 0 "K made no session of its own"
ok "K adopted them" stat_is K session-adopted -ge 4
done_testing
