#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Ports in blocks (RFC 6888 REQ-14): a hundred subscribers with many sessions each are a few
# blocks each, on both nodes, and the log says by those alone whose a port was.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"

subscribers=100 flows=1000 size=512
# Where each takes longer a tenth of them.
[ "${HN_SLOW:-1}" -eq 1 ] || flows=100 size=64
each=$(((flows + size - 1) / size))

# crowd NODE FIRST HOSTS PORT PORTS - through the node.
crowd()
{
	at n6 python3 "$hn_tools/crowd.py" eth0 "$(mac "$1" eth0)" "${@:2}" 192.0.2.66
}

# sessions_are NODE NUMBER
sessions_are()
{
	[ "$(value_of "$1" instance sessions)" -eq "$2" ]
}

blocks_setup()
{
	local node

	for node in J K; do
		at "$node" hactl pool4 flush
		at "$node" hactl pool4 add --udp 198.51.100.0/30 1024-65535
		at "$node" hactl inside add 10.0.0.0/8
		at "$node" hactl --port-block-size $size
		ip -n "$node" route add 10.0.0.0/8 dev eth0
	done
	logging J true false
	log_start all J
}

# "host address port" of each session of J whose port is not, by the log, in a block of the host.
not_by_the_log()
{
	at J hactl session --csv --no-headers --udp | cut -d, -f 4,8,9 |
		awk -F , -v size=$size '
			NR == FNR { if ($2 == "block-begin") owner[$6, int($7 / size)] = $4; next }
			owner[$2, int($3 / size)] != $1 "/32" { print $1, $2, $3 }
		' "$hn_tmp/all.events" -
}

test_crowd()
{
	ok "$subscribers hosts with $flows sessions each" \
		crowd J 10.0.0.1 $subscribers 2000 $flows
	wait_for 10 "they are there" sessions_are J $((subscribers * flows))
	is "$(stat_of J block-created)" $((subscribers * each)) "$each blocks for each"
	wait_for 10 "each is logged" events_are all "^block-begin," $((subscribers * each))
	is "$(events all '^bib-' | wc -l)" 0 "and nothing else"
	is "$(not_by_the_log | wc -l)" 0 "by the log each port is its host's"
	is "$(stat_of J log-lost log-unheard)" "0 0" "nothing was lost of it"
}

# Nobody has told K of blocks.
test_peer()
{
	wait_for 60 "K has the sessions" sessions_are K $((subscribers * flows))
	is "$(stat_of K block-created block-removed)" "$((subscribers * each)) 0" "and their blocks"
}

# Its next mapping is of a block that it has, on the node that goes on.
test_failover()
{
	job_kill all
	ns_del J
	crowd K 10.0.0.1 1 60000 1
	wait_for 10 "K gives the host another port" sessions_are K $((subscribers * flows + 1))
	is "$(stat_of K block-created)" $((subscribers * each)) "of a block that it has"
}

test_end()
{
	ok "the addresses go" at K hactl pool4 flush
	is "$(session_count K)" 0 "with all sessions"
	is "$(stat_of K block-removed)" $((subscribers * each)) "and all blocks"
}

pair true
blocks_setup
test_crowd
test_peer
test_failover
test_end
done_testing
