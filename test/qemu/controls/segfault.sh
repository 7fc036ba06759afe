#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Control: a program crashes where nobody waits for it.
echo "ok 1 - fine"
python3 -c 'import ctypes; ctypes.string_at(1)' &
wait "$!"
echo "1..1"
exit 0
