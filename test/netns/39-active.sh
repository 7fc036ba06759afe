#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Several nodes are active at once: J and K translate, each with its share of pool4, L looks on.
# What they do while they do not hear each other is brought together afterwards.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

# 4535 ports are cut in three: the port before the first share, and the last of each.
borders=(61000 62511 64023 65535)

# A third node as J and K are.
add_L()
{
	ns_add L
	forwarding L
	plug L eth0 lan v6
	plug L eth1 lan v4
	plug L eth2 lan private
	ip -n L -batch - <<-EOT
		addr add 2001:db8::6/96 dev eth0 nodad
		addr add 192.0.2.6/24 dev eth1
		addr add 2001:db8:ff08::6/96 dev eth2 nodad
	EOT
}

# through NODE - n6 sends by it what is for 192.0.2.66, which swallows it.
through()
{
	local -A last=([J]=4 [K]=5 [L]=6)

	ip -n n6 route replace 64:ff9b::c000:242/128 via "2001:db8::${last[$1]}"
}

# ports_in NODE SHARE... - are all external ports of its own sessions in these, and in each some?
ports_in()
{
	local port owner me share
	local -A seen=()

	me=$(value_of "$1" instance node)
	while IFS=, read -r _ _ _ _ _ _ _ _ port _ _ owner _; do
		[ "$owner" = "$me" ] || continue
		for share in "${@:2}" none; do
			[ "$share" != none ] || return
			[ "$port" -le "${borders[share - 1]}" ] || [ "$port" -gt "${borders[share]}" ] || break
		done
		seen[$share]=1
	done < <(at "$1" hactl session --udp --csv --no-headers)
	[ "${#seen[@]}" = $(($# - 1)) ]
}

held()
{
	[ "$(value_of "$1" instance shares-held)" = "$2" ]
}

# What all have to agree about: the owner and the generation as well.
agreed=1,4-12,14

all_same()
{
	same_flows J K --udp "$agreed" && same_flows J L --udp "$agreed"
}

# owned NODE OWNER - how many of the sessions there are that node's.
owned()
{
	local owner count=0

	for owner in $(session_of "$1" --udp 11); do
		[ "$owner" != "$2" ] || count=$((count + 1))
	done
	echo "$count"
}

# bound_ports NODE - how many different ones its mappings have.
bound_ports()
{
	local port
	local -A ports=()

	while IFS=, read -r _ _ _ _ port _; do
		ports[$port]=1
	done < <(at "$1" hactl bib --udp --csv --no-headers)
	echo "${#ports[@]}"
}

test_shares()
{
	local before

	through J
	sessions 100
	through K
	sessions 100
	wait_for 5 "everybody has 200 sessions" session_count_is L -eq 200 --udp
	wait_for 5 "the same ones" all_same
	ok "J's ports are of the first share" ports_in J 1
	ok "K's are of the second" ports_in K 2
	is "$(stat_of L apply-conflict apply-won apply-inserted)" "0 0 200" \
		"nothing was in anybody's way"
	job_kill L TERM
	at L hactl sync hold none
	through L
	before=$(stat_of L drop-pool-share)
	like "$(flow n6 udp-echo 64:ff9b::192.0.2.66 1 2>&1)" "No route to host" \
		"without a share a new flow is refused, and its host told so"
	is "$(stat_of L drop-pool-share)" $((before + 1)) "which is counted"
	at L hactl --ss-shares 4
	is "$(value_of L instance shares shares-held)" "4 3" "until there is another number of shares"
	at L hactl --ss-shares 3
	daemon_start L "$hn_tmp/often.json"
}

# taken - how often J and K took sessions over, together.
taken()
{
	echo $(($(stat_of J session-adopted) + $(stat_of K session-adopted)))
}

one_tcp()
{
	[ "$(session_count J --tcp) $(session_count K --tcp)" = "1 1" ] &&
		same_flows J K --tcp "$agreed"
}

# closing NODE - its TCP session is.
closing()
{
	[[ $(session_of "$1" --tcp 1) =~ ^(V4_FIN_V6_FIN_RCV|TRANS)$ ]]
}

# What n6 sends goes through J, what n4 answers comes back through K.
test_asymmetric()
{
	local before told start seconds

	ip -n n6 route replace 64:ff9b::c000:208/128 via 2001:db8::4
	ip -n n4 neigh replace 192.0.2.1 lladdr "$(mac K eth1)" dev eth0
	flow_start udp-server n4 udp-server 0.0.0.0 9100
	flow_start tcp-server n4 tcp-server 0.0.0.0 8000
	before=$(taken)
	told=$(($(stat_of J delta-records) + $(stat_of K delta-records)))
	start=$(now_ms)
	flow_start udp n6 udp-stream 64:ff9b::192.0.2.8 9100
	flow_start tcp n6 tcp-stream 64:ff9b::192.0.2.8 8000
	wait_for 15 "a UDP flow out through J and back through K goes on" report_is udp echoed -gt 100
	wait_for 15 "a TCP flow as well" report_is tcp echoed -gt 100
	wait_for 5 "it is one session, the same on both" one_tcp
	seconds=$((($(now_ms) - start) / 1000))
	before=$(($(taken) - before))
	told=$(($(stat_of J delta-records) + $(stat_of K delta-records) - told))
	ok "they took it from each other $before times in $seconds s" \
		test "$before" -ge 2 -a "$before" -le $((2 * (seconds / 5 + 2)))
	ok "and said so: $told records" test "$told" -le $((before + 6))
	job_kill tcp TERM
	wait_for 5 "J sees one end of it, K the other: it closes on J" closing J
	wait_for 5 "and on K" closing K
	job_kill udp
}

# While J is cut off both it and K take ports of the first two shares, of 40 in all; and of
# some hosts both have sessions.
test_partition()
{
	local node won lost silent=$((8 * ${HN_SLOW:-1}))

	for node in J K L; do
		at "$node" hactl pool4 remove --udp 192.0.2.1
		at "$node" hactl pool4 add --udp 192.0.2.1 61001-61040
	done
	borders=(61000 61013 61026 61040)
	wait_for 5 "the ports are free" session_count_is L -eq 0 --udp
	ip -n lan link set J.eth2 down
	wait_for "$silent" "K stands in for J, which it does not hear" held K '"1,2"'
	wait_for "$silent" "J for all" held J '"1,2,3"'
	is "$(value_of L instance shares-held)" 3 "L for nobody"
	for node in J K; do
		through "$node"
		hn_next_port=30000
		sessions 20
	done
	sessions 80
	through J
	sessions 100
	ok "K takes ports of both shares" ports_in K 1 2
	ok "J of all" ports_in J 1 2 3
	wait_for 5 "L has K's sessions" session_count_is L -eq 100 --udp
	is "$(owned J 1) $(owned K 2) $(owned L 2)" "120 100 100" "J and K have theirs, and L K's"
	ip -n lan link set J.eth2 up
	wait_for 20 "when they hear each other again, all agree" all_same
	read -r won lost < <(stat_of K apply-won session-lost)
	ok "K gave up $lost sessions, for $won of J's" test "$won" -ge 10 -a "$lost" -ge "$won"
	is "$(stat_of J session-lost)" 0 "J, whose number is lower, none"
	is "$(owned L 1)" 120 "all of J's are everywhere"
	is "$(owned L 2)" "$(owned K 2)" "and of K's what K has left"
	is "$(rows_of K bib --udp)" "$(bound_ports K)" "each port has one host"
	wait_for "$silent" "K has its own share again" held K 2
	wait_for "$silent" "and so has J" held J 1
}

owned_are()
{
	[ "$(owned "$1" "$2") $(owned "$1" "$3")" = "$4" ]
}

# What the others have by the former number would be in the way of what J tells.
test_renumbered()
{
	local node

	at J hactl --ss-node 4294967295
	for node in J K L; do
		wait_for 5 "J has a higher number: its sessions are its own on $node" \
			owned_are "$node" 1 4294967295 "0 120"
	done
}

topology_tutorial
add_L
jq '."digest period" = 2' "$hn_netsocket" >"$hn_tmp/often.json"
id=0
for node in J K L; do
	id=$((id + 1))
	translator "$node"
	at "$node" hactl --ss-enabled true --ss-node "$id" --ss-shares 3 --ss-share "$id"
	black_hole "$node"
	daemon_launch "$node" "$hn_tmp/often.json"
done
for node in J K L; do
	ok "$node hears the others" at "$node" hactl sync wait --timeout $((20 * ${HN_SLOW:-1}))
	wait_for 5 "and takes its own share" held "$node" "$(value_of "$node" global ss-share)"
done
test_shares
test_asymmetric
test_partition
test_renumbered
done_testing
