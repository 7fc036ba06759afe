#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A million sessions (or HN_CROWD) end at once, or are removed: packets of another flow go on,
# none of them 10 ms late. In a machine of one processor whose clock is its instructions, a
# nanosecond each: what is measured is how long the module's work keeps packets away from the
# processor, on any machine.
. "$(dirname "$0")/../bench/guest/hanat.sh"

load=$(dirname "$0")
tmp=$(mktemp -d)
count=${HN_CROWD:-1000000}
crowd=192.0.2.0/27
limit=10000

steady_start()
{
	rm -f "$tmp/ready"
	python3 "$load/steady.py" n6 64:ff9b::198.51.100.4 9 n4 >"$tmp/steady" 2>"$tmp/ready" &
	steady=$!
	until_true 30 grep -q ready "$tmp/ready" || diag "steady does not start: $(cat "$tmp/ready")"
}

# steady_stop DESCRIPTION - of what happened meanwhile. The longest delay, in us, is left in longest.
steady_stop()
{
	local sent received

	kill "$steady"
	wait "$steady"
	read -r sent received longest <"$tmp/steady"
	is "$received" "$sent" "$1: all datagrams arrive"
	diag "$1: $sent datagrams, the longest delay is $longest us"
}

in_time()
{
	ok "$1: none is $((limit / 1000)) ms late" test "$longest" -lt "$limit"
}

sessions()
{
	at R hactl instance --csv --no-headers | sed -n 's/^sessions,//p'
}

sessions_are()
{
	test "$(sessions)" "$1" "$2"
}

# fill SECONDS - and they end so long from now.
fill()
{
	ok "$count sessions are made" at R python3 "$load/crowd.py" "$count" "$1" "$crowd"
	is "$(sessions)" $((count + 1)) "they are there"
}

network
ip -n n6 addr add 2001:db8:6::6/64 dev eth0 nodad
ip -n n6 route add 64:ff9b::/96 via 2001:db8:6::1
ip -n n4 addr add 198.51.100.4/24 dev eth0
modprobe hanat
at R hactl instance add --pool6 64:ff9b::/96
at R hactl --ss-enabled true
at R hactl pool4 add --udp 192.0.2.100 1024-65535
# Its mapping is of that address: there is no other yet.
steady_start
sleep 1
steady_stop "alone"
in_time "alone"
at R hactl pool4 add --udp "$crowd" 1024-65535

# What keeps the processor for 20 ms is seen.
steady_start
chrt -f 99 python3 -c 'import time
end = time.monotonic() + 0.02
while time.monotonic() < end: pass'
steady_stop "a busy processor"
ok "a busy processor: that is seen" test "$longest" -gt "$limit"

steady_start
fill 12
steady_stop "made by a peer"
in_time "made by a peer"
steady_start
wait_for 120 "they expire" sessions_are -le "$count"
start=${EPOCHREALTIME/./}
wait_for $((1 + count / 250000)) "all are gone in $((1 + count / 250000)) s" sessions_are -eq 1
diag "in $((${EPOCHREALTIME/./} - start)) us"
steady_stop "expiry"
in_time "expiry"

fill 3600
steady_start
ok "their addresses are removed" at R hactl pool4 remove --udp "$crowd" 1024-65535
is "$(sessions)" 1 "with the sessions"
steady_stop "removal"
in_time "removal"

at R hactl pool4 add --udp "$crowd" 1024-65535
fill 3600
steady_start
ok "a peer's sessions are flushed" at R hactl sync flush --foreign
is "$(sessions)" 1 "they are gone"
steady_stop "flush"
in_time "flush"
done_testing
