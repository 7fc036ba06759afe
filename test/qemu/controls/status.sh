#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Control: every point passes, the script does not.
echo "ok 1 - fine"
echo "1..1"
exit 3
