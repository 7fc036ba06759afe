#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hanat with a large table: memory per flow at 500,000 flows, and the same rows
# again at 1.1 million.
. "$(dirname "$0")/hanat.sh"

network
translator
fill hanat- 500 2
background hanat-500k-idle R
# Beyond 2^20, so that no table doubles later. The bursts are longer, for what is done in the
# background has its share in them.
fill hanat-500k- 600 3
sleep 5
background hanat-1m-idle R
packets=40000
established hanat-1m-
many hanat-1m-
fresh hanat-1m-
done_testing
