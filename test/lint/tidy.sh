#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# clang-tidy over usr/. A file that passed is not looked at again until it, a
# header or the rules change.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
build=${HANAT_BUILD:-$PWD/build}
export build

stamps=$build/lint/tidy
mkdir -p "$stamps"
common=$(find usr common -name '*.h' -print0 | sort -z |
	xargs -0 cat .clang-tidy | sha256sum | cut -d ' ' -f 1)

# shellcheck disable=SC2016
find usr -name '*.cpp' -print0 | xargs -0 -r -n 1 -P "$(nproc)" bash -euo pipefail -c '
	stamp=$1/$({ echo "$2"; cat "$3"; } | sha256sum | cut -d " " -f 1)
	[ ! -e "$stamp" ] || exit 0
	if out=$(clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option "$3" 2>&1); then
		touch "$stamp"
	else
		grep -v "warnings generated\|Suppressed\|Use -header-filter" <<<"$out"
		exit 1
	fi
' - "$stamps" "$common"
