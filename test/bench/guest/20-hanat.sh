#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# NAT64 by hanat: established and new flows, both ways; synchronisation off, on
# with nobody listening, on with hanatd. Then NAT44.
. "$(dirname "$0")/hanat.sh"

daemon()
{
	ip -n R link add eth2 up type dummy
	ip -n R link set eth2 multicast on
	ip -n R addr add 2001:db8:ff08::1/96 dev eth2 nodad
	netns-exec R hanatd --status-file /tmp/status /src/examples/netsocket.json \
		>/tmp/hanatd.log 2>&1 &
	wait_for 20 "hanatd is ready" grep -q ': ready$' /tmp/hanatd.log || cat /tmp/hanatd.log
}

# The rows of nftables in 10-kernel.sh, and the way back.
nat44()
{
	at R hactl inside add 10.6.0.0/16
	drop_at n4
	generator n6 "${from_n6_v4[@]}" "${one_flow[@]}"
	bursts hanat44-established n6 n4
	# shellcheck disable=SC2046 # address and port
	back hanat44-in $(mapping_of 10000 10.6.0.6)
	drop_at n4
	generator n6 "${from_n6_v4[@]}" "${random_flows[@]}"
	bursts_random hanat44-10k n6 n4
	translator
	at R hactl inside add 10.6.0.0/16
	generator n6 "${from_n6_v4[@]}" "${next_flow[@]}"
	bursts_new hanat44-new 4
}

network
# Every block begins with an empty table, for its size costs time in the background.
translator
established hanat
# shellcheck disable=SC2046 # address and port
established_46 hanat $(mapping_of 10000)
translator
many hanat
translator
fresh hanat
translator
at R hactl --ss-enabled true
established hanat-on-
fresh hanat-on-
translator
at R hactl --ss-enabled true
daemon
established hanat-daemon- 100
fresh hanat-daemon- 100
at R hactl stats --csv --no-headers | grep -v ',0$' | sed 's/^/# /'
translator
nat44
symbols
done_testing
