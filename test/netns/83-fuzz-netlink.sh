#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Damaged requests to the netlink family: who has no privilege changes nothing, every
# answer is one that common/hanat.h documents, and nothing breaks while instances come
# and go under traffic.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/fuzz.sh"

# Each run of the fuzzer has its share.
seconds=$((${HN_FUZZ_SECONDS:-0} / 2))
requests=${HN_FUZZ_REQUESTS:-500}

# fuzz_netlink OPTION... - one run on J.
fuzz_netlink()
{
	at J "$hn_fuzz/fuzz-netlink" --seed "$hn_seed" --requests "$requests" \
		--patience $((20 * ${HN_SLOW:-1})) "$@" 2>&1 | tee "$hn_tmp/netlink"
}

# All that requests could change; not what time does.
state()
{
	local noun protocol

	for noun in instance global pool4; do
		at J hactl "$noun" --csv
	done
	for protocol in --tcp --udp --icmp; do
		flows J "$protocol"
	done
}

fuzz_network
# Nothing shall run out.
at J hactl --ss-enabled true --udp-timeout 7200 --icmp-timeout 7200 --tcp-trans-timeout 7200 \
	--tcp-open-timeout 7200
test_works before
before=$(state)
like "$before" "192.0.2.1" "there is something to be changed"
ok "unprivileged requests get what is documented" \
	fuzz_netlink --admins 0 --listeners 0 --others 3
is "$(state)" "$before" "they change nothing"
ok "some of them are refused" grep -q "EPERM" "$hn_tmp/netlink"
fails "with an answer that were not documented it fails" \
	fuzz_netlink --admins 0 --listeners 0 --lie --requests 200
like "$(cat "$hn_tmp/netlink")" "bad [^:]*EINVAL" "because of that"

ledger_open
traffic_start
ok "requests of all kinds get what is documented, under traffic" \
	fuzz_netlink --admins 3 --others 1 --listeners 2 --seconds "$seconds"
diag "$(paste -sd, "$hn_tmp/netlink")"
traffic_stop
point $? "what comes out of the traffic is in order"
is "$(grep '^never' "$hn_tmp/netlink")" "" "each command was carried out"

for node in J n6 n4; do
	at "$node" nft delete table inet ledger
done
at J hactl instance remove 2>/dev/null || diag "there was none"
ok "the instance is made anew" at J hactl instance add --pool6 64:ff9b::/96
ok "with its ports" pool4_fill
is "$(session_count J)" 0 "it has no sessions"
test_works "after all"
done_testing
