#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# machine.sh [SECONDS] [OPTION VALUE]... - fuzzes the kernel module in a virtual machine
# with the debug kernel: each script for so long (FUZZ_SECONDS, or 60). The rest is
# for run.sh. What is sent depends on HN_FUZZ_SEED, which the output names; else on
# the time.
set -euo pipefail
top=$(readlink -f "$(dirname "$0")/../..")

seconds=${FUZZ_SECONDS:-60}
if [[ ${1-} =~ ^[0-9]+$ ]]; then
	seconds=$1
	shift
fi
HN_FUZZ_SEED=${HN_FUZZ_SEED:-$(date +%s)} HN_FUZZ_SECONDS=$seconds exec "$top/test/qemu/run.sh" \
	--kernel debug --results "$top/build/results/fuzz_machine" \
	--script-timeout $((420 + 2 * seconds)) --timeout $((1150 + 4 * seconds)) "$@" \
	"$top"/test/netns/8[0-9]-fuzz-*.sh
