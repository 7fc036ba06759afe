# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh and failover.sh: the pair of examples/ha-pair, its addresses moved by
# keepalived.
# shellcheck disable=SC2154,SC2034 # hn_tmp, hn_jobs are of daemon.sh
# shellcheck source=test/netns/pair.sh
. "$(dirname "${BASH_SOURCE[0]}")/pair.sh"

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

# by_fifo NODE - it listens to keepalived's FIFO, rather than that a script tells it: the caller's choice.
by_fifo()
{
	[ "$1" = "${hn_listener-}" ]
}

# hanatd_start NODE - which says whether it is ready to keepalived.
hanatd_start()
{
	local options=(--ready-file /run/hanat/ready)

	! by_fifo "$1" || options+=(--notify-fifo /run/hanat/notify --notify-name hanat)
	on "$1" hanatd "${options[@]}" "$hn_netsocket" >>"$hn_tmp/$1.log" 2>&1 &
	hn_jobs[$1]=$!
}

# keepalived_start NODE [FILE] - with what the file says, but more patience on a kernel on which
# a process may not run for a second.
keepalived_start()
{
	cp "${2:-/src/examples/ha-pair/keepalived.conf}" "$hn_tmp/$1.conf"
	[ "${HN_SLOW:-1}" -eq 1 ] ||
		sed -i 's/advert_int 0.2/advert_int 2/; s/interval 1/interval 4/; s/timeout 2/timeout 12/' "$hn_tmp/$1.conf"
	! by_fifo "$1" ||
		sed -i '/^\tnotify /d; /^global_defs {/a\\tnotify_fifo /run/hanat/notify' "$hn_tmp/$1.conf"
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
	# If K was ready first it was the active one for that long.
	wait_for 10 "J is the active one, of two that are" is_active J
	wait_for 5 "J is told that it is the master" status_says J role master
	wait_for 5 "and K that it is the backup" status_says K role backup
	test_flows_start
	wait_for 5 "K has all sessions" same_flows J K --udp
}

