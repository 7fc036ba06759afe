#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# debug_kernel.sh FLAVOUR - prints the directory that holds a kernel of our own
# ready to boot, as kernel.sh does, and besides: release (its name) and build
# (what modules are built against). Flavours: debug (KASAN, lockdep, kmemleak ...)
# and kcsan (data races), for QEMU; uml (User-mode Linux, no checks). Made once, in
# minutes.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/qemu/cache.sh
. "$here/cache.sh"
# shellcheck source=test/qemu/initrd.sh
. "$here/initrd.sh"

# Not the ways of the make that asks, nor its architecture.
unset MAKEFLAGS MFLAGS MAKELEVEL ARCH

flavour=${1:?usage: debug_kernel.sh FLAVOUR}
source_package=linux-source-6.1
# What the hash of the expensive half does not see otherwise: count up when
# compile() or prune() change what they leave.
recipe=2

# Of config/, in this order; and the architectures whose headers modules need.
case $flavour in
debug | kcsan)
	parts=(machine base checks "$flavour") archs=(x86)
	;;
uml)
	parts=(base uml) archs=(x86 um)
	export ARCH=um
	;;
*)
	echo "debug_kernel: $flavour: no such flavour" >&2
	exit 2
	;;
esac

fragments()
{
	sed "s/@FLAVOUR@/$flavour/" "${parts[@]/#/$here/config/}"
}

compiler()
{
	gcc --version | head -n 1
}

# Other architectures, most of the documentation and the largest headers: never
# looked at, and half of what there is to unpack.
unpack()
{
	tar -xJf "/usr/src/$source_package.tar.xz" -C "$1" --strip-components=1 --anchored \
		--exclude="$source_package/arch/[!Kux]*.[chS]" \
		--exclude="$source_package/arch/[!Kux]*.dts*" \
		--exclude="$source_package/Documentation/*/*" \
		--exclude="$source_package/drivers/gpu/drm/amd/include/*" \
		--exclude="$source_package/tools/testing/*"
}

# patches - those of the flavour, if it has any.
patches()
{
	[ ! -e "$here/config/$flavour.patch" ] || cat "$here/config/$flavour.patch"
}

# Kconfig drops silently what it cannot grant.
configure()
{
	local line missing=0

	fragments >"$1/../fragments"
	make -s -C "$1" KCONFIG_ALLCONFIG="$(readlink -f "$1/../fragments")" allnoconfig
	make -s -C "$1" olddefconfig
	while read -r line; do
		grep -qxF "$line" "$1/.config" && continue
		echo "debug_kernel: not in the configuration: $line"
		missing=1
	done < <(grep -E '^(# )?CONFIG_[A-Z0-9_]+(=| is not set)' "$1/../fragments")
	[ "$missing" -eq 0 ]
}

# Some files do without the compiler's checks. enlighten and string run before what
# these need is there: the PVH entry, by which QEMU starts a vmlinux, and a function
# that it calls. The others are the checkers themselves and the walk of the stack
# that they make for every object: checked, they took half of all instructions.
compile()
{
	local plain=() name

	for name in enlighten string unwind_frame stacktrace extable lockdep kmemleak \
		debugobjects smp_processor_id; do
		plain+=({KASAN,KCSAN,UBSAN}_SANITIZE_"$name.o=n")
	done
	if ! make -s -C "$1" -j "$(nproc)" KBUILD_BUILD_USER=hanat KBUILD_BUILD_HOST=hanat \
		KBUILD_BUILD_TIMESTAMP="$(stat -c @%Y "/usr/src/$source_package.tar.xz")" \
		"${plain[@]}" vmlinux modules >"$1/../build.log" 2>&1; then
		tail -n 20 "$1/../build.log"
		return 1
	fi
}

# prune TREE DIR - what the building of modules needs of it; make finds there which
# architecture it is.
prune()
{
	mkdir -p "$2"
	(
		cd "$1"
		{
			printf '%s\n' .config Module.symvers
			find . "${archs[@]/#/arch/}" -maxdepth 1 -name 'Makefile*'
			find arch/x86 -name Kbuild.platforms -o -name Platform
			find include scripts -type f -o -type l
			find "${archs[@]/#/arch/}" -path '*/include/*' ! -type d
			[ -z "${ARCH-}" ] || find arch/x86/um -name '*.h'
			find . -path ./tools/objtool/objtool
		} | tar -c -f - -T -
	) | tar -x -f - -C "$2"
	[ -z "${ARCH-}" ] || sed -i "1i ARCH := $ARCH" "$2/Makefile"
}

# finish TREE DIR - from a built tree all that is kept of it.
finish()
{
	local tree=$1 dir=$2 release modules=$2/modules/lib/modules

	release=$(make -s -C "$tree" kernelrelease)
	make -s -C "$tree" INSTALL_MOD_PATH="$dir/modules" DEPMOD=true modules_install >/dev/null
	depmod -b "$dir/modules" "$release"
	rm -f "$modules/$release"/{build,source}
	ext4_from "$modules" "$dir/modules.img"
	mkdir "$dir/moddep"
	cp "$modules/$release/modules.dep" "$dir/moddep/"
	rm -rf "$dir/modules"
	prune "$tree" "$dir/build"
	cp "$tree/vmlinux" "$dir/vmlinux"
	cp "$tree/.config" "$dir/config"
	echo "$release" >"$dir/release"
}

kbuild()
{
	echo "test/qemu: building the $flavour kernel (once, takes minutes)"
	mkdir "$1/src"
	unpack "$1/src"
	patches | patch -s --fuzz=0 -d "$1/src" -p 1
	configure "$1/src"
	compile "$1/src"
	finish "$1/src" "$1"
	rm -rf "$1/src"
}

# The cheap half apart, so that a change of the RAM disk does not cost a kernel.
# build KBUILD DIR
build()
{
	make_initrd "$1/moddep" "$2/initrd"
	ln -s "$1"/{vmlinux,modules.img,release,build} "$2/"
}

case ${2-} in
--kbuild) kbuild "$3" ;;
--finish) finish "$3" "$4" ;;
--config) mkdir -p "$3/src" && unpack "$3/src" && configure "$3/src" ;;
--build) build "$3" "$4" ;;
*)
	version=$(dpkg-query -W -f '${Version}' "$source_package")
	hash=$({ echo "$recipe $version"; compiler; fragments; patches; } | sha256sum | cut -d ' ' -f 1)
	kernel=$(cached "kbuild-$flavour" "$hash" "$0" "$flavour" --kbuild)
	cached "kernel-$flavour" "$(hash_of "$kernel" "$(initrd_inputs)")" \
		"$0" "$flavour" --build "$kernel"
	;;
esac
