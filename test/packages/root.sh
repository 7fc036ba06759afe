#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the path of a machine's root file system, packed: Debian 12 with its kernel, headers, DKMS
# and what the packages depend on, configured, with systemd and sshd. Needs root.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/qemu/cache.sh
. "$here/../qemu/cache.sh"

packages=(
	systemd-sysv udev dbus kmod procps iproute2 iputils-ping openssh-server
	linux-image-amd64 linux-headers-amd64 initramfs-tools dkms
	nftables keepalived
	libnl-3-200 libnl-genl-3-200 libboost-program-options1.74.0 libsodium23 libcap-ng0 libstdc++6
)

# The machine's own sources of Debian, one line each.
sources()
{
	# shellcheck disable=SC2016
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' | sort -u
}

build()
{
	local include

	echo "test/packages: making a Debian machine's root file system (once)"
	include=$(IFS=,; echo "${packages[*]}")
	sources >"$1/sources"
	mmdebstrap --variant=minbase --include="$include" bookworm "$1/root.tar" "$1/sources" \
		>"$1/log" 2>&1 || { tail -n 5 "$1/log"; return 1; }
}

if [ "${1-}" = --build ]; then
	build "$2"
else
	dir=$(cached machine "$(hash_of "${packages[@]}")" "$0" --build)
	echo "$dir/root.tar"
fi
