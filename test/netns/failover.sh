# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh: three flows from n6 to n4, and what became of them.
. "$(dirname "${BASH_SOURCE[0]}")/hanat.sh"

n4_in_6=64:ff9b::192.0.2.8

# Milliseconds. Fewer packets where each takes longer, or nothing else gets on.
hn_ping_interval=$((100 * ${HN_SLOW:-1}))

flows_start()
{
	local interval ping_interval

	ping_interval=$(printf '0.%03d' "$hn_ping_interval")
	interval=$(printf '0.%03d' $((hn_ping_interval / 5)))
	flow_start tcp_server n4 tcp-server 0.0.0.0 8000
	flow_start udp_server n4 udp-server 0.0.0.0 9000
	flow_start tcp n6 tcp-stream "$n4_in_6" 8000 --interval "$interval"
	flow_start udp n6 udp-stream "$n4_in_6" 9000 --interval "$interval"
	netns-exec n6 ping -6 -n -i "$ping_interval" "$n4_in_6" >"$hn_tmp/ping" 2>&1 &
	hn_jobs["ping"]=$!
}

answers()
{
	grep -c 'bytes from' "$hn_tmp/ping"
}

answers_beyond()
{
	[ "$(answers)" -gt "$1" ]
}

# flows_mark - what the two below count from.
flows_mark()
{
	hn_mark=$(answers)
	hn_paused=$(report tcp pauses | wc -w)
}

# lost_pings - since the mark; those still on their way do not count.
lost_pings()
{
	sed -n 's/.* bytes from .*icmp_seq=\([0-9]*\).*/\1/p' "$hn_tmp/ping" |
		awk -v mark="$hn_mark" 'NR > mark && NR > 1 { lost += $1 - last - 1 }
			{ last = $1 } END { print lost + 0 }'
}

# longest_pause - of the TCP stream since the mark, in ms; short ones do not count.
longest_pause()
{
	local pause max=0 pauses

	read -ra pauses < <(report tcp pauses)
	for pause in "${pauses[@]:hn_paused}"; do
		[ "$pause" -le "$max" ] || max=$pause
	done
	echo "$max"
}

# flows_live WHAT [SECONDS] - they go on since the mark, the ping within so many seconds, and nobody
# reconnected: peer and udp_peers are whom the servers saw before, of the caller.
# shellcheck disable=SC2154
flows_live()
{
	local answers

	answers=$(answers)
	wait_for "${2:-15}" "$1: the ping goes on" answers_beyond $((answers + 3))
	ok "the TCP stream goes on" progress tcp
	ok "the UDP flow goes on" progress udp
	diag "$1: pings lost: $(lost_pings), one each $hn_ping_interval ms;" \
		"TCP paused for $(longest_pause) ms"
	is "$(report tcp_server peers)" "$peer" "the server saw one connection, of $peer"
	is "$(report udp_server peers)" "$udp_peers" "and the UDP peers of before, $udp_peers"
	is "$(report tcp error)" "" "the client saw no error"
}

# mappings NODE - of the three flows: protocol, inside and external port.
mappings()
{
	at "$1" hactl session --csv --no-headers | cut -d, -f 1,5,9 | sort
}

mappings_are()
{
	[ "$(mappings "$1")" = "$2" ]
}
