#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 10,000 sessions opened through J in a burst are all on K within 2 s of a stock kernel.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

# Fewer where the kernel is a slow one, or the first would expire before the last comes.
count=$((10000 / ${HN_SLOW:-1}))

# complete NODE - it has all sessions; notes when that was asked.
complete()
{
	reached=$(now_ms)
	[ "$(value_of "$1" instance sessions)" -eq "$count" ]
}

received()
{
	sed 's/.*"records-received":\([0-9]*\).*/\1/' "$hn_tmp/K.status"
}

received_all()
{
	[ "$(received)" -ge "$count" ]
}

pair true
read -r sent took end < <(flow n6 udp-burst 64:ff9b::192.0.2.66 1 --count "$count" --fan 4)
until_true 20 complete K
is "$(value_of J instance sessions)" "$count" "J has $count sessions"
is "$(value_of K instance sessions mappings)" "$count $((count / 4))" \
	"K has $count sessions and $((count / 4)) mappings"
ok "2 s after the end of the burst" test $((reached - end)) -le $((2000 * ${HN_SLOW:-1}))
ok "they are the same" same_flows J K --udp
wait_for 3 "hanatd on K counts them" received_all
diag "burst of $sent datagrams in $took ms; K complete $((reached - end)) ms after its end"
diag "created $(stat_of J session-created), sent $(stat_of J delta-records)," \
	"received $(received), applied $(stat_of K apply-inserted)"
is "$(stat_of J session-created)" "$count" "J created $count"
is "$(stat_of K apply-inserted)" "$count" "K applied $count"
is "$(stat_of K apply-conflict apply-full apply-outside apply-invalid)" "0 0 0 0" "K refused none"
done_testing
