#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Scripts are clean under shellcheck, no file knows the machine it was written on, and packages are of
# the version that the programs say.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

# What is or would be committed. A tree without git (a release) counts whole.
files()
{
	git ls-files --cached --others --exclude-standard 2>/dev/null ||
		find . -path ./build -prune -o -type f -printf '%P\n'
}

mapfile -t all < <(files | while read -r file; do [ ! -f "$file" ] || echo "$file"; done)
mapfile -t scripts < <(grep -lIE '^#!/bin/(ba)?sh|^# shellcheck shell=' "${all[@]}")
shellcheck "${scripts[@]}"

status=0
parent=$(dirname "$PWD")
paths=(-e "$PWD")
case $parent in
/ | /home | /root | /tmp | /src | /opt | /usr/src | /build) ;;
*) paths+=(-e "$parent/") ;;
esac
if grep -nIF "${paths[@]}" "${all[@]}"; then
	echo "the lines above name a path of this machine"
	status=1
fi
if long=$(wc -l "${scripts[@]}" | awk '$2 != "total" && $1 > 250') && [ -n "$long" ]; then
	printf 'longer than a script should be:\n%s\n' "$long"
	status=1
fi
if ! grep -q "^hanat ($(sed -n 's/^.define HN_VERSION "\(.*\)"/\1/p' common/version.h))" debian/changelog; then
	echo "debian/changelog is not of the version in common/version.h"
	status=1
fi
exit "$status"
