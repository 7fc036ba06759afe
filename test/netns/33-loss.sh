#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The private link loses, repeats and reorders, or K does not read for a while: the
# tables become equal, deletions and all, and what the network lost nobody has to ask
# a table for.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

# link NETEM... - what happens to frames, in both directions.
link()
{
	local node

	for node in J K; do
		at "$node" tc qdisc replace dev eth2 root netem "$@"
	done
}

# What was removed is to be used before the last range, as before: those added first are.
ranges_again()
{
	at J hactl pool4 remove --udp 192.0.2.1 63001-64000
	at J hactl pool4 add --udp 192.0.2.1 61001-63000
	at J hactl pool4 add --udp 192.0.2.1 63001-64000
}

# loses_one COUNT - J has sent frames again, more often than that; each try makes some for it.
loses_one()
{
	sessions 200
	at J hactl pool4 remove --udp 192.0.2.1 61001-63000
	ranges_again
	daemon_counted_is J -gt "$1" frames-repeated
}

# lossy COUNT NETEM...
lossy()
{
	local repeated lost

	repeated=$(daemon_counted J frames-repeated)
	lost=$(daemon_counted K gaps frames-lost)
	link "${@:2}"
	sessions "$1"
	wait_for 10 "${*:2}: $1 more sessions reach K" same_flows J K --udp
	at J hactl pool4 remove --udp 192.0.2.1 61001-63000
	wait_for 10 "and the end of many" same_flows J K --udp
	ranges_again
	ok "there are some left" test "$(session_count K --udp)" -ge 100
	[ "$2 $3" = "loss 1%" ] || wait_for 10 "frames were sent again" loses_one "$repeated"
	is "$(daemon_counted K gaps frames-lost)" "$lost" "none was lost for good"
}

# K takes nothing for longer than peers wait.
test_stall()
{
	local silent

	silent=$(grep -c "silent for" "$hn_tmp/J.log")
	kill -STOP "${hn_jobs[K]}"
	sessions 2000
	wait_for 15 "K is stopped, J finds it silent" log_has J "silent for" -gt "$silent"
	at J hactl pool4 remove --udp 192.0.2.1 61001-63000
	sessions 500
	kill -CONT "${hn_jobs[K]}"
	wait_for 20 "K goes on, and gets what it missed" same_flows J K --udp
}

# log_has NODE TEXT OPERATOR NUMBER
log_has()
{
	test "$(grep -c "$2" "$hn_tmp/$1.log")" "$3" "$4"
}

topology_tutorial
for node in J K; do
	translator "$node"
	at "$node" hactl --ss-enabled true
	at "$node" hactl pool4 remove --udp 192.0.2.1 61001-65535
	# The first one is full before the others are used, and stays.
	for range in 64001-64100 61001-63000 63001-64000; do
		at "$node" hactl pool4 add --udp 192.0.2.1 "$range"
	done
	black_hole "$node"
	daemon_start "$node"
done
vip_add J
sessions 10
wait_for 5 "J and K are in sync" same_flows J K --udp
lossy 1000 loss 1%
lossy 1000 loss 10%
lossy 1000 loss 30% duplicate 10% delay 10ms 10ms
for node in J K; do
	at "$node" tc qdisc del dev eth2 root
done
test_stall
done_testing
