#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What people use, through the translator, in both directions: the inside host is a server by static
# mappings.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

n4_in_6=64:ff9b::192.0.2.8
ext=192.0.2.1

# A file to be fetched, and how it must be.
files()
{
	mkdir -p "$hn_tmp/www"
	head -c 3000000 /dev/urandom >"$hn_tmp/www/file"
	sum=$(sha256sum <"$hn_tmp/www/file")
}

# fetched NAMESPACE URL - it is the file.
fetched()
{
	[ "$(at "$1" curl -sS --max-time 60 "$2" | sha256sum)" = "$sum" ]
}

test_http()
{
	serve web4 n4 python3 -m http.server -b 0.0.0.0 -d "$hn_tmp/www" 80
	serve web6 n6 python3 -m http.server -b :: -d "$hn_tmp/www" 80
	wait_for 60 "web servers run" listens n4 80
	wait_for 60 "on both sides" listens n6 80
	ok "curl, 6->4" fetched n6 "http://[$n4_in_6]/file"
	ok "curl, 4->6" fetched n4 "http://$ext/file"
}

# A link of 1280 bytes behind the translator: the inside host sends no more, but promises to take
# more, so that the remote one learns it from ICMP.
test_small_link()
{
	ip -n J link set eth0 mtu 1280
	ip -n n6 link set eth0 mtu 1280
	ip -n n6 route replace 64:ff9b::/96 via 2001:db8::1 advmss 1440
	ok "curl, 6->4, over a link of 1280 bytes" fetched n6 "http://[$n4_in_6]/file"
	ok "curl, 4->6" fetched n4 "http://$ext/file"
	like "$(at n4 ip route get "$ext")" "mtu 1260" "IPv4 has learnt how much fits"
	ip -n J link set eth0 mtu 1500
	ip -n n6 link set eth0 mtu 1500
	ip -n n6 route replace 64:ff9b::/96 via 2001:db8::1
	at n4 ip route flush cache
}

test_ping()
{
	ok "ping, 6->4" at n6 ping -q -c 3 -i 0.2 -W 5 "$n4_in_6"
	ok "ping, 6->4, 4000 bytes in fragments" at n6 ping -q -c 2 -i 0.2 -W 5 -s 4000 "$n4_in_6"
	ok "ping, 4->6, by a static mapping of the identifier" \
		at n4 ping -q -c 3 -i 0.2 -W 5 -e 777 "$ext"
}

# Each router on the way, and the end.
test_traces()
{
	local hops="^1 .*2001:db8::[14] .*2 .*64:ff9b::c000:208"

	like "$(at n6 traceroute -6 -n -q 1 "$n4_in_6" | tail -n 2 | xargs)" "$hops" "traceroute, UDP, 6->4"
	like "$(at n6 traceroute -6 -n -q 1 -T -p 80 "$n4_in_6" | tail -n 2 | xargs)" "$hops" "with TCP"
	like "$(at n6 traceroute -6 -n -q 1 -I "$n4_in_6" | tail -n 2 | xargs)" "$hops" "with ICMP"
	like "$(at n4 traceroute -n -q 1 -T -p 80 "$ext" | tail -n 2 | xargs)" \
		"^1 192.0.2.[14] .*2 192.0.2.1 " "traceroute, TCP, 4->6"
	like "$(at n4 traceroute -n -q 1 -U -p 5353 "$ext" | tail -n 2 | xargs)" \
		"^1 192.0.2.[14] .*2 192.0.2.1 " "with UDP"
	ip -n J link set eth1 mtu 1400
	like "$(at n6 tracepath -6 -n "$n4_in_6")" "pmtu 1420" "tracepath, 6->4, sees the smaller link"
	ip -n J link set eth1 mtu 1500
}

test_dns()
{
	serve dns4 n4 python3 "$hn_tools/dns.py" 0.0.0.0 53
	serve dns6 n6 python3 "$hn_tools/dns.py" :: 53
	wait_for 60 "dig, UDP, 6->4" resolved n6 "$n4_in_6"
	ok "dig, TCP" resolved n6 "$n4_in_6" +tcp
	wait_for 60 "dig, UDP, 4->6" resolved n4 "$ext"
	ok "dig, TCP" resolved n4 "$ext" +tcp
}

# resolved NAMESPACE SERVER [OPTION]
resolved()
{
	[ "$(at "$1" dig +short +tries=1 +time=5 "@$2" example.net A "${@:3}")" = 203.0.113.7 ]
}

test_iperf()
{
	serve iperf n4 iperf3 -s -1
	wait_for 60 "iperf3 runs" listens n4 5201
	ok "iperf3, TCP, 6->4, both ways" at n6 iperf3 -6 -c "$n4_in_6" -n 2M --bidir
	serve iperf n4 iperf3 -s -1
	wait_for 60 "once more" listens n4 5201
	ok "iperf3, UDP, 4->6" at n6 iperf3 -6 -c "$n4_in_6" -u -b 2M -n 500K -R
}

sshd_in()
{
	serve "ssh$1" "$1" /usr/sbin/sshd -D -e -f /dev/null -h "$hn_tmp/key" -p 22 \
		-o AuthorizedKeysFile="$hn_tmp/key.pub" -o StrictModes=no -o UsePAM=no \
		-o PermitRootLogin=yes -o PidFile=none
}

# said NAMESPACE ADDRESS - what a command there says.
said()
{
	at "$1" ssh -n -i "$hn_tmp/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o ConnectTimeout=20 -o LogLevel=ERROR "root@$2" "echo through"
}

test_ssh()
{
	mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N "" -f "$hn_tmp/key"
	sshd_in n4
	sshd_in n6
	wait_for 60 "sshd runs" listens n4 22
	wait_for 60 "on both sides" listens n6 22
	is "$(said n6 "$n4_in_6" 2>&1)" through "ssh, 6->4"
	is "$(said n4 "$ext" 2>&1)" through "ssh, 4->6"
}

topology_tutorial
modprobe hanat
ok "J becomes a translator" at J hactl instance add --pool6 64:ff9b::/96
vip_add J
at J hactl pool4 add --tcp --udp "$ext" 1-32767 && at J hactl pool4 add --icmp "$ext" 0-65535
for port in 22 53 80; do
	at J hactl bib add --tcp "2001:db8::8#$port" "$ext#$port"
done
at J hactl bib add --udp "2001:db8::8#53" "$ext#53"
at J hactl bib add --udp "2001:db8::8#5353" "$ext#5353"
at J hactl bib add --icmp "2001:db8::8#777" "$ext#777"
is "$(rows_of J bib)" 6 "the inside host is a server"
files
test_http
test_small_link
test_ping
test_traces
test_dns
test_iperf
test_ssh
done_testing
