#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# TCP: one node connects, or both do; one is killed, stopped, or its connection is reset in
# the middle of new flows: the tables become equal, and there is one connection.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

# config NODE JSON
config()
{
	jq --arg key "$hn_tmp/key" '. + {"transport": "tcp", "key file": $key}' <<<"$2" >"$hn_tmp/$1.json"
}

both_start()
{
	daemon_start K "$hn_tmp/K.json"
	daemon_start J "$hn_tmp/J.json"
}

both_stop()
{
	job_kill J TERM
	job_kill K TERM
}

same()
{
	wait_for "$1" "$2" same_flows J K --udp
}

# connected NODE - by one connection, as far as it knows.
connected()
{
	[ $(($(daemon_counted "$1" connections-opened) - $(daemon_counted "$1" connections-closed))) = 1 ]
}

# connections OF TO - from one node's address to the port of the other.
connections()
{
	local row n=0

	while read -r row; do
		[[ $row != *"$2]:6464"* && $row != *"$2:6464"* ]] || n=$((n + 1))
	done < <(at "$1" ss -Htn state established)
	echo "$n"
}

test_one_way()
{
	config J '{"peers": ["2001:db8:ff08::5"]}'
	config K '{"listen": "::"}'
	both_start
	sessions 200
	same 10 "J connects to K over IPv6: K has J's sessions"
	is "$(connections J 2001:db8:ff08::5) $(connections K 2001:db8:ff08::4)" "1 0" "by one connection"
	at J hactl pool4 remove --udp 192.0.2.1 61001-62000
	same 5 "their end comes"
	at J hactl pool4 add --udp 192.0.2.1 61001-62000
	job_kill K
	sessions 100
	daemon_start K "$hn_tmp/K.json"
	same 10 "hanatd on K was killed: sessions made meanwhile come"
	is "$(grep -c "ff08::5#6464: down" "$hn_tmp/J.log")" 1 "J said once that it was not there"
	both_stop
}

test_both_ways()
{
	local node

	config J '{"peers": ["10.0.0.5"], "send buffer": 4096, "receive buffer": 4096}'
	config K '{"peers": ["10.0.0.4"], "send buffer": 4096, "receive buffer": 4096}'
	both_start
	sessions 100
	same 10 "both connect to each other over IPv4: K has J's sessions"
	for node in J K; do
		wait_for 10 "one connection is left on $node" connected "$node"
	done
	is $(($(connections J 10.0.0.5) + $(connections K 10.0.0.4))) 1 "it is the same"
}

# acceptor - the node that did not make the connection.
acceptor()
{
	if [ "$(connections J 10.0.0.5)" = 1 ]; then
		echo K
	else
		echo J
	fi
}

# As if the acceptor had reset it, which knows nothing of that.
test_reset()
{
	local node
	local -A opened=()

	for node in J K; do
		opened[$node]=$(daemon_counted "$node" connections-opened)
	done
	netns-exec "$(acceptor)" python3 "$hn_tools/reset.py" eth2 6464 >"$hn_tmp/reset.log" &
	hn_jobs[reset]=$!
	until_true 20 grep -q watching "$hn_tmp/reset.log"
	sessions 300
	wait_for 10 "the connection is reset under new flows" grep -q "^reset" "$hn_tmp/reset.log"
	unset "hn_jobs[reset]"
	same 10 "they come all the same"
	for node in J K; do
		wait_for 10 "one connection is left on $node" connected "$node"
		wait_for 3 "$node knows another one than before" \
			daemon_counted_is "$node" -ge $((opened[$node] + 1)) connections-opened
	done
}

# K takes nothing for longer than J waits, and the buffers between them are small.
test_stopped()
{
	local closed start

	closed=$(daemon_counted J connections-closed)
	kill -STOP "${hn_jobs[K]}"
	start=$(now_ms)
	until [ $(($(now_ms) - start)) -ge $((6000 * ${HN_SLOW:-1})) ]; do
		sessions 200
	done
	wait_for 10 "K is stopped for 6 s, J gives the connection up" \
		daemon_counted_is J -gt "$closed" connections-closed
	kill -CONT "${hn_jobs[K]}"
	same 20 "K goes on, and gets what it missed"
	sessions 100
	same 5 "and what comes later"
	diag "$(session_count K --udp) sessions"
}

topology_tutorial
hactl key generate "$hn_tmp/key"
number=4
for node in J K; do
	ip -n "$node" addr add "10.0.0.$number/24" dev eth2
	number=$((number + 1))
	translator "$node"
	at "$node" hactl --ss-enabled true
	black_hole "$node"
done
for node in J K; do
	at "$node" hactl pool4 remove --udp 192.0.2.1 61001-65535
	at "$node" hactl pool4 add --udp 192.0.2.1 61001-62000
	at "$node" hactl pool4 add --udp 192.0.2.1 62001-65535
done
vip_add J
test_one_way
test_both_ways
test_reset
test_stopped
for node in J K; do
	is "$(daemon_counted "$node" streams-bad)" 0 "$node saw nothing but frames"
	is "$(daemon_counted "$node" connections-refused)" 0 "and no stranger, and not too many" ||
		diag "$(grep "tcp: " "$hn_tmp/$node.log")"
done
is "$(stat_of K delta-records)" 0 "K never sent J's sessions as its own"
done_testing
