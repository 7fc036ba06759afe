#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# controls.sh [RESULTS] - shows that the test bed fails what it must fail: a test
# of the tests. Prints TAP. Two machines, one of which is to die.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
results=${1:-$(readlink -f "$here/../..")/build/results/qemu_controls}

bad=(fail hang skip splat noplan count status namespace taint)
scripts=()
for name in "${bad[@]}" pass; do
	scripts+=("$here/controls/$name.sh")
done

run()
{
	local name=$1
	shift

	mkdir -p "$results"
	"$here/run.sh" --results "$results/$name" --script-timeout 5 "$@" >"$results/$name.out" 2>&1
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

out=$results/many.out
expect "a run with bad scripts fails" fails run many "${scripts[@]}"
expect "a failed point is seen" grep -q '^FAIL fail .* 1 failed' "$out"
expect "a hanging script is stopped" grep -q 'timed out after 5 s' "$out"
expect "a skipped point is seen" grep -q '^SKIP skip .* 1 skipped' "$out"
expect "a complaint of the kernel is seen" grep -q '^FAIL splat ' "$out"
expect "a missing plan is seen" grep -q '^FAIL noplan ' "$out"
expect "a missing point is seen" grep -q '^FAIL count ' "$out"
expect "an exit status is seen" grep -q '^FAIL status ' "$out"
expect "a namespace left behind is seen" grep -q '^FAIL namespace ' "$out"
expect "a tainted kernel is seen" grep -q 'not ok - kernel is not tainted' "$out"
expect "the script after them passes" grep -q '^ok   pass ' "$out"

out=$results/dead.out
expect "a run whose machine dies fails" fails run dead "$here/controls/panic.sh" \
	"$here/controls/pass.sh"
expect "the missing end marker is seen" grep -q 'no end marker' "$out"
expect "a script that never ran is seen" grep -q '^FAIL pass ' "$out"

echo "1..$points"
echo "$((points - failed)) passed, $failed failed, 0 skipped" >"$results/totals"
[ "$failed" -eq 0 ]
