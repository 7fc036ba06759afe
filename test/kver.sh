#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which kernel the module is built for: the one Debian's header metapackage
# names, so that the test machine can boot its image. The running kernel does
# not matter to the tests.
set -euo pipefail

depends=$(dpkg-query -W -f '${Depends}' linux-headers-amd64 2>/dev/null || true)
kver=$(sed -n 's/.*linux-headers-\([0-9][^ ,]*-amd64\).*/\1/p' <<<"$depends" | head -n 1)
if [ -n "$kver" ] && [ -d "/lib/modules/$kver/build" ]; then
	echo "$kver"
elif [ -d "/lib/modules/$(uname -r)/build" ]; then
	uname -r
else
	echo "kver: no kernel headers installed: run 'make deps'" >&2
	exit 1
fi
