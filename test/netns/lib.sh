# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the scripts of this directory: TAP, waiting, network namespaces and
# the tutorial's network. A script ends with done_testing.
set -uo pipefail

hn_points=0 hn_failed=0 hn_spaces=()
# Nothing comes from here: to wait without a process.
exec {hn_silence}<> <(:)

# diag TEXT... - a remark in the TAP stream.
diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# point STATUS DESCRIPTION - states one result.
point()
{
	hn_points=$((hn_points + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $hn_points - $2"
	else
		hn_failed=$((hn_failed + 1))
		echo "not ok $hn_points - $2"
	fi
	return "$1"
}

# Whose status nobody looks at is there to succeed: a test that could not set up what it
# tests proves nothing. Of what runs in a namespace only, and in this shell; its output
# may have been sent elsewhere.
unseen_failure()
{
	[[ $BASH_SUBSHELL -gt 0 || ${FUNCNAME[1]-} != at ]] || point 1 "$*" >&"$hn_tap"
}
exec {hn_tap}>&1
set -E
trap 'unseen_failure "$@"' ERR

# A test that is not there is none that passes.
command_not_found_handle()
{
	point 1 "there is no $1"
	return 127
}

# ok DESCRIPTION COMMAND... - the command succeeds.
ok()
{
	local description=$1 output status
	shift

	output=$("$@" 2>&1)
	status=$?
	point "$status" "$description" || diag "$* (status $status): $output"
	return "$status"
}

# fails DESCRIPTION COMMAND... - the command does not succeed.
fails()
{
	local description=$1 output status
	shift

	if output=$("$@" 2>&1); then
		point 1 "$description" || diag "$* (succeeded): $output"
		return 1
	fi
	point 0 "$description"
}

# is GOT WANTED DESCRIPTION - equal as text.
is()
{
	local status=0

	[ "$1" = "$2" ] || status=1
	point "$status" "$3" || diag "got:    $1"$'\n'"wanted: $2"
	return "$status"
}

# like GOT REGEX DESCRIPTION - matches the extended regular expression.
like()
{
	local status=0

	[[ $1 =~ $2 ]] || status=1
	point "$status" "$3" || diag "got:    $1"$'\n'"wanted: /$2/"
	return "$status"
}

done_testing()
{
	echo "1..$hn_points"
	[ "$hn_failed" -eq 0 ]
	exit
}

# skip_all REASON - counts as a failure in CI: nothing passes by being left out.
skip_all()
{
	echo "1..0 # SKIP $*"
	exit 0
}

# until_true SECONDS COMMAND... - tries again until it succeeds; false at the
# deadline, which HN_SLOW moves where the kernel is a slow one. There it is tried once
# more: the machine may have stood still since the last time. Who has waited long can wait
# a little longer, and leaves the processor to other machines: a tenth of it, up to a second.
until_true()
{
	local start=${EPOCHREALTIME/./} now pause
	local deadline=$((start + $1 * 1000000 * ${HN_SLOW:-1}))
	shift

	until "$@" >/dev/null 2>&1; do
		now=${EPOCHREALTIME/./}
		if [ "$now" -ge "$deadline" ]; then
			"$@" >/dev/null 2>&1
			return
		fi
		pause=$(((now - start) / 10))
		pause=$((pause < 50000 ? 50000 : pause > 1000000 ? 1000000 : pause))
		printf -v pause '%d.%06d' $((pause / 1000000)) $((pause % 1000000))
		read -rt "$pause" -u "$hn_silence" || :
	done
}

# wait_for SECONDS DESCRIPTION COMMAND... - a point: it comes true in time.
wait_for()
{
	local seconds=$1 description=$2 status=0
	shift 2

	until_true "$seconds" "$@" || status=1
	point "$status" "$description" || diag "not within $seconds s: $*: $("$@" 2>&1)"
	return "$status"
}

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
