#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Control: a module shifts a number by more bits than it has: ends the machine.
insmod "/src/build/$(uname -r)/test/qemu/controls/modules/control_shift.ko" || exit
echo "ok 1 - fine"
echo "1..1"
