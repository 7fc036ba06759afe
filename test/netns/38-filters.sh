#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is not to be synchronised is not told to K, and K's table counts as right without it: by
# protocol, by address and by age.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

n4_in_6=64:ff9b::192.0.2.8

# ping_from_n6 - a session of ICMP each time: it is told after what was told before it.
ping_from_n6()
{
	at n6 ping -6 -q -c 1 -W 2 "$n4_in_6" >/dev/null
}

# counts NODE - how many sessions of UDP and of ICMP it has.
counts()
{
	local protocol udp=0 icmp=0

	while IFS=, read -r protocol _; do
		case $protocol in
		UDP) udp=$((udp + 1)) ;;
		ICMP) icmp=$((icmp + 1)) ;;
		esac
	done < <(at "$1" hactl session --udp --icmp --csv --no-headers)
	echo "$udp $icmp"
}

# counts_are NODE UDP ICMP
counts_are()
{
	[ "$(counts "$1")" = "$2 $3" ]
}

# filtered DESCRIPTION UDP ICMP COMMAND... - K has so many sessions with it, all without it.
filtered()
{
	local undo=("${@:4}")

	at J hactl "${@:4}"
	wait_for 3 "$1: K loses what is out of scope" counts_are K "$2" "$3"
	is "$(counts J)" "20 1" "J keeps it"
	case $4 in
	sync) undo[2]=remove ;;
	*) undo[1]=all ;;
	esac
	at J hactl "${undo[@]}"
	wait_for 3 "and gets it back" counts_are K 20 1
}

test_scope()
{
	sessions 20
	ping_from_n6
	wait_for 3 "control: without a filter K has all" counts_are K 20 1
	filtered "ss-protocols" 0 1 --ss-protocols tcp,icmp
	filtered "inside address" 0 0 sync ignore add 2001:db8::/64
	filtered "external address" 0 0 sync ignore add 192.0.2.1
	filtered "remote address" 0 1 sync ignore add 192.0.2.66
	filtered "several prefixes" 0 0 sync ignore add 192.0.2.64/26 192.0.2.8 2001:db8:7::/48
}

# What is new while a filter is there; the list as text, and emptied.
test_new()
{
	local before told

	at J hactl sync ignore add 192.0.2.66 192.0.2.128/25
	wait_for 3 "K has no session to 192.0.2.66" counts_are K 0 1
	before=$(stat_of J delta-marked)
	sessions 10
	ping_from_n6
	wait_for 3 "K hears of a new session to another address" counts_are K 0 2
	is "$(($(stat_of J delta-marked) - before))" 1 "and only that was queued"
	is "$(at J hactl sync ignore)" $'192.0.2.66/32\n192.0.2.128/25' "the list shows it"
	told=$(stat_of J delta-records)
	at J hactl advertise
	wait_for 3 "an advertisement sends the others" stat_is J delta-records -eq $((told + 2))
	wait_for 7 "the digests of two periods are told" \
		daemon_counted_is K -ge "$(($(daemon_counted K digests-received) + 4))" digests-received
	is "$(session_count K --udp) $(daemon_counted K buckets-different)" "0 0" \
		"and do not miss what is ignored"
	at J hactl sync ignore flush
	wait_for 3 "with an empty list K gets them all" counts_are K 30 2
	is "$(at J hactl sync ignore)" "  (empty)" "it is empty"
}

test_age()
{
	local before cancelled start age=$((5 * ${HN_SLOW:-1}))

	at J hactl --ss-min-age "$age"
	read -r before cancelled < <(stat_of J delta-records delta-cancelled)
	start=$(now_ms)
	sessions 5
	flow_start busy n6 udp-stream "$n4_in_6" 9100
	at J hactl advertise
	wait_for 3 "an advertisement sends the sessions of before" \
		stat_is J delta-records -eq $((before + 32))
	is "$(counts J), $(counts K)" "36 2, 30 2" "it does not send young ones"
	wait_for $((age + 3)) "K is told of them, of idle ones and of a busy one" counts_are K 36 2
	ok "when they are old enough" test $(($(now_ms) - start)) -ge $((age * 1000))
	job_kill busy
	at J hactl pool4 remove --udp 192.0.2.1
	wait_for 3 "K loses them with J" counts_are K 0 2
	at J hactl pool4 add --udp 192.0.2.1
	read -r before cancelled < <(stat_of J delta-records delta-cancelled)
	sessions 5
	at J hactl pool4 remove --udp 192.0.2.1
	is "$(counts J)" "0 2" "five sessions end young"
	is "$(stat_of J delta-records delta-cancelled)" "$before $((cancelled + 5))" \
		"of which nobody hears"
	at J hactl pool4 add --udp 192.0.2.1
	at J hactl --ss-min-age 0
}

# What K adopts it would have to maintain, which by its own list it does not: others are told
# that the session ended.
test_takeover()
{
	at K hactl sync ignore add 192.0.2.8
	flow_start busy n6 udp-stream "$n4_in_6" 9100
	wait_for 3 "what K ignores it takes from J nevertheless" counts_are K 1 2
	move_to K
	wait_for 3 "it is gone from J when K has taken it over" counts_are J 0 2
	ok "it goes on" progress busy
	at K hactl sync ignore flush
	wait_for 3 "in scope again it is on J" counts_are J 1 2
	job_kill busy
}

topology_tutorial
jq '."digest period" = 2' "$hn_netsocket" >"$hn_tmp/often.json"
for node in J K; do
	translator "$node"
	at "$node" hactl --ss-enabled true
	# Those of pings are counted to the end, however long that takes.
	at "$node" hactl --icmp-timeout 1:00:00
	black_hole "$node"
	daemon_launch "$node" "$hn_tmp/often.json"
done
wait_for 10 "hanatd runs on J" daemon_ready J 1
wait_for 10 "hanatd runs on K" daemon_ready K 1
vip_add J
flow_start udp n4 udp-server 0.0.0.0 9100
test_scope
test_new
test_age
test_takeover
is "$(daemon_counted K buckets-different) $(daemon_counted J buckets-different)" "0 0" \
	"nobody ever saw a difference"
done_testing
