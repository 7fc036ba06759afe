#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Random damage to packets of both families, in both directions: nothing breaks,
# every packet is accounted for, and what comes out is in order.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/fuzz.sh"

# Each run of the fuzzer has its share.
seconds=$((${HN_FUZZ_SECONDS:-0} / 7))
packets=${HN_FUZZ_PACKETS:-300}

# test_fuzz MODE
test_fuzz()
{
	local before status

	before=$(stats_sum '^xlat-')
	fuzz "$1" --packets "$packets" --seconds "$seconds"
	status=$?
	point "$status" "$1 packets ($mtu6/$mtu4): what comes out is in order"
	ok "they get through: $(($(stats_sum '^xlat-') - before))" \
		test $(($(stats_sum '^xlat-') - before)) -gt $((packets / 10))
	is "$(fuzzed unseen)" 0 "all that came out was judged"
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

# What the tables hold is what was made and not removed, and each mapping has a port. Sessions run out
# meanwhile: a mapping that said the same before and after has so many; and most are such.
tables_agree()
{
	local created removed bindings

	at J hactl bib --csv --no-headers >"$hn_tmp/bib.before"
	at J hactl session --csv --no-headers >"$hn_tmp/sessions"
	at J hactl bib --csv --no-headers >"$hn_tmp/bib.after"
	bindings=$(wc -l <"$hn_tmp/bib.after")
	read -r created removed < <(stat_of J mapping-created mapping-removed)
	echo "$((created - removed)) mappings, $bindings bindings, $(ports_used J) ports"
	[ "$bindings $(ports_used J)" = "$((created - removed)) $((created - removed))" ] &&
		awk -F, '
			FILENAME ~ /before$/ { before[$1, $4, $5] = $6; next }
			FILENAME ~ /sessions$/ { have[$1, $8, $9]++; next }
			{ after[$1, $4, $5] = $6 }
			END {
				for (mapping in have)
					if (!(mapping in before))
						wrong = wrong " one of " mapping " that is not there;"
				for (mapping in after) {
					if (after[mapping] != before[mapping])
						continue
					steady++
					if (have[mapping] != after[mapping])
						wrong = wrong " " have[mapping] + 0 " of " mapping ": " after[mapping] ";"
				}
				if (steady * 2 < length(after))
					wrong = wrong " " steady + 0 " steady mappings"
				print "sessions:" wrong
				exit wrong != ""
			}' "$hn_tmp/bib.before" "$hn_tmp/sessions" "$hn_tmp/bib.after"
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

fuzz_network
at J hactl --tcp-trans-timeout 10 --tcp-open-timeout 10
# Errors of J's own, as many as there is cause for.
at J sysctl -q -w net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratemask= \
	net.ipv4.icmp_msgs_per_sec=100000
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
wait_for 30 "sessions ran out" stat_is J session-expired -gt 0

# The judge sees what is wrong.
at J nft add rule inet ledger postrouting meta nfproto ipv4 @nh,64,8 set 77
fails "a damaged IPv4 header is found" fuzz plain --packets 200
at J nft flush chain inet ledger postrouting
at J nft add rule inet ledger postrouting meta length gt 80 @th,160,16 set 0x1234
fails "a damaged payload is found" fuzz plain --packets 200
at J nft flush chain inet ledger postrouting

upheaval >/dev/null 2>&1 &
upheaval=$!
fuzz wild --packets "$packets" --seconds "$seconds"
wait "$upheaval"
like "$(cat "$hn_tmp/fuzz")" "bad 0" "instance and pool4 come and go under the traffic"

for node in J n6 n4; do
	at "$node" nft delete table inet ledger
done
at J hactl pool4 flush
ok "pool4 is filled again" pool4_fill
is "$(session_count J)" 0 "and its sessions are gone"
test_works "after all"
done_testing
