#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a pair has to live through beyond 43-keepalived: both routers active for half a minute, who
# do not hear each other, and then one; and right after that the loss of one with all its links.
# Among the flows are those of which nothing is heard for long: an idle connection, a phone that
# is called.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/failover.sh"
. "$(dirname "$0")/keepalived.sh"

quiet_start()
{
	flow_start idle_server n4 tcp-server 0.0.0.0 8001
	mkfifo "$hn_tmp/keys"
	# shellcheck disable=SC2016 # for the inner shell
	netns-exec n6 bash -c '
		exec 3<>"/dev/tcp/$0/8001" 4<>"$1"
		while read -r line <&4; do
			echo "$line" >&3
			read -r answer <&3
			echo "$answer"
		done' "$n4_in_6" "$hn_tmp/keys" >"$hn_tmp/screen" 2>&1 &
	hn_jobs[login]=$!
	test_typed "a login is open"
	flow_start phone n6 udp-expect "$n4_in_6" 5060 --bind-port 5060 --text INVITE --timeout 1000
	phone_port=$(external_port J --udp 5060)
}

# test_typed WHAT
test_typed()
{
	echo "$1" >"$hn_tmp/keys"
	wait_for 10 "$1: what is typed comes back" grep -qx "$1" "$hn_tmp/screen"
}

# test_called FROM - the first packet after so long is one from outside.
test_called()
{
	flow n4 udp-send 192.0.2.1 "$phone_port" --bind 192.0.2.8 --bind-port "$1" --text INVITE
	wait_for 5 "the phone rings at port $1" report_is phone last = "64:ff9b::c000:208#$1"
}

# Neither the private link nor VRRP; hosts reach both.
split()
{
	local node

	ip -n lan link set J.eth2 down
	for node in J K; do
		at "$node" nft -f - <<-EOF
			table inet split {
				chain input {
					type filter hook input priority -300
					ip protocol 112 drop
					ip6 nexthdr 112 drop
				}
			}
		EOF
	done
}

heal()
{
	local node

	ip -n lan link set J.eth2 up
	for node in J K; do
		at "$node" nft delete table inet split
	done
}

both_active()
{
	has J 192.0.2.1 && has K 192.0.2.1 && has J 2001:db8::1 && has K 2001:db8::1
}

# sessions_of NODE COUNT - from the same sources whichever node, by way of its own address.
sessions_of()
{
	local number=4

	[ "$1" = J ] || number=5
	ip -n n6 route replace 64:ff9b::192.0.2.66/128 via "2001:db8::$number"
	flow n6 udp-burst 64:ff9b::192.0.2.66 1 --count "$2" --bind-port 30000 >/dev/null
}

# Both make mappings for the same hosts, and cannot tell each other.
test_split_brain()
{
	local rounds=0 stalls=0 start

	flows_mark
	split
	start=$(now_ms)
	wait_for 60 "who does not hear the other is active" both_active
	until [ $(($(now_ms) - start)) -ge 30000 ]; do
		sessions_of J 40
		sessions_of K 40
		progress tcp && progress udp || stalls=$((stalls + 1))
		rounds=$((rounds + 1))
	done
	diag "$rounds rounds, $(session_count J --udp) and $(session_count K --udp) UDP sessions," \
		"pings lost: $(lost_pings)"
	is "$stalls" 0 "flows go on while both are, for half a minute"
	fails "the tables are not equal then" same_flows J K --udp
	flows_mark
	heal
	wait_for 60 "they hear each other, and one is left: J" is_active J
	wait_for 30 "who has what was made meanwhile, as K has" same_flows J K --udp
	ok "record by record" at J hactl sync verify
	ok "as K finds as well" at K hactl sync verify
	test_flows_live J "one is left"
	test_typed "after the split"
	test_called 5061
}

# As hosts and K see it: from one moment to the next it is not there.
test_router_dies()
{
	local link

	flows_mark
	for link in eth0 eth1 eth2; do
		ip -n lan link set "J.$link" down
	done
	wait_for 60 "J is cut off, K takes over" is_active K
	test_flows_live K "J is cut off"
	test_typed "after the death of J"
	test_called 5062
	ns_del J
	test_called 5063
}

programs_install
network
for node in J K; do
	black_hole "$node"
done
test_pair
quiet_start
wait_for 5 "K has all sessions" same_flows J K --udp
test_split_brain
test_router_dies
done_testing
