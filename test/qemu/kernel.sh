#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel.sh VERSION - prints the directory that holds this Debian kernel ready
# to boot: vmlinux, initrd and modules.img (all its modules).
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/qemu/cache.sh
. "$here/cache.sh"

kver=${1:?usage: kernel.sh VERSION}

# What stands between the initial RAM disk and the root file system.
# crc32c_generic is found by name only, no dependency leads to it.
boot_modules=(virtio_pci virtio_blk crc32c_generic ext4 overlay 9pnet_virtio 9p)

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

# Paths of the boot modules that are not built in, each after those it needs.
boot_order()
{
	local modules=$1 name

	for name in "${boot_modules[@]}"; do
		sed -n "s,^\(.*/$name\.ko[^:]*\):\(.*\),\1 \2,p" "$modules/modules.dep" |
			tr ' ' '\n' | sed '/^$/d' | tac
	done | awk '!seen[$0]++'
}

make_initrd()
{
	local modules=$1 initrd=$2 root=$2.d path

	mkdir -p "$root"/{bin,dev,proc,sys,lower,rw,root,modules}
	cp /bin/busybox "$root/bin/busybox"
	install -m 755 "$here/guest/initrd-init" "$root/init"
	boot_order "$modules" | while read -r path; do
		cp "$modules/$path" "$root/modules/"
		basename "$path"
	done >"$root/modules/order"
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) | gzip -1 >"$initrd"
	rm -rf "$root"
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
	cached "kernel-$kver" "$(hash_of "$kver" "$(cat "$here/guest/initrd-init")")" \
		"$0" "$kver" --build
fi
