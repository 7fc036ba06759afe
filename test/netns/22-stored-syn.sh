#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SYNs from outside for which there is no mapping are stored for six seconds (RFC 6146, section
# 3.5.2.2; RFC 5382, REQ-4).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/counted.sh"
. "$(dirname "$0")/tcp.sh"

# knock [OPTION...] - a SYN from a port of n4 to where nobody has a mapping, and no second one.
knock()
{
	flow n4 tcp-knock 192.0.2.1 61001 "$@"
}

# outside [OPTION...] - n4 connects, in the background, which is stored.
outside()
{
	stats_save J
	netns-exec n4 flow tcp-echo 192.0.2.1 61001 --timeout 60 "$@" >"$hn_tmp/outside" 2>&1 &
	hn_jobs[outside]=$!
	wait_for 60 "a SYN from outside is stored" stat_is J syn-stored -gt "${hn_stats[syn-stored]}"
}

# outside_ends - and how: its exit status.
outside_ends()
{
	local status=0

	wait "${hn_jobs[outside]}" || status=$?
	unset "hn_jobs[outside]"
	return "$status"
}

test_stored()
{
	outside
	wait_for 7 "its time ends" stat_is J syn-refused -gt "${hn_stats[syn-refused]}"
	outside_ends
	like "$(cat "$hn_tmp/outside")" "^flow: Connection refused after ([0-9]+) ms" \
		"the connection is refused"
	ok "after six seconds of silence" test "${BASH_REMATCH[1]-0}" -ge 6000
	is "$(gained syn-stored syn-refused syn-met)" "1 1 0 " "stored once"
	ok "though it came more than once" test "$(gained drop-no-mapping)" -ge 2
	is "$(rows_of J bib --tcp) $(session_count J --tcp)" "0 0" "without a mapping or a session"
}

# inside - n6 connects, and echoes. By bash, which is there before the six seconds are over.
inside()
{
	# shellcheck disable=SC2016 # of the shell that it starts
	at n6 timeout 60 bash -c 'exec 3<>"/dev/tcp/$0/7000" && head -c 100 <&3 >&3' "$n4_in_6"
}

# With one port the mapping is where the stored SYN went to.
test_simultaneous_stored()
{
	at J hactl pool4 remove --tcp 192.0.2.1
	at J hactl pool4 add --tcp 192.0.2.1 61001-61001
	outside --bind-port 7000
	ok "a connection from inside that meets it opens" inside
	outside_ends
	is "$?" 0 "and is the one from outside"
	wait_for 8 "the SYN is discarded in silence" stat_is J syn-met -gt "${hn_stats[syn-met]}"
	is "$(gained syn-stored syn-refused)" "1 0 " "nobody is refused"
	at J hactl pool4 remove --tcp 192.0.2.1 61001-61001
	at J hactl pool4 add --tcp 192.0.2.1 61001-65535
}

test_limit()
{
	stats_save J
	at J hactl --maximum-simultaneous-opens 1
	knock --times 2
	is "$(gained drop-no-mapping syn-stored syn-overflow)" "2 1 1 " \
		"with a limit of one the second SYN is not stored"
	at J hactl --maximum-simultaneous-opens 0
	knock
	is "$(gained drop-no-mapping syn-stored syn-overflow)" "3 1 1 " "with none, no SYN is"
	at J hactl --maximum-simultaneous-opens 10
	from n4 7004 61001 syn ack
	until_true 5 stat_is J drop-no-mapping -ge $((hn_stats[drop-no-mapping] + 4))
	is "$(gained drop-no-mapping syn-stored)" "4 1 " "the second part of a handshake is not"
	wait_for 8 "the first one is answered" stat_is J syn-refused -gt "${hn_stats[syn-refused]}"
}

# The device that a stored SYN came from, then the instance and the module with another one.
test_removal()
{
	stats_save J
	knock
	is "$(gained syn-stored)" "1 " "a SYN is stored"
	ok "its device can be removed" timeout $((10 * ${HN_SLOW:-1})) ip -n J link del eth1
	wait_for 8 "it ends nevertheless" stat_is J syn-refused -gt "${hn_stats[syn-refused]}"
	plug J eth1 lan v4
	ip -n J addr add 192.0.2.1/24 dev eth1
	tcp_segments
	stats_save J
	from n4 7009 61001 syn
	wait_for 5 "another one is stored" stat_is J syn-stored -gt "${hn_stats[syn-stored]}"
	ok "the instance can be removed" at J hactl instance remove
	ok "and the module" rmmod hanat
}

topology_tutorial
ok "J becomes a translator" translator J
vip_add J
tcp_segments
test_stored
test_simultaneous_stored
test_limit
test_removal
done_testing
