#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The module's tests of itself, longer than at each load, and that they can fail.
. "$(dirname "$0")/lib.sh"

ok "the module loads" modprobe hanat
ok "it was built with its tests" test -e /sys/module/hanat/parameters/selftest
if grep -q __ubsan_handle_shift_out_of_bounds /proc/kallsyms; then
	ok "and so that undefined behaviour is seen" \
		grep -q __ubsan_handle_shift_out_of_bounds "$HN_MODULE"
fi
rmmod hanat

ok "20 rounds of churn pass" modprobe hanat selftest=20
like "$(dmesg)" "hanat: selftest: [1-9][0-9]* checks passed" "and say how many checks that were"
fails "no instance is left of them" hactl instance
rmmod hanat

fails "with a twin that differs the module does not load" modprobe hanat selftest=1 selftest_lie=1
like "$(dmesg)" "table.c:[0-9]+: not so: .*" "and says which check failed"
fails "it is not there" test -d /sys/module/hanat
ok "without tests it loads" modprobe hanat selftest=0
done_testing
