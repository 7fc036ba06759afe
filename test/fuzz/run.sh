#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh FUZZER RESULTS - looks for inputs that FUZZER, a NAME_fuzz, dies of, for
# FUZZ_SECONDS (60), from the kept corpus and from what was found before, which
# is in RESULTS/corpus/NAME. What it dies of is left in RESULTS/found.
set -euo pipefail
fuzzer=$1 results=$2
here=$(dirname "$(readlink -f "$0")")
seconds=${FUZZ_SECONDS:-60}
name=$(basename "$fuzzer" _fuzz)
kept=$here/corpus/$name
corpus=$results/corpus/$name
found=$results/found
log=$results/$name.log
# Longer inputs only make it slow. None needs a tenth of the time or the memory.
limits=(-max_len=4096 -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=256)

mkdir -p "$corpus" "$found"
marker=$(mktemp)
trap 'rm -f "$marker"' EXIT
options=("${limits[@]}" "-artifact_prefix=$found/$name-" -print_final_stats=1)
[ ! -e "$here/$name.dict" ] || options+=("-dict=$here/$name.dict")

# Besides its own limit: a fuzzer that hangs is a failure, not a wait.
status=0
UBSAN_OPTIONS=print_stacktrace=1 timeout --kill-after=10 $((seconds + 120)) "$fuzzer" \
	"${options[@]}" "-max_total_time=$seconds" "$corpus" "$kept" >"$log" 2>&1 || status=$?

if [ "$status" -eq 0 ]; then
	sed -n 's/^stat::number_of_executed_units: */inputs: /p' "$log"
	grep '^#.*DONE' "$log"
	echo "to keep what is new: $fuzzer -merge=1 $kept $corpus"
	exit 0
fi
grep -v '^#[0-9]' "$log" | tail -n 60
echo "exit status $status; all that it said: $log"
find "$found" -name "$name-*" -newer "$marker" | while read -r input; do
	echo "input: $input"
	echo "again: $fuzzer -exact_artifact_path=/dev/null $input"
	echo "as a test, once it is mended: cp $input $kept/"
done
exit 1
