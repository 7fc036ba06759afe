#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel.sh [KERNEL] - the kernel module: every warning of W=1 and of sparse is an
# error, and checkpatch is silent. With the name of another kernel (as for
# test/qemu/kernel.sh) built for that, and checkpatch left out.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../..")
# shellcheck source=test/qemu/cache.sh
. "$here/../qemu/cache.sh"
# What sparse of Debian 12 does not know and newer headers use.
sparse_flags="-D__CHECK_ENDIAN__ -D__typeof_unqual__=__typeof__ '-D__builtin_strlen(s)=(sizeof(s)-1)'"

# checkpatch comes with the kernel's source only.
fetch_checkpatch()
{
	local source=/usr/src/linux-source-6.1.tar.xz
	local scripts=linux-source-6.1/scripts

	tar -xJf "$source" -C "$1" --strip-components=2 --occurrence=1 \
		"$scripts/checkpatch.pl" "$scripts/spelling.txt" "$scripts/const_structs.checkpatch"
}

# Not asked for: parentheses around lists that are written once as a macro and
# expanded by an argument (X macros), where each argument is used repeatedly; in
# common/, which is compiled outside the kernel as well, BIT() and ARRAY_SIZE().
checkpatch()
{
	local ignore=COMPLEX_MACRO,MACRO_ARG_REUSE,MACRO_ARG_PRECEDENCE part=$1

	[ "$part" = mod ] || ignore+=,BIT_MACRO,ARRAY_SIZE
	(cd "$top" && find "$part" -name '*.[ch]' ! -name '*.mod.c' -print0 |
		xargs -0 perl "$checkpatch" --strict --no-tree --no-summary --terse \
			--show-types --max-line-length=100 --color=never --ignore "$ignore" -f)
}

# build WORD... - for make.
build()
{
	"$here/../mod_tree.sh" "$tree"
	make -j "$(nproc)" -C "$kdir" "M=$tree/mod" "$@" W=1 KCFLAGS=-Werror modules 2>&1
}

compiler()
{
	local out

	out=$(build) || { echo "$out"; return 1; }
}

# With the tests of the module itself, which only add to it.
sparse()
{
	local out status=0

	out=$(build HN_SELFTEST=y C=2 "CF=$sparse_flags") || status=1
	if [ "$status" -ne 0 ] || ! grep -q '^  CHECK ' <<<"$out"; then
		echo "$out"
		return 1
	fi
	# The headers of the kernel make sparse complain as well: not ours to mend.
	# Our own files have relative names with newer kernels.
	if grep -E "^(($tree/)?(mod|common)/|[^/])[^ ]*:[0-9]+:.*(warning|error):" <<<"$out"; then
		return 1
	fi
}

if [ "${1-}" = --fetch ]; then
	fetch_checkpatch "$2"
	exit
fi
if [ $# -gt 0 ]; then
	kernel=$("$here/../qemu/kernel.sh" "$1")
	kver=$(cat "$kernel/release") kdir=$kernel/build
else
	kver=$("$here/../kver.sh") kdir=/lib/modules/$kver/build
fi
tree=${HANAT_BUILD:-$top/build}/lint/$kver
status=0
compiler || status=1
sparse || status=1
[ $# -eq 0 ] || exit "$status"
checkpatch=$(cached checkpatch "$(hash_of 6.1)" "$0" --fetch)/checkpatch.pl
for part in mod common; do
	checkpatch "$part" || status=1
done
exit "$status"
