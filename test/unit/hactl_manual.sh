#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hactl_manual.sh HACTL MANUAL: `hactl help` and the manual page have the same commands, options,
# settings, defaults and letters, in the same order; and so have the module and its page, parameters.
set -euo pipefail

dir=$(dirname "$2")

names()
{
	grep -E '^(hactl [a-z]|--?[a-zA-Z0-9]|default )' | sed 's/\.$//'
}

diff <("$1" help | sed 's/^[ \t]*//' | names) \
	<(sed -e 's/\\-/-/g' -e 's/^\.BI\? //' -e 's/^\(-[^ ]*\) "\( [A-Z]*\)"$/\1\2/' \
		-e 's/^Default /default /' -e '/^\.SH EXAMPLES/,$d' "$2" | names)
diff <(sed -nE 's/^module_param\(([a-z0-9_]+),.*/\1/p' "$dir/../../mod/main.c") \
	<(sed -nE '/^\.SH PARAMETERS/,/^\.SH NOTES/s/^\.BR ([a-z0-9_]+) .*/\1/p' "$dir/hanat.4")
