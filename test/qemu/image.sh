#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the path of the guest's root file system: an ext4 image of Debian
# packages, unpacked, never configured. Needs no root.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/qemu/cache.sh
. "$here/cache.sh"

packages=(
	bash coreutils util-linux mount sed grep gawk diffutils findutils hostname procps kmod
	ncurses-base libc-bin dash gzip
	iproute2 iputils-ping iputils-arping ndisc6 ethtool nftables conntrack conntrackd tcpdump
	socat netcat-openbsd iperf3 curl jq python3 keepalived
	iputils-tracepath traceroute bind9-dnsutils unbound openssh-client openssh-server
	pacemaker corosync crmsh resource-agents libxml2-utils debianutils libpam-modules
	libnl-3-200 libnl-genl-3-200 libboost-program-options1.74.0 libsodium23 libcap-ng0 libstdc++6
)

# What the packages' own scripts would have done, as far as tests need it.
configure()
{
	local root=$1

	cat >"$root/etc/passwd" <<-EOF
		root:x:0:0:root:/root:/bin/bash
		tcpdump:x:100:100::/:/usr/sbin/nologin
		sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
		nobody:x:65534:65534:nobody:/:/usr/sbin/nologin
	EOF
	cat >"$root/etc/group" <<-EOF
		root:x:0:
		tcpdump:x:100:
		nogroup:x:65534:
	EOF
	printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
	echo hanat >"$root/etc/hostname"
	ln -s gawk "$root/usr/bin/awk"
	ln -s nc.openbsd "$root/usr/bin/nc"
	ln -s which.debianutils "$root/usr/bin/which"
	ln -s traceroute.db "$root/usr/bin/traceroute"
	ln -sf bash "$root/usr/bin/sh"
}

make_root()
{
	local work=$1/work
	local root=$work/root

	mkdir -p "$root"/{dev,etc,proc,sys,run,tmp,src,results,root,var/{lib,log,tmp},usr/lib/modules}
	ln -s ../run "$root/var/run"
	unpack_debs "$root" "$work/archives"
	configure "$root"
	ext4_from "$root" "$1/root.img"
	rm -rf "$work"
}

build()
{
	echo "test/qemu: making the guest's root image (once)"
	if ! apt_fetch "$1/work" install -y --download-only "${packages[@]}" >"$1/apt.log" 2>&1; then
		tail -n 5 "$1/apt.log"
		echo "image: cannot fetch packages (is 'apt-get update' due?)"
		return 1
	fi
	faked "$0" --root "$1"
}

case ${1-} in
--build) build "$2" ;;
--root) make_root "$2" ;;
*)
	dir=$(cached root "$(hash_of "${packages[@]}")" "$0" --build)
	echo "$dir/root.img"
	;;
esac
