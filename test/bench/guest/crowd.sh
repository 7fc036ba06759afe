#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hanat with HN_CROWD flows (5,000,000): memory per flow, and the same rows as with none before.
. "$(dirname "$0")/hanat.sh"

network
translator
# For more of them than all others have together: of one flow each.
at R hactl pool4 add --udp 198.18.0.0/25 1024-65535
established hanat
fresh hanat
fill hanat-crowd- $((${HN_CROWD:-5000000} / 1000)) 2
sleep 5
# What is done in the background has its share in them.
packets=40000
established hanat-crowd-
many hanat-crowd-
fresh hanat-crowd-
done_testing
