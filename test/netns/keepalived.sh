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

# role_is NODE ROLE - as it was told to hanatd.
role_is()
{
	[[ $(at "$1" hactl sync status --csv --no-headers) = *"role,$2"* ]]
}
