#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Synchronisation by hanat.
. "$(dirname "$0")/nodes.sh"
link_to_backup

# delay FLOWS_PER_SECOND - from a flow's first packet until the link has its session.
# "hanat FLOWS_PER_SECOND FLOWS MEDIAN P99 LONGEST", in microseconds, goes to /results/delay.
delay()
{
	local count=$(($1 * 2)) watcher made

	hanat_start
	rm -f "$tmp/delay"
	netns-exec R python3 /src/test/bench/guest/delay.py eth0 eth2 >"$tmp/delay" &
	watcher=$!
	until_true 20 grep -q watching "$tmp/delay"
	new_flows hanat "$count" "$1"
	settle hanat 2 >/dev/null
	kill "$watcher"
	wait "$watcher"
	made=$(hanat_sessions R)
	# shellcheck disable=SC2046 # numbers
	set -- "$1" $(tail -n 1 "$tmp/delay")
	echo "hanat $*" >>/results/delay
	hanat_stop
	# At 20,000 a second the network may lose a few before they are anybody's.
	ok "hanat: $1 flows per second: $made of $count made" test "$made" -ge $((count * 99 / 100))
	ok "hanat: $2 of them told, half within $3 us, 99 % within $4 us" test "${2:-0}" -eq "$made" ||
		diag "$(cat "$tmp/delay")"
}

modprobe hanat
generator n6 "${to_pool6[@]}" "${next_flow[@]}"
rates hanat
for flows in 500 5000 20000; do
	delay "$flows"
done
resync hanat 200000
resync hanat 1000000
done_testing
