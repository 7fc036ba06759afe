#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# found.sh FUZZER RESULTS - shows that run.sh finds a defect: FUZZER is the one of
# control_fuzz.cpp. From nothing, it is to be found within seconds, said, left as a
# file, and to show again from there.
set -euo pipefail
fuzzer=$1 results=$2/control
here=$(dirname "$(readlink -f "$0")")

rm -rf "$results"
mkdir -p "$results"
if out=$(FUZZ_SECONDS=60 "$here/run.sh" "$fuzzer" "$results"); then
	echo "nothing was found in 60 s"
	exit 1
fi
input=$(sed -n 's/^input: //p' <<<"$out")
if [ ! -s "$input" ] || [ "$(head -c 2 "$input")" != HN ]; then
	printf '%s\n' "$out" "no input was left"
	exit 1
fi
if again=$("$fuzzer" -exact_artifact_path=/dev/null "$input" 2>&1); then
	printf '%s\n' "$again" "$input does not show it again"
	exit 1
fi
