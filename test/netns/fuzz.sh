# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after hanat.sh by the scripts that fuzz: a translator J with few ports,
# and packets for it. What is sent depends on HN_FUZZ_SEED alone, but for ports
# that the kernel draws; HN_FUZZ_PACKETS and HN_FUZZ_REQUESTS say how much of it,
# HN_FUZZ_SECONDS for how long a script goes on at least.
# shellcheck disable=SC2154 # hn_tmp is of hanat.sh
# shellcheck source=test/netns/ledger.sh
. "$(dirname "${BASH_SOURCE[0]}")/ledger.sh"

hn_fuzz=/src/build/lib
hn_seed=${HN_FUZZ_SEED:-1}
n4_in_6=64:ff9b::192.0.2.8
first=0 mtu6=1500 mtu4=1500

# Fewer ports than inside hosts ask for; and an address that no host has.
pool4_fill()
{
	local address

	for address in 192.0.2.1 203.0.113.5; do
		at J hactl pool4 add --tcp --udp "$address" 61001-61016 &&
			at J hactl pool4 add --icmp "$address" 0-11 || return
	done
}

# The network with hosts behind hosts; echo servers on n4.
fuzz_network()
{
	topology_tutorial
	modprobe hanat
	ok "J becomes a translator" at J hactl instance add --pool6 64:ff9b::/96
	ok "with few ports" pool4_fill
	vip_add J
	ip -n J -batch - <<-EOT
		route add 2001:db8:1::/48 via 2001:db8::8
		route add 198.51.100.0/24 via 192.0.2.8
	EOT
	ip -n n4 route add 203.0.113.5 via 192.0.2.1
	flow_start tcp n4 tcp-server 0.0.0.0 8000
	flow_start udp n4 udp-server 0.0.0.0 9100
	mac6=$(mac J eth0) mac4=$(mac J eth1)
	diag "seed $hn_seed"
}

test_works()
{
	ok "ping works $1" at n6 ping -6 -q -c 1 -W 3 "$n4_in_6"
	ok "UDP works $1" flow n6 udp-echo "$n4_in_6" 9100 --timeout 5
	ok "TCP works $1" flow n6 tcp-echo "$n4_in_6" 8000 --size 20000
}

# What reaches J's hooks, and what they leave to the host. No host answers, and J forwards
# nothing, as it would what comes from one of its hosts for another one: all that comes from J
# was translated, and the fuzzer has sent it.
ledger_open()
{
	local node

	for node in n6 n4; do
		at "$node" nft -f - <<-EOT
			table inet ledger {
				chain output {
					type filter hook output priority 0
					meta l4proto tcp drop
					meta l4proto udp drop
					meta l4proto icmp drop
					icmpv6 type < 133 drop
				}
			}
		EOT
	done
	{
		echo "table inet ledger {"
		ledger_chains 192.0.2.1 203.0.113.5
		cat <<-EOT
			chain input {
				type filter hook input priority 0
				ip daddr 192.0.2.1 drop
			}
			chain output {
				type filter hook output priority 0
				meta nfproto ipv4 drop
				icmpv6 type < 128 drop
			}
			chain forward {
				type filter hook forward priority 0; policy drop
			}
			chain postrouting {
				type filter hook postrouting priority 0
			}
		}
		EOT
	} | at J nft -f -
}

# links MTU6 MTU4 on|off - and whether J's interfaces segment and sum up.
links()
{
	local port

	mtu6=$1 mtu4=$2
	ip -n lan -batch - <<-EOT
		link set v6 mtu $mtu6
		link set v4 mtu $mtu4
		link set J.eth0 mtu $mtu6
		link set n6.eth0 mtu $mtu6
		link set J.eth1 mtu $mtu4
		link set n4.eth0 mtu $mtu4
	EOT
	ip -n J link set eth0 mtu "$mtu6"
	ip -n J link set eth1 mtu "$mtu4"
	ip -n n6 link set eth0 mtu "$mtu6"
	ip -n n4 link set eth0 mtu "$mtu4"
	for port in eth0 eth1; do
		at J ethtool -K "$port" tx "$3" sg "$3" tso "$3" gso "$3" >/dev/null 2>&1
	done
}

# fuzz MODE [OPTION VALUE]... - one run, of packets that no other run has.
fuzz()
{
	local status

	"$hn_fuzz/fuzz-packets" --mode "$1" --seed "$hn_seed" --first "$first" \
		--mac6 "$mac6" --mac4 "$mac4" --mtu6 "$mtu6" --mtu4 "$mtu4" "${@:2}" >"$hn_tmp/fuzz" 2>&1
	status=$?
	diag "$(grep -v '^at ' "$hn_tmp/fuzz")"
	first=$((first + 10000000))
	return "$status"
}

# traffic_start - packets of every kind until traffic_stop, which says whether all that
# came out was in order.
traffic_start()
{
	rm -f "$hn_tmp/enough"
	(
		until [ -e "$hn_tmp/enough" ]; do
			fuzz wild --packets 500 || exit
		done
	) &
	traffic=$!
}

traffic_stop()
{
	touch "$hn_tmp/enough"
	wait "$traffic"
}

# fuzzed KEY - from the last run's output.
fuzzed()
{
	local key value

	while read -r key value; do
		[ "$key" != "$1" ] || echo "$value"
	done <"$hn_tmp/fuzz"
}
