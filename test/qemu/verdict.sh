#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# verdict.sh RESULTS - judges what a test machine left in RESULTS: a line per
# script, the reasons of each failure, and last the totals. Fails unless
# everything ran, passed and left the kernel in order.
set -euo pipefail

results=${1:?usage: verdict.sh RESULTS}
splat='Call Trace|BUG: |WARNING: |UBSAN: |Oops|Kernel panic|suspected memory leaks'
splat+='|possible (recursive|circular)|suspicious RCU usage|INFO: task'
splat+='|unregister_netdevice: waiting|rcu:.*stall'
# Of programs, whoever waits for them: a daemon that is being stopped crashes unseen.
splat+='|: segfault at |traps: .* (general protection|trap )'
total_passed=0 total_failed=0 total_skipped=0

# A machine that died left no log of its own, only what reached the console.
log=$results/dmesg.log
[ -s "$log" ] || log=$results/console.log

# The kernel's complaints between a script's markers ("" = outside of all). KCSAN
# and PROVE_RCU_LIST complain of the rest of the kernel as well, without ending the
# machine: their reports count if a module of ours is on a stack, above what an
# interrupt came upon. Not those of the kernel with itself, which whoever sleeps, draws a
# random number or queues work may be in the middle of: two of its clock, and one of the
# word in which a work item says that it is queued, read by who runs it.
splats_of()
{
	awk -v name="$1" -v splat="$splat" -v ours='\\[(hanat|control_[a-z]+)\\]' '
		BEGIN {
			theirs["ktime_get_seconds / timekeeping_advance"]
			theirs["hrtimer_wakeup / schedule_hrtimeout_range_clock"]
			theirs["process_one_work / queue_delayed_work_on"]
		}
		/hanat-test: begin / { current = $NF; next }
		/hanat-test: end / { current = ""; next }
		current != name { next }
		/BUG: KCSAN: |WARNING: suspicious RCU usage/ {
			race = $0
			sub(/.*data-race in /, "", race)
			held = race in theirs ? "" : $0
			if (held == "") next
		}
		held != "" {
			if (/(read|write) .*to 0x|Call Trace:/) interrupted = 0
			if (/ asm_(sysvec_|common_interrupt)/) interrupted = 1
			if (($0 ~ ours && !interrupted) || /suspicious rcu_dereference/) { print held; held = "" }
			if (/==========|<\/TASK>/) held = ""
			if (/BUG: KCSAN: |suspicious RCU usage|Call Trace:/) next
		}
		$0 ~ splat
	' "$log" 2>/dev/null | head -n 5
}

# complaints AUDIT MARK - what the audit found wrong, and the kernel.
complaints()
{
	grep -h '^not ok' "$results/$1.audit" 2>/dev/null || true
	splats_of "$2"
}

# tap FILE - "passed failed skipped plan" and, from line 2, what did not pass.
tap()
{
	awk '
		/^1\.\.[0-9]+/ {
			plan = substr($1, 4)
			if (plan == 0) { skipped++; why[++n] = "skipped as a whole: " $0 }
			next
		}
		/^(ok|not ok)( |$)/ { points++ }
		/^(ok|not ok)( .*)?# *[Ss][Kk][Ii][Pp]/ { skipped++; why[++n] = $0; next }
		/^ok( |$)/ { passed++; next }
		/^not ok( |$)/ { failed++; why[++n] = $0; next }
		/^Bail out!/ { failed++; why[++n] = $0 }
		END {
			if (plan == "") { failed++; why[++n] = "no plan: did not reach its end" }
			else if (plan != points + 0) {
				failed++; why[++n] = "planned " plan " points, saw " points + 0
			}
			print passed + 0, failed + 0, skipped + 0
			for (i = 1; i <= n; i++) print why[i]
		}' "$1"
}

# judge NAME LIMIT - sets passed, failed, skipped and the array reasons.
judge()
{
	local name=$1 status='' ms='' line

	passed=0 failed=0 skipped=0 reasons=() took=
	if [ ! -e "$results/$name.status" ] && ! grep -q "hanat-test: begin $name\$" "$log"; then
		failed=1 reasons=("did not run")
		return
	fi
	mapfile -t lines < <(tap "$results/$name.log")
	read -r passed failed skipped <<<"${lines[0]}"
	reasons=("${lines[@]:1}")

	[ ! -e "$results/$name.status" ] || read -r status ms <"$results/$name.status"
	took=${ms:+$((ms / 1000)).$((ms / 100 % 10)) s}
	case $status in
	0) ;;
	'') line="machine ended before the script did" ;;
	124 | 137) line="timed out after $2 s" ;;
	*) line="exit status $status" ;;
	esac
	if [ -n "${line-}" ]; then
		reasons+=("$line")
		[ "$failed" -gt 0 ] || failed=1
	fi
	while read -r line; do
		reasons+=("$line")
		failed=$((failed + 1))
	done < <(complaints "$name" "$name")
}

# report NAME - one line, and what is wrong below it.
report()
{
	local word=ok reason

	[ "$skipped" -eq 0 ] || word=SKIP
	[ "$failed" -eq 0 ] || word=FAIL
	printf '%-4s %-28s %3d passed %3d failed %3d skipped %8s\n' \
		"$word" "$1" "$passed" "$failed" "$skipped" "$took"
	for reason in "${reasons[@]}"; do
		echo "     $reason"
	done
	if [ "$word" = FAIL ] && [ -s "$results/$1.log" ]; then
		tail -n 25 "$results/$1.log" | sed 's/^/     | /'
	fi
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	total_skipped=$((total_skipped + skipped))
}

# Where the console begins to complain, or just its end.
last_words()
{
	local console=$results/console.log

	if grep -qE "$splat" "$console"; then
		grep -E -m 1 -A 20 "$splat" "$console"
	else
		tail -n 15 "$console"
	fi
}

# What concerns the machine as a whole; its absence is a failure as well.
judge_machine()
{
	local line

	failed=0 skipped=0 reasons=() took=
	passed=$(grep -c '^ok' "$results/machine.audit" 2>/dev/null) || true
	passed=${passed:-0}
	if [ ! -e "$results/end" ]; then
		reasons+=("no end marker: the machine died or was stopped")
		last_words >"$results/machine.log"
	fi
	while read -r line; do
		reasons+=("$line")
	done < <(complaints machine '')
	[ -e "$results/machine.audit" ] || reasons+=("nothing was audited")
	failed=${#reasons[@]}
}

while read -r path limit; do
	name=$(basename "$path" .sh)
	judge "$name" "$limit"
	report "$name"
done <"$results/scripts"
judge_machine
report machine
echo "     logs: $results"
echo "$total_passed passed, $total_failed failed, $total_skipped skipped" | tee "$results/totals"
[ "$total_passed" -gt 0 ] && [ "$total_failed" -eq 0 ] && [ "$total_skipped" -eq 0 ]
