#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the tracepoints say of sessions and of packets that are dropped.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

tracing=/sys/kernel/tracing
n4_in_6=64:ff9b::192.0.2.8

events()
{
	echo "$1" >"$tracing/events/hanat/enable"
}

# traced EVENT REGEX DESCRIPTION - what it said last.
traced()
{
	local line

	line=$(grep "hanat_$1: netns=$netns " "$tracing/trace" | tail -n 1)
	like "$line" "$2" "$3"
}

topology_tutorial
[ -d "$tracing/events" ] || mount -t tracefs tracefs "$tracing"
ok "J becomes a translator" translator J
vip_add J
netns=$(stat -L -c %i /run/netns/J)
flow_start udp n4 udp-server 0.0.0.0 9000

flow n6 udp-send "$n4_in_6" 53 --bind-port 1000
is "$(grep -c hanat_ "$tracing/trace")" 0 "nothing is said unasked"
ok "the events are switched on" events 1

ok "a flow" flow n6 udp-echo "$n4_in_6" 9000 --bind-port 1001 --timeout 5
traced session_create "proto=udp inside=2001:db8::8#1001 external=192.0.2.1#$(external_port J --udp 1001) \
remote=192.0.2.8#9000 state=3 owner=0$" "its session is told, whole"
fails "a packet that nobody has opened a port for" \
	flow n4 udp-echo 192.0.2.1 $(($(external_port J --udp 1001) ^ 2)) --timeout 0.3
traced drop 'len=[0-9]+ why=drop-no-mapping$' "why it is dropped"

at J hactl --ss-enabled true
ok "a session of node 7 comes" at J python3 "$hn_tools/plant.py" 7 1 1 2001:db8::8#1002 \
	192.0.2.1#65000 192.0.2.8#9000
traced session_create 'inside=2001:db8::8#1002 .* owner=7$' "it is told, and whose it is"
ok "a packet of it" flow n6 udp-echo "$n4_in_6" 9000 --bind-port 1002 --timeout 5
traced session_adopt 'inside=2001:db8::8#1002 .* owner=0$' "it is this node's"

at J hactl pool4 flush
is "$(grep -c "hanat_session_end: netns=$netns " "$tracing/trace")" 3 "the end of all three is told"
ok "the module goes, with the events on" rmmod hanat
fails "and they with it" test -e "$tracing/events/hanat"
done_testing
