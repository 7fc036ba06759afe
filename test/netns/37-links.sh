#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two links at once: either may be cut under new flows, and nothing is missing for a moment.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

# second_line - between J and K, at eth3.
second_line()
{
	local node number=4

	bridge lan second
	for node in J K; do
		plug "$node" eth3 lan second
		ip -n "$node" addr add "10.0.0.$number/24" dev eth3
		number=$((number + 1))
	done
}

# config NODE TCP_PEER - multicast on eth2, and TCP on eth3.
config()
{
	jq --arg key "$hn_tmp/key" --arg peer "$2" '{
		"links": [
			{ "multicast address": ."multicast address", "multicast port": 6464, "in interface": "eth2" },
			{ "transport": "tcp", "interface": "eth3", "peers": [$peer] }
		],
		"key file": $key
	}' "$hn_netsocket" >"$hn_tmp/$1.json"
	jq '.links = [.links[0]]' "$hn_tmp/$1.json" >"$hn_tmp/$1.one.json"
}

# cut INTERFACE, mend INTERFACE - the cable between J and the switch.
cut()
{
	ip -n lan link set "J.$1" down
}

mend()
{
	ip -n lan link set "J.$1" up
}

# What K asked for.
asked()
{
	daemon_counted K gaps frames-lost nacks-sent requests-sent
}

# both_used - what came over the one link comes over the other as well.
both_used()
{
	local again

	again=$(daemon_counted K duplicates)
	wait_for 15 "$1" daemon_counted_is K -gt $((again + 2)) duplicates
}

# without INTERFACE CONNECTIONS - new flows with one link less.
without()
{
	local before

	before=$(asked)
	cut "$1"
	sessions 200
	wait_for 5 "$1 is cut under new flows: K has them" same_flows J K --udp
	is "$(asked)" "$before" "and had not to ask for a frame"
	at J hactl pool4 remove --udp 192.0.2.1 61001-62000
	wait_for 5 "the end of some comes, too" same_flows J K --udp
	at J hactl pool4 add --udp 192.0.2.1 61001-62000
	# For as long as a dead connection takes to be found.
	wait_for 15 "there are $2 connections" connections "$2"
	mend "$1"
	both_used "$1 is back, and is used"
	wait_for 15 "there is one connection" connections 1
	is "$(asked)" "$before" "and there was nothing to ask for"
}

# connections NUMBER - as both know.
connections()
{
	local node

	for node in J K; do
		[ $(($(daemon_counted "$node" connections-opened) - $(daemon_counted "$node" connections-closed))) = "$1" ] ||
			return 1
	done
}

# anew INTERFACE SWITCH - another one of that name takes its place on J.
anew()
{
	ip -n J link del "$1"
	plug J "$1" lan "$2"
}

# tcp_waits REASON - J's connection.
tcp_waits()
{
	at J hactl --json sync status | jq -e --arg why "$1" \
		'any(.paths[]; .transport == "tcp" and .why == $why)' >/dev/null
}

# The control: with one link alone frames are missing.
test_one_link()
{
	local node

	for node in J K; do
		job_kill "$node" TERM
		daemon_start "$node" "$hn_tmp/$node.one.json"
	done
	sessions 10
	wait_for 5 "one link alone: J and K agree" same_flows J K --udp
	cut eth2
	sessions 100
	mend eth2
	wait_for 10 "it is cut under new flows: K has to ask for them" daemon_counted_is K -ge 1 nacks-sent
	wait_for 10 "and gets them" same_flows J K --udp
}

topology_tutorial
second_line
hactl key generate "$hn_tmp/key"
config J 10.0.0.5
config K 10.0.0.4
for node in J K; do
	translator "$node"
	at "$node" hactl --ss-enabled true
	at "$node" hactl pool4 remove --udp 192.0.2.1 61001-65535
	at "$node" hactl pool4 add --udp 192.0.2.1 61001-62000
	at "$node" hactl pool4 add --udp 192.0.2.1 62001-65535
	black_hole "$node"
	daemon_start "$node" "$hn_tmp/$node.json"
done
vip_add J
sessions 200
wait_for 10 "over multicast and TCP: J and K agree" same_flows J K --udp
both_used "both links are used"
wait_for 15 "there is one connection" connections 1
# What they ask for at first is over by then.
for node in J K; do
	ok "$node is ready" at "$node" hactl sync wait --timeout $((20 * ${HN_SLOW:-1}))
done
tables=$(daemon_counted J tables-sent advertisements requests-received)
without eth2 1
without eth3 0
anew eth2 private
ip -n J addr add 2001:db8:ff08::4/96 dev eth2 nodad
both_used "eth2 of J was removed and made again, and is used"
anew eth3 second
wait_for 15 "eth3 as well; J waits for its address" tcp_waits "interface eth3 has no IPv4 address"
ip -n J addr add 10.0.0.4/24 dev eth3
both_used "it is used again, from that address"
is "$(daemon_counted K connections-refused)" 0 "K was not connected to from another one"
ok "the tables are the same" same_flows J K --udp
is "$(daemon_counted J tables-sent advertisements requests-received)" "$tables" "J was never asked for its own"
is "$(stat_of K delta-records)" 0 "K never sent J's sessions as its own"
test_one_link
done_testing
