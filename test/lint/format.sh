#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The C++ parts are formatted as .clang-format says; mod/ is checkpatch's.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

find usr test -type f \( -name '*.cpp' -o -name '*.h' \) -print0 |
	xargs -0 -r -n 8 -P "$(nproc)" clang-format --dry-run -Werror
