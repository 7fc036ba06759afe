#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Static mappings (RFC 6146, section 3.1): they are there before any packet and after the
# last one, for both directions, until they are removed; nothing else takes them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

n4_in_6=64:ff9b::192.0.2.8
inside=2001:db8::8#8080
external=192.0.2.1#80

bib()
{
	at J hactl bib "$@"
}

# statics NODE [--PROTOCOL] - "INSIDE EXTERNAL SESSIONS" of each static mapping, sorted.
statics()
{
	local address port ext ext_port sessions static

	while IFS=, read -r _ address port ext ext_port sessions static; do
		[ "$static" != true ] || echo "$address#$port $ext#$ext_port $sessions"
	done < <(at "$1" hactl bib --csv --no-headers "${@:2}") | sort
}

# binding_is NODE --PROTOCOL "EXTERNAL_PORT SESSIONS" - of the inside port 8080; or nothing.
binding_is()
{
	[ "$(binding "$1" "$2" 8080)" = "$3" ]
}

# refused REGEX ARGUMENT... - of hactl bib; in one line, and nothing has changed.
refused()
{
	local regex=$1 before text status problem=
	shift

	before=$(bib --csv)
	text=$(bib "$@" 2>&1 >"$hn_tmp/stdout")
	status=$?
	[ "$status" -eq 1 ] || problem+="exit status $status; "
	[ "$(wc -l <<<"$text")" -eq 1 ] || problem+="not one line; "
	[[ $text =~ $regex ]] || problem+="not /$regex/; "
	[ "$(bib --csv)" = "$before" ] || problem+="something has changed; "
	[ -z "$problem" ]
	point $? "refused: $regex" || diag "$problem"$'\n'"$text"
}

test_from_outside()
{
	ok "there is one for TCP and UDP" bib add --tcp --udp "$inside" "$external"
	ok "and for ICMP, ends the other way round" bib add --icmp 192.0.2.1#777 2001:db8::8#7
	is "$(statics J --udp)" "$inside $external 0" "which is shown without a session"
	like "$(bib --tcp --numeric)" "\[Static\] 192\.0\.2\.1#80 - 2001:db8::8#8080"$'\t'"0 sessions" \
		"as static"
	flow_start tcp n6 tcp-server :: 8080
	flow_start udp n6 udp-server :: 8080
	ok "TCP from outside, without a packet from inside before" \
		flow n4 tcp-echo 192.0.2.1 80 --size 1 100000
	ok "UDP" flow n4 udp-echo 192.0.2.1 80 --bind-port 7001 --timeout 5
	like "$(at n4 ping -n -c 1 -W 3 -e 777 192.0.2.1)" "ttl=63" "a ping, to n6 and not to J"
	is "$(session_of J --icmp 4) $(session_of J --icmp 8)" "7 777" "with the identifiers of both ends"
	is "$(statics J --udp)" "$inside $external 1" "the session is below it"
	job_kill tcp
	job_kill udp
}

test_from_inside()
{
	flow_start udp n4 udp-server 0.0.0.0 9000
	flow_start tcp n4 tcp-server 0.0.0.0 8000
	ok "UDP from its inside address" flow n6 udp-echo "$n4_in_6" 9000 --bind-port 8080 --timeout 5
	ok "TCP" flow n6 tcp-echo "$n4_in_6" 8000 --bind-port 8080
	ok "UDP from another port of the host" flow n6 udp-echo "$n4_in_6" 9000 --timeout 5
	ok "a ping" at n6 ping -6 -q -c 1 -W 3 -e 7 "$n4_in_6"
	wait_for 5 "all of UDP has come" report_is udp datagrams -eq 2
	like "$(report udp peers)" "^$external 192\.0\.2\.1#6[1-5][0-9]{3}\$" \
		"the first from the external address and port, the other from another one"
	wait_for 5 "so has TCP" report_is tcp peers = "$external"
	is "$(session_of J --icmp 8)" 777 "and the ping"
	job_kill udp
	job_kill tcp
}

test_expiry()
{
	wait_for 20 "TCP sessions expire" session_count_is J -eq 0 --tcp
	is "$(statics J --tcp)" "$inside $external 0" "their static mapping does not"
	is "$(ports_used J --tcp)" 1 "nor does it lose its port"
	flow n4 tcp-knock 192.0.2.1 80 --bind-port 7000
	wait_for 5 "it is as good as before" session_count_is J -eq 1 --tcp
}

# The knock's session lives for --tcp-open-timeout.
test_removal()
{
	local before

	before=$(stat_of J drop-no-mapping)
	ok "it is removed by its external end" bib remove --udp "$external"
	is "$(statics J --udp)$(session_of J --udp 8 | grep -w 80)" "" "with its sessions"
	ok "others stay" session_count_is J -ge 1 --udp
	ok "counted" stat_is J session-removed -ge 2
	fails "nothing gets in any more" flow n4 udp-echo 192.0.2.1 80 --timeout 0.5
	is "$(stat_of J drop-no-mapping)" $((before + 1)) "which is counted"
	ok "by its inside end" bib remove --tcp "$inside"
	ok "by both" bib remove --icmp 192.0.2.1#777 2001:db8::8#7
	is "$(statics J)" "" "none is left"
	is "$(ports_used J --tcp) $(ports_used J --icmp)" "0 0" "nor a port"

	bib add --tcp "$inside" "$external"
	flow n4 tcp-knock 192.0.2.1 80 --bind-port 7002
	wait_for 5 "there is a session" session_count_is J -eq 1 --tcp
	ok "it is removed quickly" bib remove --tcp --quick "$external"
	is "$(statics J) $(binding J --tcp 8080)" " 80 1" "a dynamic mapping is left, with the session"
	wait_for 20 "and goes with it" binding_is J --tcp ""
	is "$(ports_used J --tcp)" 0 "and its port"
}

test_refusals()
{
	local port

	flow n6 udp-burst 64:ff9b::192.0.2.66 1 --count 1 --bind-port 5000 >/dev/null
	port=$(external_port J --udp 5000)
	bib add --udp "$inside" "$external"
	refused "^hactl: bib add: pool4 does not have" add --tcp "$inside" 192.0.2.1#81
	refused "pool4 does not have" add --udp "$inside" 192.0.2.9#80
	refused "pool4 does not have" add 2001:db8::8#81 192.0.2.1#81
	refused "there already" add --udp "$inside" "$external"
	refused "there already" add --tcp --udp "$inside" "$external"
	refused "the inside .* is bound" add --udp "$inside" 192.0.2.1#61001
	refused "the external .* is bound" add --udp 2001:db8::9#8080 "$external"
	refused "the inside .* is bound" add --udp 2001:db8::8#5000 192.0.2.1#61001
	refused "the external .* is bound" add --udp 2001:db8::9#5000 "192.0.2.1#$port"
	refused "inside address" add --udp 64:ff9b::192.0.2.8#80 192.0.2.1#61001
	refused "inside address" add --udp fe80::8#80 192.0.2.1#61001
	refused "^hactl: bib remove: there is no such" remove --tcp "$external"
	refused "no such static" remove --udp "$inside" 192.0.2.1#61001
	refused "no such static" remove --tcp --udp "$inside"
	refused "no such static" remove --udp 2001:db8::8#5000
	ok "a dynamic mapping becomes static" bib add --udp 2001:db8::8#5000 "192.0.2.1#$port"
	like "$(statics J --udp)" "2001:db8::8#5000 192\.0\.2\.1#$port 1" "with its session"
	ok "and dynamic again" bib remove --udp --quick 2001:db8::8#5000
	is "$(binding J --udp 5000)" "$port 1" "likewise"
}

# plant GENERATION INSIDE EXTERNAL - a peer's session.
plant()
{
	at J python3 "$hn_tools/plant.py" 9 "$1" 1 "$2" "$3" 192.0.2.8#9999
}

test_conflict()
{
	at J hactl --ss-enabled true
	fails "a peer's session of another inside host loses" plant 100 2001:db8::9#8080 "$external"
	fails "of another external port" plant 100 "$inside" 192.0.2.1#61001
	is "$(stat_of J apply-conflict apply-won)" "2 0" "as conflicts"
	ok "one below it is taken" plant 100 "$inside" "$external"
	is "$(statics J)" "$inside $external 1" "and stands there"
	bib remove --udp --quick "$inside"
	ok "of a dynamic mapping it is not so" plant 101 2001:db8::9#8080 "$external"
	is "$(stat_of J apply-won)" 1 "the peer wins"
	at J hactl pool4 remove --udp 192.0.2.1 80
	at J hactl pool4 add --udp 192.0.2.1 80
	at J hactl --ss-enabled false
}

test_pool4()
{
	at J hactl pool4 add --udp 192.0.2.1 90-91
	bib add --udp 2001:db8::8#9000 192.0.2.1#90
	flow_start udp n6 udp-server :: 9000
	ok "one of another range" flow n4 udp-echo 192.0.2.1 90 --timeout 5
	ok "its range is removed quickly" at J hactl pool4 remove --udp --quick 192.0.2.1 90-91
	is "$(statics J)" "2001:db8::8#9000 192.0.2.1#90 1" "it stays"
	ok "when the range comes back" at J hactl pool4 add --udp 192.0.2.1 90-91
	ok "it works" flow n4 udp-echo 192.0.2.1 90 --timeout 5
	refused "the external .* is bound" add --udp 2001:db8::9#1 192.0.2.1#90
	ok "the range is removed" at J hactl pool4 remove --udp 192.0.2.1 90-91
	is "$(statics J)$(binding J --udp 9000)" "" "and it with it"
	fails "and its sessions" grep -w 90 <(session_of J --udp 8)
	job_kill udp
}

drift_is()
{
	[ "$(at K hactl sync peers --json | jq -r '.[].drift[]')" = "$1" ]
}

test_peers()
{
	local node

	ok "K becomes a translator" translator K
	at K hactl pool4 add --tcp --udp 192.0.2.1 80
	for node in J K; do
		at "$node" hactl --ss-enabled true --tcp-open-timeout 10 --tcp-trans-timeout 10
		daemon_start "$node"
	done
	ok "K is ready" at K hactl sync wait --timeout $((20 * ${HN_SLOW:-1}))
	ok "nothing differs" drift_is ""
	bib add --udp "$inside" "$external"
	flow_start udp n6 udp-server :: 8080
	ok "J translates by a static mapping" flow n4 udp-echo 192.0.2.1 80 --timeout 5
	wait_for 5 "K gets the session" binding_is K --udp "80 1"
	is "$(statics K)" "" "and not the static mapping"
	wait_for 10 "K knows that they differ in that" drift_is bib
	ok "until it has it as well" at K hactl bib add --udp "$inside" "$external"
	is "$(statics K)" "$inside $external 1" "with the session that is there"
	wait_for 10 "then nothing differs" drift_is ""
	ok "J removes it" bib remove --udp "$inside"
	wait_for 5 "K hears of the session's end, and keeps its own" binding_is K --udp "80 0"
	job_kill udp
}

topology_tutorial
ok "J becomes a translator" translator J
vip_add J
black_hole J
at J hactl pool4 add --tcp --udp 192.0.2.1 80
at J hactl --tcp-open-timeout 10 --tcp-trans-timeout 10
test_from_outside
test_from_inside
test_expiry
test_removal
test_refusals
test_conflict
test_pool4
test_peers
bib add --tcp "$inside" "$external"
ok "the instance goes with one in it" at J hactl instance remove
done_testing
