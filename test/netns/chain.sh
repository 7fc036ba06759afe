# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh: a translator that is the router of a host of IPv4.
#
#	h4 ---- Ri ---- J ---- Ro ---- n4
#	10.0.6.0/24     |  192.0.2.0/24  198.51.100.0/24
#	          10.0.0.0/24
# shellcheck source=test/netns/hanat.sh
. "$(dirname "${BASH_SOURCE[0]}")/hanat.sh"

n4=198.51.100.8

topology_chain()
{
	local node

	ns_add h4 Ri J Ro n4
	veth h4 eth0 Ri eth0
	veth Ri eth1 J eth0
	veth J eth1 Ro eth0
	veth Ro eth1 n4 eth0
	for node in Ri J Ro; do
		forwarding "$node"
	done
	ip -n h4 addr add 10.0.6.8/24 dev eth0
	ip -n h4 route add default via 10.0.6.1
	ip -n Ri addr add 10.0.6.1/24 dev eth0
	ip -n Ri addr add 10.0.0.2/24 dev eth1
	ip -n Ri route add default via 10.0.0.1
	ip -n J addr add 10.0.0.1/24 dev eth0
	ip -n J addr add 192.0.2.1/24 dev eth1
	ip -n J route add 10.0.6.0/24 via 10.0.0.2
	ip -n J route add default via 192.0.2.2
	ip -n Ro addr add 192.0.2.2/24 dev eth0
	ip -n Ro addr add 198.51.100.1/24 dev eth1
	ip -n n4 addr add $n4/24 dev eth0
	ip -n n4 route add default via 198.51.100.1
}

# peers_are EXPRESSION - whom the server of that name saw.
peers_are()
{
	[[ $(report server peers) =~ $1 ]]
}

# shellcheck disable=SC2034 # for those that source this
external="192\.0\.2\.1#6[1-5][0-9]{3}"
