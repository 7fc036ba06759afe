# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced, after cache.sh and initrd.sh: from unpacked packages of a kernel what a
# test machine boots.

# field FILE OFFSET BYTES - a number out of the boot header.
field()
{
	od -A n -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# The kernel proper, for QEMU to start directly: under emulation the guest takes
# longer to unpack it than to boot. Other compressions stay as they are.
unpack_kernel()
{
	local offset length program

	offset=$((($(field "$1" 497 1) + 1) * 512 + $(field "$1" 584 4)))
	length=$(($(field "$1" 588 4) - 4))
	for program in xz zstd; do
		dd if="$1" iflag=skip_bytes,count_bytes bs=1M skip="$offset" count="$length" \
			status=none | "$program" -dcq >"$2" 2>/dev/null && return
	done
	cp "$1" "$2"
}

# pack TREE RELEASE DIR - vmlinux, initrd, modules.img and release into DIR. Uses
# up the modules of the tree.
pack()
{
	local tree=$1 modules=$1/lib/modules vmlinuz

	for vmlinuz in "$tree/boot/vmlinuz-$2" "$modules/$2/vmlinuz"; do
		[ ! -e "$vmlinuz" ] || break
	done
	unpack_kernel "$vmlinuz" "$3/vmlinux"
	depmod -b "$tree" "$2"
	rm -f "$modules/$2"/{build,source,vmlinuz}
	make_initrd "$modules/$2" "$3/initrd"
	chmod -R u+rwX,go+rX "$modules"
	ext4_from "$modules" "$3/modules.img"
	rm -rf "${modules:?}/$2"
	echo "$2" >"$3/release"
}
