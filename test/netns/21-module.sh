#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The module's parameter: the initial namespace's instance.
. "$(dirname "$0")/lib.sh"

ok "modprobe hanat pool6=64:ff9b::/96" modprobe hanat pool6=64:ff9b::/96
is "$(hactl pool6)" 64:ff9b::/96 "creates the instance of the initial namespace"
ns_add other
fails "and of no other" at other hactl instance
ok "the module is unloaded with its instance" rmmod hanat
for bad in garbage 64:ff9b:: 64:ff9b::/95 64:ff9b::/97 64:ff9b::/ 64:ff9b::1/96 64:ff9b::/96x \
	192.0.2.0/24 2001:db8::/-96 /96; do
	dmesg -C
	fails "pool6=$bad is refused" modprobe hanat "pool6=$bad"
	# KCSAN may report races of the kernel's own meanwhile.
	like "$(dmesg | grep "hanat: pool6")" "hanat: pool6=$bad: [^
]*$" "with one line that says why"
	fails "the module is not there" test -d /sys/module/hanat
done
ok "without the parameter it loads" modprobe hanat
fails "and makes no instance" hactl instance
done_testing
