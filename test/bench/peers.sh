#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peers.sh SUITE DIR [KERNEL] - Jool out of a suite of Debian in DIR: version, jool.ko, jool_common.ko
# for the test machine's kernel (or another that kernel.sh knows), bin/jool and bin/joold, which run there
# with their own libraries. Nothing is installed here. Made once per version of this script and kernel.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/qemu/cache.sh
. "$here/../qemu/cache.sh"
suite=${1:?usage: peers.sh SUITE DIR [KERNEL]}

# fetch DIR PACKAGE... - of the suite, unpacked in DIR/root.
fetch()
{
	local dir=$1 deb apt
	shift

	mkdir -p "$dir/root"
	apt_suites "$dir" "$suite"
	# Download refuses nothing that is installed here, and needs no closure.
	(cd "$dir" && apt_fetch "$dir" "${apt[@]}" download "$@")
	for deb in "$dir"/*.deb; do
		dpkg-deb -x "$deb" "$dir/root"
	done
}

# build KBUILD DIR
build()
{
	local kbuild=$1 dir=$2 work=$2/work.d source program file

	fetch "$work" jool-dkms jool-tools libc6 libnl-3-200 libnl-genl-3-200
	source=$(echo "$work"/root/usr/src/jool-*)
	basename "$source" | sed 's/^jool-//' >"$dir/version"
	(cd "$source" && make -C "$kbuild" M="$source/src/mod/common" modules &&
		make -C "$kbuild" M="$source/src/mod/nat64" modules \
			KBUILD_EXTRA_SYMBOLS="$source/src/mod/common/Module.symvers") >"$dir/build.log" 2>&1 || {
		tail -n 20 "$dir/build.log"
		return 1
	}
	find "$source" -name 'jool*.ko' -exec cp {} "$dir/" \;
	mkdir -p "$dir/lib" "$dir/bin"
	find "$work/root" \( -name 'libc.so.6' -o -name 'ld-linux-x86-64.so.2' -o -name 'libm.so.6' \
		-o -name 'libnl-*.so.*' \) -exec cp -L {} "$dir/lib/" \;
	for program in jool joold; do
		file=$(find "$work/root" -path "*bin/$program" | head -n 1)
		cp "$file" "$dir/bin/$program.real"
		# shellcheck disable=SC2016
		printf '%s\n' '#!/bin/bash' 'here=$(dirname "$(dirname "$(readlink -f "$0")")")' \
			'exec "$here/lib/ld-linux-x86-64.so.2" --library-path "$here/lib" "$here/bin/$(basename "$0").real" "$@"' \
			>"$dir/bin/$program"
		chmod +x "$dir/bin/$program"
	done
	rm -rf "$work"
}

if [ "${2-}" = --build ]; then
	build "$3" "$4"
else
	kbuild=$(readlink -e "$("$here/../qemu/kernel.sh" "${3:-$("$here/../kver.sh")}")/build")
	dir=$(cached "jool-$suite" "$(hash_of "$suite" "$kbuild")" "$0" "$suite" --build "$kbuild")
	rm -rf "${2:?}"
	mkdir -p "$(dirname "$2")"
	cp -r "$dir" "$2"
fi
