# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034 # variables for those that source this
# Sourced: R has a backup, K. What arrives there of R's new sessions, what that costs on
# the link and in the daemons, and how long a backup takes that begins with nothing.
#
# A peer is NAME with the functions NAME_start (R and K with empty tables, their
# daemons in daemon[R] and daemon[K]), NAME_stop, NAME_sessions NODE (in its kernel's
# table), NAME_progress (about so many in K's, asked by the peer's own program, whose
# time is in what is measured), NAME_empty (K's kernel has nothing, and its daemon has
# ended if it asks as it begins) and NAME_resync (K asks for all, or R is told to send
# it; microseconds in which nothing went on but its waiting are left in waited, and are
# not the peer's).
. "$(dirname "${BASH_SOURCE[0]}")/nat64.sh"

tmp=$(mktemp -d)
declare -A daemon=()

link_to_backup()
{
	local space address=4

	ns_add K
	ip -n R link add eth2 up type veth peer name eth2 netns K
	ip -n K link set eth2 up
	for space in R K; do
		ip -n "$space" addr add "2001:db8:ff08::$address/96" dev eth2 nodad
		ip -n "$space" addr add "10.0.64.$address/24" dev eth2
		ip -n "$space" route add 224.0.0.0/4 dev eth2
		address=$((address + 1))
	done
}

stop_daemon()
{
	kill "${daemon[$1]}"
	wait "${daemon[$1]}"
	unset "daemon[$1]"
} 2>/dev/null

stop_daemons()
{
	local node

	for node in "${!daemon[@]}"; do
		stop_daemon "$node"
	done
}

# cpu NODE - nanoseconds that its daemon has run.
cpu()
{
	cat "/proc/${daemon[$1]}"/task/*/schedstat | awk '{ sum += $1 } END { printf "%d", sum }'
}

# memory NODE - the most that its daemon has had in it, KiB.
memory()
{
	awk '$1 == "VmHWM:" { print $2 }' "/proc/${daemon[$1]}/status"
}

# bytes - that R has sent to K, with their Ethernet headers.
bytes()
{
	ip netns exec R cat /sys/class/net/eth2/statistics/tx_bytes
}

# settle PEER SECONDS - until K's sessions have not changed for so long. Prints the
# time of the last change.
settle()
{
	local changed=${EPOCHREALTIME/./} now last=-1

	while [ $((${EPOCHREALTIME/./} - changed)) -lt $(($2 * 1000000)) ]; do
		now=$("$1_progress")
		[ "$now" -eq "$last" ] || changed=${EPOCHREALTIME/./}
		last=$now
		sleep 0.05
	done
	echo "$changed"
}

# new_flows PEER NUMBER PER_SECOND - from hosts that have none.
new_flows()
{
	local family=6 packets=$2 most=50000

	[[ $1 != conntrackd* ]] || family=4
	set_generator n6 "ratep $3"
	while [ "$packets" -gt 0 ]; do
		next_host "$family"
		warm_up n6 $((packets < most ? packets : most))
		packets=$((packets - most))
	done
}

# rate PEER FLOWS_PER_SECOND - for two seconds, but not more than a host has ports.
# "PEER FLOWS_PER_SECOND SESSIONS KEPT BYTES NS_IN_R NS_IN_K" goes to /results/sync.
rate()
{
	local peer=$1 before sent received count=$(($2 * 2))

	"${peer}_start"
	sent=$(cpu R) received=$(cpu K) before=$(bytes)
	new_flows "$peer" $((count < 50000 ? count : 50000)) "$2"
	settle "$peer" 2 >/dev/null
	set -- "$peer" "$2" "$("${peer}_sessions" R)" "$("${peer}_sessions" K)" \
		$(($(bytes) - before)) $(($(cpu R) - sent)) $(($(cpu K) - received))
	echo "$*" >>/results/sync
	"${peer}_stop"
	ok "$peer: $2 flows per second: $4 of $3 kept" test "$3" -gt 0
}

# resync PEER FLOWS - "PEER FLOWS KEPT MILLISECONDS KIB_OF_R KIB_OF_K" goes to /results/resync.
resync()
{
	local peer=$1 start changed made kept waited=0

	"${peer}_start"
	new_flows "$peer" "$2" 40000
	settle "$peer" 2 >/dev/null
	"${peer}_empty"
	start=${EPOCHREALTIME/./}
	"${peer}_resync"
	changed=$(settle "$peer" 10)
	made=$("${peer}_sessions" R) kept=$("${peer}_sessions" K)
	echo "$peer $made $kept $(((changed - start - waited) / 1000)) $(memory R) $(memory K)" >>/results/resync
	"${peer}_stop"
	# At this speed the network may lose a few before they are anybody's.
	ok "$peer: resync: $kept of $made kept" test "$made" -ge $(($2 * 99 / 100))
}

# The rates that every peer is measured at.
rates()
{
	local flows

	for flows in 500 2000 5000 20000 40000; do
		rate "$1" "$flows"
	done
}

network
drop_at n4
