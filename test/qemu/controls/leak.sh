#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Control: a module forgets memory: seen when the machine is audited.
insmod "/src/build/$(uname -r)/test/qemu/controls/modules/control_leak.ko" || exit
echo "ok 1 - fine"
echo "1..1"
