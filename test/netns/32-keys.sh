#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Keys: whoever does not have them changes nothing, with recorded frames neither;
# and they are exchanged while sessions come and go.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

key=$hn_tmp/key
keyed=$hn_tmp/keyed.json
frames=$hn_tmp/frames

attack()
{
	at J python3 "$hn_tools/frames.py" send "$frames" --change "$1"
}

record()
{
	rm -f "$frames" "$hn_tmp/record.log"
	netns-exec K python3 "$hn_tools/frames.py" record "$frames" \
		--node "$(value_of J instance node)" 2>"$hn_tmp/record.log" &
	hn_jobs[record]=$!
	until_true 20 grep -q recording "$hn_tmp/record.log"
}

# A frame can be all that the sessions needed; the next one comes with the second.
recorded_enough()
{
	[ "$(wc -l <"$frames")" -ge 2 ]
}

# reboot NODE [FILE] - it has forgotten everything.
reboot()
{
	job_kill "$1"
	at "$1" hactl instance remove
	translator "$1"
	at "$1" hactl --ss-enabled true
	daemon_start "$@"
}

test_key_file()
{
	ok "hactl makes a key" hactl key generate "$key"
	is "$(stat -c %a "$key")" 600 "for its owner only"
	is "$(hactl key generate "$key" 2>&1)" "hactl: key generate: $key: File exists" \
		"and never over another one"
	jq --arg key "$key" '."key file" = $key | .authentication = "required"' "$hn_netsocket" >"$keyed"
	chmod 640 "$key"
	like "$(hanatd "$keyed" 2>&1)" "^hanatd: key file: $key: open to others .*\"chmod 600 $key\"\$" \
		"hanatd does not start with one that others can read"
	chmod 600 "$key"
	ok "it is content with this one" hanatd --check "$keyed"
}

# recorded_before_reboot CONFIG SESSIONS - of 60 so many are on K after J, who died, is
# played to it again.
recorded_before_reboot()
{
	local sent

	for node in J K; do
		daemon_start "$node" "$1"
	done
	record
	sessions 60
	wait_for 5 "$(basename "$1"): K has J's sessions" same_flows J K --udp
	wait_for 5 "frames are recorded" recorded_enough
	job_kill record TERM
	job_kill J
	reboot K "$1"
	sent=$(attack none)
	ok "$sent frames are played again" test "$sent" -ge 2
	wait_for 5 "K has heard them" daemon_counted_is K -ge "$sent" frames-received
	wait_for 3 "K has $2 sessions" session_count_is K -eq "$2" --udp
	job_kill K
	at J hactl instance remove
	at K hactl instance remove
	for node in J K; do
		translator "$node"
		at "$node" hactl --ss-enabled true
	done
}

test_recorded()
{
	recorded_before_reboot "$hn_netsocket" 60
	recorded_before_reboot "$keyed" 0
	# The status file is the last that K wrote.
	ok "K asked them who they are" test "$(daemon_counted K challenges-sent)" -ge 1
	is "$(daemon_counted K frames-unproven)" "$(daemon_counted K frames-received)" "no frame was believed"
	is "$(daemon_counted K records-received requests-sent)" 0 "nothing was requested of anybody"
}

test_changed()
{
	local change before sent

	for node in J K; do
		daemon_start "$node" "$keyed"
	done
	sessions 40
	wait_for 5 "with the key J and K agree" same_flows J K --udp
	is "$(grep -c "no key file" "$hn_tmp/K.log")" 2 "hanatd warned at each start without a key, and no other"
	for change in flip truncate version; do
		before=$(daemon_counted K malformed-{short,magic,version,flags,unauthenticated,key,length,header,forged} \
			frames-old)
		sent=$(attack "$change")
		wait_for 5 "$sent frames with $change are counted" daemon_counted_is K -ge $((before + sent)) \
			malformed-{short,magic,version,flags,unauthenticated,key,length,header,forged} frames-old
	done
	ok "they changed nothing" same_flows J K --udp
	is "$(session_count K --udp)" 40 "K has its 40 sessions"
	sessions 10
	wait_for 5 "and hears of the next ones" same_flows J K --udp
}

test_other_key()
{
	ok "another key" hactl key generate "$hn_tmp/other"
	jq --arg key "$hn_tmp/other" '."key file" = $key' "$keyed" >"$hn_tmp/other.json"
	job_kill J TERM
	daemon_start J "$hn_tmp/other.json"
	sessions 10
	wait_for 5 "K counts J's frames, which have another key" daemon_counted_is K -ge 1 malformed-{key,forged}
	wait_for 5 "and says so" grep -q "frames \(with a key that is not\|that do not authenticate\)" "$hn_tmp/K.log"
	is "$(session_count K --udp)" 50 "they change nothing"
	job_kill J TERM
	daemon_start J "$keyed"
	wait_for 10 "with the right key J is heard" same_flows J K --udp
}

reloaded()
{
	[ "$(grep -c ': read again$' "$hn_tmp/$1.log")" -ge "$2" ]
}

# step NUMBER KEYS - the key file of each node becomes this one.
step()
{
	local node

	for node in J K; do
		install -m 600 "$2" "$hn_tmp/$node.key"
		kill -HUP "${hn_jobs[$node]}"
		wait_for 5 "$node reads the keys again" reloaded "$node" "$1"
		sessions 10
		wait_for 3 "sessions go on" same_flows J K --udp
	done
}

test_rotation()
{
	local node old=$hn_tmp/old new=$hn_tmp/new

	cp "$key" "$old"
	until hactl key generate "$new" && [ "$(cut -d ' ' -f 1 "$new")" != "$(cut -d ' ' -f 1 "$old")" ]; do
		rm -f "$new"
	done
	for node in J K; do
		install -m 600 "$old" "$hn_tmp/$node.key"
		jq --arg key "$hn_tmp/$node.key" '."key file" = $key' "$keyed" >"$hn_tmp/$node.json"
		job_kill "$node" TERM
		daemon_start "$node" "$hn_tmp/$node.json"
	done
	wait_for 10 "J and K agree" same_flows J K --udp
	cat "$old" "$new" >"$hn_tmp/both"
	cat "$new" "$old" >"$hn_tmp/swapped"
	step 1 "$hn_tmp/both"
	step 2 "$hn_tmp/swapped"
	step 3 "$new"
	echo nonsense >"$hn_tmp/K.key"
	kill -HUP "${hn_jobs[K]}"
	wait_for 5 "a key file with a mistake is refused" grep -q "K.key:1: expected a key: .*: the keys stay as they are" \
		"$hn_tmp/K.log"
	sessions 10
	wait_for 3 "and the keys stay" same_flows J K --udp
	for node in J K; do
		is "$(daemon_counted "$node" gaps frames-lost)" 0 "$node lost no frame"
	done
}

topology_tutorial
for node in J K; do
	translator "$node"
	at "$node" hactl --ss-enabled true
	black_hole "$node"
done
vip_add J
test_key_file
test_recorded
test_changed
test_other_key
test_rotation
done_testing
