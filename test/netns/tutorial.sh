# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh: the network of the session synchronisation tutorial.
#
#	   n6          2001:db8::/96 (v6)
#	  /  \
#	 J----K        2001:db8:ff08::/96 (private)
#	  \  /
#	   n4          192.0.2.0/24 (v4)
#
# Every line is a switch in the namespace `lan`, so that a node that goes away
# takes no one else's carrier down.

# One batch per namespace: a process per command would take three times as long.
topology_tutorial()
{
	local node number=4

	ns_add lan n6 J K n4
	ip -n lan -batch - <<-EOF
		link add v6 up type bridge stp_state 0 mcast_snooping 0
		link add v4 up type bridge stp_state 0 mcast_snooping 0
		link add private up type bridge stp_state 0 mcast_snooping 0
		link add n6.eth0 up master v6 type veth peer name eth0 netns n6
		link add n4.eth0 up master v4 type veth peer name eth0 netns n4
		link add J.eth0 up master v6 type veth peer name eth0 netns J
		link add J.eth1 up master v4 type veth peer name eth1 netns J
		link add J.eth2 up master private type veth peer name eth2 netns J
		link add K.eth0 up master v6 type veth peer name eth0 netns K
		link add K.eth1 up master v4 type veth peer name eth1 netns K
		link add K.eth2 up master private type veth peer name eth2 netns K
	EOF
	ip -n n6 -batch - <<-EOF
		link set eth0 up
		addr add 2001:db8::8/96 dev eth0 nodad
		route add 64:ff9b::/96 via 2001:db8::1
	EOF
	ip -n n4 -batch - <<-EOF
		link set eth0 up
		addr add 192.0.2.8/24 dev eth0
	EOF
	for node in J K; do
		forwarding "$node"
		ip -n "$node" -batch - <<-EOF
			link set eth0 up
			link set eth1 up
			link set eth2 up
			addr add 2001:db8::$number/96 dev eth0 nodad
			addr add 192.0.2.$number/24 dev eth1
			addr add 2001:db8:ff08::$number/96 dev eth2 nodad
		EOF
		number=$((number + 1))
	done
	tutorial_ready || diag "the tutorial's network does not come up"
}

# Every wire carries packets: no test has to guess when.
tutorial_ready()
{
	until_true 10 at n6 ping -q -c 1 -W 1 2001:db8::4 &&
		until_true 10 at n6 ping -q -c 1 -W 1 2001:db8::5 &&
		until_true 10 at n4 ping -q -c 1 -W 1 192.0.2.4 &&
		until_true 10 at n4 ping -q -c 1 -W 1 192.0.2.5 &&
		until_true 10 at J ping -q -c 1 -W 1 2001:db8:ff08::5
}

# vip_add J|K - makes the node the active one. The neighbours learn at once: the
# kernel announces the IPv6 address (ndisc_notify; it would not for nodad), arping
# the IPv4 one. It stays a second, for answers, hence in the background.
vip_add()
{
	ip -n "$1" addr add 2001:db8::1/96 dev eth0
	ip -n "$1" addr add 192.0.2.1/24 dev eth1
	at "$1" arping -q -U -c 1 -w 1 -I eth1 192.0.2.1 &
}

# vip_del J|K - without a word to anyone, as when the node dies.
vip_del()
{
	ip -n "$1" addr del 2001:db8::1/96 dev eth0
	ip -n "$1" addr del 192.0.2.1/24 dev eth1
}
