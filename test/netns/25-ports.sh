#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which port a mapping gets, and who may use it from outside.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

n4_in_6=64:ff9b::192.0.2.8
hole_in_6=64:ff9b::192.0.2.66

# Of another /64, behind the same switch.
neighbour()
{
	ns_add m6
	plug m6 eth0 lan v6
	ip -n J addr add 2001:db8:0:1::1/64 dev eth0 nodad
	ip -n m6 -batch - <<-EOF
		addr add 2001:db8:0:1::9/64 dev eth0 nodad
		route add 64:ff9b::/96 via 2001:db8:0:1::1
	EOF
}

# alike - each port of the UDP mappings has the parity and class of its host's.
alike()
{
	local inside outside n=0

	while IFS=, read -r _ _ inside _ outside _; do
		[ $((inside % 2)) -eq $((outside % 2)) ] || return 1
		[ $((inside < 1024)) -eq $((outside < 1024)) ] || return 1
		n=$((n + 1))
	done < <(at J hactl bib --csv --no-headers --udp)
	[ "$n" -eq "$1" ]
}

# neighbours - how many mappings have the port that follows that of the host's port before.
neighbours()
{
	local inside outside before=0 n=0

	while IFS=, read -r inside outside; do
		[ "$outside" -ne $((before + 1)) ] || n=$((n + 1))
		before=$outside
	done < <(at J hactl bib --csv --no-headers --udp | cut -d, -f 3,5 | sort -n)
	echo "$n"
}

test_kinds()
{
	at J hactl pool4 add --tcp --udp 192.0.2.1 1-61000
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 200 --bind-port 30000 >/dev/null
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 100 --bind-port 600 >/dev/null
	ok "UDP keeps parity and class of 300 ports" alike 300
	ok "what is next on a host is not next outside" test "$(neighbours)" -lt 5
	flow n6 tcp-knock "$n4_in_6" 9 --bind-port 80
	flow n6 tcp-knock "$n4_in_6" 9 --bind-port 8080
	wait_for 5 "TCP from port 80 has one below 1024" port_is J --tcp 80 -lt 1024
	wait_for 5 "from port 8080 one above" port_is J --tcp 8080 -ge 1024
	at J hactl pool4 flush
}

# All there is, if what the host would like is gone.
test_exhausted()
{
	at J hactl pool4 add --udp 192.0.2.1 61001-61010
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 10 --bind-port 40000 >/dev/null
	is "$(session_count J --udp)" 10 "a range is used to its last port, of either parity"
	fails "and not beyond" flow n6 udp-echo "$n4_in_6" 9000 --bind-port 7 --timeout 0.3
	ok "counted" stat_is J drop-pool-exhausted -ge 1
	at J hactl pool4 flush
}

# A port that had a host waits before it gets another one (RFC 6888 REQ-8).
test_hold_down()
{
	local before

	before=$(stat_of J drop-pool-exhausted)
	at J hactl pool4 add --udp 192.0.2.1 61001-61004
	at J hactl bib add --udp 2001:db8::8#5000 192.0.2.1#61002
	at J hactl bib remove --udp 2001:db8::8#5000
	like "$(at J hactl pool4)" " 0 of 4, 1 held down$" "a released port is held down"
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 4 --bind-port 40000 >/dev/null
	is "$(session_count J --udp)" 3 "it is not given to others"
	ok "counted" stat_is J drop-pool-exhausted -eq $((before + 1))
	ok "the operator may have it otherwise" at J hactl --port-hold-down 0
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 4 --bind-port 40000 >/dev/null
	is "$(session_count J --udp)" 4 "then it is"
	at J hactl --port-hold-down 2:00
	at J hactl pool4 flush
}

# from ADDRESS PORT - a datagram of n4 to the server of n6 comes back.
from()
{
	flow n4 udp-echo 192.0.2.1 "$(external_port J --udp 9000)" --bind "$1" --bind-port "$2" \
		--timeout "${3:-5}"
}

# n4 has two addresses, n6 talks to one of them.
test_filtering()
{
	at J hactl pool4 add --tcp --udp 192.0.2.1 61001-65535
	ip -n n4 addr add 192.0.2.9/24 dev eth0
	flow n6 udp-send "$n4_in_6" 53 --bind-port 9000
	flow_start server n6 udp-server :: 9000
	ok "any address gets in" from 192.0.2.9 1000
	ok "address-dependent-filtering is set" at J hactl --address-dependent-filtering true
	ok "one with a session already still does" from 192.0.2.9 1001
	at J hactl pool4 flush
	at J hactl pool4 add --tcp --udp 192.0.2.1 61001-65535
	job_kill server
	flow n6 udp-send "$n4_in_6" 53 --bind-port 9000
	flow_start server n6 udp-server :: 9000
	fails "one without does not" from 192.0.2.9 1000 0.5
	ok "counted" stat_is J drop-filtered -ge 1
	ok "any port of the host that n6 talks to does" from 192.0.2.8 1000
	ok "address-dependent-filtering is set back" at J hactl --address-dependent-filtering false
	ok "all get in" from 192.0.2.9 1000
	job_kill server
}

# What m6 needs is not taken by n6, which is of another /64.
test_source_limit()
{
	local before

	at J hactl pool4 flush
	at J hactl pool4 add --tcp --udp 192.0.2.1 61001-65535
	ok "a source gets 20 sessions" at J hactl --max-sessions-per-source 20
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 30 --bind-port 30000 >/dev/null
	is "$(session_count J --udp)" 20 "it has no more of 30"
	ok "counted" stat_is J drop-source-limit -eq 10
	fails "TCP is of the same limit" flow n6 tcp-echo "$n4_in_6" 8000 --timeout 0.5
	like "$(flow n6 udp-echo "$n4_in_6" 9000 --timeout 5 2>&1)" "No route to host" \
		"the host is told so (ICMPv6 1/3)"
	ok "another source has its own" flow m6 udp-echo "$n4_in_6" 9000 --timeout 5
	before=$(stat_of J drop-source-limit)
	at J hactl --source-prefix-length 48
	fails "the same one does not, with 48 bits" flow m6 udp-echo "$n4_in_6" 9000 --timeout 0.5
	ok "counted" stat_is J drop-source-limit -gt "$before"
	at J hactl --max-sessions-per-source 0
	ok "without a limit there is room" flow n6 udp-echo "$n4_in_6" 9000 --timeout 5
}

# Mappings, of which each has a port, by number and by rate (RFC 6888 REQ-4).
test_mapping_limits()
{
	local n

	at J hactl pool4 flush
	at J hactl pool4 add --tcp --udp 192.0.2.1 61001-65535
	ok "a source gets 20 ports" \
		at J hactl --source-prefix-length 64 --max-mappings-per-source 20
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 30 --bind-port 30000 >/dev/null
	is "$(rows_of J bib --udp)" 20 "it has no more of 30"
	like "$(flow n6 udp-echo "$n4_in_6" 9000 --timeout 5 2>&1)" "No route to host" \
		"the host is told so (ICMPv6 1/3)"
	ok "with one that it has it goes on" \
		flow n6 udp-echo "$n4_in_6" 9000 --bind-port 30000 --timeout 5
	fails "TCP is of the same limit" flow n6 tcp-echo "$n4_in_6" 8000 --timeout 0.5
	ok "another source has its own" flow m6 udp-echo "$n4_in_6" 9000 --timeout 5
	at J hactl --max-mappings-per-source 0 --max-new-mappings-per-source 10
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 500 --bind-port 40000 >/dev/null
	n=$(($(rows_of J bib --udp) - 21))
	ok "10 a second are not 500 at once: $n" test "$n" -ge 10 -a "$n" -lt 250
	ok "counted" stat_is J drop-source-rate -gt 250
	at J hactl --max-new-mappings-per-source 0
	ok "without a limit there is room" flow n6 udp-echo "$n4_in_6" 9000 --timeout 5
}

# Documentation prefixes are not global.
test_well_known()
{
	local before

	flow n6 udp-echo "$n4_in_6" 9000 --bind-port 7000 --timeout 5
	before=$(stat_of J drop-addr)
	ok "wkp-global-only is set" at J hactl --wkp-global-only true
	fails "nothing is opened with an address that is not global" \
		flow n6 udp-echo "$n4_in_6" 9000 --bind-port 7001 --timeout 0.5
	ok "counted" stat_is J drop-addr -gt "$before"
	ok "what is open stays" flow n6 udp-echo "$n4_in_6" 9000 --bind-port 7000 --timeout 5
	at J hactl --wkp-global-only false
}

# What the operator is told while it is done all the same.
test_warnings()
{
	like "$(at J hactl pool4 add --tcp 192.0.2.1 40000-60000 2>&1)" \
		"^hactl: pool4 add: warning: .*40000-60000 itself" \
		"ports that the host uses itself are warned about"
	is "$(at J hactl pool4 remove --tcp 192.0.2.1 40000-60000 2>&1)" "" "they were added"
	is "$(at J hactl pool4 add --tcp 192.0.2.77 40000-60000 2>&1)" "" \
		"those of an address that is not its own are not"
	like "$(at J hactl --tcp-est-timeout 60 2>&1)" \
		"^hactl: global update: warning: tcp-est-timeout is below 2:04:00" \
		"a lifetime that is too short by the RFC is"
	is "$(value_of J global tcp-est-timeout)" 60000 "it is set"
}

test_identifications()
{
	is "$(python3 "$hn_tools/idents.py" 100 20)" "2000 2000" \
		"2000 packets of 100 flows to one host have as many identifications"
}

topology_tutorial
modprobe hanat
ok "J becomes a translator" at J hactl instance add --pool6 64:ff9b::/96
vip_add J
black_hole J
neighbour
flow_start udp n4 udp-server 0.0.0.0 9000
test_kinds
test_exhausted
test_hold_down
test_filtering
test_source_limit
test_mapping_limits
test_well_known
test_warnings
test_identifications
done_testing
