#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hanatd_manual.sh HANATD SOURCE: the manual pages name the options of `hanatd --help`, the counters and
# the keys of the netsocket file, and no others.
set -euo pipefail

dir="$2/usr/hanatd"

section()
{
	sed -n "/^\.SH $2\$/,/^\.SH/p" "$1" | sed 's/\\-/-/g'
}

same()
{
	diff <(sort "$1") <(sort "$2") >&2 || { echo "$3 differ" >&2; exit 1; }
}

same <("$1" --help | grep -oE -- '--[a-z-]+') \
	<(section "$dir/hanatd.8" OPTIONS | grep -oE -- '--[a-z-]+') "options"
same <(sed -nE 's/^\s*X\([a-z_]+, "([a-z-]+)".*/\1/p' "$dir/counters.h") \
	<(section "$dir/hanatd.8" COUNTERS | sed -nE 's/^\.B ([a-z-]+)$/\1/p') "counters"
same <(grep -ohE '(object\.[a-z_]+\(|(interface|size|addresses)\(object, |key = )"[a-z ]+"' \
		"$dir/config.cpp" "$dir/link_config.cpp" | sed -E 's/.*"(.*)"/\1/' | sort -u) \
	<(section "$dir/hanatd.conf.5" KEYS | sed -nE 's/^\.BR "?([a-z ]+[a-z])"? "? ?\(.*/\1/p') "keys"
