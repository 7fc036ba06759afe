#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Random damage to packets of both families, in both directions: nothing breaks,
# every packet is accounted for, and what comes out is in order. What it sends
# depends on HN_FUZZ_SEED alone, and goes on for HN_FUZZ_SECONDS if that is given.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

fuzzer=/src/build/lib/fuzz-packets
n4_in_6=64:ff9b::192.0.2.8
seed=${HN_FUZZ_SEED:-1}
# Each run of the fuzzer has its share of the time.
seconds=$((${HN_FUZZ_SECONDS:-0} / 7))
packets=${HN_FUZZ_PACKETS:-2500}
first=0

# Fewer ports than inside hosts ask for; and an address that no host has.
pool4_fill()
{
	local address

	for address in 192.0.2.1 203.0.113.5; do
		at J hactl pool4 add --tcp --udp "$address" 61001-61016 &&
			at J hactl pool4 add --icmp "$address" 0-11 || return
	done
}

# What reaches J's hooks, and what they leave to the host. No host answers: all that
# comes from J was translated, and the fuzzer has sent it.
ledger_open()
{
	local node position

	for node in n6 n4; do
		at "$node" nft -f - <<-EOT
			table inet fuzz {
				chain output {
					type filter hook output priority 0
					meta l4proto { tcp, udp, icmp } drop
					icmpv6 type < 133 drop
				}
			}
		EOT
	done
	{
		echo "table inet fuzz {"
		for position in before:-76 after:-74; do
			cat <<-EOT
				chain ${position%:*} {
					type filter hook prerouting priority ${position#*:}
					meta pkttype host ip6 daddr 64:ff9b::/96 counter comment "${position%:*}6"
					meta pkttype host ip daddr 192.0.2.1 counter comment "${position%:*}4"
					meta pkttype host ip daddr 203.0.113.5 counter comment "${position%:*}4"
				}
			EOT
		done
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
			chain postrouting {
				type filter hook postrouting priority 0
			}
		}
		EOT
	} | at J nft -f -
}

# ledger NAME... - the sum of what these counted.
ledger()
{
	local name sum=0 line

	while read -r line; do
		for name in "$@"; do
			if [[ $line =~ counter\ packets\ ([0-9]+).*\"$name\" ]]; then
				sum=$((sum + BASH_REMATCH[1]))
			fi
		done
	done < <(at J nft list table inet fuzz)
	echo "$sum"
}

# stats_sum REGEX - of all counters whose name matches.
stats_sum()
{
	local counter value sum=0

	while IFS=, read -r counter value; do
		[[ ! $counter =~ $1 ]] || sum=$((sum + value))
	done < <(at J hactl stats --csv --no-headers)
	echo "$sum"
}

# fuzz MODE [OPTION VALUE]... - one run; numbers of packets go on through the script.
fuzz()
{
	local status

	"$fuzzer" --mode "$1" --mac6 "$mac6" --mac4 "$mac4" --mtu6 "$mtu6" --mtu4 "$mtu4" \
		--seed "$seed" --first "$first" --packets "$packets" --seconds "$seconds" \
		"${@:2}" >"$hn_tmp/fuzz" 2>&1
	status=$?
	diag "$(grep -v '^at ' "$hn_tmp/fuzz")"
	first=$((first + packets))
	return "$status"
}

# fuzzed KEY - from the last run's output.
fuzzed()
{
	local key value

	while read -r key value; do
		[ "$key" != "$1" ] || echo "$value"
	done <"$hn_tmp/fuzz"
}

# test_fuzz MODE
test_fuzz()
{
	local before status

	before=$(stats_sum '^xlat-')
	fuzz "$1"
	status=$?
	point "$status" "$1 packets ($mtu6/$mtu4): what comes out is in order"
	ok "they get through: $(($(stats_sum '^xlat-') - before))" \
		test $(($(stats_sum '^xlat-') - before)) -gt $((packets / 10))
	is "$(fuzzed unseen)" 0 "all that came out was judged"
}

# links MTU6 MTU4 on|off - and whether J's interfaces segment and sum up.
links()
{
	mtu6=$1 mtu4=$2
	ip -n lan link set v6 mtu "$mtu6"
	ip -n lan link set v4 mtu "$mtu4"
	for port in J.eth0 n6.eth0; do
		ip -n lan link set "$port" mtu "$mtu6"
	done
	for port in J.eth1 n4.eth0; do
		ip -n lan link set "$port" mtu "$mtu4"
	done
	ip -n J link set eth0 mtu "$mtu6"
	ip -n n6 link set eth0 mtu "$mtu6"
	ip -n J link set eth1 mtu "$mtu4"
	ip -n n4 link set eth0 mtu "$mtu4"
	for port in eth0 eth1; do
		at J ethtool -K "$port" tx "$3" sg "$3" tso "$3" gso "$3" >/dev/null 2>&1
	done
}

# Every packet that reached a hook is translated, dropped for a cause, held as a
# fragment, or left to the host; of IPv6 packets to pool6 none is.
test_account()
{
	is $(($(stats_sum '^(xlat|drop|frag)-') - earlier + $(ledger after6 after4))) "$(ledger before6 before4)" \
		"translated, dropped, held and passed packets are those that came"
	is "$(ledger after6)" "$(stat_of J pass-disabled)" "IPv6 packets to pool6 are not passed on"
	diag "$(at J hactl stats --csv --no-headers | grep -v ',0$' | tr '\n' ' ')"
}

# What the tables hold is what was made and not removed, and each mapping has a port.
tables_agree()
{
	local created removed row ports=0 sessions=0 bindings=0

	while IFS=, read -ra row; do
		bindings=$((bindings + 1))
		sessions=$((sessions + row[5]))
	done < <(at J hactl bib --csv --no-headers)
	while IFS=, read -ra row; do
		ports=$((ports + row[-1]))
	done < <(at J hactl pool4 --csv --no-headers)
	read -r created removed < <(stat_of J mapping-created mapping-removed)
	echo "BIB: $bindings bindings with $sessions sessions; $((created - removed)) mappings," \
		"$(session_count J) sessions; $ports ports"
	[ "$bindings $sessions $ports" = \
		"$((created - removed)) $(session_count J) $((created - removed))" ]
}

# Instance and pool4 come and go under the traffic.
upheaval()
{
	for _ in 1 2 3; do
		at J hactl pool4 flush
		pool4_fill
		at J hactl instance remove
		at J hactl instance add --pool6 64:ff9b::/96
		pool4_fill
		at J hactl --enabled false
		at J hactl --enabled true
		at J hactl pool4 flush --quick
		pool4_fill
	done
}

test_works()
{
	ok "ping works $1" at n6 ping -6 -q -c 1 -W 3 "$n4_in_6"
	ok "UDP works $1" flow n6 udp-echo "$n4_in_6" 9100 --timeout 5
	ok "TCP works $1" flow n6 tcp-echo "$n4_in_6" 8000 --size 20000
}

[ -x "$fuzzer" ] || skip_all "fuzz-packets is not built"
topology_tutorial
modprobe hanat
ok "J becomes a translator" at J hactl instance add --pool6 64:ff9b::/96
ok "with few ports" pool4_fill
at J hactl --tcp-trans-timeout 10
vip_add J
# More hosts on either side.
ip -n J -batch - <<-EOT
	route add 2001:db8:1::/48 via 2001:db8::8
	route add 198.51.100.0/24 via 192.0.2.8
EOT
at J sysctl -q -w net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratemask= net.ipv4.icmp_msgs_per_sec=100000
flow_start tcp n4 tcp-server 0.0.0.0 8000
flow_start udp n4 udp-server 0.0.0.0 9100
mac6=$(mac J eth0) mac4=$(mac J eth1)
diag "seed $seed"

ip -n n4 route add 203.0.113.5 via 192.0.2.1
test_works before
earlier=$(stats_sum '^(xlat|drop|frag)-')
ledger_open
links 9000 1500 on
test_fuzz plain
test_fuzz whole
test_fuzz wild
links 1500 9000 off
test_fuzz plain
test_fuzz whole
test_fuzz wild
test_account
# Sessions run out meanwhile.
wait_for 20 "BIB, sessions, counters and pool4 agree" tables_agree
is "$(stats_sum '^(drop-nomem|drop-pool-empty)$')" 0 "memory and pool4 are there"
ok "ports ran out" stat_is J drop-pool-exhausted -gt 0
ok "sessions ran out under the traffic" stat_is J session-expired -gt 0

# The judge sees what is wrong.
at J nft add rule inet fuzz postrouting meta nfproto ipv4 @nh,64,8 set 77
fails "a damaged IPv4 header is found" fuzz plain --packets 200 --seconds 0
at J nft flush chain inet fuzz postrouting
at J nft add rule inet fuzz postrouting meta length gt 80 @th,160,16 set 0x1234
fails "a damaged payload is found" fuzz plain --packets 200 --seconds 0
at J nft flush chain inet fuzz postrouting

upheaval >/dev/null 2>&1 &
upheaval=$!
fuzz wild
wait "$upheaval"
like "$(cat "$hn_tmp/fuzz")" "bad 0" "instance and pool4 come and go under the traffic"

for node in J n6 n4; do
	at "$node" nft delete table inet fuzz
done
at J hactl pool4 flush
ok "pool4 is filled again" pool4_fill
is "$(session_count J)" 0 "and its sessions are gone"
test_works "after all"
done_testing
