#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a kernel takes to install a session of a peer, and how long a backup takes that begins with
# nothing, frames sealed: on a real processor. For User-mode Linux, of which the one processor does
# all that both kernels and both daemons do: of a backup a session's share of the time is more than
# what any of them took for it.
. "$(dirname "$0")/nodes.sh"
link_to_backup

at R hactl key generate "$tmp/key"
jq --arg file "$tmp/key" '. + {"key file": $file, "authentication": "required"}' "$netsocket" >"$tmp/sealed.json"
netsocket=$tmp/sealed.json

# apply SESSIONS AT_A_TIME - at K; "hanat SESSIONS AT_A_TIME INSTALLED REFUSED", nanoseconds for each, goes
# to /results/apply. As many at a time as a peer with 20,000 new flows a second tells of in a message,
# or can.
apply()
{
	local took

	hanat_translator K
	took=$(PYTHONPATH=/src/test/netns/tools netns-exec K python3 /src/test/bench/guest/apply.py "$@")
	echo "hanat $* $took" >>/results/apply
	ok "hanat: to $1 sessions others are added, $2 at a time" test "${took% *}" -gt 0
}

modprobe hanat
for at_a_time in 50 160; do
	apply 50000 "$at_a_time"
	apply 1000000 "$at_a_time"
done
generator n6 "${to_pool6[@]}" "${next_flow[@]}"
for ((repetition = 1; repetition <= 3; repetition++)); do
	resync hanat 1000000
done
done_testing
