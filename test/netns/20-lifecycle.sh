#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Instances, sessions and pool4 ranges come and go, also under traffic.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

n4_in_6=64:ff9b::192.0.2.8
hole_in_6=64:ff9b::192.0.2.66

instance()
{
	at "$1" hactl instance "${@:2}"
}

test_instances()
{
	ok "an instance is added" instance J add --pool6 64:ff9b::/96
	like "$(instance J add --pool6 64:ff9b::/96 2>&1)" "^hactl: instance add: .*already" \
		"a second one is refused"
	ok "another namespace has another one" instance K add --pool6 2001:db8:64::/96
	is "$(at K hactl pool6)" 2001:db8:64::/96 "with its own prefix"
	ok "the first is removed" instance J remove
	fails "it is gone" instance J display
	like "$(instance J remove 2>&1)" "^hactl: instance remove: " "which cannot be done twice"
	is "$(at K hactl pool6)" 2001:db8:64::/96 "the other one stays"
	ok "and is removed" instance K remove
	ok "the first comes back" translator J
}

# A SYN that nobody answers. Sets opened: when. Nothing else shall expire meanwhile,
# however slow the machine is.
open_half()
{
	at J hactl --tcp-open-timeout 10 --udp-timeout 7200 --icmp-timeout 7200
	fails "a TCP connection stays half open" flow n6 tcp-echo "$hole_in_6" 80 --timeout 0.2
	opened=$(now_ms)
	is "$(session_of J --tcp 1)" V6_INIT "its session is in state V6_INIT"
}

test_expiry()
{
	wait_for 12 "the half-open session expires" session_count_is J -eq 0 --tcp
	diag "after $(($(now_ms) - opened)) ms"
	ok "not before its time" test $(($(now_ms) - opened)) -gt 9000
	is "$(rows_of J bib --tcp)" 0 "and its mapping with it"
	ok "counted" stat_is J session-expired -eq 1
}

test_pool4()
{
	ok "there is an ICMP session" at n6 ping -6 -q -c 1 -W 2 "$n4_in_6"
	flow n6 udp-burst "$hole_in_6" 1 --count 20 >/dev/null
	is "$(session_count J --udp)" 20 "there are UDP sessions"
	ok "their range is removed quickly" at J hactl pool4 remove --udp --quick 192.0.2.1
	is "$(session_count J --udp)" 20 "they stay"
	ok "the range comes back" at J hactl pool4 add --udp 192.0.2.1
	ok "and is removed" at J hactl pool4 remove --udp 192.0.2.1 61001-65535
	is "$(session_count J --udp)" 0 "the sessions are gone"
	is "$(rows_of J bib --udp)" 0 "and the mappings"
	ok "counted" stat_is J session-removed -eq 20
	is "$(session_count J --icmp)" 1 "those of another protocol stay"
	ok "the range comes back" at J hactl pool4 add --udp 192.0.2.1
}

# The half-open session may go meanwhile, and is too many until then.
test_max_sessions()
{
	ok "max-sessions is set to what stays" at J hactl --max-sessions "$(session_count J --icmp)"
	fails "no more sessions" flow n6 udp-echo "$n4_in_6" 9000 --timeout 3
	ok "counted" stat_is J drop-max-sessions -ge 1
	at J hactl --max-sessions 100000
	ok "room again" flow n6 udp-echo "$n4_in_6" 9000 --timeout 5
}

# Traffic of three kinds; the TCP stream does not survive, the others do.
test_under_traffic()
{
	local status=0

	netns-exec n6 ping -6 -q -i 0.002 "$n4_in_6" >/dev/null 2>&1 &
	flow_start stream n6 tcp-stream "$n4_in_6" 8000 --interval 0.002
	flow_start datagrams n6 udp-stream "$n4_in_6" 9000 --interval 0.002
	ok "traffic flows" progress datagrams
	for _ in 1 2 3 4 5; do
		instance J remove && translator J || status=$?
	done
	is "$status" 0 "an instance is removed and added five times under traffic"
	ok "traffic flows again" progress datagrams
	at J hactl pool4 flush && at J hactl pool4 add 192.0.2.1
	ok "traffic flows again after a flush" progress datagrams

	translator K
	ip netns delete J
	wait_for 20 "J's namespace is deleted with its instance under traffic" port_gone J
	vip_add K
	ok "traffic flows through another node" progress datagrams
	ok "the module is unloaded under traffic" rmmod hanat
	fails "nobody translates any more" at n6 ping -6 -q -c 1 -W 1 "$n4_in_6"
}

port_gone()
{
	! ip -n lan link show "$1.eth0"
}

topology_tutorial
modprobe hanat
test_instances
vip_add J
black_hole J
flow_start udp n4 udp-server 0.0.0.0 9000
flow_start tcp n4 tcp-server 0.0.0.0 8000
open_half
test_pool4
test_max_sessions
test_expiry
test_under_traffic
done_testing
