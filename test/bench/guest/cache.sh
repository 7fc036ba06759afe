#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Nanoseconds per packet by the generator's clock, with flows picked at random from
# tables that no cache holds. For User-mode Linux: one processor, which runs generator
# and translator in turn. "row packets-per-burst received microseconds..." goes to
# /results/rows, with the microseconds of each burst. Bursts are short, so that on a
# machine with other work some are not interrupted.
#
# A peer is NAME with the functions NAME_start (with an empty table), NAME_flows (how
# many are in it) and NAME_stop.
. "$(dirname "$0")/hanat.sh"

packets=16000 bursts=5 repetitions=3
sizes=(1 10000 100000 500000 1000000)
# The flows are shared out among so many, for one has not enough ports.
hosts=16
peer=/src/build/bench/jool-trixie-uml

# to_generators COMMAND... - to that of each host. HOST in it is the host's number.
to_generators()
{
	# shellcheck disable=SC2016 # for the inner shell
	at n6 bash -c '
		for file in /proc/net/pktgen/eth0@*; do
			for command; do
				echo "${command//HOST/"${file#*@}"}" >"$file" || echo "refused: $command"
			done
		done' to_generators "$@"
}

# The hosts' generators take turns: that is what a nanosecond between packets does. The
# packets are the shortest that there are of IPv6.
generators()
{
	local host

	# shellcheck disable=SC2016
	for ((host = 1; host <= hosts; host++)); do
		echo "add_device eth0@$host"
	done | at n6 sh -c 'while read -r line; do echo "$line" >/proc/net/pktgen/kpktgend_0; done'
	to_generators "${each_packet[@]}" "pkt_size 78" "delay 1" "dst_mac 02:00:00:00:00:01" \
		"udp_dst_min 9" "udp_dst_max 9"
}

# flows FAMILY NUMBER - what the hosts send: all the same flow, or each an equal part of
# the number, by source ports, one after another. In IPv4 each has a destination of its
# own, or they would compete for the ports of the one address to masquerade as.
flows()
{
	local host=HOST addresses

	[ "$2" -gt 1 ] || host=1
	if [ "$1" = 6 ]; then
		addresses=("src6 2001:db8:6:1::$host" "dst6 ${to6:-$n4_in_6}")
	else
		addresses=("flag !IPV6" "src_min 10.6.$host.1" "src_max 10.6.$host.1"
			"dst_min 198.18.$host.4" "dst_max 198.18.$host.4")
	fi
	to_generators "flag !UDPSRC_RND" "udp_src_min 1024" "udp_src_max $((1024 + $2 / hosts))" \
		"${addresses[@]}"
}

# send PACKETS BURSTS - prints the microseconds that each burst took, until the last host
# had sent its part.
send()
{
	local each=$(($1 / hosts))

	# shellcheck disable=SC2016
	at n6 bash -c '
		cd /proc/net/pktgen
		for host in eth0@*; do
			echo "count $1" >"$host"
		done
		for ((burst = 0; burst < $2; burst++)); do
			echo start >pgctrl
			longest=0
			for host in eth0@*; do
				while read -r word _ time _; do
					[ "$word" != Result: ] || time=${time%%(*}
					[ "$word" != Result: ] || [ "$time" -lt "$longest" ] || longest=$time
				done <"$host"
			done
			echo "$longest"
		done' send $((each > 0 ? each : 1)) "$2"
}

# measure ROW TO
measure()
{
	local before times

	before=$(received "$2")
	mapfile -t times < <(send "$packets" "$bursts")
	echo "$1 $packets $(($(received "$2") - before)) ${times[*]}" >>/results/rows
}

# fixed ROW TO FAMILY - what has no table: one flow, and for the generator many.
fixed()
{
	flows "$3" 1
	measure "$1-$3" "$2"
	if [ "$1" = generator ]; then
		flows "$3" 1000000
		to_generators "flag UDPSRC_RND"
		measure "$1-$3-random" "$2"
	fi
}

# fill PEER NUMBER - with the flows that are set up. Now and then a packet is lost on its way to the
# router, whose backlog has an end: what is there already is not made again.
fill()
{
	local attempt

	for attempt in 1 2 3; do
		send "$2" 1 >/dev/null
		[ "$("$1_flows")" -lt "$2" ] || break
		diag "$1: not all of $2 flows came, attempt $attempt"
	done
}

# tables PREFIX FAMILY - a row for each size of the table of the peer whose name is before
# the dash, PREFIX-FLOWS.
tables()
{
	local name=${1%%-*} number

	drop_at n4
	"${name}_start"
	for number in "${sizes[@]}"; do
		flows "$2" "$number"
		fill "$name" "$number"
		to_generators "flag UDPSRC_RND"
		is "$("${name}_flows")" "$number" "$1, $repetition: $number flows"
		measure "$1-$number" n4
		is "$("${name}_flows")" "$number" "$1, $repetition: no others were made"
	done
	"${name}_stop"
}

nft44_start()
{
	at R nft -f - <<-EOF
		table ip nat {
			chain postrouting {
				type nat hook postrouting priority srcnat
				oifname eth1 masquerade
			}
		}
	EOF
	at R sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=7200
}

nft44_flows()
{
	at R sysctl -n net.netfilter.nf_conntrack_count
}

nft44_stop()
{
	at R nft flush ruleset
	at R conntrack -F 2>/dev/null
}

hanat_start()
{
	translator
	at R hactl --udp-timeout 7200
}

hanat_flows()
{
	at R hactl instance --csv --no-headers | sed -n 's/^sessions,//p'
}

hanat_stop()
{
	at R hactl instance remove
}

jool()
{
	at R "$peer/bin/jool" "$@"
}

jool_start()
{
	jool instance add --netfilter --pool6 64:ff9b::/96
	jool pool4 add --udp "$pool4_hosts" 1024-65535
	jool global update udp-timeout 02:00:00
}

# Its kernel's part has counters that its program does not know, and says so.
jool_flows()
{
	jool stats display --all --csv --no-headers 2>/dev/null |
		sed -n 's/^JSTAT_SESSIONS,\([0-9]*\).*/\1/p'
}

jool_stop()
{
	jool instance remove
}

network
generators
modprobe -a nf_conntrack nf_defrag_ipv4 nf_defrag_ipv6 x_tables
# Two entries for each flow: as good as its table can be.
sysctl -q -w net.netfilter.nf_conntrack_max=4000000
echo 2097152 >/sys/module/nf_conntrack/parameters/hashsize
insmod "$peer/jool_common.ko"
insmod "$peer/jool.ko"
version=$(sed 's/-[^-]*$//' "$peer/version")
for ((repetition = 1; repetition <= repetitions; repetition++)); do
	for family in 6 4; do
		drop_at R
		fixed generator R "$family"
		drop_at n4
		to6=2001:db8:4::4 fixed plain n4 "$family"
	done
	tables nft44 4
	tables hanat 6
	tables "jool-$version" 6
done
# shellcheck disable=SC2016
ok "packets arrived" awk '$3 < $2 * (NF - 3) * 0.999 { exit 1 }' /results/rows
rmmod jool jool_common
done_testing
