#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The agent ocf:hanat:hanat does what Pacemaker's agents have to, by ocf-tester and by hand, without a
# cluster. test/cluster has one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"
. "$(dirname "$0")/agent.sh"

# agent_is ACTION STATUS
agent_is()
{
	local status=0

	at J env OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=by-hand OCF_RESKEY_ready="$hn_tmp/ready" \
		"$agent" "$1" >"$hn_tmp/agent" 2>&1 || status=$?
	is "$status" "$2" "$1 is answered by $2"
}

# answered ACTION:STATUS...
answered()
{
	local pair

	for pair in "$@"; do
		agent_is "${pair%:*}" "${pair#*:}"
	done
}

role_is()
{
	is "$(cut -d ' ' -f 1 /run/hanat/net-*.role)" "$1" "the role is $1"
}

topology_tutorial
agent_install
# It asks whether anybody may call the agent.
mkdir -p /etc/pam.d
printf '%s sufficient pam_permit.so\n' auth account session | tee /etc/pam.d/su >/etc/pam.d/other
answered monitor:7 start:1
like "$(<"$hn_tmp/agent")" "ocf-exit-reason:hactl: " "and why"
translator J
ok "ocf-tester has nothing to say against the agent" at J env OCF_ROOT=/usr/lib/ocf ocf-tester -n test "$agent"
answered monitor:7 promote:7 demote:7 stop:0 start:0
role_is backup
answered monitor:0 start:0 notify:0 promote:0
role_is master
answered monitor:8
at J hactl --enabled false
answered monitor:9
at J hactl --enabled true
answered monitor:8 demote:0 monitor:0
role_is backup
at J hactl instance remove
answered monitor:1 promote:9 stop:0
role_is stop
answered monitor:7 stop:0 validate-all:0 meta-data:0 nonsense:3
done_testing
