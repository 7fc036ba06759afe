#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# control.sh REPLAY CORPUS - shows that the replay fails what it must fail: each
# planted defect of control_fuzz.cpp by the one that is to see it, an input that
# can't be read, and a directory without inputs.
set -euo pipefail
replay=$1 corpus=$2
empty=$(mktemp -d)
trap 'rmdir "$empty"' EXIT

status=0
# sees INPUT TEXT: it ends the process, and TEXT says why.
sees()
{
	local out

	if out=$("$replay" "$1" 2>&1) || ! grep -q "$2" <<<"$out"; then
		echo "not seen in $1: $2"
		status=1
	fi
}

"$replay" "$corpus/harmless" >/dev/null || status=1
sees "$corpus/address" "AddressSanitizer: heap-buffer-overflow"
sees "$corpus/undefined" "runtime error: signed integer overflow"
sees "$corpus/statement" "does not hold: which != 'X'"
sees "$corpus/missing" "cannot be read"
sees "$empty" "^0 inputs"
exit "$status"
