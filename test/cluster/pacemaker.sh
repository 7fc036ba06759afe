#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# examples/ha-cluster: Pacemaker and Corosync, as Debian has them, move the addresses by the agent
# ocf:hanat:hanat. A router is a namespace of everything: it ends like a machine does.
. "$(dirname "$0")/../netns/lib.sh"
. "$(dirname "$0")/../netns/failover.sh"
. "$(dirname "$0")/../netns/pair.sh"
. "$(dirname "$0")/../netns/agent.sh"

programs_install()
{
	agent_install
	mkdir -p /etc/hanat /etc/corosync /var/log/crmsh
	grep -q hacluster /etc/passwd || {
		echo "hacluster:x:110:110::/var/lib/pacemaker:/usr/sbin/nologin" >>/etc/passwd
		echo "haclient:x:110:" >>/etc/group
	}
	cp /src/examples/ha-cluster/corosync.conf /etc/corosync/
	[ "${HN_SLOW:-1}" -eq 1 ] || sed -i 's/token: 1000/token: 8000/' /etc/corosync/corosync.conf
	# The real-time class is the whole machine's.
	printf 'system {\n\tsched_rr: no\n}\n' >>/etc/corosync/corosync.conf
	at J hactl config export >/etc/hanat/hanat.json
}

# What is a machine's own.
private_files()
{
	local dir

	hostname "$1"
	for dir in /run/hanat /var/lib/pacemaker /var/lib/corosync /run/resource-agents /dev/shm; do
		mkdir -p "$dir" "$2$dir"
		mount --bind "$2$dir" "$dir"
	done
	touch /run/corosync.pid "$2/corosync.pid"
	mount --bind "$2/corosync.pid" /run/corosync.pid
	chmod 1777 /dev/shm
	mkdir -p /run/hanat /var/lib/pacemaker/{cib,pengine,cores,blackbox} /var/log/pacemaker /run/crm
	chown -R hacluster:haclient /var/lib/pacemaker /var/log/pacemaker /run/crm
}
export -f private_files

# machine_start NODE - with all that is to run there.
machine_start()
{
	mkdir -p "$hn_tmp/$1.root/run/hanat"
	ln -sfn "$1.root/run/hanat" "$hn_tmp/$1.run"
	# shellcheck disable=SC2016,SC2154 # for the inner shell; hn_netsocket is of daemon.sh
	netns-exec "$1" unshare --mount --uts --ipc --pid --fork --kill-child --mount-proc bash -c '
		private_files "$0" "$1"
		hanatd --ready-file /run/hanat/ready "$2" >>"$3.log" 2>&1 &
		corosync -f >>"$3.corosync" 2>&1 &
		until corosync-cmapctl -q -g totem.cluster_name >/dev/null 2>&1; do sleep 0.2; done
		exec pacemakerd -f >>"$3.pacemaker" 2>&1' \
		"$1" "$hn_tmp/$1.root" "$hn_netsocket" "$hn_tmp/$1" &
	hn_jobs[$1]=$!
	until_true 10 inside_of "$1" || diag "$1 does not start"
}

# inside_of NODE - whose first process is told by its number out here.
inside_of()
{
	hn_first[$1]=$(pgrep -P "${hn_jobs[$1]}")
	[ -n "${hn_first[$1]}" ]
}
declare -A hn_first=()

# machine_kill NODE - and nobody is there any more to take its addresses away; nor are its cables.
machine_kill()
{
	local port

	for port in eth0 eth1 eth2; do
		ip -n lan link set "$1.$port" down
	done
	job_kill "$1"
	for port in eth0 eth1; do
		ip -n "$1" addr flush dev "$port" scope global
	done
	ip -n "$1" addr del fe80::1/64 dev eth0 2>/dev/null
}

# in_cluster NODE COMMAND...
in_cluster()
{
	nsenter --target "${hn_first[$1]}" --mount --uts --ipc --pid --net "${@:2}"
}

# online NODE - as it sees it, are both.
online()
{
	[[ $(in_cluster "$1" crm_mon -1 2>&1) = *"Online: [ J K ]"* ]]
}

# Whoever it chooses.
test_cluster()
{
	local node

	for node in J K; do
		wait_for 120 "$node sees both" online "$node" ||
			diag "$(in_cluster "$node" crm_mon -1 2>&1; tail -n 20 "$hn_tmp"/*.corosync /var/log/pacemaker/pacemaker.log)"
		wait_for 60 "$node is ready" ready_says "$node" 0
	done
	# Where a process takes ten times as long to start.
	sed 's/timeout=[0-9]*s/timeout=120s/; s/interval=2s/interval=5s/; s/interval=1s/interval=4s/' /src/examples/ha-cluster/cluster.crm >"$hn_tmp/cluster.crm"
	ok "the configuration of the example is taken, with more patience" \
		in_cluster J crm -w configure load update "$hn_tmp/cluster.crm"
	until_true 120 is_active J || until_true 10 is_active K
	active=J
	is_active J || active=K
	ok "one has the addresses, and the other none" is_active "$active"
	wait_for 30 "it knows that it is the master" status_says "$active" role master
	wait_for 30 "and the other that it is the backup" status_says "$(other "$active")" role backup
	test_flows_start
	wait_for 10 "the other one has all sessions" same_flows "$active" "$(other "$active")" --udp
}

# moved WHAT - from the active one to the other, and the flows go on.
moved()
{
	active=$(other "$active")
	wait_for 180 "$1: the other one has the addresses" is_active "$active" ||
		diag "$(in_cluster "$active" crm_mon -1rfA 2>&1)"
	test_flows_live "$active" "$1"
}

test_yield()
{
	local before=$active

	flows_mark
	ok "the active one is told to yield, and does" at "$before" hactl yield --timeout 3:00
	moved "it has yielded"
	ok "it need not any more" at "$before" hactl yield --cancel
}

# It fails where it was until there is another one, which an operator makes.
test_translator_lost()
{
	local before=$active

	flows_mark
	at "$before" hactl instance remove
	moved "the active one's translator is removed"
	at "$before" hactl config load /etc/hanat/hanat.json
	wait_for 60 "another one has all sessions" ready_says "$before" 0
	ok "the cluster is told that it is mended" in_cluster "$before" crm_resource --cleanup --resource hanat
	wait_for 60 "it is the backup" status_says "$before" role backup
}

test_machine_lost()
{
	local before=$active port

	flows_mark
	machine_kill "$before"
	moved "the active machine is gone"
	at "$before" hactl instance remove
	flows_mark
	for port in eth0 eth1 eth2; do
		ip -n lan link set "$before.$port" up
	done
	at "$before" hactl config load /etc/hanat/hanat.json
	machine_start "$before"
	wait_for 120 "it is back" online "$before"
	wait_for 60 "with all sessions" ready_says "$before" 0
	ok "the addresses stay where they are" is_active "$active"
	test_flows_live "$active" "the machine is back"
}

network
programs_install
machine_start J
machine_start K
test_cluster
test_yield
test_translator_lost
test_machine_lost
done_testing
