#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Control: leaves a network namespace behind.
ip netns add left-behind
echo "ok 1 - fine"
echo "1..1"
