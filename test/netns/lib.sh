# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the scripts of this directory: TAP, network namespaces and the tutorial's
# network.
# shellcheck source=test/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

hn_spaces=()

# at NAMESPACE COMMAND... - runs it there, but for /sys, which only ip netns exec has. In the
# background, netns-exec itself: a function has a shell of its own there.
at()
{
	netns-exec "$@"
}

# What new namespaces start from: IPv6 addresses are usable at once (no DAD),
# nobody solicits routers, and a new address is announced to the neighbours.
# Inherited, because a command per namespace is dear under emulation.
sysctl -q -w net.core.devconf_inherit_init_net=1 \
	net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
	net.ipv6.conf.default.dad_transmits=0 net.ipv6.conf.default.router_solicitations=0 \
	net.ipv6.conf.default.ndisc_notify=1

ns_add()
{
	local name

	printf 'netns add %s\n' "$@" | ip -batch -
	hn_spaces+=("$@")
	for name in "$@"; do
		ip -n "$name" link set lo up
	done
}

# ns_del NAME... - ends what runs there, first asking, then not.
ns_del()
{
	local name pids

	for name in "$@"; do
		pids=$(ip netns pids "$name" 2>/dev/null)
		# shellcheck disable=SC2086 # one word per process
		[ -z "$pids" ] || kill $pids 2>/dev/null
		if ! until_true 5 ns_idle "$name"; then
			# shellcheck disable=SC2046
			kill -KILL $(ip netns pids "$name") 2>/dev/null
		fi
		ip netns delete "$name" 2>/dev/null
	done
}

ns_idle()
{
	[ -z "$(ip netns pids "$1" 2>/dev/null)" ]
}

# veth A IFA B IFB - a cable between two namespaces, both ends up.
veth()
{
	ip -n "$1" link add "$2" type veth peer name "$4" netns "$3"
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
}

# bridge NAMESPACE NAME - a switch. Floods multicast: it has no querier.
bridge()
{
	ip -n "$1" link add "$2" type bridge stp_state 0 mcast_snooping 0
	ip -n "$1" link set "$2" up
}

# plug NAMESPACE INTERFACE SWITCHES BRIDGE - a cable from a node to a switch.
plug()
{
	local port=$1.$2

	ip -n "$3" link add "$port" type veth peer name "$2" netns "$1"
	ip -n "$3" link set "$port" master "$4" up
	ip -n "$1" link set "$2" up
}

# forwarding NODE - which tells of every error: how many there were before, and how long ago,
# would decide about the next one.
forwarding()
{
	at "$1" sysctl -q -w net.ipv4.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
}

# mac NAMESPACE INTERFACE
mac()
{
	ip netns exec "$1" cat "/sys/class/net/$2/address"
}

now_ms()
{
	echo $((${EPOCHREALTIME/./} / 1000))
}

cleanup()
{
	ns_del "${hn_spaces[@]}"
}
trap cleanup EXIT

. "$(dirname "${BASH_SOURCE[0]}")/tutorial.sh"
