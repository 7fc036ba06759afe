#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A planned handover: the node that is the master lets a peer that is ready take the addresses,
# because somebody says so or because its hanatd is stopped, and nothing is lost on the way.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/failover.sh"
. "$(dirname "$0")/keepalived.sh"

# Two would tell keepalived different things.
test_second_daemon()
{
	fails "a second hanatd on J is refused" on J hanatd --ready-file /run/hanat/ready "$hn_netsocket"
	ok "and does not say that J is not ready" ready_says J 0
}

test_yield()
{
	flows_mark
	ok "J is told to yield, and does" at J hactl yield
	ok "K is the active one already" is_active K
	test_flows_live K "J has yielded"
	ok "it says that it does" status_says J yielding yes
	wait_for 5 "and still has all that K has" same_flows K J --udp
	ok "to yield once more is no trouble" at J hactl yield --timeout 5
}

test_cancel()
{
	flows_mark
	ok "J is told that it need not any more" at J hactl yield --cancel
	wait_for 60 "it takes its addresses back" is_active J
	test_flows_live J "J was told"
	ok "and says so" status_says J yielding no
}

# hanatd goes on until K has all, also what is new: nobody else could tell K.
test_service_stop()
{
	flows_mark
	job_kill J TERM
	# A slow keepalived may take longer than the five seconds that hanatd waits.
	if [ "${HN_SLOW:-1}" -eq 1 ]; then
		ok "hanatd of the active node is stopped: K has the addresses when it ends" is_active K
	else
		wait_for 20 "hanatd of the active node is stopped: K gets the addresses" is_active K
	fi
	ok "J was not ready then" ready_says J 1
	is "$(grep -c "the addresses are to move first" "$hn_tmp/J.log")" 1 "it has said what it waited for"
	test_flows_live K "hanatd of J was stopped"
	hanatd_start J
	wait_for 60 "it is started, and J is the active one again" is_active J
	test_flows_live J "and since"
}

# Whom keepalived does not serve, hanatd does not wait for beyond a few seconds.
test_in_vain()
{
	keepalived_kill J
	is "$(at J hactl yield --timeout 2 2>&1)" \
		"hactl: yield: still the master, and willing again: does keepalived run, and look at the file of hanatd's --ready-file?" \
		"without keepalived nobody moves the addresses"
	ok "J is ready as before" ready_says J 0
	ok "and does not yield" status_says J yielding no
	job_kill J TERM
	is "$(tail -n 1 "$hn_tmp/J.log")" "hanatd: stopped" "hanatd can be stopped all the same"
}

test_refused()
{
	is "$(at J setpriv --reuid 65534 --clear-groups hactl yield 2>&1)" \
		"hactl: yield: only root may do that" "not anybody can make J yield"
	job_kill K TERM
	is "$(at J hactl yield 2>&1)" "hactl: yield: no peer is ready to take over" \
		"without a peer that is ready J does not yield"
	ok "it stays the active one" is_active J
	ok "and ready" ready_says J 0
	hanatd_start K
	wait_for 60 "K is ready again" ready_says K 0
}

# What an operator has on the screen meanwhile.
test_top()
{
	at J hactl top --count 3 --interval 0.5 >"$hn_tmp/top"
	is "$(grep -c ^translator "$hn_tmp/top")" 3 "hactl top shows three screens"
	like "$(tail -n 30 "$hn_tmp/top")" "hanatd      ready, role master; peers: [0-9]* equal; paths that work: [1-9]" \
		"it says that J is the master and K has all"
	like "$(tail -n 30 "$hn_tmp/top")" " [1-9][0-9]*  *[0-9,]*  xlat-64" "and how many packets are translated in a second"
}

programs_install
network
test_pair
test_second_daemon
test_top
test_yield
test_cancel
test_service_stop
test_refused
test_in_vain
done_testing
