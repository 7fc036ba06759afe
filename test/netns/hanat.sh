# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh: translators and daemons of the tutorial's nodes.
# shellcheck source=test/netns/daemon.sh
. "$(dirname "${BASH_SOURCE[0]}")/daemon.sh"
# shellcheck source=test/netns/guard.sh
. "$(dirname "${BASH_SOURCE[0]}")/guard.sh"

# shellcheck disable=SC2034 # for those that source this
hn_tools=$(dirname "${BASH_SOURCE[0]}")/tools

hn_cleanup()
{
	cleanup
	rm -rf "$hn_tmp"
}
trap hn_cleanup EXIT

# pool4_tutorial NODE - adds the tutorial's.
pool4_tutorial()
{
	at "$1" hactl pool4 add --tcp --udp 192.0.2.1 61001-65535 &&
		at "$1" hactl pool4 add --icmp 192.0.2.1 0-65535
}

# translator NODE - an instance with that.
translator()
{
	modprobe hanat
	at "$1" hactl instance add --pool6 64:ff9b::/96 && pool4_tutorial "$1"
}

# In what follows bash reads CSV: a process is dear under emulation, jq above all.

# value_of NODE stats|instance|global|status NAME... - in one line.
value_of()
{
	local name value values=()
	local -A all=()

	while IFS=, read -r name value; do
		all[$name]=$value
	done < <(at "$1" hactl "$2" --csv --no-headers)
	for name in "${@:3}"; do
		values+=("${all[$name]-missing}")
	done
	echo "${values[*]}"
}

# stat_of NODE NAME...
stat_of()
{
	value_of "$1" stats "${@:2}"
}

# stat_is NODE NAME OPERATOR NUMBER
stat_is()
{
	test "$(stat_of "$1" "$2")" "$3" "$4"
}

# ports_used NODE [--tcp|--udp|--icmp] - how many of pool4.
ports_used()
{
	local protocol used sum=0

	while IFS=, read -r protocol _ _ _ _ used _; do
		[[ --${protocol,,} != "${2:---}"* ]] || sum=$((sum + used))
	done < <(at "$1" hactl pool4 --csv --no-headers)
	echo "$sum"
}

# rows_of NODE NOUN [--tcp|--udp|--icmp] - how many.
rows_of()
{
	local rows

	mapfile -t rows < <(at "$1" hactl "$2" --csv --no-headers "${@:3}")
	echo "${#rows[@]}"
}

# session_count NODE [--tcp|--udp|--icmp]
session_count()
{
	rows_of "$1" session "${@:2}"
}

# session_of NODE --PROTOCOL COLUMN - of each session, in one line.
session_of()
{
	local row column=$3 rows values=()

	mapfile -t rows < <(at "$1" hactl session --csv --no-headers "$2")
	for row in "${rows[@]}"; do
		IFS=, read -ra row <<<"$row"
		values+=("${row[column]}")
	done
	echo "${values[*]}"
}

# binding NODE --PROTOCOL INSIDE_PORT - "EXTERNAL_PORT SESSIONS".
binding()
{
	local port external sessions

	while IFS=, read -r _ _ port _ external sessions _; do
		[ "$port" != "$3" ] || echo "$external $sessions"
	done < <(at "$1" hactl bib --csv --no-headers "$2")
}

# external_port NODE --PROTOCOL INSIDE_PORT
external_port()
{
	local bound

	bound=$(binding "$@")
	echo "${bound% *}"
}

# port_is NODE --PROTOCOL INSIDE_PORT OPERATOR NUMBER - its external one, and there is one.
port_is()
{
	local port

	port=$(external_port "${@:1:3}")
	[ -n "$port" ] && test "$port" "$4" "$5"
}

# session_count_is NODE OPERATOR NUMBER [PROTOCOL]
session_count_is()
{
	test "$(session_count "$1" "${@:4}")" "$2" "$3"
}

# flows NODE PROTOCOL [COLUMNS] - what peers must agree about, one session a line.
flows()
{
	at "$1" hactl session "$2" --csv --no-headers | cut -d, -f "${3:-1,2,4-11}" | sort
}

# same_flows NODE NODE PROTOCOL [COLUMNS]
same_flows()
{
	[ "$(flows "$1" "${@:3}")" = "$(flows "$2" "${@:3}")" ]
}

# flow NAMESPACE SUBCOMMAND... - the traffic tool.
flow()
{
	at "$1" flow "${@:2}"
}

# sessions COUNT [OPTION...] - so many more on J, to the host that swallows them: see
# black_hole(). Not for ok, a subshell of which would keep the next port to itself.
hn_next_port=20000
sessions()
{
	flow n6 udp-burst 64:ff9b::192.0.2.66 1 --count "$1" --bind-port "$hn_next_port" "${@:2}" \
		>/dev/null
	hn_next_port=$((hn_next_port + $1))
}

# flow_start NAME NAMESPACE SUBCOMMAND... - in the background, with a report.
flow_start()
{
	local name=$1 space=$2
	shift 2

	rm -f "$hn_tmp/$name.report"
	netns-exec "$space" flow "$@" --report "$hn_tmp/$name.report" \
		>"$hn_tmp/$name.log" 2>&1 &
	hn_jobs[$name]=$!
	until_true 30 test -s "$hn_tmp/$name.report" ||
		diag "$name does not start: $(cat "$hn_tmp/$name.log")"
}

# report NAME KEY - from the report of a flow.
report()
{
	local key value

	while IFS=' ' read -r key value; do
		[ "$key" != "$2" ] || echo "$value"
	done <"$hn_tmp/$1.report"
}

# report_is NAME KEY OPERATOR VALUE
report_is()
{
	test "$(report "$1" "$2")" "$3" "$4"
}

# progress NAME [SECONDS] - a flow gets on by ten more echoes from now.
progress()
{
	local echoed

	echoed=$(report "$1" echoed)
	until_true "${2:-15}" report_is "$1" echoed -gt $((echoed + 10))
}

# black_hole NODE - 192.0.2.66 swallows what the node sends there: n4 gets it, and
# does not forward.
black_hole()
{
	ip -n "$1" neigh replace 192.0.2.66 lladdr "$(mac n4 eth0)" dev eth1
}

# pair true|false - J and K as translators, synchronised or not, J active.
pair()
{
	local node

	topology_tutorial
	for node in J K; do
		ok "$node becomes a translator" translator "$node"
		at "$node" hactl --ss-enabled "$1"
		black_hole "$node"
		guard_rules | guard "$node"
	done
	for node in J K; do
		daemon_launch "$node"
	done
	wait_for 10 "hanatd runs on J" daemon_ready J 1
	wait_for 10 "hanatd runs on K" daemon_ready K 1
	vip_add J
}

# other J|K - of the pair.
other()
{
	if [ "$1" = J ]; then echo K; else echo J; fi
}

# move_to NODE - the virtual addresses, from the other node of the pair, if it is there.
move_to()
{
	local other

	other=$(other "$1")
	[ ! -e "/run/netns/$other" ] || vip_del "$other"
	vip_add "$1"
}
