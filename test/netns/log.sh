# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh: the log of mappings and sessions.
. "$(dirname "${BASH_SOURCE[0]}")/hanat.sh"

n4_in_6=64:ff9b::192.0.2.8

# log_start NAME NODE OPTION... - hactl log, as CSV; it has joined when its header is there.
log_start()
{
	netns-exec "$2" hactl log --csv "${@:3}" >"$hn_tmp/$1.events" 2>"$hn_tmp/$1.errors" &
	hn_jobs[$1]=$!
	until_true 10 test -s "$hn_tmp/$1.events" || diag "$1: $(cat "$hn_tmp/$1.errors")"
}

# events NAME REGEX - all but time and node.
events()
{
	sed -n '2,$p' "$hn_tmp/$1.events" | cut -d, -f2-10,12 | grep -E -e "$2"
}

events_are()
{
	[ "$(events "$1" "$2" | wc -l)" -eq "$3" ]
}

# logged NAME EVENT REST DESCRIPTION - such an event comes.
logged()
{
	wait_for "${5:-5}" "$4" events "$1" "^$2,$3$"
}

now()
{
	date -u +%FT%T.%3NZ
}

# timely NAME EVENT SINCE - its last one is neither of before nor of the future.
timely()
{
	local time until

	time=$(grep ",$2," "$hn_tmp/$1.events" | tail -n 1 | cut -d, -f1)
	until=$(now)
	[[ ! $time < $3 && ! $time > $until ]]
	point $? "with its time" || diag "$time is not between $3 and $until"
}

logging()
{
	at "$1" hactl --logging-bib "$2" --logging-session "$3"
}

# echo_from PORT - UDP from n6.
echo_from()
{
	flow n6 udp-echo "$n4_in_6" 9000 --bind-port "$1" --timeout 5
}

# refill NODE - pool4 is emptied, with all mappings and sessions, and made anew.
refill()
{
	at "$1" hactl pool4 flush
	pool4_tutorial "$1"
}
