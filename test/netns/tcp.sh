# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after hanat.sh: single TCP segments between n6 and n4 through J, and what its sessions
# make of them.

n6=2001:db8::8
n4_in_6=64:ff9b::192.0.2.8

# tcp_segments - from here on, the hosts do not reset what no socket of theirs sent.
tcp_segments()
{
	local node

	mac6=$(mac J eth0)
	mac4=$(mac J eth1)
	for node in n6 n4; do
		at "$node" nft -f - <<-EOF
			table inet segments
			delete table inet segments
			table inet segments {
				chain output {
					type filter hook output priority 0
					tcp flags & rst == rst drop
				}
			}
		EOF
	done
}

# from n6|n4 SOURCE_PORT DESTINATION_PORT FLAG... - one segment for the other one, of no socket.
from()
{
	local source=$2 destination=$3

	if [ "$1" = n6 ]; then
		set -- n6 "$mac6" "$n6#$source" "$n4_in_6#$destination" "${@:4}"
	else
		set -- n4 "$mac4" "192.0.2.8#$source" "192.0.2.1#$destination" "${@:4}"
	fi
	at "$1" python3 "$(dirname "${BASH_SOURCE[0]}")/tools/segment.py" "${@:2}"
}

# state_of INSIDE_PORT REMOTE_PORT - "STATE LIFETIME" of its session on J, if there is one.
state_of()
{
	local row

	while IFS=, read -ra row; do
		[ "${row[4]} ${row[10]}" != "$1 $2" ] || echo "${row[1]} ${row[2]}"
	done < <(at J hactl session --csv --no-headers --tcp)
}

# in_state INSIDE_PORT REMOTE_PORT STATE
in_state()
{
	local state

	read -r state _ < <(state_of "$1" "$2")
	[ "$state" = "$3" ]
}

# lifetime_of INSIDE_PORT REMOTE_PORT
lifetime_of()
{
	local lifetime

	read -r _ lifetime < <(state_of "$1" "$2")
	echo "${lifetime:-0}"
}

# lives INSIDE_PORT REMOTE_PORT OPERATOR MILLISECONDS
lives()
{
	test "$(lifetime_of "$1" "$2")" "$3" "$4"
}
