#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hundreds of malformed packets from either side: each is counted under its
# cause, nothing breaks, and translation goes on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/counted.sh"

n4_in_6=64:ff9b::192.0.2.8

malformed()
{
	at "$1" python3 "$hn_tools/malformed.py" "$2" eth0 "$3" "$port"
}

# test_counted NAMESPACE FAMILY MAC - sends, and compares what each counter gained.
test_counted()
{
	local expected=$hn_tmp/expected

	stats_save J
	malformed "$1" "$2" "$3" >"$expected"
	ok "malformed packets are sent from $1" test "$(wc -l <"$expected")" -ge 10
	stats_gained J "$expected" "from $1"
}

# total - of all packets that the translator saw.
total()
{
	local counter value sum=0

	while IFS=, read -r counter value; do
		[[ ! $counter =~ ^(drop|xlat)- ]] || sum=$((sum + value))
	done < <(at J hactl stats --csv --no-headers)
	echo "$sum"
}

# A machine that survives also translates.
test_works()
{
	ok "ping works $1" at n6 ping -6 -q -c 1 -W 3 "$n4_in_6"
	ok "UDP works $1" flow n6 udp-echo "$n4_in_6" 9000 --timeout 5
	ok "TCP works $1" flow n6 tcp-echo "$n4_in_6" 8000 --size 20000
}

topology_tutorial
ok "J becomes a translator" translator J
vip_add J
flow_start tcp n4 tcp-server 0.0.0.0 8000
flow_start udp n4 udp-server 0.0.0.0 9000
# The kernel's own answers would be counted in between.
at n6 sysctl -q -w net.ipv6.icmp.ratemask=0-255 net.ipv6.icmp.ratelimit=600000
at n4 sysctl -q -w net.ipv4.icmp_ratelimit=600000
flow_start sink n4 udp-server 0.0.0.0 9 --silent
flow n6 udp-send "$n4_in_6" 9 --bind-port 5000
wait_for 5 "a datagram opens a session" report_is sink datagrams -eq 1
port=$(external_port J --udp 5000)
flow_start inside n6 udp-server :: 5000 --silent
like "$port" "^6[1-5][0-9]{3}$" "a session for errors to refer to"

test_works before
test_counted n6 6 "$(mac J eth0)"
test_counted n4 4 "$(mac J eth1)"
test_works "after malformed packets"
for family in 6 4; do
	before=$(total)
	ok "damaged IPv$family packets are sent" malformed "n$family" "fuzz$family" \
		"$(mac J "eth$((family == 4))")"
	ok "they reach the translator" test $(($(total) - before)) -gt 100
done
test_works "after damaged packets"
done_testing
