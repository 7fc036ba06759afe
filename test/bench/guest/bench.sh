# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034 # variables for those that source this
# Sourced by the measurements, which run in the test machine: the network
# n6 - R - n4, the kernel's packet generator in the outer two, and one burst of
# packets per measurement. Each burst adds "row repetition sent delivered" to
# /results/rows; the n-th line is the plugin's n-th window.
. "$(dirname "${BASH_SOURCE[0]}")/../../netns/lib.sh"

window=/src/build/bench/window
: "${packets:=10000}" "${repetitions:=3}"
pool4_hosts=192.0.2.0/27
n4_in_6=64:ff9b::198.51.100.4

network()
{
	modprobe -a pktgen veth dummy
	ns_add n6 R n4
	ip -n R -batch - <<-EOF
		link add eth0 up address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:06 netns n6
		link add eth1 up address 02:00:00:00:00:02 type veth peer name eth0 address 02:00:00:00:00:04 netns n4
		addr add 2001:db8:6::1/64 dev eth0
		addr add 10.6.0.1/16 dev eth0
		addr add 2001:db8:4::1/64 dev eth1
		addr add 198.51.100.1/24 dev eth1
		neigh add 2001:db8:6::6 lladdr 02:00:00:00:00:06 dev eth0 nud permanent
		neigh add 10.6.0.6 lladdr 02:00:00:00:00:06 dev eth0 nud permanent
		neigh add 2001:db8:4::4 lladdr 02:00:00:00:00:04 dev eth1 nud permanent
		neigh add 198.51.100.4 lladdr 02:00:00:00:00:04 dev eth1 nud permanent
		route add 198.18.0.0/16 via 198.51.100.4
	EOF
	ip -n n6 link set eth0 up
	ip -n n4 link set eth0 up
	forwarding R
}

# drop_at NAMESPACE - it swallows UDP on eth0, no other does.
drop_at()
{
	local space

	for space in n6 R n4; do
		at "$space" nft flush ruleset
	done
	at "$1" nft -f - <<-EOF
		table netdev sink {
			chain ingress {
				type filter hook ingress device eth0 priority 0
				meta l4proto udp drop
			}
		}
	EOF
}

# generator NAMESPACE SETTING... - sets the packet generator up: of eth0, to R.
generator()
{
	local space=$1 mac=02:00:00:00:00:01
	shift

	[ "$space" = n6 ] || mac=02:00:00:00:00:02
	# shellcheck disable=SC2016 # for the inner shell
	at "$space" bash -c '
		echo rem_device_all >/proc/net/pktgen/kpktgend_0
		echo add_device eth0 >/proc/net/pktgen/kpktgend_0
		for setting; do
			echo "$setting" >/proc/net/pktgen/eth0 || echo "refused: $setting"
		done
	' generator "${each_packet[@]}" "dst_mac $mac" "$@"
}

# set_generator NAMESPACE SETTING... - changes what generator set up.
set_generator()
{
	# shellcheck disable=SC2016
	at "$1" bash -c 'for setting; do echo "$setting" >/proc/net/pktgen/eth0; done' "$@"
}

# warm_up NAMESPACE [PACKETS] - a burst nobody counts.
warm_up()
{
	set_generator "$1" "count ${2:-1000}"
	at "$1" bash -c 'echo start >/proc/net/pktgen/pgctrl'
}

# received NAMESPACE - packets on eth0. Cheaper than asking nft, which costs the emulator more
# than a burst does.
received()
{
	local line

	line=$(at "$1" grep eth0: /proc/net/dev)
	read -r _ line _ <<<"${line#*:}"
	echo "$line"
}

# burst ROW REPETITION FROM TO [MILLISECONDS] - one measurement. The time afterwards is for
# what others do because of the packets.
burst()
{
	local before after

	set_generator "$3" "count $packets"
	before=$(received "$4")
	at "$3" "$window" /proc/net/pktgen/pgctrl $'start\n' "${5:-20}"
	after=$(received "$4")
	echo "$1 $2 $packets $((after - before))" >>/results/rows
	[ $((after - before)) -ge "$packets" ] ||
		diag "$1: $((after - before)) of $packets arrived"
}

# bursts ROW FROM TO [MILLISECONDS] - all its repetitions, after a warm-up.
bursts()
{
	local i

	warm_up "$2"
	for ((i = 1; i <= repetitions; i++)); do
		burst "$1" "$i" "${@:2}"
	done
	ok "$1" whole "$1"
}

# bursts_random ROW FROM TO - of 10,000 flows that the generator is set up for, which all are there
# first.
bursts_random()
{
	warm_up "$2" 10000
	set_generator "$2" "flag UDPSRC_RND"
	bursts "$@"
}

# whole ROW - most of its bursts arrived; the others do not count.
whole()
{
	awk -v row="$1" -v most="$repetitions" '
		$1 == row && $4 >= $3 * 0.999 { good++ }
		END { exit good * 2 <= most }' /results/rows
}

# background ROW NAMESPACE - what happens in a second without a packet.
background()
{
	echo x >/tmp/null
	at "$2" "$window" /tmp/null x 1000
	echo "$1 1 1 1" >>/results/rows
}

# A source of packets from addresses never seen before: host counts on.
host=0

# next_host FAMILY - 2001:db8:6:1::N or 10.6.N.1; in IPv4 to an address of its own as well, or
# the flows would compete for the ports of the one address to masquerade as.
next_host()
{
	host=$((host + 1))
	if [ "$1" = 6 ]; then
		set_generator n6 "src6 2001:db8:6:1::$host"
	else
		set_generator n6 "src_min 10.6.$host.1" "src_max 10.6.$host.1" \
			"dst_min 198.18.$host.4" "dst_max 198.18.$host.4"
	fi
}

# bursts_new ROW FAMILY [MILLISECONDS] - every packet from n6 is a new flow. So many others come
# before them that no table doubles while it is measured, up to 65,536: rows with "fill" show
# what that costs.
bursts_new()
{
	local i

	next_host "$2"
	warm_up n6 34000
	sleep 2
	for ((i = 1; i <= repetitions; i++)); do
		next_host "$2"
		burst "$1" "$i" n6 n4 "${@:3}"
	done
	ok "$1" whole "$1"
}

# After the last measurement, modules still loaded: where the functions are.
symbols()
{
	sysctl -q -w kernel.kptr_restrict=0
	cp /proc/kallsyms /results/kallsyms
}

each_packet=("clone_skb 0" "pkt_size 64" "delay 0" "flag UDPCSUM")
one_flow=("udp_src_min 10000" "udp_src_max 10000" "udp_dst_min 9" "udp_dst_max 9")
random_flows=("udp_src_min 10000" "udp_src_max 19999" "udp_dst_min 9" "udp_dst_max 9")
next_flow=("udp_src_min 10000" "udp_src_max 60000" "udp_dst_min 9" "udp_dst_max 9")
from_n6=("src6 2001:db8:6::6" "dst6 2001:db8:4::4")
from_n6_v4=("src_min 10.6.0.6" "src_max 10.6.0.6" "dst_min 198.51.100.4" "dst_max 198.51.100.4")
to_pool6=("src6 2001:db8:6::6" "dst6 $n4_in_6")
