# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced: the RAM disk that a test machine starts from.

# What stands between it and the root file system, where it is not built in.
# crc32c_generic is found by name only, no dependency leads to it.
boot_modules=(virtio_pci virtio_blk crc32c_generic ext4 overlay 9pnet_virtio 9p)

# boot_order MODULES - paths of the boot modules, each after those it needs.
boot_order()
{
	local modules=$1 name

	for name in "${boot_modules[@]}"; do
		sed -n "s,^\(.*/$name\.ko[^:]*\):\(.*\),\1 \2,p" "$modules/modules.dep" |
			tr ' ' '\n' | sed '/^$/d' | tac
	done | awk '!seen[$0]++'
}

# make_initrd MODULES INITRD - of the kernel whose modules these are. BusyBox does
# not unpack modules.
make_initrd()
{
	local modules=$1 initrd=$2 root=$2.d path

	mkdir -p "$root"/{bin,dev,proc,sys,lower,rw,root,modules}
	cp /bin/busybox "$root/bin/busybox"
	install -m 755 "$(dirname "${BASH_SOURCE[0]}")/guest/initrd-init" "$root/init"
	boot_order "$modules" | while read -r path; do
		case $path in
		*.xz) xz -dc "$modules/$path" >"$root/modules/$(basename "$path" .xz)" ;;
		*) cp "$modules/$path" "$root/modules/" ;;
		esac
		basename "$path" .xz
	done >"$root/modules/order"
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) | gzip -1 >"$initrd"
	rm -rf "$root"
}

# initrd_inputs - what it depends on besides the kernel, for a hash.
initrd_inputs()
{
	cat "${BASH_SOURCE[0]}" "$(dirname "${BASH_SOURCE[0]}")/guest/initrd-init"
}
