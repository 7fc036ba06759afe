#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The demonstration, in a test machine, its output as it comes.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")

echo "starting a virtual machine (a few seconds)"
exec "$here/run.sh" --live --results "$here/../../build/results/demo" "$here/../netns/demo.sh"
