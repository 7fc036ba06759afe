#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Mistakes: one line on standard error says what and why, the exit status is 1
# or 2, and nothing has changed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

state()
{
	at J hactl global --csv
	at J hactl pool4 --csv
} 2>&1

# refused STATUS REGEX COMMAND... - in J, where an instance is.
refused()
{
	local wanted=$1 regex=$2 status text problem=
	shift 2

	text=$(at J timeout 10 "$@" 2>&1 >"$hn_tmp/stdout")
	status=$?
	[ "$status" -eq "$wanted" ] || problem+="exit status $status, not $wanted; "
	[[ -n $text && $text != *$'\n'* ]] || problem+="not one line; "
	[ ! -s "$hn_tmp/stdout" ] || problem+="writes to standard output; "
	[[ $text =~ $regex ]] || problem+="not /$regex/; "
	[ "$(state)" = "$unchanged" ] || problem+="something has changed; "
	[ -z "$problem" ]
	point $? "${*##*/}" || diag "$problem"$'\n'"$text"
}

test_settings()
{
	refused 2 "udp-timeot.*udp-timeout" hactl --udp-timeot 300
	refused 2 "udp-timeout: .*'5x'" hactl --udp-timeout 5x
	refused 2 "udp-timeout: .*0:02:00" hactl --udp-timeout 119
	refused 2 "udp-timeout: needs a value" hactl --udp-timeout
	refused 2 "max-sessions: .*out of range" hactl --max-sessions 0
	refused 2 "max-sessions: .*not a number" hactl --max-sessions=-1
	refused 2 "ss-enabled: .*'maybe'" hactl --ss-enabled maybe
	refused 2 "more than once" hactl --ss-enabled true --ss-enabled false
	refused 2 "icmp-timeout: .*0:01:00" hactl --udp-timeout 600 --icmp-timeout 1
	refused 2 "ss-protocols: .*'tcp,sctp'" hactl --ss-protocols tcp,sctp
	refused 2 "mtu-plateaus: .*'67' is out of range, 68 to" hactl --mtu-plateaus 1400,67
	refused 2 "mtu-plateaus: .*twice" hactl --mtu-plateaus 1400,1500,1400
	refused 2 "mtu-plateaus: .*at most 64" hactl --mtu-plateaus "$(seq -s, 1001 1065)"
	refused 2 "f-args: .*0 to 15" hactl --f-args 16
	refused 1 "ss-share is greater than ss-shares" hactl --ss-shares 2 --ss-share 3 \
		--mtu-plateaus 1500
}

test_pool4()
{
	refused 2 "192\.0\.2\.300" hactl pool4 add 192.0.2.300
	refused 2 "192\.0\.2\.1/33" hactl pool4 add 192.0.2.1/33
	refused 2 "192\.0\.2\.1/24" hactl pool4 add 192.0.2.1/24
	refused 2 "10\.0\.0\.0/8.*16 to 32" hactl pool4 add 10.0.0.0/8
	refused 2 "70000" hactl pool4 add --tcp 192.0.2.2 1-70000
	refused 2 "200-100" hactl pool4 add --tcp 192.0.2.2 200-100
	refused 2 "port 0" hactl pool4 add --udp 192.0.2.2 0-100
	refused 2 "sctp" hactl pool4 add --sctp 192.0.2.2
	refused 2 "needs an IPv4 address" hactl pool4 add --tcp
	refused 1 "pool4 add: .*(overlap|exist)" hactl pool4 add --tcp 192.0.2.1 61000-61001
	refused 1 "pool4 remove: " hactl pool4 remove --tcp 192.0.2.1 61001-65534
	refused 1 "pool4 remove: " hactl pool4 remove 192.0.2.9
	refused 1 "pool4 add: .*share" hactl pool4 add --tcp --share 2 192.0.2.2
}

test_bib()
{
	refused 2 "needs an inside" hactl bib add 192.0.2.1#80
	refused 2 "second inside" hactl bib add 2001:db8::8#80 192.0.2.1#80 192.0.2.1#81
	refused 1 "no inside prefix" hactl bib add --tcp 192.0.2.1#61001 10.0.0.8#80
	refused 2 "not a transport address" hactl bib add --tcp 2001:db8::8 192.0.2.1#80
	refused 2 "port 0" hactl bib add --tcp 2001:db8::8#0 192.0.2.1#80
	refused 1 "bib add: pool4 does not" hactl bib add --tcp 2001:db8::8#80 192.0.2.1#80
	refused 1 "bib remove: .*no such" hactl bib remove --tcp 192.0.2.1#80
}

test_ignore()
{
	refused 2 "10\.0\.0\.1/8" hactl sync ignore add 10.0.0.1/8
	refused 1 "sync ignore add: .*already" hactl sync ignore add 10.0.0.0/8 192.0.2.8 10.0.0.0/8
	refused 1 "sync ignore remove: .*not in the list" hactl sync ignore remove 198.51.100.0/24 192.0.2.8
	is "$(at J hactl sync ignore)" 198.51.100.0/24 "the list is what it was"
}

test_inside()
{
	refused 2 "10\.0\.0\.1/8" hactl inside add 10.0.0.1/8
	refused 2 "needs addresses" hactl inside add
	refused 1 "inside add: .*of IPv4" hactl inside add 10.0.0.0/8 2001:db8::/32
	refused 1 "inside add: .*of no host" hactl inside add 10.0.0.0/8 224.0.0.0/4
	refused 1 "inside remove: .*not in the list" hactl inside remove 10.0.0.0/8
	refused 1 "no-translate add: .*of IPv4" hactl no-translate add 2001:db8::/32
	is "$(at J hactl inside)" "  (empty)" "the list is what it was"
}

test_commands()
{
	refused 2 "sesion.*session" hactl sesion
	refused 2 "session ad.*" hactl session ad
	refused 2 "no such option" hactl --nonsense
	refused 2 "no such option: -z" hactl -z
	refused 2 "cannot be together" hactl session --json --csv
	refused 2 "64:ff9b::/95" hactl instance add --pool6 64:ff9b::/95
	refused 2 "192\.0\.2\.0/24" hactl instance add --pool6 192.0.2.0/24
	refused 2 "needs --pool6" hactl instance add
	refused 1 "instance add: .*already" hactl instance add --pool6 2001:db8:64::/96
	refused 1 "advertise: .*ss-enabled" hactl advertise
}

test_privilege()
{
	local as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)

	ok "anybody may look" at J "${as_nobody[@]}" hactl
	refused 1 "CAP_NET_ADMIN" "${as_nobody[@]}" hactl --ss-enabled true
	refused 1 "CAP_NET_ADMIN" "${as_nobody[@]}" hactl pool4 add 192.0.2.2
	refused 1 "CAP_NET_ADMIN" "${as_nobody[@]}" hactl pool4 flush
	refused 1 "CAP_NET_ADMIN" "${as_nobody[@]}" hactl bib add 2001:db8::8#80 192.0.2.1#80
	refused 1 "CAP_NET_ADMIN" "${as_nobody[@]}" hactl bib remove 192.0.2.1#80
	refused 1 "CAP_NET_ADMIN" "${as_nobody[@]}" hactl instance remove
	refused 1 "CAP_NET_ADMIN" "${as_nobody[@]}" hanatd "$hn_netsocket"
}

# netsocket FILTER - the tutorial's file, changed by jq; prints its path.
netsocket()
{
	jq "$1" "$hn_netsocket" >"$hn_tmp/netsocket.json"
	echo "$hn_tmp/netsocket.json"
}

bad_file()
{
	refused 1 "$1" hanatd "$(netsocket "$2")"
}

test_daemon()
{
	refused 2 "configuration file" hanatd
	refused 2 "nonsense" hanatd --nonsense "$hn_netsocket"
	refused 1 "/nowhere.json: No such file" hanatd /nowhere.json
	refused 1 "/tmp: Is a directory" hanatd /tmp
	printf '{\n\t"multicast port": 6464,\n}\n' >"$hn_tmp/syntax.json"
	refused 1 "syntax.json:3:1: " hanatd "$hn_tmp/syntax.json"
	bad_file "/multicast adress: unknown key" '. + {"multicast adress": "ff08::1"}'
	bad_file "/multicast address: missing" 'del(."multicast address")'
	bad_file "/multicast address: .*2001:db8::1" '."multicast address" = "2001:db8::1"'
	bad_file "/multicast address: .*192.0.2.1" '."multicast address" = "192.0.2.1"'
	bad_file "/multicast address: expected a string" '."multicast address" = 7'
	bad_file "/multicast port: .*1 to 65535.*70000" '."multicast port" = "70000"'
	bad_file "/multicast port: .*a list" '."multicast port" = []'
	bad_file "/reuseaddr: .*\"yes\"" '.reuseaddr = "yes"'
	bad_file "/ttl: .*1 to 255" '.ttl = 0'
	bad_file "/in interface: expected a string" '."in interface" = true'
	bad_file "eth7.*" '."in interface" = "eth7"'
	bad_file "eth7.*" '."out interface" = "eth7"'
	bad_file "expected an object" '[]'
}

test_status()
{
	ok "hactl without a word: healthy" at J hactl
	at J hactl --enabled false
	fails "not if it is switched off" at J hactl
	is "$(at J hactl 2>&1 >/dev/null)" "hactl: status: enabled is false: nothing is translated" "and it says so"
	at J hactl --enabled true
	at J hactl instance remove
	unchanged=$(state)
	refused 1 "instance" hactl
	refused 1 "instance" hactl session
	refused 1 "hactl instance add" hanatd "$hn_netsocket"
	rmmod hanat
	unchanged=$(state)
	refused 1 "module hanat is not loaded" hactl
	refused 1 "module hanat is not loaded" hactl --ss-enabled true
	refused 1 "modprobe hanat" hanatd "$hn_netsocket"
}

ns_add J
ip -n J link add eth2 up type dummy
ip -n J addr add 2001:db8:ff08::4/96 dev eth2 nodad
translator J
at J hactl sync ignore add 198.51.100.0/24
ok "MTUs are taken in any order" at J hactl --mtu-plateaus "1300, 1500,1400"
unchanged=$(state)
like "$unchanged" 'mtu-plateaus,"1500,1400,1300"' "and shown in descending one"
like "$unchanged" "ss-enabled,false.*192\.0\.2\.1/32" "there is a state to change"
test_settings
test_pool4
test_bib
test_ignore
test_inside
test_commands
test_privilege
test_daemon
test_status
done_testing
