#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the scripts listed in /results/scripts ("PATH SECONDS" per line) one
# after another, each into a log of its own, and looks after each one at what it
# left behind. Judging is the host's part (verdict.sh): this only states facts.
set -uo pipefail

results=/results

# How much slower than a stock kernel this one is: scales deadlines.
set -a
# shellcheck source=/dev/null
. "$results/env"
set +a

# Everything but the kernel's threads (no command line), process 1 and this
# script. Builtins only: a fork is dear under emulation.
kill_leftovers()
{
	local dir pid line

	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/} line=
		read -r -d '' line <"$dir/cmdline"
		if [ -n "$line" ] && [ "$pid" -ne 1 ] && [ "$pid" -ne $$ ]; then
			kill -KILL "$pid"
		fi
	done 2>/dev/null
}

# wait_until SECONDS command... - true as soon as command is.
wait_until()
{
	local deadline=$((SECONDS + $1 * HN_SLOW))
	shift

	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}

module_gone()
{
	[ ! -d /sys/module/hanat ] || rmmod hanat 2>/dev/null
}

audit_script()
{
	local left

	kill_leftovers
	left=$(ip netns list | awk '{ print $1 }' | tr '\n' ' ')
	if [ -n "$left" ]; then
		echo "not ok - leaves no network namespace behind: $left"
		ip -all netns delete
	fi
	wait_until 20 module_gone ||
		echo "not ok - module unloads (references: $(cat /sys/module/hanat/refcnt))"
}

run_script()
{
	local path=$1 seconds=$2 name start status
	name=$(basename "$path" .sh)

	echo "hanat-test: begin $name" >/dev/kmsg
	start=$EPOCHREALTIME
	(cd "$(dirname "/src/$path")" &&
		exec timeout -k 5 "$seconds" bash "/src/$path") \
		</dev/null >"$results/$name.log" 2>&1
	status=$?
	echo "$status $(((${EPOCHREALTIME/./} - ${start/./}) / 1000))" >"$results/$name.status"
	audit_script >"$results/$name.audit" 2>&1
	echo "hanat-test: end $name" >/dev/kmsg
}

# The module tests itself as it is loaded, which takes a quarter of a minute: it did so in
# the first script. Who asks for it gets it: the last of two values counts.
spare_selftest()
{
	grep -q selftest=0 /etc/modprobe.d/hanat.conf ||
		sed -i "s|insmod [^ ]*|& selftest=0|" /etc/modprobe.d/hanat.conf
}

# Bits that loading an unsigned module out of the tree sets: O and E. Any other
# is the trace of a defect. F and R cannot be: nothing here forces a module.
audit_taint()
{
	local taint allowed=$((1 << 12 | 1 << 13))

	taint=$(cat /proc/sys/kernel/tainted)
	if [ $((taint & ~allowed)) -eq 0 ]; then
		echo "ok - kernel is not tainted"
	else
		echo "not ok - kernel is not tainted: $taint"
	fi
}

# Objects younger than 5 s are not reported, and one scan may miss a pointer
# that is being moved.
audit_leaks()
{
	local file=/sys/kernel/debug/kmemleak

	for _ in 1 2; do
		sleep 6
		if ! echo scan >"$file"; then
			echo "not ok - leaks are looked for"
			return
		fi
	done
	cat "$file" >"$results/kmemleak.log"
	if [ -s "$results/kmemleak.log" ]; then
		echo "not ok - no memory is leaked: see kmemleak.log"
	else
		echo "ok - no memory is leaked"
	fi
}

# Lockdep ends with its first finding, or for want of room.
audit_lockdep()
{
	if grep -q '^ debug_locks: *1$' /proc/lockdep_stats; then
		echo "ok - lockdep is at work"
	else
		echo "not ok - lockdep is at work"
	fi
}

audit_kcsan()
{
	if grep -q '^enabled: 1$' /sys/kernel/debug/kcsan; then
		echo "ok - KCSAN is at work"
	else
		echo "not ok - KCSAN is at work"
	fi
}

flavour=$(uname -r)
flavour=${flavour##*-hanat-}
[ "$flavour" != kcsan ] || echo on >/sys/kernel/debug/kcsan
while read -r path seconds; do
	run_script "$path" "$seconds"
	case $flavour in
	debug | kcsan) spare_selftest ;;
	esac
done <"$results/scripts"
{
	case $flavour in
	debug)
		audit_leaks
		audit_lockdep
		;;
	kcsan)
		audit_kcsan
		audit_lockdep
		;;
	esac
	audit_taint
} >"$results/machine.audit"
