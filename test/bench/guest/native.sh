#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How long a backup takes that begins with nothing, on a real processor, frames sealed. For
# User-mode Linux: the one processor does all that both kernels and both daemons do, so a
# session's share of the time is more than what any of them took for it.
. "$(dirname "$0")/nodes.sh"
link_to_backup

at R hactl key generate "$tmp/key"
jq --arg file "$tmp/key" '. + {"key file": $file, "authentication": "required"}' "$netsocket" >"$tmp/sealed.json"
netsocket=$tmp/sealed.json

modprobe hanat
generator n6 "${to_pool6[@]}" "${next_flow[@]}"
for ((repetition = 1; repetition <= 3; repetition++)); do
	resync hanat 1000000
done
done_testing
