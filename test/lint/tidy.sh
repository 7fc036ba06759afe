#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# clang-tidy over usr/. A file that passed is not looked at again until it, a header
# that it includes, the flags or the rules change, in whichever checkout. The analyzer
# takes half the time if it leaves a function after a quarter of the usual states.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=test/qemu/cache.sh
. test/qemu/cache.sh
build=${HANAT_BUILD:-$PWD/build}
export build

stamps=$(cached tidy "$(hash_of "$(cat .clang-tidy CMakeLists.txt usr/CMakeLists.txt)" \
	"$(clang-tidy --version)")" true)

# What the compiler read of ours, by the list that it left beside the object file: names
# are relative to where it ran.
# shellcheck disable=SC2016
find usr -name '*.cpp' -print0 | xargs -0 -r -n 1 -P "$(nproc)" bash -euo pipefail -c '
	list=$(echo "$build/$(dirname "$2")"/CMakeFiles/*.dir/"$(basename "$2")".o.d)
	stamp=$1/$(cd "$build/$(dirname "$2")" && sed "s/^[^ ]*://" "$list" | tr " \\\\" "\n" |
		grep -v "^/usr/\|^$" | xargs cat | sha256sum | cut -d " " -f 1)
	[ ! -e "$stamp" ] || exit 0
	if out=$(clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option \
		--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=50000 \
		"$2" 2>&1); then
		touch "$stamp"
	else
		grep -v "warnings generated\|Suppressed\|Use -header-filter" <<<"$out"
		exit 1
	fi
' - "$stamps"
