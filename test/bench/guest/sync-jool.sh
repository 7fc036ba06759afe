#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Synchronisation by joold, the versions of two Debian suites.
. "$(dirname "$0")/sync.sh"
link_to_backup

jool()
{
	netns-exec "$1" "$home/bin/jool" "${@:2}"
}

jool_translator()
{
	jool "$1" instance add --netfilter --pool6 64:ff9b::/96
	jool "$1" pool4 add --udp "$pool4_hosts" 1024-65535
	jool "$1" global update udp-timeout 02:00:00
	jool "$1" global update ss-enabled true
}

jool_start()
{
	local node

	for node in R K; do
		jool_translator "$node"
		netns-exec "$node" "$home/bin/joold" /src/examples/netsocket.json "$tmp/modsocket" \
			>"$tmp/$node.log" 2>&1 &
		daemon[$node]=$!
	done
	until_true 20 jool_listens || cat "$tmp"/*.log
}

jool_listens()
{
	local node

	for node in R K; do
		at "$node" ss -Hnlu | grep -q ":6464 " || return
	done
}

jool_stop()
{
	stop_daemons
	jool R instance remove
	jool K instance remove
}

jool_sessions()
{
	jool "$1" session display --udp --numeric --csv --no-headers | wc -l
}

jool_progress()
{
	jool K stats display --csv --no-headers | awk -F , '$1 == "JSTAT_SESSIONS" { n = $2 } END { print n + 0 }'
}

jool_empty()
{
	jool K instance remove
	jool_translator K
}

jool_resync()
{
	jool R "$advertise" advertise
}

# measure_jool SUITE NOUN - by which this version is told to advertise.
measure_jool()
{
	local home=/src/build/bench/jool-$1 advertise=$2 name function

	name=jool-$(sed 's/.*-//' "$home/version")
	for function in start stop sessions progress empty resync; do
		eval "${name}_$function() { jool_$function \"\$@\"; }"
	done
	modprobe -a x_tables nf_defrag_ipv4 nf_defrag_ipv6
	insmod "$home/jool_common.ko"
	insmod "$home/jool.ko"
	rates "$name"
	resync "$name" 200000
	rmmod jool jool_common
}

echo '{ "instance": "default" }' >"$tmp/modsocket"
generator n6 "${to_pool6[@]}" "${next_flow[@]}"
measure_jool bookworm joold
measure_jool trixie session
done_testing
