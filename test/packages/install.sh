#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# install.sh DEBS WORK RESULTS - the packages in the directory DEBS are installed, upgraded and purged
# in a Debian machine that is not running. Leaves WORK/router.img, the disk of a machine that has
# them, for pair.sh. Needs root.
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/tap.sh
. "$here/../tap.sh"
# shellcheck source=test/qemu/cache.sh
. "$here/../qemu/cache.sh"
set -e

[ "$(id -u)" -eq 0 ] || { echo "install: only root may do that" >&2; exit 1; }
mkdir -p "$2" "$3"
debs=$(readlink -e "$1") work=$(readlink -e "$2") results=$(readlink -e "$3")
root=$work/root
log=$results/install.log
exec > >(tee "$log")

# in_root COMMAND... - in a name space of its own for what it mounts and starts.
in_root()
{
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --pid --fork sh -c '
		mount -t proc proc "$0/proc"
		exec chroot "$0" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
	' "$root" "$@"
}

# install_debs DIR - the packages there, and nothing from the network.
install_debs()
{
	rm -rf "$root/debs"
	mkdir "$root/debs"
	cp "$1"/hanat-{dkms,tools}_*.deb "$root/debs/"
	in_root sh -c 'dpkg --install /debs/*.deb'
}

# All files but records of dpkg, apt, systemd and of what depends on all modules.
files()
{
	(cd "$root" && find . -xdev \( -path ./proc -o -path ./debs -o -path ./var/lib/dpkg -o -path ./var/log \
		-o -path ./var/cache -o -path ./var/lib/apt -o -path ./var/lib/systemd -o -path './etc/*-' -o -path './lib/modules/*/modules.*' \
		-o -path './usr/lib/modules/*/modules.*' -o -path './boot/initrd*' \) -prune -o -print | sort)
}

# is_enabled UNIT
is_enabled()
{
	[ "$(systemctl --root="$root" is-enabled "$1")" = enabled ]
}

module_version()
{
	in_root modinfo -k "$kernel" -F version hanat
}

# prepare - what whoever sets up such a machine does: addresses, and who may log in.
prepare()
{
	local node number=4

	for node in J K; do
		set_address "$node" eth0 "2001:db8::$number/96" "10.0.64.$number/24"
		set_address "$node" eth1 "192.0.2.$number/24"
		set_address "$node" eth2 "2001:db8:ff08::$number/96"
		number=$((number + 1))
	done
	systemctl -q --root="$root" enable systemd-networkd systemd-networkd-wait-online
	rm -f "$work/id" "$work/id.pub"
	ssh-keygen -q -t ed25519 -N '' -f "$work/id"
	install -D -m 600 "$work/id.pub" "$root/root/.ssh/authorized_keys"
	: >"$root/etc/fstab"
	rm -f "$root/etc/hostname"
}

# set_address NODE INTERFACE ADDRESS...
set_address()
{
	local node=$1 interface=$2
	shift 2
	{
		printf '[Match]\nName=%s\nHost=%s\n[Network]\nIPv6AcceptRA=no\n' "$interface" "$node"
		printf 'Address=%s\n' "$@"
	} >"$root/etc/systemd/network/$node-$interface.network"
}

test_install()
{
	ok "the packages are installed" install_debs "$debs"
	is "$(in_root dkms status hanat)" "hanat/$version, $kernel, x86_64: installed" \
		"the module is built for the machine's kernel"
	is "$(module_version)" "$version" "it is of that version"
	is "$(in_root hactl --version)" "hactl $version" "so is hactl"
	is "$(in_root hanatd --version)" "hanatd $version" "and hanatd"
	ok "hanat.service is enabled" is_enabled hanat.service
	ok "hanatd.service is enabled" is_enabled hanatd.service
	ok "there is a user for hanatd" in_root getent passwd hanat
	ok "the example of a configuration is in order" in_root \
		hactl config check /usr/share/doc/hanat-tools/examples/hanat.json
}

# make_disk - of the machine as it is then, with a copy for nobody else to see.
make_disk()
{
	cp "$root/boot/vmlinuz-$kernel" "$work/vmlinuz"
	cp "$root/boot/initrd.img-$kernel" "$work/initrd"
	ext4_from "$root" "$work/router.img"
	tune2fs -j "$work/router.img" >/dev/null # its power is going to be cut
}

test_upgrade()
{
	local next=$version.1

	ok "packages of the next version are made" "$here/build.sh" "$work/next" "$next"
	echo '{ "pool6": "64:ff9b::/96" }' >"$root/etc/hanat/hanat.json"
	ok "they replace those" install_debs "$work/next"
	is "$(in_root dkms status hanat)" "hanat/$next, $kernel, x86_64: installed" "so does the module"
	is "$(module_version)" "$next" "which is of that version"
	is "$(in_root hactl --version)" "hactl $next" "as hactl is"
	is "$(cat "$root/etc/hanat/hanat.json")" '{ "pool6": "64:ff9b::/96" }' "what the operator wrote is left"
}

test_purge()
{
	ok "they are removed" in_root apt-get remove -q -y hanat-tools hanat-dkms
	ok "what the operator wrote is still there" test -e "$root/etc/hanat/hanat.json"
	is "$(in_root dkms status hanat)" "" "the module is not"
	ok "they are purged" in_root apt-get purge -q -y hanat-tools hanat-dkms
	is "$(diff <(echo "$before") <(files))" "" "and nothing is left"
}

rm -rf "$root"
mkdir -p "$root"
tar -x -C "$root" -f "$("$here/root.sh")"
kernel=$(basename "$root"/boot/vmlinuz-* | sed 's/vmlinuz-//')
version=$(sed -n 's/^.define HN_VERSION "\(.*\)"/\1/p' "$here/../../common/version.h")
set +e
is "$(lintian --allow-root --fail-on error,warning "$debs"/hanat_*.changes 2>&1)" "" "lintian has nothing to say"
prepare
before=$(files)
test_install
make_disk
test_upgrade
test_purge
rm -rf "$root" "$work/next"
echo "$((hn_points - hn_failed)) passed, $hn_failed failed, 0 skipped" >"$results/totals"
done_testing
