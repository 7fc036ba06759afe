#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the directory with Debian's prometheus and promtool, unpacked, never installed.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/qemu/cache.sh
. "$here/../qemu/cache.sh"

build()
{
	(cd "$1" && apt_fetch "$1/work" download prometheus) >"$1/apt.log" 2>&1 || { tail -n 5 "$1/apt.log"; return 1; }
	dpkg-deb --fsys-tarfile "$1"/prometheus_*.deb | tar -x -C "$1" --strip-components=3 ./usr/bin
	rm -rf "$1"/prometheus_*.deb "$1/work"
}

if [ "${1-}" = --build ]; then
	build "$2"
else
	cached prometheus "$(hash_of prometheus)" "$0" --build
fi
