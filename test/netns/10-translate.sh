#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One translator: echo, TCP and UDP in both directions, and what hactl shows.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/counted.sh"

n4_in_6=64:ff9b::192.0.2.8

test_echo()
{
	local output

	output=$(at n6 ping -6 -n -c 3 -i 0.2 -W 2 "$n4_in_6" 2>&1)
	like "$output" " 3 received" "n6 pings n4"
	like "$output" "ttl=63" "the translator takes one hop"
	ok "with 8000 bytes, in fragments" at n6 ping -6 -q -c 1 -W 2 -s 8000 "$n4_in_6"
}

test_hactl_shows()
{
	local line='---------------------------------' text

	text=$(at J hactl -sin)
	like "$text" "^ICMP:
$line
Expires in [0-9]+ seconds
Remote: 192\.0\.2\.8#([0-9]+)	2001:db8::8#([0-9]+)
Local: 192\.0\.2\.1#([0-9]+)	64:ff9b::c000:208#([0-9]+)
$line" "hactl -sin shows the session as in the tutorial"
	is "${BASH_REMATCH[1]}#${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}#${BASH_REMATCH[4]}" \
		"with one identifier on each side"
	is "$(at J hactl session --icmp --json |
		jq -r '[.[0] | .protocol, .inside, .external, .remote, .foreign] | join(" ")')" \
		"ICMP 2001:db8::8 192.0.2.1 192.0.2.8 false" "as JSON"
	like "$(at J hactl session --icmp --csv)" \
		"^protocol,state,.*
ICMP,ESTABLISHED,[0-9]+,2001:db8::8,[0-9]+,64:ff9b::c000:208,[0-9]+,192\.0\.2\.1,[0-9]+,192\.0\.2\.8," \
		"as CSV"
	like "$(at J hactl bib --icmp --numeric)" \
		"192\.0\.2\.1#[0-9]+ - 2001:db8::8#[0-9]+" "the binding as text"
	is "$(at J hactl bib --icmp --json |
		jq -r '[.[0] | .protocol, .inside, .external] | join(" ")')" \
		"ICMP 2001:db8::8 192.0.2.1" "the binding as JSON"
	like "$(at J hactl bib --icmp --csv)" "
ICMP,2001:db8::8,[0-9]+,192\.0\.2\.1,[0-9]+,1" "the binding as CSV"
}

test_tcp()
{
	local before after peer

	flow_start server n4 tcp-server 0.0.0.0 8000
	ok "TCP, 1 byte and 100 kB there and back" \
		flow n6 tcp-echo "$n4_in_6" 8000 --size 1 100000
	before=$(stat_of J xlat-64)
	ok "TCP, 4 MB there and back" flow n6 tcp-echo "$n4_in_6" 8000 --size 4000000
	after=$(stat_of J xlat-64)
	# 4 MB are 2900 segments, and half as many acknowledgements: more of them where the
	# kernel is a slow one.
	ok "aggregates of segments are translated whole ($((after - before)) packets)" \
		test $((after - before)) -lt $((${HN_SLOW:-1} > 1 ? 2900 : 2000))
	wait_for 5 "the server saw the end of all three" report_is server open -eq 0
	for peer in $(report server peers); do
		like "$peer" "^192\.0\.2\.1#6[1-5][0-9]{3}$" "from a pool4 port: $peer"
	done
	like "$(flow n6 tcp-echo "$n4_in_6" 8001 2>&1)" "Connection refused" "a closed TCP port refuses"
	job_kill server
}

test_udp()
{
	flow_start server n4 udp-server 0.0.0.0 9000
	ok "UDP, from nothing to 20000 bytes in fragments, there and back" \
		flow n6 udp-echo "$n4_in_6" 9000 --size 0 1 1000 1400 3000 20000 --timeout 5
	job_kill server
}

# An existing mapping is open to everybody (endpoint-independent filtering).
test_udp_from_outside()
{
	local port

	ip -n n4 addr add 192.0.2.9/24 dev eth0
	flow_start inside n6 udp-expect "$n4_in_6" 9 --bind-port 5000 --text knock
	port=$(external_port J --udp 5000)
	flow n4 udp-send 192.0.2.1 "$port" --bind 192.0.2.8 --bind-port 7001 --text knock
	wait_for 5 "another remote port gets in" report_is inside last = 64:ff9b::c000:208#7001
	flow n4 udp-send 192.0.2.1 "$port" --bind 192.0.2.9 --bind-port 7002 --text knock
	wait_for 5 "another remote address gets in" report_is inside last = 64:ff9b::c000:209#7002
	flow n4 udp-send 192.0.2.1 "$port" --bind 192.0.2.9 --bind-port 7003 --text knock --no-checksum
	wait_for 5 "checksum zero is made good" report_is inside last = 64:ff9b::c000:209#7003
	is "$(binding J --udp 5000)" "$port 4" \
		"one mapping, four sessions"
	job_kill inside

	flow_start inside n6 udp-expect "$n4_in_6" 9 --bind-port 5000 --text knock --times 600
	flow n4 udp-send 192.0.2.1 "$port" --bind-port 7004 --text knock --times 600 --no-checksum
	wait_for 5 "also in fragments" report_is inside last = 64:ff9b::c000:208#7004
	at J hactl --amend-udp-checksum-zero false
	flow n4 udp-send 192.0.2.1 "$port" --bind-port 7005 --text knock --times 600 --no-checksum
	wait_for 5 "unless amend-udp-checksum-zero is false" stat_is J drop-udp-zero -eq 1
	is "$(report inside got)" 1 "then it does not arrive"
	at J hactl --amend-udp-checksum-zero true
	job_kill inside
}

test_host_traffic()
{
	flow_start host J tcp-server 192.0.2.1 22
	ok "TCP to the translator itself" flow n4 tcp-echo 192.0.2.1 22 --size 1000 --timeout 5
	job_kill host
	ok "ping to the translator itself" at n4 ping -q -c 1 -W 2 192.0.2.1
	ok "counted as its own" stat_is J pass-host -ge 1
	like "$(flow n4 udp-echo 192.0.2.1 60999 --timeout 5 2>&1)" "Connection refused" \
		"a port below the range is the translator's own"
	fails "a port of the range without a mapping is not" \
		flow n4 udp-echo 192.0.2.1 61001 --timeout 0.5
	ok "and counted" stat_is J drop-no-mapping -eq 1
}

# Of either side's pings it is what the inside host sends that is dropped.
test_no_echo()
{
	at J hactl bib add --icmp 2001:db8::8#7 192.0.2.1#777
	ok "n4 pings n6" at n4 ping -q -c 1 -W 2 -e 777 192.0.2.1
	ok "drop-icmpv6-info is set" at J hactl --drop-icmpv6-info true
	stats_save J
	fails "a ping from inside is dropped by drop-icmpv6-info" \
		at n6 ping -6 -q -c 1 -W 0.5 "$n4_in_6"
	is "$(gained drop-icmpv6-info xlat-64)" "1 0 " "and counted"
	stats_save J
	fails "one from outside gets in, and no answer" at n4 ping -q -c 1 -W 0.5 -e 777 192.0.2.1
	is "$(gained xlat-46 drop-icmpv6-info xlat-64)" "1 1 0 " "which is dropped"
	flow n6 udp-send "$n4_in_6" 9 --bind-port 5001
	stats_save J
	like "$(flow n4 udp-echo 192.0.2.1 "$(external_port J --udp 5001)" --timeout 5 2>&1)" \
		"Connection refused" "an ICMP error from inside is translated"
	is "$(gained drop-icmpv6-info xlat-64)" "0 1 " "as ever"
	at J hactl --drop-icmpv6-info false
	ok "without the setting n6 pings n4 again" at n6 ping -6 -q -c 1 -W 2 "$n4_in_6"
}

topology_tutorial
ok "J becomes a translator" translator J
vip_add J
test_echo
test_hactl_shows
test_tcp
test_udp
test_udp_from_outside
test_host_traffic
test_no_echo
done_testing
