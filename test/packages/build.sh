#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# build.sh DIR [VERSION] - Debian packages of the checkout as it is, in DIR; for tests as if it
# were another VERSION.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

dir=$1 version=${2-}
mkdir -p "$dir"
dir=$(readlink -f "$dir")
source=$dir/source
rm -rf "$source" "$dir"/hanat*
mkdir "$source"
tar -c --exclude=./build --exclude=./.git . | tar -x -C "$source"
if [ -n "$version" ]; then
	sed -i "s/^\(.define HN_VERSION\) .*/\1 \"$version\"/" "$source/common/version.h"
	sed -i "1s/(.*)/($version)/" "$source/debian/changelog"
fi
# What was compiled in another directory is not compiled again. debhelper has a HOME of its own.
if command -v ccache >/dev/null; then
	export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$source CCACHE_NOHASHDIR=1
	export CCACHE_DIR=${CCACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ccache}
fi
log=$dir/build.log
if ! (cd "$source" && dpkg-buildpackage -us -uc -b) >"$log" 2>&1; then
	tail -n 20 "$log"
	echo "deb: dpkg-buildpackage failed: see $log" >&2
	exit 1
fi
rm -rf "$source"
ls "$dir"/*.deb
