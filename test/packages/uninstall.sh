#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# uninstall.sh WORK RESULTS - `make install` without packages, of a copy of this checkout in WORK, and
# `make uninstall`, which leaves nothing.
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/tap.sh
. "$here/../tap.sh"

mkdir -p "$1" "$2"
checkout=$(readlink -e "$1")/checkout results=$(readlink -e "$2")
destination=$results/destination
exec > >(tee "$results/uninstall.log")

# in_checkout TARGET - into the destination.
in_checkout()
{
	make -C "$checkout" "$1" DESTDIR="$destination"
}

files()
{
	(cd "$destination" && find . -type f -o -type d -name '*hanat*' | sort)
}

rm -rf "$checkout" "$destination"
git clone -q "$here/../.." "$checkout"
fails "what was not installed is not uninstalled" in_checkout uninstall
ok "make install" in_checkout install
for file in usr/sbin/hactl usr/sbin/hanatd usr/libexec/hanat/hanat-notify \
	usr/lib/ocf/resource.d/hanat/hanat usr/lib/systemd/system/hanatd.service usr/share/man/man8/hactl.8; do
	ok "$file is there" test -s "$destination/$file"
done
ok "the module is there, or what DKMS makes it of" test -n "$(files | grep -E 'hanat\.ko|src/hanat-.*/main\.c')"
ok "make uninstall" in_checkout uninstall
is "$(files)" "" "nothing is left"
done_testing
