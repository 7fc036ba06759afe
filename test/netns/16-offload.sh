#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a virtual machine may leave to hardware: checksums and segmentation that
# fit the packet are translated, those that do not are dropped.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

n4_in_6=64:ff9b::192.0.2.8

# test_counted NAMESPACE FAMILY MAC - sends, and compares what each counter gained.
test_counted()
{
	local counter gain
	local -A before=()

	while IFS=, read -r counter gain; do
		before[$counter]=$gain
	done < <(at J hactl stats --csv --no-headers)
	at "$1" python3 "$hn_tools/offload.py" "$2" eth0 "$3" "$port" >"$hn_tmp/expected"
	is "$?" 0 "packets are sent from $1"
	while read -r counter gain; do
		is "$(stat_of J "$counter")" $((before[$counter] + gain)) "$gain from $1: $counter"
	done <"$hn_tmp/expected"
}

topology_tutorial
ok "J becomes a translator" translator J
vip_add J
# The work cannot be left to the next one.
for interface in eth0 eth1; do
	at J ethtool -K "$interface" tx off sg off tso off gso off >/dev/null 2>&1
done
flow_start sink n4 udp-server 0.0.0.0 9 --silent
flow n6 udp-send "$n4_in_6" 9 --bind-port 5000
wait_for 5 "a datagram opens a session" report_is sink datagrams -eq 1
port=$(external_port J --udp 5000)
at n6 python3 "$hn_tools/offload.py" watch "$hn_tmp/watch.report" &
until_true 30 test -s "$hn_tmp/watch.report"

test_counted n6 6 "$(mac J eth0)"
test_counted n4 4 "$(mac J eth1)"
wait_for 5 "ICMP errors come out" report_is watch errors -eq 6
is "$(report watch wrong)" 0 "with the checksum inside as it was"
ok "translation goes on" flow n6 udp-send "$n4_in_6" 9 --bind-port 5000
wait_for 5 "datagrams arrive" report_is sink datagrams -ge 3
done_testing
