#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A backup's table is not what its owner says: that is found and mended within the digest
# period, and what is right is left alone.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

# A period, two looks and the answer.
healed=$((2 + 3))

# What a digest covers: the owner, the generation and the version as well.
digested=1,2,4-12,14-15

# plant LINE GENERATION VERSION [--delete] - does so much to K's replica of J's session on
# that line: adds to its generation and version, or deletes it.
plant()
{
	local inside port external external_port remote remote_port owner generation version

	IFS=, read -r _ _ _ inside port _ _ external external_port remote remote_port owner _ \
		generation version < <(at K hactl session --udp --csv --no-headers | sed -n "$1p")
	at K python3 "$hn_tools/plant.py" "$owner" $((generation + $2)) $((version + $3)) \
		"${@:4}" "$inside#$port" "$external#$external_port" "$remote#$remote_port"
}

# free_port NODE - an external one that no session has there.
free_port()
{
	local taken port=61001

	taken=" $(session_of "$1" --udp 8) "
	while [[ $taken == *" $port "* ]]; do
		port=$((port + 1))
	done
	echo "$port"
}

# mended WHAT PRUNED RESTORED [PERIODS] - how many at least, since the last time.
mended()
{
	wait_for $((healed * ${4:-1})) "$1: it is found and mended" same_flows J K --udp "$digested"
	wait_for 3 "$2 were deleted" daemon_counted_is K -ge $((were_pruned + $2)) records-pruned
	wait_for 3 "$3 were set right" daemon_counted_is K -ge $((were_restored + $3)) records-restored
	were_pruned=$(daemon_counted K records-pruned)
	were_restored=$(daemon_counted K records-restored)
}

# ended_are NUMBER - sessions of J's that K has removed.
ended_are()
{
	test $(($(daemon_counted K records-pruned) + $(stat_of K session-lost))) -ge "$1"
}

# told_twice DESCRIPTION - J its digests, in 4 frames.
told_twice()
{
	local seen

	seen=$(daemon_counted K digests-received)
	wait_for $((2 * healed)) "$1" \
		daemon_counted_is K -ge $((seen + 4)) digests-received
}

topology_tutorial
jq '."digest period" = 2' "$hn_netsocket" >"$hn_tmp/often.json"
for node in J K; do
	translator "$node"
	at "$node" hactl --ss-enabled true
	black_hole "$node"
	daemon_start "$node" "$hn_tmp/often.json"
done
vip_add J
were_pruned=0 were_restored=0
sessions 2000
wait_for 10 "K has J's sessions" same_flows J K --udp "$digested"
# What was on its way may have been suspected until then.
told_twice "J has told its digests twice"
suspected=$(daemon_counted K buckets-different records-pruned)
told_twice "and twice again"
is "$(daemon_counted K buckets-different records-pruned)" "$suspected" \
	"nothing is wrong, and nothing is done"

ok "one session is missing" plant 7 0 1000 --delete
mended "missing" 0 1
ok "one is of another generation" plant 8 5 0
mended "altered" 1 1
ok "one is there that J never had" at K python3 "$hn_tools/plant.py" \
	"$(value_of J instance node)" 0 1 2001:db8:9::9#1 "192.0.2.1#$(free_port K)" 192.0.2.66#1
wait_for 3 "K has it" session_count_is K -eq 2001 --udp
mended "extra" 1 0

# What ends while nobody tells K.
job_kill K KILL
at J hactl pool4 remove --udp 192.0.2.1 61001-65535
at J hactl pool4 add --udp 192.0.2.1 61001-65535
sessions 100
daemon_start K "$hn_tmp/often.json"
were_pruned=0 were_restored=0
# Ports of what ended are taken again: a later session of the same owner's prevails.
mended "2000 sessions ended while hanatd on K was dead" 1000 0 3
wait_for 3 "all of them were deleted, or lost their ports to later ones" ended_are 2000
is "$(session_count K --udp)" 100 "K has those of today"
ok "K says so in its log" grep -q "differs from what it has" "$hn_tmp/K.log"
is "$(stat_of K delta-records)" 0 "and never told anybody a change"

# Who asks is told.
like "$(at J hactl --sync --status)" "ready: *yes.*state: *equal" "hactl sync status: K equals J, and both are ready"
is "$(at K hactl sync peers --json | jq -r '.[0].state')" equal "and J K"
is "$(at K hactl sync status --json | jq -r '.paths[] | .transport + " " + (.works | tostring)')" \
	"multicast true" "over the group"
ok "hactl sync verify finds nothing" at K hactl sync verify
lost=$(at K hactl session --udp --csv --no-headers | sed -n 9p | cut -d , -f 9)
ok "one more session is missing" plant 9 0 1000 --delete
is "$(at K hactl sync verify --json >"$hn_tmp/verify" 2>&1; echo $?)" 1 "hactl sync verify finds that"
like "$(sed '/^hactl: /d' "$hn_tmp/verify" | jq -r '.peers[0].differences[] | .at + " " + .session')" \
	"^owner .*192.0.2.1#$lost " "and says which"
ok "it is there again" same_flows J K --udp "$digested"
is "$(at K hactl session --udp --origin "$(value_of J instance node)" --csv --no-headers | wc -l)" 100 \
	"hactl session --origin shows what J owns"
is "$(at K hactl session --udp --origin local --csv --no-headers | wc -l)" 0 "and that K owns nothing"
ok "hactl sync flush --foreign" at K hactl sync flush --foreign
is "$(session_count K --udp)" 0 "forgets all"
ok "hactl sync resync" at K hactl sync resync
wait_for 5 "brings them back" same_flows J K --udp "$digested"
ok "hactl sync wait" at K hactl sync wait --timeout 10
ok "hactl sync stats counts what came" \
	test "$(at K hactl sync stats --json | jq '."by-peer"[0]."sessions-received"')" -ge 200
ok "and what the kernel made of it" \
	test "$(at K hactl sync stats --json | jq '."by-peer"[0]."sessions-created"')" -ge 200
# K asks for what J's kernel told nobody.
job_kill J KILL
sessions 50
daemon_start J "$hn_tmp/often.json"
wait_for 10 "sessions made while hanatd on J was dead are on K" same_flows J K --udp "$digested"
were_pruned=$(daemon_counted K records-pruned)
at J hactl pool4 remove --udp 192.0.2.1 61001-65535
wait_for 5 "their end is told" session_count_is K -eq 0 --udp
is "$(daemon_counted K records-pruned)" "$were_pruned" "and need not be found"
fails "others may not verify" setpriv --reuid 65534 --clear-groups netns-exec K hactl sync verify
job_kill K TERM
like "$(at K hactl sync status 2>&1)" "hanatd is not running" "without hanatd there is none"

ok "J's own sessions were never in doubt" daemon_counted_is J -eq 0 records-pruned buckets-different
done_testing
