#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Session synchronisation as in the tutorial: what J translates is seen on K,
# and little is said about it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

n4_in_6=64:ff9b::192.0.2.8
hole_in_6=64:ff9b::192.0.2.66

session_text()
{
	at "$1" hactl -sin | sed '/^Expires/d'
}

same_text()
{
	local text

	text=$(session_text K)
	[[ $text = *Remote:* ]] && [ "$text" = "$(session_text J)" ]
}

test_tutorial()
{
	local start

	ok "n6 pings n4" at n6 ping -6 -q -c 1 -W 2 "$n4_in_6"
	start=$(now_ms)
	wait_for 1 "hactl -sin shows the session on K as on J, within 1 s" same_text
	diag "seen after $(($(now_ms) - start)) ms"
	is "$(session_of K --icmp 12)" true "K knows that it is not its own"
	is "$(session_of K --icmp 11)" "$(value_of J instance node)" "but J's"
}

test_quiet()
{
	local before

	before=$(stat_of J delta-records)
	ok "200 pings are answered" at n6 ping -6 -q -i 0.01 -c 200 "$n4_in_6"
	ok "of which peers hear $(($(stat_of J delta-records) - before)) times" \
		test $(($(stat_of J delta-records) - before)) -lt 5
}

# expires_within NODE MS - its only TCP session.
expires_within()
{
	[ "$(session_of "$1" --tcp 2)" -lt "$2" ]
}

# A session that is used lives on, on both nodes; one that is not goes, on both.
test_refresh_and_expiry()
{
	local before start told gone ended slow=$(((${HN_SLOW:-1} + 1) / 2))

	at J hactl --tcp-open-timeout $((10 * slow))
	at K hactl --tcp-open-timeout $((10 * slow))
	read -r before gone < <(stat_of J delta-records session-expired)
	start=$(now_ms)
	flow n6 tcp-knock "$hole_in_6" 80 --bind-port 4000 --times 30 --interval "$((5 * slow))e-1"
	is "$(session_count J --tcp)" 1 "a half-open session is kept alive beyond its lifetime"
	is "$(session_count K --tcp)" 1 "on K as well"
	read -r told ended < <(stat_of J delta-records session-expired)
	told=$((told - before))
	# A refresh is due when a quarter of the lifetime is left, so each 7.5 s, or twice that where it is slow.
	ok "by being refreshed ($told records)" test "$told" -ge 2
	# Peers hear of a session that ends meanwhile, and perhaps that it has not ended yet.
	ok "but not repeated" test "$told" -le \
		$((2 + ($(now_ms) - start) / (7500 * slow) + 2 * (ended - gone)))
	# The last packet came when a refresh was not due yet.
	wait_for 13 "its end comes near" expires_within J $((1500 * slow))
	is "$(session_count J --tcp) $(session_count K --tcp)" "1 1" "K keeps it as long as J does"
	wait_for 13 "it expires on J" session_count_is J -eq 0 --tcp
	wait_for 1 "and then on K" session_count_is K -eq 0 --tcp
	ok "because J said so" stat_is K apply-deleted -ge 1
}

test_removal()
{
	flow n6 udp-burst "$hole_in_6" 1 --count 100 >/dev/null
	wait_for 2 "100 UDP sessions are on K" session_count_is K -eq 100 --udp
	ok "they are the same" same_flows J K --udp
	at J hactl pool4 remove --udp 192.0.2.1
	wait_for 2 "they go from K when J loses their range" session_count_is K -eq 0 --udp
	is "$(rows_of K bib --udp)" 0 "with their mappings"
	at J hactl pool4 add --udp 192.0.2.1
}

# A comparison of digests may bring it to K before J's kernel tells it.
test_deadline()
{
	local start told early=0

	# A kernel that is late with its ticks may count from the last one.
	[ "${HN_SLOW:-1}" -eq 1 ] || early=100
	at J hactl --ss-flush-asap false --ss-flush-deadline 3
	told=$(stat_of J delta-records)
	start=$(now_ms)
	flow n6 udp-burst "$hole_in_6" 1 --count 1 >/dev/null
	wait_for 5 "a single change is told when ss-flush-asap is false" \
		stat_is J delta-records -gt "$told"
	ok "after ss-flush-deadline, 3 s" test $(($(now_ms) - start)) -ge $((3000 - early))
	wait_for 2 "and comes" session_count_is K -eq 1 --udp
	at J hactl --ss-flush-deadline 0:01:00
	flow n6 udp-burst "$hole_in_6" 1 --count 1000 --bind-port 30000 >/dev/null
	wait_for 20 "full frames do not wait" session_count_is K -ge 900 --udp
	at J hactl --ss-flush-asap true
	wait_for 6 "nothing does with ss-flush-asap" session_count_is K -eq 1001 --udp
}

test_disabled()
{
	at K hactl --ss-enabled false
	like "$(at K hactl advertise 2>&1)" "^hactl: sync advertise: .*ss-enabled" \
		"with ss-enabled false K does not advertise"
	wait_for 3 "hanatd says so" grep -q "ss-enabled is false" "$hn_tmp/K.log"
	flow n6 udp-burst "$hole_in_6" 1 --count 10 --bind-port 40000 >/dev/null
	wait_for 3 "J sends its sessions" stat_is J delta-records -ge "$(($(stat_of J delta-marked) - 20))"
	is "$(session_count J --udp)" 1011 "J has ten more sessions"
	is "$(session_count K --udp)" 1001 "K takes none"
	at K hactl --ss-enabled true
	wait_for 5 "until it is enabled again" same_flows J K --udp
}

# privileges_of NODE - of its hanatd: effective, permitted and bounding set, and no_new_privs.
privileges_of()
{
	sed -n 's/^\(CapEff\|CapPrm\|CapBnd\|NoNewPrivs\):\t//p' "/proc/${hn_jobs[$1]}/status" |
		tr '\n' ' '
}

# CAP_NET_ADMIN is all that hanatd keeps of root's, and all that it needs.
test_privileges()
{
	local admin=0000000000001000

	is "$(privileges_of J)" "$admin $admin 0000000000000000 1 " "hanatd of root has CAP_NET_ADMIN only"
	job_kill K TERM
	chown nobody /run/hanatd
	netns-exec K setpriv --reuid nobody --regid nogroup --clear-groups \
		--inh-caps=-all,+net_admin --ambient-caps=-all,+net_admin \
		hanatd "$hn_netsocket" >"$hn_tmp/nobody.log" 2>&1 &
	hn_jobs[K]=$!
	wait_for 10 "another user's starts with that" grep -q ': ready$' "$hn_tmp/nobody.log"
	ok "and synchronises" at K hactl sync wait --timeout $((20 * ${HN_SLOW:-1}))
	job_kill K TERM
	fails "but not without" netns-exec K setpriv --reuid nobody --clear-groups hanatd "$hn_netsocket"
	chown root /run/hanatd
	daemon_start K
}

pair true
test_privileges
test_tutorial
test_quiet
test_refresh_and_expiry
test_removal
test_deadline
test_disabled
is "$(stat_of K delta-marked delta-records)" "0 0" "K never sent J's sessions back"
is "$(stat_of J apply-inserted apply-updated apply-stale)" "0 0 0" "J was never told of its own"
done_testing
