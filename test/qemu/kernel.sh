#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel.sh NAME - prints the directory that holds a kernel ready to boot:
# vmlinux, initrd and modules.img (all its modules); release (what it calls itself)
# and build (what modules are built against). NAME is the release of one whose
# headers are installed, X.Y for one of Debian's backports, or debug, kcsan or uml.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/qemu/cache.sh
. "$here/cache.sh"
# shellcheck source=test/qemu/initrd.sh
. "$here/initrd.sh"
# shellcheck source=test/qemu/pack.sh
. "$here/pack.sh"

kver=${1:?usage: kernel.sh NAME}
case $kver in
debug | kcsan | uml) exec "$here/debug_kernel.sh" "$kver" ;;
*.*.* | *-*) ;;
*) exec "$here/backport.sh" "$kver" ;;
esac

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
}

build()
{
	echo "test/qemu: preparing linux $kver (once)"
	fetch "$1"
	pack "$1/tree" "$kver" "$1"
	ln -s "/lib/modules/$kver/build" "$1/build"
	rm -rf "$1/tree" "$1/work"
}

if [ "${2-}" = --build ]; then
	build "$3"
else
	cached "kernel-$kver" "$(hash_of "$kver" "$(initrd_inputs)" "$(cat "$here/pack.sh")")" \
		"$0" "$kver" --build
fi
