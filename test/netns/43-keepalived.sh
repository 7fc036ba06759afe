#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The pair of examples/ha-pair: keepalived, as Debian has it, moves the addresses. It tells J by
# the script what it is, and K by the FIFO.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/failover.sh"
. "$(dirname "$0")/keepalived.sh"
hn_listener=K

# A translator that is gone is found by keepalived's check.
test_instance_lost()
{
	flows_mark
	at J hactl instance remove
	wait_for 60 "without an instance J gives up its addresses" is_active K
	test_flows_live K "J's instance is removed"
	wait_for 5 "J knows that it is at fault" status_says J role fault
}

# Ready or not decides: J has the higher priority, and comes back with nothing.
test_fail_back()
{
	job_kill J TERM
	wait_for 5 "hanatd that stops is not ready" ready_says J 1
	translator J
	at J hactl inside add 10.0.64.0/24
	wait_for 60 "J is well again" role_of_keepalived J "BACKUP"
	ok "but takes nothing from K, who is ready" is_active K
	flows_mark
	at J hactl --ss-enabled true
	hanatd_start J
	wait_for 60 "when it is ready it does" is_active J
	ok "it has the sessions already" same_flows J K --udp
	test_flows_live J "J is back"
}

# role_of_keepalived NODE STATE - the last one that the group entered.
role_of_keepalived()
{
	[[ $(grep -o '(hanat) .* STATE\|Group(hanat).*' "$hn_tmp/$1.keepalived" | tail -n 1) = *"$2"* ]]
}

# One that is killed leaves its addresses behind: the other one's are the newer ones.
test_keepalived_killed()
{
	flows_mark
	keepalived_kill J
	wait_for 60 "K takes over when J's keepalived is killed" has K 192.0.2.1
	answers=$(answers)
	wait_for 15 "the ping goes on" answers_beyond $((answers + 3))
	ok "the TCP stream goes on" progress tcp
	keepalived_start J
	wait_for 60 "J has them again when it is started anew" is_active J
	test_flows_live J "keepalived was killed and started"
}

test_hanatd_killed()
{
	flows_mark
	job_kill J
	ok "hanatd of the active node is killed: it stays the active one" is_active J
	hanatd_start J
	wait_for 60 "it comes back, ready" ready_says J 0
	test_flows_live J "and since"
}

# test_link_cut INTERFACE WHAT - of J, which keeps its sessions.
test_link_cut()
{
	flows_mark
	ip -n lan link set "J.$1" down
	wait_for 60 "the $2 link of J is cut: K takes all of the addresses" is_active K
	test_flows_live K "and has the flows"
	flows_mark
	ip -n lan link set "J.$1" up
	wait_for 60 "when it is back, J takes them" is_active J
	test_flows_live J "and has the flows"
}

# What the tutorial's users have in their file.
test_minimal()
{
	local node

	for node in J K; do
		job_kill "$node-keepalived" TERM
	done
	wait_for 5 "the addresses are gone with keepalived" no_addresses
	cat >"$hn_tmp/minimal.conf" <<-EOF
		global_defs {
			script_user root
		}
		vrrp_script check {
			script "hactl"
			interval 1
		}
		vrrp_instance inside {
			state BACKUP
			interface eth0
			virtual_router_id 10
			@J priority 200
			@K priority 100
			virtual_ipaddress {
				10.0.64.1/24
				192.0.2.1/24 dev eth1
			}
			virtual_ipaddress_excluded {
				2001:db8::1/96
			}
			track_script {
				check
			}
			notify_backup "hactl --advertise"
		}
	EOF
	for node in J K; do
		keepalived_start "$node" "$hn_tmp/minimal.conf"
	done
	wait_for 60 "the tutorial's few lines do as well" is_active J
	flows_mark
	at J hactl --enabled false
	wait_for 60 "a translator that is switched off gives up its addresses" is_active K
	answers=$(answers)
	wait_for 15 "the ping goes on" answers_beyond $((answers + 3))
	ok "the TCP stream goes on" progress tcp
}

no_addresses()
{
	! has J 192.0.2.1 && ! has K 192.0.2.1
}

programs_install
network
test_pair
test_instance_lost
test_fail_back
test_keepalived_killed
test_hanatd_killed
test_link_cut eth0 inside
test_link_cut eth1 outside
test_minimal
for node in J K; do
	is "$(grep -Ei "error|unknown keyword|insecure" "$hn_tmp/$node.keepalived")" "" \
		"keepalived on $node has nothing to complain about"
done
done_testing
