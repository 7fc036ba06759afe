#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# control.sh RESULTS - shows that the comparison can fail: against a reference 6 %
# better than the run that left RESULTS every row is worse; against the run itself
# none is.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
results=${1:?usage: control.sh RESULTS}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$here/report.py" "$results" --reference "$dir/same" --update >/dev/null
awk -F': ' '/": / { printf "%s: %.3f%s\n", $1, $2 * 0.94, /,$/ ? "," : ""; next } 1' \
	"$dir/same" >"$dir/better"
rows=$(grep -c '": ' "$dir/same")

"$here/report.py" "$results" --reference "$dir/same" >/dev/null
if "$here/report.py" "$results" --reference "$dir/better" >"$dir/out"; then
	echo "control: a run that is 6 % worse passes"
	exit 1
fi
[ "$(grep -c '^bench: worse' "$dir/out")" -eq "$rows" ]
