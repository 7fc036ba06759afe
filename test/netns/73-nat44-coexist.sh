#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# NAT44 beside what else a router does with packets: the flowtable, another NAT, policy
# routing, IPsec, segmentation.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/chain.sh"

# seen_as EXPRESSION DESCRIPTION - whom the server has seen, which has served.
seen_as()
{
	wait_for 5 "$2" peers_are "$1"
	job_kill server
}

fast_path()
{
	at J nft -f - <<-EOF
		table ip fast {
			flowtable f {
				hook ingress priority filter; devices = { eth0, eth1 };
			}
			chain forward {
				type filter hook forward priority filter; policy drop;
				counter
				ip protocol { tcp, udp } flow add @f
				ct state established,related accept
				ip saddr 10.0.0.0/8 accept
				ct state new tcp dport 8080 accept
			}
		}
	EOF
}

# forwarded - how many packets have passed the chain.
forwarded()
{
	at J nft list chain ip fast forward | sed -n 's/.*counter packets \([0-9]*\) .*/\1/p'
}

# bypasses FLOW - it gets on, and the chain sees next to nothing of it: the flowtable has it.
bypasses()
{
	local before

	before=$(forwarded)
	progress "$1" && [ $(($(forwarded) - before)) -lt 10 ]
}

# It would send a packet that it knows past the hook that gives it its source.
test_flowtable()
{
	local protocol

	fast_path
	for protocol in tcp udp; do
		flow_start server n4 $protocol-server 0.0.0.0 8000
		flow_start out h4 $protocol-stream $n4 8000
		ok "$protocol flows beside a flowtable" progress out
		ok "n4 sees the external address" peers_are "^$external\$"
		fails "the flowtable leaves it alone" bypasses out
		job_kill out
		job_kill server
	done

	at J hactl pool4 add --tcp 192.0.2.1 80
	at J hactl bib add --tcp 192.0.2.1#80 10.0.6.8#8080
	flow_start server h4 tcp-server 0.0.0.0 8080
	flow_start in n4 tcp-stream 192.0.2.1 80
	ok "a flow from outside, to a forwarded port" progress in
	ok "h4 sees who it is" peers_are "^198\.51\.100\.8#[0-9]+\$"
	fails "is left alone as well" bypasses in
	job_kill in
	job_kill server
}

# What is not translated is as fast as it was.
test_flowtable_beside()
{
	ip -n Ro route add 10.0.0.0/8 via 192.0.2.1
	at J hactl no-translate add 198.51.100.0/24
	flow_start server n4 tcp-server 0.0.0.0 8001
	flow_start direct h4 tcp-stream $n4 8001
	ok "a flow that is not translated goes on" progress direct
	ok "the flowtable has it" until_true 20 bypasses direct
	job_kill direct
	job_kill server
	at J hactl no-translate flush
	ip -n Ro route del 10.0.0.0/8
	at J nft delete table ip fast
}

# The kernel's own, for what leaves by another interface.
test_other_nat()
{
	ns_add p4
	veth J eth2 p4 eth0
	ip -n J addr add 203.0.113.1/24 dev eth2
	ip -n p4 addr add 203.0.113.8/24 dev eth0
	at J nft -f - <<-EOF
		table ip nat {
			chain postrouting {
				type nat hook postrouting priority srcnat
				oifname eth2 masquerade
			}
		}
	EOF
	flow_start server p4 tcp-server 0.0.0.0 8002
	ok "TCP through another NAT, on another interface" \
		flow h4 tcp-echo 203.0.113.8 8002 --size 100000
	seen_as "^203\.0\.113\.1#" "which gave it its address"
	flow_start server n4 tcp-server 0.0.0.0 8002
	ok "and through ours" flow h4 tcp-echo $n4 8002 --size 100000
	seen_as "^$external" "which gave it its own"
	at J nft delete table ip nat
}

# A mark chooses the addresses, and the way.
test_marks()
{
	at J hactl pool4 add --udp --mark 7 203.0.113.77 61001-65535
	ip -n p4 addr add $n4/32 dev lo
	ip -n p4 route add 203.0.113.77/32 via 203.0.113.1
	ip -n J rule add fwmark 7 table 7
	ip -n J route add default via 203.0.113.8 table 7
	at J nft -f - <<-EOF
		table ip marks {
			chain prerouting {
				type filter hook prerouting priority mangle
				ip saddr 10.0.6.8 udp dport 5007 meta mark set 7
			}
		}
	EOF
	flow_start server p4 udp-server $n4 5007
	ok "UDP with a mark goes the way that it says" flow h4 udp-echo $n4 5007 --timeout 5
	seen_as "^203\.0\.113\.77#" "from an address for it"
	flow_start server n4 udp-server 0.0.0.0 5008
	ok "without, the other one" flow h4 udp-echo $n4 5008 --timeout 5
	seen_as "^$external" "from another address"
	at J nft delete table ip marks
	ip -n J rule del fwmark 7
}

# tunnel NODE FROM TO NET_BEHIND_FROM NET_BEHIND_TO - what NODE sends and receives.
tunnel()
{
	local key=0x000102030405060708090a0b0c0d0e0f10111213

	ip -n "$1" -batch - <<-EOF
		xfrm state add src $2 dst $3 proto esp spi 1 mode tunnel aead rfc4106(gcm(aes)) $key 128
		xfrm state add src $3 dst $2 proto esp spi 1 mode tunnel aead rfc4106(gcm(aes)) $key 128
		xfrm policy add dir out src $4 dst $5 tmpl src $2 dst $3 proto esp mode tunnel
		xfrm policy add dir fwd src $5 dst $4 tmpl src $3 dst $2 proto esp mode tunnel
		xfrm policy add dir in src $5 dst $4 tmpl src $3 dst $2 proto esp mode tunnel
	EOF
}

# A tunnel from J to Ro, between the inside network and that of n4.
test_ipsec()
{
	tunnel J 192.0.2.1 192.0.2.2 10.0.6.0/24 198.51.100.0/24
	ip -n Ro route add 10.0.6.0/24 via 192.0.2.1
	tunnel Ro 192.0.2.2 192.0.2.1 198.51.100.0/24 10.0.6.0/24
	flow_start server n4 tcp-server 0.0.0.0 8003
	ok "TCP through a tunnel" flow h4 tcp-echo $n4 8003 --size 100000
	seen_as "^10\.0\.6\.8#" "whose ends have their own addresses"
	flow_start server h4 tcp-server 0.0.0.0 8003
	ok "from the other end as well" flow n4 tcp-echo 10.0.6.8 8003 --size 100000
	seen_as "^198\.51\.100\.8#" "has its own address"
	ok "packets were encrypted" test "$(at J ip -s xfrm state | grep -c ' 0(bytes), 0(packets)')" -eq 0
	for node in J Ro; do
		at "$node" ip xfrm policy flush
		at "$node" ip xfrm state flush
	done
	ip -n Ro route del 10.0.6.0/24
	flow_start server n4 tcp-server 0.0.0.0 8003
	ok "without the tunnel" flow h4 tcp-echo $n4 8003 --size 100000
	seen_as "^$external" "it is translated"
}

# packets_of BYTES - how many J translated for TCP of h4 that sends so much.
packets_of()
{
	local before

	before=$(stat_of J xlat-44-out)
	flow h4 tcp-echo $n4 8004 --size "$1" || return
	echo $(($(stat_of J xlat-44-out) - before))
}

# What a host leaves to its interface comes as aggregates, and leaves so.
test_segmentation()
{
	local whole single

	flow_start server n4 tcp-server 0.0.0.0 8004
	whole=$(packets_of 1000000)
	at h4 ethtool -K eth0 tso off gso off >/dev/null 2>&1
	single=$(packets_of 1000000)
	ok "segments come one by one: $single" test "$single" -ge 690
	ok "aggregates are translated whole: $whole" test "$whole" -lt $((single * 3 / 4))
	job_kill server
}

topology_chain
translator J
at J hactl inside add 10.0.0.0/8
test_flowtable
test_flowtable_beside
test_other_nat
test_marks
test_ipsec
test_segmentation
done_testing
