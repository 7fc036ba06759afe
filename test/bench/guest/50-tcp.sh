#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A TCP stream from n6 to n4, in the machine's time, which is its instructions: the
# throughput of one processor of 10^9 instructions a second. "path offloads
# bits-per-second" goes to /results/tcp.
. "$(dirname "$0")/hanat.sh"

offloads()
{
	local space

	for space in "n6 eth0" "n4 eth0" "R eth0" "R eth1"; do
		# shellcheck disable=SC2086 # two words
		set -- $space "$@"
		at "$1" ethtool -K "$2" tso "$3" gso "$3" gro "$3" >/dev/null
		shift 2
	done
}

# stream PATH on|off ADDRESS
stream()
{
	local i bits

	for ((i = 0; i < repetitions; i++)); do
		bits=$(at n6 iperf3 -c "$3" -n 100M -J | jq '.end.sum_received.bits_per_second')
		echo "$1 $2 ${bits%.*}" >>/results/tcp
	done
	like "$bits" '^[0-9]' "$1, offloads $2"
}

network
for node in n6:eth0 n4:eth0; do
	ip -n "${node%:*}" addr add "2001:db8:${node:1:1}::${node:1:1}/64" dev eth0 nodad
	ip -n "${node%:*}" -6 route add default via "2001:db8:${node:1:1}::1"
done
ip -n n6 addr add 10.6.0.6/16 dev eth0
ip -n n6 route add default via 10.6.0.1
ip -n n4 addr add 198.51.100.4/24 dev eth0
ip -n n4 route add default via 198.51.100.1
translator
at R hactl pool4 add --tcp "$pool4_hosts" 1024-65535
at n4 iperf3 -s -D
until_true 10 at n6 iperf3 -c 2001:db8:4::4 -n 1K
for offload in on off; do
	offloads "$offload"
	stream plain-6 "$offload" 2001:db8:4::4
	stream plain-4 "$offload" 198.51.100.4
	stream hanat64 "$offload" "$n4_in_6"
done
done_testing
