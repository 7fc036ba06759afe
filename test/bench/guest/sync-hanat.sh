#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Synchronisation by hanat.
. "$(dirname "$0")/sync.sh"

hanat_translator()
{
	at "$1" hactl instance remove 2>/dev/null
	at "$1" hactl instance add --pool6 64:ff9b::/96
	at "$1" hactl pool4 add --udp "$pool4_hosts" 1024-65535
	at "$1" hactl --ss-enabled true --udp-timeout 7200
}

hanat_daemon()
{
	netns-exec "$1" hanatd --status-file "$tmp/$1.status" /src/examples/netsocket.json \
		>"$tmp/$1.log" 2>&1 &
	daemon[$1]=$!
}

# Each has what the other had.
hanat_ready()
{
	grep -q ': ready$' "$tmp/R.log" && grep -q ': ready$' "$tmp/K.log"
}

hanat_start()
{
	local node

	for node in R K; do
		hanat_translator "$node"
		hanat_daemon "$node"
	done
	until_true 20 hanat_ready || cat "$tmp"/*.log
}

hanat_stop()
{
	stop_daemons
}

hanat_sessions()
{
	at "$1" hactl instance --csv --no-headers | sed -n 's/^sessions,//p'
}

hanat_progress()
{
	hanat_sessions K
}

hanat_resync()
{
	kill "${daemon[K]}"
	wait "${daemon[K]}"
	hanat_translator K
	hanat_daemon K
}

modprobe hanat
generator n6 "${to_pool6[@]}" "${next_flow[@]}"
rates hanat
resync hanat 200000
resync hanat 1000000
done_testing
