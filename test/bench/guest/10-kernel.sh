#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel itself costs: the generator alone, which every other row has
# subtracted, forwarding, and nftables' NAT44.
. "$(dirname "$0")/bench.sh"

generator_alone()
{
	drop_at R
	generator n6 "${from_n6[@]}" "${one_flow[@]}"
	bursts generator-6 n6 R
	generator n6 "${from_n6_v4[@]}" "${one_flow[@]}"
	bursts generator-4 n6 R
	generator n6 "${from_n6[@]}" "${random_flows[@]}" "flag UDPSRC_RND"
	bursts generator-6-random n6 R
	generator n6 "${from_n6_v4[@]}" "${random_flows[@]}" "flag UDPSRC_RND"
	bursts generator-4-random n6 R
}

plain()
{
	drop_at n4
	generator n6 "${from_n6[@]}" "${one_flow[@]}"
	bursts plain-6 n6 n4
	generator n6 "${from_n6_v4[@]}" "${one_flow[@]}"
	bursts plain-4 n6 n4
}

nat44()
{
	at R nft -f - <<-EOF
		table ip nat {
			chain postrouting {
				type nat hook postrouting priority srcnat
				oifname eth1 masquerade
			}
		}
	EOF
	sysctl -q -w net.netfilter.nf_conntrack_max=4000000
	generator n6 "${from_n6_v4[@]}" "${one_flow[@]}"
	bursts nft44-established n6 n4
	generator n6 "${from_n6_v4[@]}" "${random_flows[@]}"
	bursts_random nft44-10k n6 n4
	generator n6 "${from_n6_v4[@]}" "${next_flow[@]}"
	bursts_new nft44-new 4
}

network
generator_alone
plain
nat44
symbols
done_testing
