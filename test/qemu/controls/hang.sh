#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Control: does not end by itself, and leaves a process that ignores signals.
(trap '' TERM HUP INT; exec sleep 3600) &
echo "ok 1 - fine"
echo "1..1"
wait
