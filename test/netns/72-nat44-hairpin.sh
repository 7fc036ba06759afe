#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hosts behind one translator that know each other's external addresses alone (RFC 4787,
# REQ-9): two of IPv4 and one of IPv6, in all pairs; with a firewall that sees those of IPv4.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/counted.sh"

ext=192.0.2.1
ext_in_6=64:ff9b::192.0.2.1

# host NAME NUMBER - inside, of IPv4, on a wire of its own.
host()
{
	ns_add "$1"
	veth "$1" eth0 J "$1"
	ip -n "$1" addr add "10.0.$2.8/24" dev eth0
	ip -n "$1" route add default via "10.0.$2.1"
	ip -n J addr add "10.0.$2.1/24" dev "$1"
}

network()
{
	topology_tutorial
	translator J
	vip_add J
	host g4 1
	host h4 2
	at J hactl inside add 10.0.0.0/8
	at J nft -f - <<-EOF
		table ip filter {
			chain forward {
				type filter hook forward priority filter; policy drop;
				ct state established,related accept
				ct state invalid counter drop
				ip saddr 10.0.0.0/8 ip daddr 10.0.0.0/8 counter accept
			}
		}
	EOF
}

# forward PROTOCOL PORT ADDRESS - the port of the external address is the host's.
forward()
{
	at J hactl pool4 add "--$1" $ext "$2"
	at J hactl bib add "--$1" "$3#$2" "$ext#$2" 2>/dev/null ||
		at J hactl bib add "--$1" "$ext#$2" "$3#$2"
}

# seen_as EXPRESSION - whom the server saw.
seen_as()
{
	[[ $(report server peers) =~ $1 ]]
}

external="192\.0\.2\.1#6[1-5][0-9]{3}"
external_in_6="64:ff9b::c000:201#6[1-5][0-9]{3}"

test_between_hosts_of_4()
{
	forward tcp 8000 10.0.2.8
	forward udp 5000 10.0.2.8
	flow_start server h4 tcp-server 0.0.0.0 8000
	ok "TCP of g4 to h4's external address" flow g4 tcp-echo $ext 8000 --size 1 100000 2000000
	wait_for 5 "which sees g4's" seen_as "^$external"
	ok "of h4 to its own" flow h4 tcp-echo $ext 8000 --size 100000
	ok "of g4 to h4's own address, from the same port" \
		flow g4 tcp-echo 10.0.2.8 8000 --size 1000
	wait_for 5 "is not translated" seen_as " 10\.0\.1\.8#"
	job_kill server
	flow_start server h4 udp-server 0.0.0.0 5000
	ok "UDP, from nothing to 3000 bytes in fragments" \
		flow g4 udp-echo $ext 5000 --size 0 1 1400 3000 --timeout 5
	wait_for 5 "from g4's external address" seen_as "^$external"
	job_kill server
	like "$(flow g4 udp-echo $ext 5000 --timeout 5 2>&1)" "Connection refused" \
		"that nobody listens any more is told"
	is "$(at J nft -j list chain ip filter forward | grep -o '"packets": [0-9]*' | head -1)" \
		'"packets": 0' "nothing of it was invalid for conntrack"
}

# Both from one port, and both to one port of h4, at a time.
test_same_ports()
{
	flow_start server h4 udp-server 0.0.0.0 5000
	flow_start long g4 udp-stream $ext 5000 --bind-port 7000
	ok "a hairpinned flow goes on" progress long
	wait_for 5 "from g4's external address" seen_as "^$external"
	is "$(report server peers | wc -w)" 1 "one peer"
	job_kill long
	ok "a direct one from the same port" flow g4 udp-echo 10.0.2.8 5000 --bind-port 7000
	wait_for 5 "has g4's own address" seen_as "10\.0\.1\.8#7000"
	job_kill server
}

test_path_mtu()
{
	flow_start server h4 tcp-server 0.0.0.0 8000
	ip -n J route add 10.0.2.8/32 dev h4 mtu 1300
	ok "TCP through a smaller link" flow g4 tcp-echo $ext 8000 --size 300000
	like "$(ip -n g4 route get $ext)" "mtu 1300" "which g4 was told"
	ip -n J route del 10.0.2.8/32 dev h4
	job_kill server
}

test_between_families()
{
	flow_start server h4 tcp-server 0.0.0.0 8000
	ok "TCP of an IPv6 host to h4's external address" \
		flow n6 tcp-echo $ext_in_6 8000 --size 1 100000 2000000
	wait_for 5 "which sees that of n6" seen_as "^$external"
	job_kill server
	forward tcp 8006 2001:db8::8
	flow_start server n6 tcp-server :: 8006
	ok "of h4 to an IPv6 host's" flow h4 tcp-echo $ext 8006 --size 1 100000 2000000
	wait_for 5 "which sees h4's" seen_as "^$external_in_6"
	job_kill server
}

# That nobody listens is told by the one host, to the other one, of the other family.
test_errors_between_families()
{
	forward udp 5006 2001:db8::8
	stats_save J
	like "$(flow n6 udp-echo $ext_in_6 5000 --timeout 5 2>&1)" "Connection refused" \
		"an IPv6 host is told of an error of h4's"
	is "$(gained xlat-44-out xlat-46)" "1 1 " "which is turned twice"
	stats_save J
	like "$(flow h4 udp-echo $ext 5006 --timeout 5 2>&1)" "Connection refused" \
		"h4 is told of one of an IPv6 host's"
	# The datagram, and the error.
	is "$(gained xlat-hairpin)" "2 " "as is that"
}

# Each host is a source, whatever source-prefix-length is.
test_limit()
{
	at J nft delete table ip filter
	at J hactl pool4 flush
	pool4_tutorial J
	at J hactl --max-sessions-per-source 1
	flow_start server n4 udp-server 0.0.0.0 5000
	ok "a host gets one session" flow g4 udp-echo 192.0.2.8 5000 --timeout 5
	like "$(flow g4 udp-echo 192.0.2.8 5000 --timeout 5 2>&1)" "No route to host" \
		"not a second one"
	ok "its neighbour gets one as well" flow h4 udp-echo 192.0.2.8 5000 --timeout 5
	is "$(stat_of J drop-source-limit)" 1 "who gets none is counted"
	job_kill server
}

network
test_between_hosts_of_4
test_same_ports
test_path_mtu
test_between_families
test_errors_between_families
ok "packets were hairpinned" stat_is J xlat-hairpin -gt 100
is "$(stat_of J drop-no-mapping)" 0 "none was lost on the way"
test_limit
done_testing
