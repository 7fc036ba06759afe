#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The test bed itself: the tutorial's network carries packets, without hanat.
. "$(dirname "$0")/lib.sh"

topology_tutorial
is "$(nproc)" 2 "the machine has two processors"
ok "n6 reaches J" at n6 ping -q -c 1 -W 2 2001:db8::4
ok "n6 reaches K" at n6 ping -q -c 1 -W 2 2001:db8::5
ok "n4 reaches J" at n4 ping -q -c 1 -W 2 192.0.2.4
ok "n4 reaches K" at n4 ping -q -c 1 -W 2 192.0.2.5
ok "J reaches K on the private network" at J ping -q -c 1 -W 2 2001:db8:ff08::5
fails "nobody answers for the virtual IPv6 address" at n6 ping -q -c 1 -W 1 2001:db8::1

mac_of()
{
	ip -n "$1" -j link show dev "$2" | jq -r '.[0].address'
}

neighbour()
{
	[ "$(ip -n "$1" -j neigh show "$2" | jq -r '.[0].lladdr')" = "$3" ]
}

vip_add J
ok "n6 reaches the virtual address" at n6 ping -q -c 1 -W 2 2001:db8::1
ok "n4 reaches the virtual address" at n4 ping -q -c 1 -W 2 192.0.2.1
vip_del J
vip_add K
wait_for 3 "n6 learns of the move unasked" neighbour n6 2001:db8::1 "$(mac_of K eth0)"
wait_for 3 "n4 learns of the move unasked" neighbour n4 192.0.2.1 "$(mac_of K eth1)"
ok "n6 reaches the virtual address, moved" at n6 ping -q -c 1 -W 2 2001:db8::1
ok "n4 reaches the virtual address, moved" at n4 ping -q -c 1 -W 2 192.0.2.1
done_testing
