#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What one node is configured with is shown on another, and handed on: completely or not at all, to
# those alone who accept it, and without what is a node's own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

key=$hn_tmp/key

# netsocket NODE MEMBERS - its netsocket file, with these besides.
netsocket()
{
	jq ". + {$2}" "$hn_netsocket" >"$hn_tmp/$1.json"
}

# said NODE REGEX WHAT COMMAND... - hactl fails there, and one line says why.
said()
{
	local text

	text=$(at "$1" hactl "${@:4}" 2>&1 >/dev/null)
	like "$text" "^hactl: config [a-z]+: $2\$" "$3"
}

# shared NODE [PEER] - what it, or its peer, is configured with, but for what is a node's own.
shared()
{
	at "$1" hactl config export "${@:2}" | jq -c 'del(.settings."ss-enabled", .settings.enabled) | del(.settings | select(. == {}))'
}

drifts_not()
{
	! at "$1" hactl sync peers --csv --no-headers | grep drift
}

both_know()
{
	local node

	for node in J K; do
		at "$node" hactl sync peers --csv --no-headers | grep -q . || return
	done
}

start()
{
	local node

	for node in J K; do
		daemon_start "$node" "$hn_tmp/$node.json"
	done
	wait_for 10 "the nodes know each other" both_know
	j=$(value_of J instance node)
	k=$(value_of K instance node)
}

restart()
{
	job_kill J
	job_kill K
	start
}

test_without_a_key()
{
	for node in J K; do
		ok "$node becomes a translator" translator "$node"
		at "$node" hactl --ss-enabled true
		# Of the flow that K translates J knows nothing.
		at "$node" hactl sync ignore add 2001:db8::8/128
		netsocket "$node" ''
	done
	start
	said J "node $k: nodes without a key file .*" "without a key nobody tells" config export "$k"
	said J "node $k: nodes without a key file .*" "or is told" config push "$k"
	hactl key generate "$key"
	netsocket K '"accept configuration": true'
	like "$(hanatd --check "$hn_tmp/K.json" 2>&1)" '/accept configuration: needs "key file"' \
		"nobody can accept from anybody"
}

test_diff()
{
	for node in J K; do
		netsocket "$node" "\"key file\": \"$key\""
	done
	restart
	is "$(at J hactl config diff "$k")" "" "both are the same"
	at J hactl --udp-timeout 7:00 --logging-bib true --enabled false
	at J hactl pool4 add --tcp 192.0.2.9 2000-2999
	at J hactl bib add --tcp 2001:db8::9#80 192.0.2.9#2080
	at K hactl inside add 10.0.99.0/24
	is "$(at J hactl config diff "$k" 2>/dev/null)" "- inside 10.0.99.0/24
udp-timeout: 0:05:00 -> 0:07:00
logging-bib: false -> true
+ pool4 192.0.2.9/32 tcp 2000-2999
+ bib tcp 2001:db8::9#80 192.0.2.9#2080" "what K lacks of J is shown"
	fails "and fails" at J hactl config diff "$k"
	is "$(shared J "$k")" "$(shared K)" "what K has is what it exports itself"
	is "$(at J hactl config export "$k" | jq -c '[.settings.enabled, .settings."ss-enabled"]')" "[false,true]" \
		"but for what is J's own"
	said J "node 77: no such peer is heard.*" "of a node that is not there nobody knows" config diff 77
	said J "needs the id of a peer" "a name is none" config push K
	said J ".* is out of range, 1 to .*" "nor is 0" config push 0
}

test_push()
{
	local before

	before=$(shared K)
	said J "node $k: it refuses: \"accept configuration\" is not true .*" "who does not accept is not configured" \
		config push "$k"
	is "$(shared K)" "$before" "and stays what it was"
	netsocket K "\"key file\": \"$key\", \"accept configuration\": true"
	restart
	flow_start server n4 udp-server 0.0.0.0 9000
	flow_start udp n6 udp-stream 64:ff9b::192.0.2.8 9000 --interval 0.05 --bind-port 7000
	ok "a flow begins, on K" progress udp
	fails "who is not root does not push" at J setpriv --reuid nobody --clear-groups hactl config push "$k"
	is "$(at J hactl config push "$k")" "(Changes of node $k: 4. Its file stays as it is.)" "K is configured"
	is "$(shared K)" "$(shared J)" "as J is"
	is "$(value_of K global enabled ss-node)" "true $k" "but for what is its own"
	ok "nothing is left to do" at J hactl config diff "$k"
	is "$(at J hactl config push "$k")" "(Changes of node $k: 0. Its file stays as it is.)" "nor twice"
	ok "the flow goes on" progress udp
	like "$(cat "$hn_tmp/K.log")" "node $j: configured this node as it is itself; changes: 4" "K's log says who did it"
	wait_for 5 "neither drifts" drifts_not J
}

# That the host's port has a mapping already is something that only K's kernel knows.
test_all_or_nothing()
{
	local before

	at J hactl pool4 add --udp 192.0.2.10 80
	at J hactl --udp-timeout 9:00
	at J hactl bib add --udp 2001:db8::8#7000 192.0.2.10#80
	before=$(shared K)
	said J "node $k: nothing is changed there: /bib/[0-9]: .*" "what K's kernel refuses is not pushed" config push "$k"
	is "$(shared K)" "$before" "and nothing has changed"
	is "$(value_of K instance sessions)" 1 "the session is still there"
	ok "the flow goes on" progress udp
	is "$(daemon_counted_is K -eq 1 configs-failed && echo counted)" counted "K has counted it"
}

# A thousand static mappings are more than fits into a few frames.
test_long()
{
	at J hactl bib remove --udp 2001:db8::8#7000 192.0.2.10#80
	at J hactl config export | jq '.bib += [range(1000) |
		{"protocols": "tcp", "inside": "2001:db8::9#\(. + 1000)", "external": "192.0.2.1#\(. + 62000)"}]' >"$hn_tmp/long.json"
	ok "J gets a thousand mappings" at J hactl config load "$hn_tmp/long.json"
	is "$(at J hactl config diff "$k" 2>/dev/null | grep -c '^+ bib')" 1000 "which K lacks"
	at K tc qdisc add dev eth2 root netem loss 5% seed 1 2>/dev/null || at K tc qdisc add dev eth2 root netem loss 5%
	like "$(at J hactl config push "$k")" "Changes of node $k: [0-9]+" "they are pushed, though frames are lost"
	is "$(shared K)" "$(shared J)" "all of them"
	at K tc qdisc del dev eth2 root
	ok "the flow goes on" progress udp
}

topology_tutorial
vip_add K
test_without_a_key
test_diff
test_push
test_all_or_nothing
test_long
done_testing
