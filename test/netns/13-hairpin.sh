#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two hosts behind one translator, which know each other's external addresses alone (RFC 6146,
# section 3.8).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

ext_in_6=64:ff9b::192.0.2.1
n4_in_6=64:ff9b::192.0.2.8

neighbour()
{
	ns_add m6
	plug m6 eth0 lan v6
	ip -n m6 -batch - <<-EOF
		addr add 2001:db8::9/96 dev eth0 nodad
		route add 64:ff9b::/96 via 2001:db8::1
	EOF
	wait_for 10 "m6 reaches n4" at m6 ping -6 -q -c 1 -W 1 "$n4_in_6"
}

# mapped PROTOCOL PORT - where the port of m6 is seen from outside. What opens it goes to nobody.
mapped()
{
	if [ "$1" = tcp ]; then
		flow m6 tcp-knock "$n4_in_6" 9 --bind-port "$2"
	else
		flow m6 udp-send "$n4_in_6" 9 --bind-port "$2"
	fi
	until_true 5 port_is J "--$1" "$2" -gt 0
	binding J "--$1" "$2"
}

# Whom the server saw.
peers_external()
{
	[[ $(report server peers) =~ ^64:ff9b::c000:201#6[1-5][0-9]{3} ]]
}

test_udp()
{
	local port

	read -r port _ < <(mapped udp 5000)
	flow_start server m6 udp-server :: 5000
	ok "UDP, from nothing to 3000 bytes in fragments, there and back" \
		flow n6 udp-echo "$ext_in_6" "$port" --size 0 1 1000 1400 3000 --timeout 5
	wait_for 5 "from the external address and port of n6" peers_external
	ok "from m6 to itself as well" flow m6 udp-echo "$ext_in_6" "$port" --timeout 5
	job_kill server
	like "$(flow n6 udp-echo "$ext_in_6" "$port" --timeout 5 2>&1)" "Connection refused" \
		"that nobody listens any more is told"
}

test_tcp()
{
	local port

	read -r port _ < <(mapped tcp 8000)
	flow_start server m6 tcp-server :: 8000
	ok "TCP, 1 byte to 4 MB there and back" \
		flow n6 tcp-echo "$ext_in_6" "$port" --size 1 100000 4000000
	wait_for 5 "from the external address and port of n6" peers_external
	job_kill server
}

path_mtu()
{
	ip -n n6 route get "$ext_in_6" | grep -o 'mtu [0-9]*'
}

# From the first packet on: no session knows the way to m6 yet.
test_too_big()
{
	local port before

	read -r port _ < <(mapped udp 5002)
	flow_start server m6 udp-server :: 5002
	ip -n J route add 2001:db8::9/128 dev eth0 mtu 1300
	before=$(stat_of J drop-mtu)
	like "$(flow n6 udp-echo "$ext_in_6" "$port" --size 1400 --timeout 5 2>&1)" \
		"Message too long" "1400 bytes over a link of 1300: n6 is told"
	is "$(path_mtu)" "mtu 1300" "of how much it carries"
	is $(($(stat_of J drop-mtu) - before)) 1 "counted"
	ok "in fragments it gets through" \
		flow n6 udp-echo "$ext_in_6" "$port" --size 1400 --timeout 5
	job_kill server

	ip -n n6 -6 route flush cache
	read -r port _ < <(mapped tcp 8002)
	flow_start server m6 tcp-server :: 8002
	ok "TCP finds out" flow n6 tcp-echo "$ext_in_6" "$port" --size 400000
	is "$(path_mtu)" "mtu 1300" "in the same way"
	job_kill server
	ip -n J route del 2001:db8::9/128 dev eth0
}

test_hops()
{
	local port

	read -r port _ < <(mapped udp 5001)
	flow_start server m6 udp-server :: 5001
	ok "the translator is one hop" flow n6 udp-echo "$ext_in_6" "$port" --ttl 2 --timeout 5
	like "$(flow n6 udp-echo "$ext_in_6" "$port" --ttl 1 --timeout 5 2>&1)" "No route to host" \
		"and not less"
	job_kill server
}

test_nobody()
{
	local before

	before=$(stat_of J drop-no-mapping)
	fails "a port without a mapping gets nothing" \
		flow n6 udp-echo "$ext_in_6" 65535 --timeout 0.5
	is $(($(stat_of J drop-no-mapping) - before)) 1 "counted"
	flow_start host J tcp-server 192.0.2.1 22
	ok "a port that is not of pool4 is the translator's own" \
		flow n6 tcp-echo "$ext_in_6" 22 --size 1000 --timeout 5
	job_kill host
}

topology_tutorial
ok "J becomes a translator" translator J
vip_add J
neighbour
test_udp
test_tcp
test_too_big
test_hops
test_nobody
read -r both out <<<"$(stat_of J xlat-hairpin drop-route)"
ok "$both packets were translated twice" test "$both" -gt 50
is "$out" 0 "none was sent out"
done_testing
