#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# deps.sh [packages] - installs the Debian packages that the build and the tests need; and
# those for packages of our own.
set -euo pipefail

packages=(
	# user space
	build-essential cmake pkg-config ccache
	libnl-3-dev libnl-genl-3-dev rapidjson-dev libboost-program-options-dev libsodium-dev
	libcap-ng-dev
	# kernel module
	linux-headers-amd64 kmod bc libelf-dev
	# kernels for debugging
	linux-source-6.1 flex bison libssl-dev xz-utils
	# unit tests
	libgtest-dev libgmock-dev libbenchmark-dev
	# fuzzing
	clang libclang-rt-dev llvm
	# test machine
	qemu-system-x86 busybox-static cpio e2fsprogs fakeroot util-linux procps zstd binutils
	# lint
	sparse clang-format clang-tidy shellcheck git perl python3
)
if [ "${1-}" = packages ]; then
	packages+=(debhelper dh-dkms lintian mmdebstrap openssh-client)
fi

missing()
{
	local status

	status=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
	printf '%s\n' "${packages[@]}" | sort |
		comm -23 - <(sed -n 's/ installed$//p' <<<"$status" | sort -u)
}

mapfile -t wanted < <(missing)
[ ${#wanted[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "deps: need root (or sudo) to install: ${wanted[*]}" >&2
		exit 1
	fi
	as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt_get()
{
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q \
		-o DPkg::Lock::Timeout=300 "$@" </dev/null >"$log" 2>&1
}

echo "deps: installing ${wanted[*]}"
install=(install -y --no-install-recommends "${wanted[@]}")
if ! apt_get "${install[@]}"; then
	apt_get update || true
	if ! apt_get "${install[@]}"; then
		tail -n 15 "$log" >&2
		echo "deps: apt-get could not install: ${wanted[*]}" >&2
		exit 1
	fi
fi
