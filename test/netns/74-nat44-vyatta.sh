#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The stateful failover that Vyatta's guide describes: a protected network behind two routers
# that share an address on either side. All that it sends has the outside one as its source,
# and what comes there for HTTP goes to a server inside. A download is under way, its router
# dies, and the other one goes on with it.
#
#	     net 10.10.0.1
#	          |  10.10.0.0/24, shared 10.10.0.101
#	 eth0 +---+---+ eth0
#	     R1 ----- R2     eth1, 10.10.10.0/24: synchronisation
#	 eth2 +---+---+ eth2
#	          |  192.168.100.0/24, shared 192.168.100.1
#	 host .10, web .33
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

server=10.10.0.1
shared=10.10.0.101
megabyte=1000000

router()
{
	local node=$1 number=$2

	plug "$node" eth0 lan outside
	plug "$node" eth2 lan protected
	ip -n "$node" addr add "10.10.0.10$number/24" dev eth0
	ip -n "$node" addr add "10.10.10.$number/24" dev eth1
	ip -n "$node" addr add "192.168.100.$number/24" dev eth2
	ip -n "$node" route add default via $server
	forwarding "$node"
	at "$node" hactl instance add --pool6 64:ff9b::/96
	at "$node" hactl pool4 add --tcp --udp --icmp $shared 1024-65535
	at "$node" hactl pool4 add --tcp $shared 80
	at "$node" hactl inside add 192.168.100.0/24
	at "$node" hactl bib add --tcp $shared#80 192.168.100.33#80
}

# What a host has received, but no program has asked for, would go on without the network.
small_windows()
{
	at "$1" sysctl -q -w net.ipv4.tcp_rmem="4096 65536 131072"
}

network()
{
	local name

	ns_add lan net R1 R2 host web
	bridge lan outside
	bridge lan protected
	veth R1 eth1 R2 eth1
	modprobe hanat
	router R1 2
	router R2 3
	plug net eth0 lan outside
	ip -n net addr add $server/24 dev eth0
	for name in host:10 web:33; do
		plug "${name%:*}" eth0 lan protected
		ip -n "${name%:*}" addr add "192.168.100.${name#*:}/24" dev eth0
		ip -n "${name%:*}" route add default via 192.168.100.1
	done
	small_windows host
	small_windows net
}

# shared_to NODE - the shared addresses; as VRRP would.
shared_to()
{
	local other=R1

	[ "$1" = R2 ] || other=R2
	if [ -e "/run/netns/$other" ]; then
		ip -n "$other" addr del $shared/24 dev eth0 2>/dev/null
		ip -n "$other" addr del 192.168.100.1/24 dev eth2 2>/dev/null
	fi
	ip -n "$1" addr add $shared/24 dev eth0
	ip -n "$1" addr add 192.168.100.1/24 dev eth2
	at "$1" arping -q -U -c 1 -w 1 -I eth0 $shared &
	at "$1" arping -q -U -c 1 -w 1 -I eth2 192.168.100.1 &
}

daemons()
{
	local node

	jq '."multicast address" = "239.192.64.64" | ."in interface" = "eth1" | ."out interface" = "eth1"' \
		"$hn_netsocket" >"$hn_tmp/eth1.json"
	for node in R1 R2; do
		at "$node" hactl --ss-enabled true
		daemon_launch "$node" "$hn_tmp/eth1.json"
	done
	for node in R1 R2; do
		wait_for 20 "hanatd runs on $node" daemon_ready "$node" 1
	done
}

servers()
{
	mkdir "$hn_tmp/www"
	# Half a minute of download: where all takes long, it must not be over before R1 is.
	head -c $((30 * megabyte)) /dev/urandom >"$hn_tmp/www/file"
	serve web4 net python3 -m http.server -b 0.0.0.0 -d "$hn_tmp/www" 80
	serve web_inside web python3 -m http.server -b 0.0.0.0 -d "$hn_tmp/www" 80
	wait_for 60 "web servers run" listens net 80
	wait_for 60 "on both sides" listens web 80
}

# download NAME NAMESPACE ADDRESS - in the background, not faster than the test.
download()
{
	netns-exec "$2" curl -sS --limit-rate $megabyte -o "$hn_tmp/$1" "http://$3/file" \
		>"$hn_tmp/$1.log" 2>&1 &
	hn_jobs[$1]=$!
}

size_of()
{
	stat -c %s "$hn_tmp/$1" 2>/dev/null || echo 0
}

larger_than()
{
	[ "$(size_of "$1")" -gt "$2" ]
}

# goes_on NAME [SECONDS] - by more than is in flight.
goes_on()
{
	until_true "${2:-20}" larger_than "$1" $(($(size_of "$1") + megabyte / 2))
}

# complete NAME - the file is the file, and nothing was said about it.
complete()
{
	cmp "$hn_tmp/$1" "$hn_tmp/www/file" && [ ! -s "$hn_tmp/$1.log" ]
}

# whom - the server outside sees.
whom()
{
	at net ss -Htn state established "sport = :80" | awk '{ print $4 }'
}

test_without()
{
	at R2 hactl --ss-enabled false
	download stalled host $server
	ok "a download through R1" goes_on stalled
	shared_to R2
	fails "without synchronisation it stalls" goes_on stalled 4
	job_kill stalled
	shared_to R1
	at R2 hactl --ss-enabled true
}

test_with()
{
	local seen

	download out host $server
	download in net $shared
	ok "a download through R1" goes_on out
	ok "one from the server inside" goes_on in
	seen=$(whom)
	like "$seen" "^10\.10\.0\.101:[0-9]+\$" "the server outside sees the shared address"
	wait_for 10 "R2 has both sessions" session_count_is R2 -eq "$(session_count R1 --tcp)" --tcp
	ns_del R1
	shared_to R2
	ok "through R2, R1 being dead, it goes on" goes_on out
	ok "the other as well" goes_on in
	is "$(whom)" "$seen" "the server sees the same port"
	wait_for 60 "it completes" complete out
	wait_for 60 "the other as well" complete in
	is "$(stat_of R2 session-created)" 0 "R2 made no session of its own"
}

network
daemons
servers
shared_to R1
test_without
test_with
done_testing
