#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is sent in one go (UDP GSO), and what GRO joins, as one packet or as a list of them, is
# translated at once: one packet comes and one goes, whose segments are right.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/counted.sh"

# 20 datagrams of 1000 bytes, and what is left.
size=1000 bytes=20400

# aggregate NAMESPACE HOST PORT OPTION... - so many bytes in one go; how they come.
aggregate()
{
	flow "$1" udp-aggregate "${@:2}" --size "$bytes" 2>&1
}

out64=(n6 64:ff9b::192.0.2.8 9 --to n4 --at 9 --bind-port 5000)

# links IN OUT - how packets come to J: whole, or cut, and by GRO joined or listed there, of pages or
# linear (pulled is below); how they leave it: whole, or cut, also by a device that leaves
# checksums to the cutting.
links()
{
	local segmentation=off list=off forward=off pages=on interface out=off sums=on
	case $1 in
	whole) segmentation=on ;;
	joined) forward=on ;;
	listed) list=on ;;
	linear | pulled) list=on pages=off ;;
	esac
	case $2 in
	whole) out=on ;;
	summed) sums=off ;;
	esac

	for interface in eth0 eth1; do
		at lan ethtool -K "J.$interface" tx-udp-segmentation "$segmentation" \
			tso "$segmentation" tx "$segmentation" sg "$pages"
		at J ethtool -K "$interface" gro on rx-udp-gro-forwarding "$forward" \
			rx-gro-list "$list" tx "$sums" sg "$sums" tx-udp-segmentation "$out" tso "$out"
	done >/dev/null
}

# came - datagrams, and long segments of TCP, that have come to J.
came()
{
	local line

	while read -r line; do
		[[ ! $line =~ counter\ packets\ ([0-9]+) ]] || echo -n "${BASH_REMATCH[1]} "
	done < <(at J nft list table inet came)
}

# came_since DATAGRAMS SEGMENTS - how many more.
came_since()
{
	local now

	read -ra now < <(came)
	echo "$((now[0] - $1)) $((now[1] - $2))"
}

# test_datagrams DIRECTION IN OUT READS ARGUMENT... - there is one packet at J, and so many at the
# receiver.
test_datagrams()
{
	local what="$1, $2 at J and $3 behind it" output before

	links "$2" "$3"
	stats_save J
	read -ra before < <(came)
	output=$(aggregate "${@:5}" --segment "$size")
	is "$output" "$4" "$what: all come, in segments of $size bytes"
	is "$(came_since "${before[@]}")" "1 0" "$what: as one packet"
	is "$(gained "xlat-$1" drop-gso)" "1 0 " "$what: which is translated once"
}

# test_both IN
test_both()
{
	local out reads

	for out in whole cut summed; do
		reads="1 $size"
		[ "$out" = whole ] || reads="21 $size $((bytes % size))"
		test_datagrams 64 "$1" "$out" "$reads" "${out64[@]}"
		test_datagrams 46 "$1" "$out" "$reads" n4 192.0.2.1 "$port" --to n6 --at 5000 --bind-port 9
	done
}

# idents - how many different identifications n4 has seen without DF, and how many packets with it.
idents()
{
	at n4 nft -j list table inet idents |
		jq -r '[.nftables[] | (.set // empty | .elem // [] | length),
			(.rule.expr[]? | .counter.packets // empty)] | join(" ")'
}

# test_idents SEGMENT WANTED DESCRIPTION
test_idents()
{
	at n4 nft -f - <<-EOF
		table inet idents {
			set seen {
				typeof ip id
				flags dynamic
				size 65535
			}
			chain prerouting {
				type filter hook prerouting priority raw
				udp dport 9 ip frag-off & 0x4000 == 0 add @seen { ip id }
				udp dport 9 ip frag-off & 0x4000 != 0 counter
			}
		}
	EOF
	for _ in 1 2; do
		aggregate "${out64[@]}" --segment "$1" >/dev/null
	done
	is "$(idents)" "$2" "$3"
	at n4 nft delete table inet idents
}

# Those that may be cut are, as each by itself would be.
test_cut()
{
	local got

	links whole whole
	ip -n J link set eth1 mtu 600
	got=$(aggregate "${out64[@]}" --segment "$size")
	is "$got" "21 $size $((bytes % size))" "64, whole at J, to a link of 600 bytes: all come, in fragments"
	ip -n J link set eth1 mtu 1500
}

# test_tcp OUT - lists of TCP are there from 6.10 on; before, GRO joins.
test_tcp()
{
	local before

	links listed "$1"
	stats_save J
	read -ra before < <(came)
	ok "TCP, listed at J and $1 behind it: what is sent comes back" \
		flow n6 tcp-echo 64:ff9b::192.0.2.8 7 --size 300000
	like "$(came_since "${before[@]}")" ' [1-9]' "TCP: in packets longer than any link"
	is "$(gained drop-gso)" "0 " "TCP: which are translated"
}

topology_tutorial
ok "J becomes a translator" translator J
vip_add J
at J nft -f - <<-EOF
	table inet came {
		chain prerouting {
			type filter hook prerouting priority raw
			udp dport { 9, 5000, 61001-65535 } counter
			meta l4proto tcp meta length > 1500 counter
		}
	}
	EOF
flow n6 udp-send 64:ff9b::192.0.2.8 9 --bind-port 5000
wait_for 5 "a datagram opens a session" session_count_is J -eq 1
port=$(external_port J --udp 5000)
flow_start server n4 tcp-server 0.0.0.0 7
for in in whole joined listed linear; do
	test_both "$in"
done
links whole cut
test_idents 1000 "42 0" "whole at J, cut behind it: each datagram may be cut again, and has an identification"
test_idents 1300 "0 32" "those of more than 1260 bytes may not"
test_cut
# The bit is set already, in the third datagram: to write it brings that to the first one's side.
at J nft add rule inet came prerouting udp length gt 1000 @th,1600,1 set 1
size=100 bytes=2040
test_both pulled
test_tcp whole
test_tcp cut
test_tcp summed
done_testing
