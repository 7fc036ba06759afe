# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced: the rows that every NAT64 is measured by, PREFIX64-... and PREFIX46-...
. "$(dirname "${BASH_SOURCE[0]}")/bench.sh"

# established PREFIX [MILLISECONDS] - one flow, outwards.
established()
{
	drop_at n4
	generator n6 "${to_pool6[@]}" "${one_flow[@]}"
	bursts "$1"64-established n6 n4 "${@:2}"
}

# back ROW ADDRESS PORT - the way back, to a mapping, of its one flow.
back()
{
	drop_at n6
	generator n4 "src_min 198.51.100.4" "src_max 198.51.100.4" "dst_min $2" "dst_max $2" \
		"udp_dst_min $3" "udp_dst_max $3" "udp_src_min 9" "udp_src_max 9"
	bursts "$1" n4 n6
}

# established_46 PREFIX ADDRESS PORT - that to the mapping of n6's port 10000.
established_46()
{
	back "$1"46-established "${@:2}"
	set_generator n4 "udp_src_min 10000" "udp_src_max 19999"
	bursts_random "$1"46-10k n4 n6
}

# many PREFIX - 10,000 flows, at random.
many()
{
	drop_at n4
	generator n6 "${to_pool6[@]}" "${random_flows[@]}"
	bursts_random "$1"64-10k n6 n4
}

# fresh PREFIX [MILLISECONDS] - new flows.
fresh()
{
	drop_at n4
	generator n6 "${to_pool6[@]}" "${next_flow[@]}"
	bursts_new "$1"64-new 6 "${@:2}"
}

mem_available()
{
	awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo
}

# fill PREFIX THOUSANDS SOURCE - so many new flows from the addresses 2001:db8:6:SOURCE::N, 50,000
# each. "PREFIX flows KiB" goes to /results/memory.
fill()
{
	local packets=50000 before i n=$(($2 / 50))

	drop_at n4
	generator n6 "${to_pool6[@]}" "udp_src_min 1024" "udp_src_max 65000" "udp_dst_min 9" "udp_dst_max 9"
	before=$(mem_available)
	for ((i = 1; i <= n; i++)); do
		set_generator n6 "src6 2001:db8:6:$3::$i"
		burst "$1"64-fill "$i" n6 n4
	done
	sleep 1
	echo "$1 $((n * packets)) $((before - $(mem_available)))" >>/results/memory
}
