# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh and failover.sh: the pair of examples/ha-pair, its addresses moved by
# keepalived. Each router has a /run/hanat of its own, as if it were a machine of its own.
# shellcheck disable=SC2154,SC2034 # hn_tmp, hn_jobs are of daemon.sh

# Where the example looks for them.
programs_install()
{
	install -D /src/build/bin/hactl /usr/sbin/hactl
	install -D /src/usr/keepalived/hanat-notify /usr/libexec/hanat/hanat-notify
	mkdir -p /run/hanat
}

# on NODE COMMAND... - with that node's /run/hanat. In the background the command itself.
on()
{
	local node=$1
	shift

	mkdir -p "$hn_tmp/$node.run"
	# shellcheck disable=SC2016 # for the inner shell
	exec netns-exec "$node" unshare --mount sh -c '
		mount --bind "$0" /run/hanat
		exec "$@"' "$hn_tmp/$node.run" "$@"
}

# hanatd_start NODE - which says whether it is ready to keepalived.
hanatd_start()
{
	on "$1" hanatd --ready-file /run/hanat/ready "$hn_netsocket" >>"$hn_tmp/$1.log" 2>&1 &
	hn_jobs[$1]=$!
}

ready_says()
{
	[ "$(cat "$hn_tmp/$1.run/ready")" = "$2" ]
}

# keepalived_start NODE [FILE] - with what the file says, but more patience on a kernel on which
# a process may not run for a second.
keepalived_start()
{
	cp "${2:-/src/examples/ha-pair/keepalived.conf}" "$hn_tmp/$1.conf"
	[ "${HN_SLOW:-1}" -eq 1 ] ||
		sed -i 's/advert_int 0.2/advert_int 2/; s/interval 1/interval 4/; s/timeout 2/timeout 12/' "$hn_tmp/$1.conf"
	on "$1" keepalived --dont-fork --log-console --log-detail --vrrp --config-id "$1" \
		--use-file "$hn_tmp/$1.conf" \
		--pid "$hn_tmp/$1.pid" --vrrp_pid "$hn_tmp/$1.vrrp-pid" >>"$hn_tmp/$1.keepalived" 2>&1 &
	hn_jobs[$1-keepalived]=$!
}

# keepalived_kill NODE - both of its processes, and neither has time to tell anybody: the one that is
# left would, or would start the other again.
keepalived_kill()
{
	kill -STOP "${hn_jobs[$1-keepalived]}"
	kill -KILL "$(cat "$hn_tmp/$1.vrrp-pid")"
	job_kill "$1-keepalived"
}

# has NODE ADDRESS
has()
{
	[[ $(ip -n "$1" -br addr) = *" $2/"* ]]
}

# is_active NODE - it has all of the virtual addresses, and the other one none.
is_active()
{
	local other=J address

	[ "$1" = K ] || other=K
	for address in 2001:db8::1 10.0.64.1 192.0.2.1; do
		has "$1" "$address" && ! has "$other" "$address" || return
	done
}

# status_says NODE KEY VALUE - as hanatd has it.
status_says()
{
	[[ $(at "$1" hactl sync status --csv --no-headers) = *"$2,$3"* ]]
}

# A user of IPv6 and one of IPv4 on the same inside network.
network()
{
	local node number=4

	topology_tutorial
	for node in J K; do
		ok "$node becomes a translator" translator "$node"
		at "$node" hactl --ss-enabled true
		at "$node" hactl inside add 10.0.64.0/24
		ip -n "$node" addr add "10.0.64.$number/24" dev eth0
		guard_rules_inside | guard "$node"
		number=$((number + 1))
	done
	ip -n n6 addr add 10.0.64.8/24 dev eth0
	ip -n n6 route add default via 10.0.64.1
}

# Of IPv6: a ping, TCP, UDP; UDP of IPv4.
test_flows_start()
{
	flows_start
	flow_start udp4 n6 udp-stream 192.0.2.8 9000 --interval 0.1
	ok "the TCP stream flows" progress tcp
	ok "the UDP flow flows" progress udp
	ok "that of IPv4 as well" progress udp4
	wait_for 10 "the ping is answered" answers_beyond 3
	peer=$(report tcp_server peers)
	udp_peers=$(report udp_server peers)
}

# J comes first, and is the active one when both are ready.
test_pair()
{
	hanatd_start J
	keepalived_start J
	keepalived_start K
	wait_for 60 "of two that are not ready one is elected all the same" is_active J
	hanatd_start K
	wait_for 60 "J is ready" ready_says J 0
	wait_for 60 "K is ready" ready_says K 0
	ok "J stays the active one" is_active J
	wait_for 5 "J is told that it is the master" status_says J role master
	wait_for 5 "and K that it is the backup" status_says K role backup
	test_flows_start
	wait_for 5 "K has all sessions" same_flows J K --udp
}

# test_flows_live NODE WHAT
test_flows_live()
{
	flows_live "$2"
	ok "the UDP flow of IPv4 goes on as well" progress udp4
	wait_for 5 "$1 knows that it is the master" status_says "$1" role master
	ok "all of its addresses moved" is_active "$1"
}
