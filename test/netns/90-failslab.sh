#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Allocations fail, one at a time: the first, the second ... until a command needs
# no more of them. Nothing hangs, breaks or stays half done; what leaks is seen
# when the machine is audited. Needs a kernel with failslab.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

faults=/sys/kernel/debug
shim=/src/build/lib/failnth.so
# The hactl that other kernels have besides cannot be given a library.
PATH=/src/build/bin:$PATH
hit=$hn_tmp/hit

[ -d "$faults/failslab" ] || skip_all "the kernel cannot make allocations fail"

# Any allocation, of one page as well, and without a word in the log.
for kind in failslab fail_page_alloc; do
	echo 0 >"$faults/$kind/verbose"
	echo N >"$faults/$kind/ignore-gfp-wait"
done
echo N >"$faults/fail_page_alloc/ignore-gfp-highmem"
echo 0 >"$faults/fail_page_alloc/min-order"

# sweep UNDO COMMAND... - on J. UNDO brings back the state before.
sweep()
{
	local undo=$1 status
	shift

	at J env LD_PRELOAD="$shim" HN_FAIL_UNDO="$undo >/dev/null 2>&1" \
		HN_FAIL_LIMIT=$((10 * ${HN_SLOW:-1})) "$@" >"$hn_tmp/out" 2>&1
	status=$?
	is "$status" 0 "$*: each allocation fails once, then none" || diag "$(tail -n 5 "$hn_tmp/out")"
	like "$(tail -n 1 "$hn_tmp/out")" "^[1-9][0-9]* allocations, [1-9][0-9]* failures\$" \
		"they made it fail"
	diag "$(tail -n 1 "$hn_tmp/out")"
}

# starving INTERVAL COMMAND... - each INTERVALth of hanat's objects fails, whoever asks:
# the packets' path as well. Which caches are hanat's is said as the kernel boots (run.sh).
starving()
{
	local interval=$1 status
	shift

	echo Y >"$faults/failslab/cache-filter"
	echo "$interval" >"$faults/failslab/interval"
	echo -1 >"$faults/failslab/times"
	echo 100 >"$faults/failslab/probability"
	"$@"
	status=$?
	echo 0 >"$faults/failslab/probability"
	echo N >"$faults/failslab/cache-filter"
	return "$status"
}

# handled - how many packets J has dealt with.
handled()
{
	local translated starved

	read -r translated starved <<<"$(stat_of J xlat-64 drop-nomem)"
	echo $((translated + starved))
}

handled_is()
{
	test "$(handled)" "$1" "$2"
}

# burst COUNT - new flows, each with a mapping of its own, until J has dealt with all of
# them. As sessions: not for ok.
burst()
{
	local before

	before=$(handled)
	sessions "$1" --fan 1
	until_true 10 handled_is -ge $((before + $1))
}

# K has as many as J, or its daemon has ended.
synchronised_or_ended()
{
	[ ! -d "/proc/${hn_jobs[K]}" ] || session_count_is K -eq "$few" --udp
}

# gets_sessions N - by a daemon that may give up as it starts, as a service that is
# started again then. Sets hn_hit if it needed so many allocations for that; later ones
# are for what it says every second. With as few processes as can be: they are what
# takes the time.
gets_sessions()
{
	hn_hit=
	rm -f "$hit" "$hn_tmp/K.log"
	LD_PRELOAD=$shim HN_FAIL_NTH=$1 HN_FAIL_DONE=$hit daemon_launch K
	until_true 10 synchronised_or_ended
	[ ! -e "$hit" ] || hn_hit=1
	if [ ! -d "/proc/${hn_jobs[K]}" ]; then
		wait "${hn_jobs[K]}"
		daemon_launch K
		until_true 10 synchronised_or_ended
	fi
	[ "$(flows K --udp)" = "$wanted" ]
}

topology_tutorial
modprobe hanat
sweep "hactl instance remove" hactl instance add --pool6 64:ff9b::/96
sweep "hactl pool4 flush" hactl pool4 add --tcp --udp --icmp 192.0.2.1 61001-61100
ends="2001:db8::8#61001 192.0.2.1#61001"
# shellcheck disable=SC2086
sweep "hactl bib remove $ends" hactl bib add $ends
is "$(rows_of J bib)" 3 "there is a static mapping for each protocol"
# shellcheck disable=SC2086
sweep "hactl bib add $ends" hactl bib remove $ends
is "$(rows_of J bib)" 0 "none is left"
sweep true hactl --ss-enabled true --udp-timeout 200
ok "ports as in the tutorial" at J hactl pool4 add --udp 192.0.2.1 61101-65535

is "$(cat /sys/kernel/slab/hn_{mapping,session}/failslab | xargs)" "1 1" \
	"objects of both kinds can fail"
black_hole J
vip_add J
burst 50
point $? "packets while nothing fails"
is "$(session_count J --udp)" 50 "each makes its session"
# A new flow needs two objects. Of each the first fails; the second; of every other flow one.
while read -r interval expected; do
	before=$(session_count J --udp)
	starving "$interval" burst 30
	point $? "packets while 1 object of $interval fails"
	is $(($(session_count J --udp) - before)) "$expected" "$expected of 30 make their session"
	is "$(rows_of J bib --udp)" "$(session_count J --udp)" "no mapping is left without a session"
done <<-EOF
	1 0
	2 0
	3 15
EOF

for words in status "instance display" "pool4 display" "bib display" "session display" \
	"stats display" "global display"; do
	# shellcheck disable=SC2086
	sweep true hactl $words
done

# K gets J's sessions while it is short of memory once. They outlive this script. For each
# more the same allocations would fail again.
few=5
at J hactl instance remove
translator J
at J hactl --ss-enabled true --udp-timeout 7200
burst "$few"
daemon_start J
wanted=$(flows J --udp)
is "$(wc -l <<<"$wanted")" "$few" "J has $few sessions"
translator K
at K hactl --ss-enabled true
missed=0
for ((n = 1; n < 1000; n++)); do
	if ! gets_sessions "$n"; then
		missed=$((missed + 1))
		diag "allocation $n fails: K has $(session_count K) sessions: $(tail -n 5 "$hn_tmp/K.log")"
	fi
	job_kill K TERM
	at K hactl pool4 remove --udp 192.0.2.1 61001-65535 # and its sessions
	at K hactl pool4 add --udp 192.0.2.1 61001-65535
	[ "$hn_hit" ] || break
done
is "$missed" 0 "hanatd: $((n - 1)) allocations fail in turn, and it gets the sessions"
is "$hn_hit" "" "then it has them before one fails"
job_kill J TERM

sweep "hactl pool4 add --udp 192.0.2.1 61001-65535" hactl pool4 remove --udp 192.0.2.1 61001-65535
sweep "hactl instance add --pool6 64:ff9b::/96" hactl instance remove
done_testing
