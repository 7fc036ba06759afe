#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Control: a point that fails.
echo "ok 1 - fine"
echo "not ok 2 - not fine"
echo "1..2"
