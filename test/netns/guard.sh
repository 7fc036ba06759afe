# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by hanat.sh: what a firewall has to keep back while a translator is away.

# A node that still has the virtual address but no instance any more would answer its
# flows with TCP resets. Translated packets never come to INPUT.
guard_rules()
{
	cat <<-EOF
		table ip hanat {
			chain input {
				type filter hook input priority 0
				ip daddr 192.0.2.1 meta l4proto { tcp, udp } th dport 61001-65535 drop
			}
		}
	EOF
}

# With what the translator, while it is there, has translated before.
guard_rules_inside()
{
	guard_rules
	cat <<-EOF
		table ip hanat {
			chain postrouting {
				type filter hook postrouting priority srcnat + 30
				oifname eth1 ip saddr 10.0.64.0/24 drop
			}
		}
	EOF
}

# guard NODE - by the rules on standard input.
guard()
{
	at "$1" nft -f -
}
