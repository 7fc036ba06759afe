#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# total.sh RESULTS TIER... - sums what CTest left in RESULTS/TIER.xml. A test
# that counts for itself (results/NAME/totals) counts with its own numbers, any
# other as one. Prints the closing line; fails if anything failed or was skipped.
set -euo pipefail

results=$1
shift
passed=0 failed=0 skipped=0 broken=()

# "STATUS NAME" of every test of a tier: run, fail, notrun, disabled.
tests_of()
{
	sed -n 's/.*<testcase name="\([^"]*\)".* status="\([a-z]*\)".*/\2 \1/p' "$1"
}

for tier in "$@"; do
	if [ ! -s "$results/$tier.xml" ]; then
		failed=$((failed + 1))
		broken+=("$tier: did not run")
		continue
	fi
	while read -r status name; do
		own=(0 0 0)
		if [ -s "$results/$name/totals" ]; then
			mapfile -t own < <(grep -o '[0-9]*' "$results/$name/totals")
		elif [ "$status" = run ]; then
			own=(1 0 0)
		fi
		case $status in
		run) ;;
		fail) [ "${own[1]}" -gt 0 ] || [ "${own[2]}" -gt 0 ] || own[1]=1 ;;
		*) own=(0 0 1) ;;
		esac
		passed=$((passed + own[0]))
		failed=$((failed + own[1]))
		skipped=$((skipped + own[2]))
		[ "$status" = run ] || broken+=("$tier: $name")
	done < <(tests_of "$results/$tier.xml")
done

for name in "${broken[@]}"; do
	echo "not passed: $name"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$passed" -gt 0 ] && [ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ]
