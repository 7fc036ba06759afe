#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ICMP errors through a translator, path MTU discovery both ways, exhaustion.
#
#	n6 ---- R6 ---- J ---- R4 ---- n4
#	 2001:db8:6::    |  192.0.2.0/24  198.51.100.0/24
#	      2001:db8::/96
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

n4_in_6=64:ff9b::198.51.100.8

topology_chain()
{
	local node

	ns_add n6 R6 J R4 n4
	veth n6 eth0 R6 eth0
	veth R6 eth1 J eth0
	veth J eth1 R4 eth0
	veth R4 eth1 n4 eth0
	for node in R6 J R4; do
		forwarding "$node"
	done
	ip -n n6 addr add 2001:db8:6::8/96 dev eth0 nodad
	ip -n n6 route add default via 2001:db8:6::1
	ip -n R6 addr add 2001:db8:6::1/96 dev eth0 nodad
	ip -n R6 addr add 2001:db8::2/96 dev eth1 nodad
	ip -n R6 route add 64:ff9b::/96 via 2001:db8::1
	ip -n J addr add 2001:db8::1/96 dev eth0 nodad
	ip -n J addr add 192.0.2.1/24 dev eth1
	ip -n J route add 2001:db8:6::/96 via 2001:db8::2
	ip -n J route add 198.51.100.0/24 via 192.0.2.2
	ip -n R4 addr add 192.0.2.2/24 dev eth0
	ip -n R4 addr add 198.51.100.1/24 dev eth1
	ip -n n4 addr add 198.51.100.8/24 dev eth0
	ip -n n4 route add default via 198.51.100.1
}

hop()
{
	at n6 ping -6 -n -c 1 -W 2 -t "$1" "$n4_in_6" 2>&1
}

test_hops_from_inside()
{
	like "$(hop 1)" "From 2001:db8:6::1.*Time exceeded" "hop 1 is the IPv6 router"
	like "$(hop 2)" "From 2001:db8::1.*Time exceeded" "hop 2 is the translator"
	like "$(hop 3)" "From 64:ff9b::c000:202.*Time exceeded" "hop 3 is the IPv4 router"
	like "$(hop 4)" " 1 received" "hop 4 is n4"
	is "$(stat_of J drop-ttl)" 1 "the translator counts its own"
}

# Sets port: where n6's port 5000, on which a server echoes, is seen from outside.
open_server()
{
	ok "n6 opens a mapping" flow n6 udp-send "$n4_in_6" 9 --bind-port 5000
	flow_start inside n6 udp-server :: 5000
	wait_for 5 "J has it" session_count_is J -ge 1 --udp
	port=$(external_port J --udp 5000)
}

test_hops_from_outside()
{
	local before

	ok "n4 reaches n6 through it" flow n4 udp-echo 192.0.2.1 "$port" --ttl 4 --timeout 5
	before=$(stat_of J xlat-64)
	like "$(flow n4 udp-echo 192.0.2.1 "$port" --ttl 3 --timeout 5 2>&1)" "No route to host" \
		"hop 3 is the IPv6 router, whose error is translated"
	is "$(($(stat_of J xlat-64) - before))" 1 "by the translator"
	like "$(flow n4 udp-echo 192.0.2.1 "$port" --ttl 2 --timeout 5 2>&1)" "No route to host" \
		"hop 2 is the translator"
	is "$(stat_of J drop-ttl)" 2 "which counts it"
}

test_closed_ports()
{
	like "$(flow n6 udp-echo "$n4_in_6" 1 --timeout 5 2>&1)" "Connection refused" \
		"n6 learns of a closed UDP port"
	job_kill inside
	like "$(flow n4 udp-echo 192.0.2.1 "$port" --timeout 5 2>&1)" "Connection refused" \
		"n4 learns of a closed UDP port"
	like "$(flow n6 udp-echo 64:ff9b::198.51.100.77 9 --timeout 8 2>&1)" "Network is unreachable" \
		"n6 learns of an absent host"
}

forget_path_mtu()
{
	ip -n n6 -6 route flush cache
	ip -n n4 route flush cache
}

path_mtu()
{
	ip -n "$1" route get "$2" | grep -o 'mtu [0-9]*'
}

test_path_mtu()
{
	local mtu

	flow_start server n4 tcp-server 0.0.0.0 8000
	for mtu in 1400 1300 1000; do
		ip -n R4 route replace 198.51.100.0/24 dev eth1 mtu "$mtu"
		forget_path_mtu
		ok "TCP 6->4 over an IPv4 link of $mtu" \
			flow n6 tcp-echo "$n4_in_6" 8000 --size 300000 --timeout 15
		is "$(path_mtu n6 "$n4_in_6")" "mtu $((mtu < 1260 ? 1280 : mtu + 20))" \
			"of which n6 knows"
	done
	like "$(at n6 ping -6 -n -c 1 -W 2 -s 1252 "$n4_in_6" 2>&1)" " 1 received" \
		"what IPv6 need not shorten is fragmented by the IPv4 router"
	ip -n R4 route replace 198.51.100.0/24 dev eth1

	forget_path_mtu
	ip -n R6 route replace 2001:db8:6::/96 dev eth0 metric 256 mtu 1280
	ok "TCP 4->6 over an IPv6 link of 1280" \
		flow n6 tcp-echo "$n4_in_6" 8000 --size 300000 --timeout 15
	is "$(path_mtu n4 192.0.2.1)" "mtu 1260" "of which n4 knows, from the router's message"
	ip -n R6 route replace 2001:db8:6::/96 dev eth0 metric 256

	forget_path_mtu
	ip -n J route replace 2001:db8:6::/96 via 2001:db8::2 mtu 1300
	ok "TCP 4->6 over the translator's own link of 1300" \
		flow n6 tcp-echo "$n4_in_6" 8000 --size 300000 --timeout 15
	is "$(path_mtu n4 192.0.2.1)" "mtu 1280" "of which n4 knows, from the translator's message"
	ok "counted" stat_is J drop-mtu -ge 1
	ip -n J route replace 2001:db8:6::/96 via 2001:db8::2
	job_kill server
}

test_loop()
{
	local before

	ip -n n6 addr add 64:ff9b::198.51.100.77/128 dev lo
	before=$(stat_of J drop-loop)
	fails "a source inside pool6 gets nothing" \
		at n6 ping -6 -q -c 1 -W 1 -I 64:ff9b::198.51.100.77 "$n4_in_6"
	is "$(($(stat_of J drop-loop) - before))" 1 "and is counted"
}

test_exhaustion()
{
	local i

	at J hactl pool4 flush
	like "$(flow n6 udp-echo "$n4_in_6" 9000 --timeout 5 2>&1)" "No route to host" \
		"without pool4, n6 is told"
	ok "counted" stat_is J drop-pool-empty -eq 1
	at J hactl pool4 add --udp 192.0.2.1 61001-61004
	flow_start server n4 udp-server 0.0.0.0 9000
	for i in 1 2 3 4; do
		ok "port $i of 4" flow n6 udp-echo "$n4_in_6" 9000 --bind-port $((4000 + i)) --timeout 5
	done
	like "$(flow n6 udp-echo "$n4_in_6" 9000 --bind-port 4005 --timeout 5 2>&1)" \
		"No route to host" "with every port in use, n6 is told"
	ok "counted" stat_is J drop-pool-exhausted -ge 1
	like "$(at J hactl pool4 --csv --no-headers)" ",61001,61004,4,4,0,0,0$" "hactl shows the pool full"
	ok "old mappings still work" \
		flow n6 udp-echo "$n4_in_6" 9000 --bind-port 4001 --timeout 5
	job_kill server
}

topology_chain
ok "J becomes a translator" translator J
wait_for 10 "n6 reaches n4" at n6 ping -6 -q -c 1 -W 1 "$n4_in_6"
test_hops_from_inside
open_server
test_hops_from_outside
test_closed_ports
test_path_mtu
test_loop
test_exhaustion
done_testing
