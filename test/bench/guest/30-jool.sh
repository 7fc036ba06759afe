#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# NAT64 by Jool, the versions of two Debian suites.
. "$(dirname "$0")/nat64.sh"

jool()
{
	at R "$peer/bin/jool" "$@"
}

# measure_jool SUITE
measure_jool()
{
	local peer=/src/build/bench/jool-$1 name address port

	name=jool-$(sed 's/.*-//' "$peer/version")-
	modprobe -a x_tables nf_defrag_ipv4 nf_defrag_ipv6
	ok "$name: module" insmod "$peer/jool_common.ko"
	ok "$name: module" insmod "$peer/jool.ko"
	ok "$name: instance" jool instance add bench --netfilter --pool6 64:ff9b::/96
	ok "$name: pool4" jool -i bench pool4 add --udp "$pool4_hosts" 1024-65535
	established "$name"
	read -r address port < <(jool -i bench bib display --udp --numeric --csv --no-headers |
		awk -F , '$2 == "2001:db8:6::6" && $3 == 10000 { print $4, $5 }')
	established_46 "$name" "$address" "$port"
	many "$name"
	fresh "$name"
	jool -i bench global update ss-enabled true
	established "$name"on-
	fresh "$name"on-
	jool -i bench global update ss-enabled false
	fill "$name" 500 2
	ok "$name: removed" jool instance remove bench
	ok "$name: module" rmmod jool jool_common
}

network
measure_jool bookworm
measure_jool trixie
done_testing
