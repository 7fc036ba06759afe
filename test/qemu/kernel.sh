#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel.sh VERSION - prints the directory that holds this Debian kernel ready
# to boot: vmlinux, initrd and modules.img (all its modules).
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/qemu/cache.sh
. "$here/cache.sh"
# shellcheck source=test/qemu/initrd.sh
. "$here/initrd.sh"

kver=${1:?usage: kernel.sh VERSION}

# The package rather than what may be installed: installing an image writes to
# /boot and runs hooks, on a machine that only wants to run tests.
fetch()
{
	local tree=$1/tree

	mkdir -p "$tree"
	if (cd "$1" && apt_fetch "$1/work" download "linux-image-$kver") >"$1/apt.log" 2>&1; then
		dpkg-deb -x "$1"/linux-image-*.deb "$tree"
		rm "$1"/linux-image-*.deb
	elif [ -r "/boot/vmlinuz-$kver" ] && [ -d "/lib/modules/$kver/kernel" ]; then
		mkdir -p "$tree/boot" "$tree/lib/modules"
		cp "/boot/vmlinuz-$kver" "$tree/boot/"
		cp -a "/lib/modules/$kver" "$tree/lib/modules/"
	else
		tail -n 5 "$1/apt.log"
		echo "kernel: no image of linux $kver: neither a package nor in /boot"
		return 1
	fi
	depmod -b "$tree" "$kver"
}

# field FILE OFFSET BYTES - a number out of the boot header.
field()
{
	od -A n -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# The kernel proper, for QEMU to start directly: under emulation the guest takes
# longer to unpack it than to boot. Other compressions stay as they are.
unpack_kernel()
{
	local offset length

	offset=$((($(field "$1" 497 1) + 1) * 512 + $(field "$1" 584 4)))
	length=$(($(field "$1" 588 4) - 4))
	dd if="$1" iflag=skip_bytes,count_bytes bs=1M skip="$offset" count="$length" status=none |
		xz -dcq 2>/dev/null >"$2" || cp "$1" "$2"
}

build()
{
	local modules=$1/tree/lib/modules/$kver

	echo "test/qemu: preparing linux $kver (once)"
	fetch "$1"
	unpack_kernel "$1/tree/boot/vmlinuz-$kver" "$1/vmlinux"
	rm -f "$modules/build" "$modules/source"
	make_initrd "$modules" "$1/initrd"
	chmod -R u+rwX,go+rX "$1/tree"
	ext4_from "$1/tree/lib/modules" "$1/modules.img"
	rm -rf "$1/tree" "$1/work"
}

if [ "${2-}" = --build ]; then
	build "$3"
else
	cached "kernel-$kver" "$(hash_of "$kver" "$(initrd_inputs)")" "$0" "$kver" --build
fi
