#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Control: taints the kernel (W, by hand).
echo 512 >/proc/sys/kernel/tainted
echo "ok 1 - fine"
echo "1..1"
