#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Synchronisation by conntrackd, of nftables' NAT44, in its reliable mode. K's goes
# straight into the kernel, for else there would be nothing to translate by before a
# commit. How long its backup takes with a cache and that commit is measured as well, as
# the peer conntrackd-commit.
. "$(dirname "$0")/sync.sh"
link_to_backup

# configuration NODE ADDRESS CACHE_IS_DISABLED
configuration()
{
	cat >"$tmp/$1.conf" <<-EOF
		Sync {
			Mode FTFW {
				DisableExternalCache $3
			}
			Multicast {
				IPv4_address 225.0.0.50
				Group 3780
				IPv4_interface $2
				Interface eth2
				SndSocketBuffer 1249280
				RcvSocketBuffer 1249280
				Checksum on
			}
		}
		General {
			HashSize 262144
			HashLimit 2097152
			LogFile $tmp/$1.log
			LockFile $tmp/$1.lock
			UNIX {
				Path $tmp/$1.ctl
			}
			NetlinkBufferSize 2097152
			NetlinkBufferSizeMaxGrowth 8388608
			Filter From Userspace {
				Address Ignore {
					IPv4_address 127.0.0.1
					IPv4_address 10.0.64.4
					IPv4_address 10.0.64.5
				}
			}
		}
	EOF
}

conntrackd_daemon()
{
	netns-exec "$1" conntrackd -C "$tmp/$1.conf" >"$tmp/$1.out" 2>&1 &
	daemon[$1]=$!
}

conntrackd_start()
{
	local node

	for node in R K; do
		at "$node" conntrack -F 2>/dev/null
		conntrackd_daemon "$node"
	done
	until_true 20 conntrackd_answers || cat "$tmp"/*.out
}

conntrackd_answers()
{
	netns-exec R conntrackd -C "$tmp/R.conf" -s && at K conntrackd -C "$tmp/K.conf" -s
}

conntrackd_stop()
{
	stop_daemons
}

# Without those of the daemons themselves.
conntrackd_sessions()
{
	at "$1" conntrack -L -p udp --dport 9 2>/dev/null | wc -l
}

conntrackd_progress()
{
	at K conntrack -C
}

conntrackd_empty()
{
	stop_daemon K
	at K conntrack -F 2>/dev/null
}

conntrackd_resync()
{
	conntrackd_daemon K
	until_true 20 conntrackd_answers
	at K conntrackd -C "$tmp/K.conf" -n
}

# cached - what K has of R's, in its daemon.
cached()
{
	at K conntrackd -C "$tmp/K.conf" -s |
		awk '/^cache external/ { external = 1 } external && /current active/ { print $NF; exit }'
}

conntrackd-commit_start()
{
	configuration K 10.0.64.5 no
	conntrackd_start
}

conntrackd-commit_stop()
{
	conntrackd_stop
}

conntrackd-commit_sessions()
{
	conntrackd_sessions "$1"
}

# Of both: which one grows tells how far it is.
conntrackd-commit_progress()
{
	echo $(($(conntrackd_progress) + $(cached)))
}

conntrackd-commit_empty()
{
	conntrackd_empty
}

# There is no telling when it has all, but that no more come.
conntrackd-commit_resync()
{
	local changed

	conntrackd_resync
	changed=$(settle conntrackd-commit 5)
	waited=$((${EPOCHREALTIME/./} - changed))
	at K conntrackd -C "$tmp/K.conf" -c
}

for node in R K; do
	at "$node" nft -f - <<-EOF
		table ip nat {
			chain postrouting {
				type nat hook postrouting priority srcnat
				oifname eth1 masquerade
			}
		}
	EOF
	at "$node" sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=7200
done
sysctl -q -w net.netfilter.nf_conntrack_max=4000000
echo 1048576 >/sys/module/nf_conntrack/parameters/hashsize
configuration R 10.0.64.4 yes
configuration K 10.0.64.5 yes
generator n6 "${from_n6_v4[@]}" "${next_flow[@]}"
rates conntrackd
for peer in conntrackd conntrackd-commit; do
	resync "$peer" 200000
done
done_testing
