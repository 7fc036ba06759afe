#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# controls.sh [RESULTS [debug|kcsan]] - shows that the test bed fails what it must
# fail: a test of the tests. Prints TAP. With a kernel of our own, what only that
# can see. A machine that is to die is one apart.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
results=${1:-$(readlink -f "$here/../..")/build/results/qemu_controls}
kernel=${2-}

# run NAME CONTROL...
run()
{
	local name=$1
	shift

	mkdir -p "$results"
	"$here/run.sh" ${kernel:+--kernel "$kernel"} --results "$results/$name" --script-timeout 5 \
		"${@/#/$here/controls/}" >"$results/$name.out" 2>&1
}

points=0 failed=0
# expect DESCRIPTION COMMAND...
expect()
{
	local word=ok description=$1
	shift

	points=$((points + 1))
	if ! "$@"; then
		word="not ok"
		failed=$((failed + 1))
	fi
	echo "$word $points - $description"
}

fails()
{
	! "$@"
}

controls_stock()
{
	local out=$results/many.out

	expect "a run with bad scripts fails" fails run many fail.sh hang.sh skip.sh splat.sh segfault.sh \
		noplan.sh count.sh status.sh namespace.sh taint.sh pass.sh
	expect "a failed point is seen" grep -q '^FAIL fail .* 1 failed' "$out"
	expect "a hanging script is stopped" grep -q 'timed out after 5 s' "$out"
	expect "a skipped point is seen" grep -q '^SKIP skip .* 1 skipped' "$out"
	expect "a complaint of the kernel is seen" grep -q '^FAIL splat ' "$out"
	expect "a program's crash is seen" grep -q '^FAIL segfault ' "$out"
	expect "a missing plan is seen" grep -q '^FAIL noplan ' "$out"
	expect "a missing point is seen" grep -q '^FAIL count ' "$out"
	expect "an exit status is seen" grep -q '^FAIL status ' "$out"
	expect "a namespace left behind is seen" grep -q '^FAIL namespace ' "$out"
	expect "a tainted kernel is seen" grep -q 'not ok - kernel is not tainted' "$out"
	expect "the script after them passes" grep -q '^ok   pass ' "$out"

	out=$results/dead.out
	expect "a run whose machine dies fails" fails run dead panic.sh pass.sh
	expect "the missing end marker is seen" grep -q 'no end marker' "$out"
	expect "a script that never ran is seen" grep -q '^FAIL pass ' "$out"
}

controls_debug()
{
	local out=$results/many.out

	expect "a run with bad modules fails" fails run many leak.sh inversion.sh pass.sh
	expect "a leak is seen" grep -q 'not ok - no memory is leaked' "$out"
	expect "and where it is" grep -q 'control_leak+' "$results/many/kmemleak.log"
	expect "a lock inversion is seen" grep -q '^FAIL inversion ' "$out"
	expect "and what it is" grep -q 'possible circular locking' "$out"
	expect "lockdep's end is seen" grep -q 'not ok - lockdep is at work' "$out"
	expect "the script after them passes" grep -q '^ok   pass ' "$out"

	out=$results/dead.out
	expect "a run with a use after free fails" fails run dead uaf.sh pass.sh
	expect "it is seen as such" grep -q '^FAIL uaf ' "$out"
	expect "and what it is" grep -q 'BUG: KASAN: .*control_uaf_init' "$out"
	expect "it ends the machine" grep -q 'no end marker' "$out"

	out=$results/undefined.out
	expect "a run with undefined behaviour fails" fails run undefined shift.sh
	expect "it is seen as such" grep -q '^FAIL shift ' "$out"
	expect "and what it is" grep -q 'UBSAN: shift-out-of-bounds in .*control_shift.c' "$out"
}

controls_kcsan()
{
	local out=$results/many.out

	expect "a run with a data race fails" fails run many race.sh pass.sh
	expect "it is seen as such" grep -q '^FAIL race ' "$out"
	expect "and what it is" grep -q 'BUG: KCSAN: data-race in control_count' "$out"
	expect "the script after it passes" grep -q '^ok   pass ' "$out"
}

"controls_${kernel:-stock}"
echo "1..$points"
echo "$((points - failed)) passed, $failed failed, 0 skipped" >"$results/totals"
[ "$failed" -eq 0 ]
