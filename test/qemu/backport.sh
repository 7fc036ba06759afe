#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# backport.sh X.Y - kernel.sh for the newest X.Y of Debian's backports. Made once;
# delete it from the cache to look for a newer one. Modules are built against it by
# the compiler that its headers ask for, whatever the machine has. Nothing is
# installed.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/qemu/cache.sh
. "$here/cache.sh"
# shellcheck source=test/qemu/initrd.sh
. "$here/initrd.sh"
# shellcheck source=test/qemu/pack.sh
. "$here/pack.sh"

series=${1:?usage: backport.sh X.Y}
suites=(bookworm trixie)

# newest STATE - that has both an image and headers; nothing if there is none.
newest()
{
	apt_fetch "$1" "${apt[@]}" download --print-uris \
		"^linux-(image|headers)-${series/./[.]}[.][^-]*-amd64\$" |
		sed -nE 's/^.* linux-(image|headers)-([^_]*)_.*/\2/p' | sort | uniq -d | sort -V | tail -n 1
}

# fetch STATE - prints the release. With all that its packages depend on, and so
# with the compiler.
fetch()
{
	local suite release apt

	for suite in "${suites[@]}"; do
		apt_suites "$1" "$suite" "$suite-backports" >&2
		release=$(newest "$1") || true
		if [ -n "$release" ]; then
			apt_fetch "$1" "${apt[@]}" -t "$suite-backports" install -y --download-only \
				"linux-image-$release" "linux-headers-$release" >&2
			echo "$release"
			return
		fi
	done
	echo "backport: no linux $series in the backports to ${suites[*]}" >&2
	return 1
}

# prune ROOT DIR - what the building of modules needs of it.
prune()
{
	mkdir "$2"
	(
		cd "$1"
		shopt -s nullglob
		find lib lib64 usr/lib64 usr/src usr/lib/linux-kbuild-* usr/lib/x86_64-linux-gnu/*.so* \
			usr/lib/gcc* usr/libexec/gcc* usr/bin/pahole usr/bin/x86_64-linux-gnu-* \
			! -type d ! -name '*.a' ! -name lto1 ! -name '*-lto-dump*' ! -name '*san.so*' |
			tar -c -f - -T -
	) | tar -x -f - -C "$2"
	# By this name the compiler calls it.
	ln -sf x86_64-linux-gnu-as "$2/usr/bin/as"
}

# wrap ROOT FILE... - makes programs among the files run here, by the loader and
# with the libraries of ROOT, whose C library may be newer.
wrap()
{
	local root=$1 file up
	shift

	for file; do
		[ ! -L "$file" ] || continue
		readelf -lW "$file" 2>/dev/null | grep -q INTERP || continue
		up=$(realpath -s --relative-to="${file%/*}" "$root")
		mv "$file" "$file.elf"
		cat >"$file" <<-EOF
			#!/bin/sh
			root=\${0%/*}/$up
			PATH=\$root/usr/bin:\$PATH exec "\$root/lib64/ld-linux-x86-64.so.2" --argv0 "\$0" \\
				--library-path "\$root/lib/x86_64-linux-gnu" "\${0%/*}/${file##*/}.elf" "\$@"
		EOF
		chmod +x "$file"
	done
}

# relocate ROOT HEADERS - lets the headers and the tools find each other there,
# wherever that is.
relocate()
{
	local root=$1 kbuild
	# shellcheck disable=SC2016
	local here='$(dir $(realpath $(lastword $(MAKEFILE_LIST))))'

	kbuild=$(echo "$root"/usr/lib/linux-kbuild-*)
	wrap "$root" "$root"/usr/bin/* "$root"/usr/lib{,exec}/gcc/*/*/{cc1,collect2} \
		"$kbuild"/scripts/{basic/fixdep,mod/modpost*} \
		"$kbuild"/tools/{objtool/objtool*,bpf/resolve_btfids/resolve_btfids}
	sed -i "1i hn_here := $here
		s,/usr/src/,\$(hn_here)../," "$2/Makefile"
	sed -i "1i hn_bin := $here../../bin/
		s,^\(override CROSS_COMPILE = \)\(.\),\1\$(hn_bin)\2,
		\$a override PAHOLE = \$(hn_bin)pahole" "$2/.kernelvariables"
	# Asked before sparse is run; some packages lack it.
	if [ ! -e "$kbuild/scripts/checker-valid.sh" ]; then
		printf '#!/bin/sh\necho 1\n' >"$kbuild/scripts/checker-valid.sh"
		chmod +x "$kbuild/scripts/checker-valid.sh"
	fi
}

build()
{
	local release headers

	echo "test/qemu: fetching a kernel $series (once)"
	release=$(fetch "$1/apt" 2>"$1/apt.log") || { tail -n 5 "$1/apt.log"; return 1; }
	unpack_debs "$1/tree" "$1/apt/archives"
	headers=usr/src/linux-headers-$release
	prune "$1/tree" "$1/root"
	relocate "$1/root" "$1/root/$headers"
	ln -s "root/$headers" "$1/build"
	pack "$1/tree" "$release" "$1"
	rm -rf "$1/tree" "$1/apt"
}

if [ "${2-}" = --build ]; then
	build "$3"
else
	cached "kernel-$series" \
		"$(hash_of "$series" "$(initrd_inputs)" "$(cat "$here/pack.sh")")" "$0" "$series" --build
fi
