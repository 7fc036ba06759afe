#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Nobody reads what the kernel has to tell, of many sessions: waiting costs next to nothing, however
# many there are. In a machine of one processor whose clock is its instructions.
. "$(dirname "$0")/../bench/guest/nodes.sh"

count=400000

# busy SECONDS - how much of the processor's time in these is anything but idle, in per cent.
busy()
{
	local before after

	read -ra before < <(head -n 1 /proc/stat)
	sleep "$1" # is what is measured
	read -ra after < <(head -n 1 /proc/stat)
	echo $((100 - (after[4] - before[4]) * 100 / ($1 * $(getconf CLK_TCK))))
}

link_to_backup
modprobe hanat
generator n6 "${to_pool6[@]}" "${next_flow[@]}"
hanat_start R
diag "busy with nothing: $(busy 3) %"
kill -STOP "${daemon[R]}"
new_flows hanat "$count" 40000
ok "$count sessions are made" test "$(hanat_sessions R)" -ge $((count * 99 / 100))
busy=$(busy 3)
diag "busy with those that wait: $busy %"
ok "with all of them to be told of, and nobody who reads, the processor is idle" test "$busy" -lt 10
kill -CONT "${daemon[R]}"
told()
{
	[ "$(at R hactl sync stats --csv --no-headers | sed -n 's/^records-sent,//p')" -ge "$(hanat_sessions R)" ]
}
wait_for 60 "hanatd goes on, and all are told" told
hanat_stop
done_testing
