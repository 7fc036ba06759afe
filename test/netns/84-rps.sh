#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packets of the same sessions on two processors at once, in both directions, by receive packet
# steering and by who sends them, while pool4, settings and the instance change and tables are
# read. HN_FUZZ_PACKETS says how many, in all.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/ledger.sh"

packets=${HN_FUZZ_PACKETS:-50000}
n4_in_6=64:ff9b::192.0.2.8

# steering MASK - which processors take what J receives; 0: that of the sender.
steering()
{
	local interface

	for interface in eth0 eth1; do
		ip netns exec J sh -c "echo $1 >/sys/class/net/$interface/queues/rx-0/rps_cpus"
	done
}

ledger_open()
{
	{
		echo "table inet ledger {"
		ledger_chains 192.0.2.1
		# No answers of the host's: they would be packets as well.
		cat <<-EOT
			chain input {
				type filter hook input priority 0
				ip daddr 192.0.2.1 drop
			}
		}
		EOT
	} | at J nft -f -
}

# came - packets to the hooks.
came()
{
	ledger before6 before4
}

# accounted - those that J's counters have, or that the hooks leave to the host.
accounted()
{
	echo $(($(stats_sum '^(xlat|drop|frag)-') + $(ledger after6 after4)))
}

# all_accounted - of those that have come since both were counted.
all_accounted()
{
	local gain=$(($(accounted) - accounted_before)) packets=$(($(came) - came_before))

	echo "$gain of $packets packets"
	[ "$gain" -eq "$packets" ]
}

# drained - nothing has come to the hooks since this was asked last.
drained()
{
	local before=$seen

	seen=$(ledger before6 before4 after6 after4)
	[ "$seen" = "$before" ]
}

# blast PACKETS - in the background.
blast()
{
	python3 "$hn_tools/blast.py" $(($1 / 2)) n6 "$n4_in_6" n4 &
	blast=$!
}

# while_blasting COMMAND... - again and again, until all is sent; how often is left in rounds.
while_blasting()
{
	rounds=0
	while kill -0 "$blast" 2>/dev/null; do
		"$@"
		rounds=$((rounds + 1))
	done
	wait "$blast"
}

# The range that the flows have, another one, settings, and all that can be read.
churn()
{
	at J hactl pool4 add --udp 192.0.2.1 1024-1100
	at J hactl pool4 remove --udp 192.0.2.1 61001-65535
	at J hactl session --csv >/dev/null
	at J hactl --udp-timeout $((120 + rounds % 10)) --ss-enabled $((rounds % 2 > 0))
	at J hactl pool4 add --udp 192.0.2.1 61001-65535
	at J hactl pool4 remove --udp 192.0.2.1 1024-1100
	at J hactl bib --csv >/dev/null
	at J hactl stats >/dev/null
	at J hactl pool4 --csv >/dev/null
	at J hactl bib add --udp 2001:db8::8#7000 192.0.2.1#65000
	at J hactl bib remove --udp 2001:db8::8#7000
	at J hactl pool4 flush
	at J hactl pool4 add --tcp --udp 192.0.2.1 61001-65535
}

again()
{
	at J hactl instance remove
	translator J
}

# test_works WHEN - and there is a session for each flow, and a port for each mapping.
test_works()
{
	seen=
	wait_for 120 "$1: nothing waits" drained
	ok "$1: packets pass" flow n6 udp-echo "$n4_in_6" 10 --bind-port 6000
	is "$(value_of J instance sessions)" "$(session_count J)" "$1: all sessions are counted"
	is "$(value_of J instance mappings)" "$(rows_of J bib)" "$1: all mappings are counted"
	is "$(ports_used J)" "$(rows_of J bib)" "$1: and their ports"
}

nothing_left()
{
	[ "$(value_of J instance sessions mappings)" = "0 0" ]
}

# What is sent faster than it is translated waits.
sysctl -q -w net.core.netdev_max_backlog=100000
topology_tutorial
ok "J becomes a translator" translator J
vip_add J
flow_start echo n4 udp-server 0.0.0.0 10
ledger_open
ok "before: packets pass" flow n6 udp-echo "$n4_in_6" 10
for interface in eth0 eth1; do
	at lan ethtool -K "J.$interface" tx-udp-segmentation off >/dev/null
done

for mask in 3 0; do
	steering "$mask"
	came_before=$(came) accounted_before=$(accounted)
	blast $((packets / 4))
	wait "$blast"
	seen=
	wait_for 120 "steering $mask: nothing waits" drained
	wait_for 5 "steering $mask: all packets are accounted for" all_accounted
	diag "$(stat_of J xlat-64 xlat-46) translated by now, 6->4 and 4->6"
	test_works "steering $mask"
done

steering 3
blast $((packets / 4))
while_blasting churn
ok "pool4 and settings change $rounds times meanwhile" test "$rounds" -gt 0
test_works "after that"
blast $((packets / 4))
while_blasting again
ok "the instance changes $rounds times meanwhile" test "$rounds" -gt 0
test_works "after that as well"

ok "the shortest lifetime" at J hactl --udp-timeout 120
blast $((packets / 40))
wait "$blast"
test_works "with that"
wait_for 150 "all sessions expire" nothing_left
is "$(ports_used J)" 0 "and no port is used"

ok "packets pass again" flow n6 udp-echo "$n4_in_6" 10
ok "pool4 is flushed" at J hactl pool4 flush
ok "no session and no mapping is left" nothing_left
sysctl -q -w net.core.netdev_max_backlog=1000
done_testing
