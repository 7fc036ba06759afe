#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# NAT64 by hanat: established and new flows, both ways; synchronisation off, on
# with nobody listening, on with hanatd.
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
symbols
done_testing
