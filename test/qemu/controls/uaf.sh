#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Control: a module reads memory that it has freed: ends the machine.
insmod "/src/build/$(uname -r)/test/qemu/controls/modules/control_uaf.ko" || exit
echo "ok 1 - fine"
echo "1..1"
