#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The log of mappings and sessions: what is in it, and with what time; who may follow it; that
# what is lost is told; and how it ends.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"

test_off()
{
	is "$(value_of J global logging-bib logging-session)" "false false" "it is off by default"
	log_start off J
	ok "a flow" echo_from 1000
	is "$(stat_of J log-sent log-lost log-unheard)" "0 0 0" "nothing is logged, nor counted"
	like "$(cat "$hn_tmp/off.errors")" "^hactl: log: warning: logging-bib and .* are false" \
		"who follows is told so"
	kill -INT "${hn_jobs[off]}"
	wait "${hn_jobs[off]}"
	is "$? $(events off .)" "0 " "interrupted, he has done his work, and seen nothing"
	logging J true true
	like "$(netns-exec J setpriv --reuid nobody --regid nogroup --clear-groups hactl log 2>&1)" \
		"^hactl: log: needs CAP_NET_ADMIN" "without privilege nobody may follow"
	echo_from 1000
	echo_from 1001
	is "$(stat_of J log-sent log-lost log-unheard)" "0 0 2" "while nobody follows it is counted"
}

# A person's line: until it is there, one flow after the other.
line_comes()
{
	flow n6 udp-send 64:ff9b::192.0.2.66 53 --bind-port 1100
	flow n6 udp-send 64:ff9b::192.0.2.66 $((hn_next_port++)) --bind-port 1100
	[ -s "$hn_tmp/line" ]
}

test_begin()
{
	local since port

	logging J true false
	log_start all J
	log_start one J --bib --udp --count 1
	since=$(now)
	ok "a flow" echo_from 1002
	port=$(external_port J --udp 1002)
	logged all bib-begin "UDP,2001:db8::8,1002,192.0.2.1,$port,,,false," "its mapping is logged"
	timely all bib-begin "$since"
	like "$(tail -n 1 "$hn_tmp/all.events")" ",$J,,$" "and the node"
	wait "${hn_jobs[one]}"
	is "$? $(events one .)" "0 $(events all .)" "who wanted one event has it, and goes"
	logging J true true
	since=$(now)
	ok "another flow of it" flow n6 udp-send 64:ff9b::192.0.2.66 53 --bind-port 1002
	logged all session-begin "UDP,2001:db8::8,1002,192.0.2.1,$port,192.0.2.66,53,false,$J" \
		"its session is logged"
	timely all session-begin "$since"
	is "$(events all bib-begin | wc -l)" 1 "the mapping is not logged again"
	ok "a ping" at n6 ping -6 -q -c 1 -W 5 -e 7 "$n4_in_6"
	logged all session-begin "ICMP,2001:db8::8,7,192.0.2.1,([0-9]+),192.0.2.8,\1,false,$J" \
		"is logged with its identifiers"
	netns-exec J hactl log --session --count 1 >"$hn_tmp/line" &
	until_true 10 line_comes
	like "$(cat "$hn_tmp/line")" "^20[0-9-]+T[0-9:.]+Z session-begin UDP 2001:db8::8#1100 \
192\.0\.2\.1#6[0-9]{4} 192\.0\.2\.66#[0-9]+ node $J$" "people read a line"
}

test_end()
{
	local since left

	at J hactl --tcp-open-timeout 10
	ok "a SYN" flow n6 tcp-knock 64:ff9b::192.0.2.66 80 --bind-port 1003
	since=$(now)
	logged all session-end "TCP,2001:db8::8,1003,.*,192.0.2.66,80,false,$J" \
		"the end of its session, which runs out" 25
	timely all session-end "$since"
	logged all bib-end "TCP,2001:db8::8,1003,.*" "and of the mapping with it"
	refill J
	ok "what was there before anybody followed, removed" events_are all "session-end,.*,1000," 1
	wait_for 5 "has an end too" events_are all "bib-end,.*,100[01]," 2
	left=$(comm -23 <(events all -begin, | sed s/-begin// | sort) \
		<(events all -end, | sed s/-end// | sort))
	is "$left" "" "all that has begun has ended, with the same fields"
}

test_static()
{
	at J hactl pool4 add --udp 192.0.2.1 80
	at J hactl bib add --udp 2001:db8::8#8080 192.0.2.1#80
	logged all bib-begin "UDP,2001:db8::8,8080,192.0.2.1,80,,,true," "a static mapping begins"
	ok "a flow of it" echo_from 8080
	at J hactl bib remove --quick --udp 192.0.2.1#80
	logged all bib-change "UDP,2001:db8::8,8080,192.0.2.1,80,,,false," "it is static no more"
	at J hactl bib add --udp 2001:db8::8#8080 192.0.2.1#80
	logged all bib-change "UDP,2001:db8::8,8080,192.0.2.1,80,,,true," "and again"
	is "$(events all '-(begin|end),.*,8080,' | cut -d, -f1 | paste -sd,)" \
		"bib-begin,session-begin" "meanwhile it neither ends nor begins"
	at J hactl bib remove --udp 192.0.2.1#80
	logged all bib-end "UDP,2001:db8::8,8080,192.0.2.1,80,,,false," "it ends when it is removed"
	logged all session-end "UDP,2001:db8::8,8080,192.0.2.1,80,.*" "with its session"
}

# Ends come from a loop, far faster than flows. Four of these share a mapping.
test_many()
{
	local port=$hn_next_port

	sessions 3000
	wait_for 10 "3000 flows are logged" events_are all "-begin,UDP,[^,]*,2[0-9]{4}," 3750
	refill J
	wait_for 10 "and their ends" events_are all "-end,UDP,[^,]*,2[0-9]{4}," 3750
	is "$(stat_of J log-lost) $(cat "$hn_tmp/all.errors")" "0 " "nothing was lost"
	is "$(stat_of J log-sent)" "$(events all . | wc -l)" "what was sent has come"
	is "$(events all "-begin,UDP,[^,]*,$port," | cut -d, -f1 | uniq -c | paste -sd,)" \
		"      1 bib-begin,      4 session-begin" \
		"a mapping comes before its sessions"
}

told_missing()
{
	grep -q "events are missing" "$hn_tmp/slow.errors"
}

# Who does not read loses, is told how much, and goes on; others lose nothing.
test_gap()
{
	local before missing

	before=$(stat_of J log-sent)
	log_start slow J --buffer 4096
	kill -STOP "${hn_jobs[slow]}"
	sessions 500
	wait_for 5 "500 flows are logged" stat_is J log-sent -ge $((before + 625))
	kill -CONT "${hn_jobs[slow]}"
	wait_for 5 "who was stopped is told that events were lost" grep -q "were lost" "$hn_tmp/slow.errors"
	ok "another flow" echo_from 1004
	wait_for 5 "then, that some are missing" told_missing
	wait_for 5 "he goes on" events_are slow "-begin,.*,1004," 2
	missing=$(grep -o '[0-9]* events are missing' "$hn_tmp/slow.errors" | cut -d' ' -f1)
	is $((missing + $(events slow . | wc -l))) $(($(stat_of J log-sent) - before)) \
		"it was as many as that"
	is "$(stat_of J log-lost) $(cat "$hn_tmp/all.errors")" "0 " "others have lost nothing"
	job_kill slow
}

test_instance()
{
	at J hactl instance remove
	logged all instance-end ",,,,,,,," "that the instance goes is logged"
	ok "it is made anew" translator J
	logging J true true
	ok "a flow" echo_from 1008
	logged all bib-begin "UDP,2001:db8::8,1008,.*" "who followed follows the new one"
	is "$(cat "$hn_tmp/all.errors")" "" "and misses nothing"
	ok "the module goes" rmmod hanat
	wait "${hn_jobs[all]}"
	is "$? $(cat "$hn_tmp/all.errors")" "1 hactl: log: kernel module hanat was unloaded" \
		"and who followed, who says why"
	is "$(events all instance-end | wc -l)" 2 "with the end of the instance as the last thing"
}

topology_tutorial
ok "J becomes a translator" translator J
J=$(value_of J instance node)
vip_add J
black_hole J
flow_start udp n4 udp-server 0.0.0.0 9000
test_off
test_begin
test_end
test_static
test_many
test_gap
test_instance
done_testing
