#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# NAT44: hosts of IPv4 behind a translator that is their router, with a firewall on it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/chain.sh"

# What an operator has on such a router: nothing comes in that nobody inside has asked for.
firewall()
{
	at J nft -f - <<-EOF
		table ip filter {
			chain forward {
				type filter hook forward priority filter; policy drop;
				ct state established,related counter accept
				iifname eth0 ip saddr 10.0.0.0/8 counter accept
			}
		}
	EOF
}

test_before()
{
	fails "without an inside prefix nothing is translated" \
		flow h4 udp-echo $n4 5000 --timeout 1
	at J hactl inside add 10.0.0.0/8
	is "$(at J hactl inside)" 10.0.0.0/8 "the prefix is there"
}

test_flows()
{
	flow_start server n4 udp-server 0.0.0.0 5000
	ok "UDP, from nothing to 3000 bytes in fragments" \
		flow h4 udp-echo $n4 5000 --size 0 1 1000 1400 3000 --timeout 5
	wait_for 5 "from the external address and port" peers_are "$external"
	ok "UDP without checksums" flow h4 udp-echo $n4 5000 --no-checksum --timeout 5
	job_kill server
	flow_start server n4 tcp-server 0.0.0.0 8000
	ok "TCP, 1 byte to 4 MB" flow h4 tcp-echo $n4 8000 --size 1 100000 4000000
	wait_for 5 "from the external address and port" peers_are "$external"
	job_kill server
	ok "ping" at h4 ping -q -c 1 -W 5 $n4
	ok "of 3000 bytes" at h4 ping -q -c 1 -W 5 -s 3000 $n4
	like "$(at J hactl session --tcp --csv --no-headers)" ",10\.0\.6\.8,.*,192\.0\.2\.1,.*,198\.51\.100\.8,8000," \
		"the session has the host's own address"
}

test_own_packets()
{
	ok "a host inside reaches the router" at h4 ping -q -c 1 -W 5 10.0.0.1
	ok "and its external address" at h4 ping -q -c 1 -W 5 192.0.2.1
	ok "the router reaches the host" at J ping -q -c 1 -W 5 10.0.6.8
	ok "and what is outside" at J ping -q -c 1 -W 5 $n4
	ok "from its address inside too" at J ping -q -c 1 -W 5 -I 10.0.0.1 $n4
}

hop()
{
	at h4 ping -n -c 1 -W 2 -t "$1" $n4 2>&1
}

test_hops_from_inside()
{
	like "$(hop 1)" "From 10\.0\.6\.1 .*Time to live exceeded" "hop 1 is the router inside"
	like "$(hop 2)" "From 10\.0\.0\.1 .*Time to live exceeded" "hop 2 is the translator"
	like "$(hop 3)" "From 192\.0\.2\.2 .*Time to live exceeded" "hop 3 is the router outside"
	like "$(hop 4)" " 1 received" "hop 4 is n4"
}

# Sets port: where h4's port 5000, on which a server echoes, is seen from outside.
open_server()
{
	ok "h4 opens a mapping" flow h4 udp-send $n4 9 --bind-port 5000
	flow_start inside h4 udp-server 0.0.0.0 5000
	wait_for 5 "J has it" port_is J --udp 5000 -gt 0
	port=$(external_port J --udp 5000)
}

# trace TTL - from n4 to the server inside.
trace()
{
	at n4 traceroute -n -U -p "$port" -f "$1" -m "$1" -q 1 -w 2 192.0.2.1 2>&1
}

test_firewall()
{
	firewall
	flow_start server n4 udp-server 0.0.0.0 5001
	ok "flows pass the firewall, which sees inside addresses" \
		flow h4 udp-echo $n4 5001 --timeout 5
	job_kill server
	fails "but not what nobody asked for" \
		flow n4 udp-echo 192.0.2.1 "$port" --bind-port 7000 --timeout 1
	at J nft delete table ip filter
	ok "without the firewall, endpoint-independent filtering lets it in" \
		flow n4 udp-echo 192.0.2.1 "$port" --bind-port 7001 --timeout 5
}

test_hops_from_outside()
{
	ok "n4 reaches h4 through it" flow n4 udp-echo 192.0.2.1 "$port" --ttl 4 --timeout 5
	like "$(trace 1)" " 198\.51\.100\.1 " "hop 1 is the router outside"
	like "$(trace 2)" " 192\.0\.2\.1 " "hop 2 is the translator"
	like "$(trace 3)" " 192\.0\.2\.1 " "hop 3, the router inside, is hidden behind it"
	like "$(flow n4 udp-echo 192.0.2.1 "$port" --ttl 3 --timeout 5 2>&1)" "No route to host" \
		"whose error says which packet it is about"
}

test_closed_ports()
{
	like "$(flow h4 udp-echo $n4 1 --timeout 5 2>&1)" "Connection refused" \
		"that nobody listens on n4 is told to h4"
	job_kill inside
	like "$(flow n4 udp-echo 192.0.2.1 "$port" --timeout 5 2>&1)" "Connection refused" \
		"that nobody listens on h4 is told to n4"
}

path_mtu()
{
	ip -n "$1" route get "$2" | grep -o 'mtu [0-9]*'
}

test_path_mtu()
{
	flow_start server n4 tcp-server 0.0.0.0 8001
	ip -n Ro route add $n4/32 dev eth1 mtu 1300
	ok "TCP through a link of 1300 bytes outside" flow h4 tcp-echo $n4 8001 --size 300000
	is "$(path_mtu h4 $n4)" "mtu 1300" "which the router there has told h4"
	ip -n Ro route del $n4/32 dev eth1
	ip -n h4 route flush cache
	job_kill server
	at J hactl pool4 add --tcp 192.0.2.1 8002
	at J hactl bib add --tcp 192.0.2.1#8002 10.0.6.8#8002
	flow_start server h4 tcp-server 0.0.0.0 8002
	ip -n J route add 10.0.6.8/32 via 10.0.0.2 mtu 1300
	ok "TCP to a host behind such a link" flow n4 tcp-echo 192.0.2.1 8002 --size 300000
	is "$(path_mtu n4 192.0.2.1)" "mtu 1300" "which the translator has told n4"
	ip -n J route del 10.0.6.8/32 via 10.0.0.2
	job_kill server
}

test_port_forward()
{
	at J hactl pool4 add --tcp 192.0.2.1 80
	ok "a port forward" at J hactl bib add --tcp 192.0.2.1#80 10.0.6.8#8080
	flow_start server h4 tcp-server 0.0.0.0 8080
	ok "by which n4 reaches h4" flow n4 tcp-echo 192.0.2.1 80 --size 100000
	wait_for 5 "which sees who it is" peers_are "^198\.51\.100\.8#"
	job_kill server
	ok "it is removed by its inside end" at J hactl bib remove --tcp 10.0.6.8#8080
	fails "and leads nowhere" flow n4 tcp-echo 192.0.2.1 80 --timeout 2
}

# n4 sees inside addresses, and can answer them.
test_excluded()
{
	ip -n Ro route add 10.0.0.0/8 via 192.0.2.1
	flow_start server n4 udp-server 0.0.0.0 5003
	at J hactl no-translate add 198.51.100.0/24
	ok "what is excluded is not translated" flow h4 udp-echo $n4 5003 --timeout 5
	wait_for 5 "n4 sees the host's own address" peers_are "^10\.0\.6\.8#"
	is "$(session_count J --udp)" 0 "sessions with it are gone"
	at J hactl no-translate flush
	ok "then it is translated again" flow h4 udp-echo $n4 5003 --timeout 5
	wait_for 5 "from the external address and port" peers_are "$external"
	job_kill server
	ip -n Ro route del 10.0.0.0/8
}

test_exhaustion()
{
	at J hactl pool4 flush
	at J hactl pool4 add --udp 192.0.2.1 61001-61002
	flow h4 udp-burst $n4 9 --count 2 --fan 1 --bind-port 20000 >/dev/null
	like "$(flow h4 udp-echo $n4 5000 --timeout 5 2>&1)" "No route to host" \
		"a host that gets no mapping is told so"
	is "$(stat_of J drop-pool-exhausted)" 1 "and it is counted"
	is "$(ports_used J --udp)" 2 "those that are there stay"
}

test_removal()
{
	local before

	before=$(stat_of J session-removed)
	ok "the prefix is removed" at J hactl inside remove 10.0.0.0/8
	is "$(session_count J)" 0 "and all sessions with it"
	is "$(($(stat_of J session-removed) - before))" 2 "they are counted"
	is "$(ports_used J --udp)" 0 "their ports are free"
	like "$(at J hactl bib add --tcp 192.0.2.1#61001 10.0.6.8#80 2>&1)" "inside prefix" \
		"no port is forwarded to who is not inside"
}

topology_chain
translator J
test_before
test_flows
test_own_packets
test_hops_from_inside
open_server
test_firewall
test_hops_from_outside
test_closed_ports
test_path_mtu
test_port_forward
test_excluded
test_exhaustion
test_removal
done_testing
