#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hundreds of packets, each with what the RFCs say must come of it (test/vectors). The hosts on
# either side have no address, so that no kernel but the translator's answers.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/counted.sh"

vectors=$(dirname "$0")/../vectors
# Of groups that need others than the defaults.
declare -A settings=(
	[tos]="--override-tos true --tos 74 --zeroize-traffic-class true"
	[plateaus]="--mtu-plateaus 1300,1450,1400"
)

topology_bare()
{
	ns_add n6 J n4
	at n6 sysctl -q -w net.ipv6.conf.default.disable_ipv6=1
	at n4 sysctl -q -w net.ipv6.conf.default.disable_ipv6=1
	veth n6 eth0 J eth0
	veth n4 eth0 J eth1
	forwarding J
	at J sysctl -q -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth{0,1}.rp_filter=0
	ip -n J -batch - <<-EOF
		addr add 2001:db8:6::1/64 dev eth0
		addr add 10.6.0.1/24 dev eth0
		addr add 198.51.100.1/24 dev eth1
		neigh add 2001:db8:6::6 lladdr $(mac n6 eth0) dev eth0 nud permanent
		neigh add 10.6.0.6 lladdr $(mac n6 eth0) dev eth0 nud permanent
		neigh add 198.51.100.4 lladdr $(mac n4 eth0) dev eth1 nud permanent
		route add 2001:db8:7::/64 via 2001:db8:6::6
		route add 10.7.0.0/24 via 10.6.0.6
		route add 203.0.113.0/24 via 198.51.100.4
		route add 203.0.113.128/25 via 198.51.100.4 mtu 1000
		route add blackhole 192.0.2.0/24
	EOF
}

# One port for each protocol: what a mapping gets is known.
translator_bare()
{
	modprobe hanat
	at J hactl instance add --pool6 64:ff9b::/96 &&
		at J hactl pool4 add --tcp 192.0.2.1 40001 &&
		at J hactl pool4 add --udp 192.0.2.1 40000 &&
		at J hactl pool4 add --icmp 192.0.2.1 40002
}

test_vectors()
{
	local name

	name=$(basename "$1" .json)
	ok "a translator of its own" translator_bare
	# shellcheck disable=SC2086 # options
	at J hactl ${settings[$name]-} >/dev/null
	[ "$name" != nat44 ] || at J hactl inside add 10.6.0.0/16 10.7.0.0/16
	stats_save J
	ok "$name: $(grep -c '^{"name"' "$1") cases, and what comes of them" \
		vectors "$1" "$hn_tmp/$name"
	stats_gained J "$hn_tmp/$name" "of $name"
	at J hactl instance remove
}

# vectors FILE COUNTERS
vectors()
{
	python3 "$hn_tools/vectors.py" "$1" "$(mac J eth0)" "$(mac J eth1)" >"$2"
}

# test_control GROUP FILTER WHAT - the group's first case, changed by jq: it must not pass.
test_control()
{
	jq -c ".vectors |= .[:1] | .vectors[0]$2" "$vectors/$1.json" >"$hn_tmp/wrong.json"
	translator_bare
	fails "$3 is found" vectors "$hn_tmp/wrong.json" /dev/null
	at J hactl instance remove
}

topology_bare
for file in "$vectors"/*.json; do
	test_vectors "$file"
done
test_control errors46 '.out[0].packet |= sub("^60"; "61")' "a wrong byte"
test_control errors46 '.out = []' "a packet too many"
test_control errors46 '.out |= . + .' "a packet too few"
test_control fragments64 '.out[0].most -= 16' "a fragment that is too long"
test_control fragments64 '.in.packets |= .[1:]' "that a fragment is not there"
done_testing
