#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# UDP from node to node, three of them, over IPv6 and IPv4: the tables become equal, also
# where frames are lost or do not fit, and nobody else is heard.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

nodes=(J K L)

# third_node - L, on the private line alone; and X, who is no node.
third_node()
{
	local name number=6

	ns_add L X
	for name in L X; do
		plug "$name" eth2 lan private
		ip -n "$name" addr add "2001:db8:ff08::$number/96" dev eth2 nodad
		number=$((number + 1))
	done
}

# config NAME JSON - for all nodes: that they are their own peers does not matter.
config()
{
	jq --arg key "$hn_tmp/key" '. + {"transport": "udp", "key file": $key}' <<<"$2" >"$hn_tmp/$1.json"
}

all_start()
{
	local node

	for node in "${nodes[@]}"; do
		daemon_start "$node" "$hn_tmp/$1.json"
	done
}

# all_same SECONDS DESCRIPTION
all_same()
{
	wait_for "$1" "$2: K has what J has" same_flows J K --udp
	wait_for "$1" "and so has L" same_flows J L --udp
}

# A frame that could be J's next, were it sealed.
forged()
{
	local key

	read -r key _ <"$hn_tmp/key"
	printf '484e0101%02x01005d%08x%032x%016x%0114d\n' "$key" "$(value_of J instance node)" 0 1 0
}

test_strangers()
{
	local before line node

	before=$(flows K --udp)
	line=$(forged)
	printf "$line\n%.0s" {1..20} >"$hn_tmp/forged"
	is "$(at X python3 "$hn_tools/frames.py" send "$hn_tmp/forged" --to 2001:db8:ff08::5)" 20 \
		"X sends 20 frames to K"
	wait_for 5 "which hears no strangers" daemon_counted_is K -eq 20 strangers
	ok "and says so" grep -q "2001:db8:ff08::7, which is none of" "$hn_tmp/K.log"
	is "$(daemon_counted K malformed-forged)" 0 "nor looks at what they say"
	ip -n X addr add 2001:db8:ff08::4/128 dev lo nodad
	at X python3 "$hn_tools/frames.py" send "$hn_tmp/forged" --to 2001:db8:ff08::5 \
		--source 2001:db8:ff08::4 >/dev/null
	wait_for 5 "what is sent in J's name, without the key, is counted" \
		daemon_counted_is K -eq 20 malformed-forged
	ip -n X addr del 2001:db8:ff08::4/128 dev lo
	is "$(flows K --udp)" "$before" "none of it changes anything"
	for node in "${nodes[@]}"; do
		is "$(daemon_counted "$node" gaps)" 0 "$node misses nothing"
	done
}

test_loss()
{
	at J tc qdisc replace dev eth2 root netem loss 20%
	sessions 500
	all_same 10 "a fifth of the frames is lost"
	at J tc qdisc del dev eth2 root
	wait_for 3 "J sent them again" daemon_counted_is J -gt 0 frames-repeated
}

# Runs of frames that are too long for the link can't be left to the kernel to be cut.
test_small_mtu()
{
	ip -n J link set eth2 mtu 1280
	job_kill K
	sessions 500
	daemon_start K "$hn_tmp/ipv6.json"
	wait_for 10 "the link takes no full frames: K gets the table in fragments" same_flows J K --udp
	is "$(daemon_counted J send-errors send-dropped)" 0 "J had no trouble sending"
	ip -n J link set eth2 mtu 1500
}

test_ipv4()
{
	local node number=4

	for node in "${nodes[@]}"; do
		job_kill "$node" TERM
		ip -n "$node" addr add "172.17.2.$number/24" dev eth2
		number=$((number + 1))
	done
	config ipv4 '{"port": 10439, "peers": ["172.17.2.4", "172.17.2.5", "172.17.2.6"]}'
	all_start ipv4
	sessions 100
	all_same 10 "over IPv4, on the port of bngsync"
	at J hactl pool4 remove --udp 192.0.2.1 61001-65535
	wait_for 5 "the end of sessions comes to K" session_count_is K -eq 0 --udp
	wait_for 5 "and to L" session_count_is L -eq 0 --udp
}

topology_tutorial
third_node
hactl key generate "$hn_tmp/key"
config ipv6 '{"peers": ["2001:db8:ff08::4", "2001:db8:ff08::5", "2001:db8:ff08::6"]}'
for node in "${nodes[@]}"; do
	translator "$node"
	at "$node" hactl --ss-enabled true
done
black_hole J
vip_add J
all_start ipv6
sessions 300
all_same 10 "over IPv6"
is "$(session_count L --udp)" 300 "all 300"
test_strangers
test_loss
test_small_mtu
test_ipv4
is "$(stat_of K delta-records) $(stat_of L delta-records)" "0 0" "K and L never sent J's sessions as their own"
done_testing
