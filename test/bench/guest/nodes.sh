# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced: nodes of hanat, with their daemons.
. "$(dirname "${BASH_SOURCE[0]}")/sync.sh"

hanat_translator()
{
	at "$1" hactl instance remove 2>/dev/null || :
	at "$1" hactl instance add --pool6 64:ff9b::/96
	at "$1" hactl pool4 add --udp "$pool4_hosts" 1024-65535
	at "$1" hactl --ss-enabled true --udp-timeout 7200
}

# Of all nodes.
netsocket=/src/examples/netsocket.json

hanat_daemon()
{
	netns-exec "$1" hanatd --status-file "$tmp/$1.status" "$netsocket" \
		>"$tmp/$1.log" 2>&1 &
	daemon[$1]=$!
}

# hanat_start [NODE...] - those, or R and K. Each has what the others have, and has seen that.
hanat_start()
{
	local node
	[ $# -gt 0 ] || set -- R K

	for node; do
		hanat_translator "$node"
		hanat_daemon "$node"
	done
	for node; do
		until_true 20 at "$node" hactl sync wait --timeout 20 || cat "$tmp"/*.log
	done
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

hanat_empty()
{
	stop_daemon K
	hanat_translator K
}

hanat_resync()
{
	hanat_daemon K
}
