#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mod_tree.sh [--copy] DIR [PART...] - the module's sources in DIR, as links:
# objects for several kernels and for lint do not get in each other's way, and the
# checkout stays clean. Parts of the checkout other than mod and common on demand.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

copy=
if [ "$1" = --copy ]; then
	copy=1
	shift
fi
dir=$1
shift
[ $# -gt 0 ] || set -- mod common
mkdir -p "$dir"
find "$dir" -xtype l -delete
find "$@" \( -name '*.[ch]' ! -name '*.mod.c' -o -name Kbuild -o -name Makefile \) -type f |
	while read -r file; do
		mkdir -p "$dir/${file%/*}"
		if [ -n "$copy" ]; then
			cp "$file" "$dir/$file"
		elif [ ! -e "$dir/$file" ]; then
			ln -s "$PWD/$file" "$dir/$file"
		fi
	done
