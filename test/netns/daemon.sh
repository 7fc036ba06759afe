# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by hanat.sh: what runs in the background, above all hanatd on the tutorial's
# nodes, its log and its counters.

hn_tmp=$(mktemp -d)
hn_netsocket=$(dirname "${BASH_SOURCE[0]}")/../../examples/netsocket.json
declare -A hn_jobs=()

# job_kill NAME [SIGNAL] - a daemon (by its node) or a flow.
job_kill()
{
	kill "-${2:-KILL}" "${hn_jobs[$1]}"
	wait "${hn_jobs[$1]}" 2>/dev/null
	unset "hn_jobs[$1]"
}

# daemon_launch NODE [FILE] - hanatd, not waited for.
daemon_launch()
{
	netns-exec "$1" hanatd --status-file "$hn_tmp/$1.status" "${2:-$hn_netsocket}" \
		>>"$hn_tmp/$1.log" 2>&1 &
	hn_jobs[$1]=$!
}

daemon_ready()
{
	[ "$(grep -c ': ready$' "$hn_tmp/$1.log")" -ge "$2" ]
}

# daemon_start NODE [FILE] - and waits until it is ready.
daemon_start()
{
	local before=0

	[ ! -e "$hn_tmp/$1.log" ] || before=$(grep -c ': ready$' "$hn_tmp/$1.log")
	daemon_launch "$@"
	until_true 10 daemon_ready "$1" $((before + 1)) ||
		diag "hanatd on $1 is not ready: $(cat "$hn_tmp/$1.log")"
}

# daemon_counted NODE NAME... - the sum of these counters of hanatd, a second old at most.
daemon_counted()
{
	local name sum=0 status

	status=$(<"$hn_tmp/$1.status")
	for name in "${@:2}"; do
		[[ $status =~ \"$name\":([0-9]+) ]] && sum=$((sum + BASH_REMATCH[1]))
	done
	echo "$sum"
}

# daemon_counted_is NODE OPERATOR NUMBER NAME...
daemon_counted_is()
{
	test "$(daemon_counted "$1" "${@:4}")" "$2" "$3"
}

# serve NAME NAMESPACE COMMAND... - in the background.
serve()
{
	local name=$1
	shift

	netns-exec "$@" >"$hn_tmp/$name.log" 2>&1 &
	hn_jobs[$name]=$!
}

# listens NAMESPACE PORT - somebody does, for TCP.
listens()
{
	at "$1" ss -Hltn "sport = :$2" | grep -q .
}
