#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hactl_completion.sh HACTL FILE: what bash offers by FILE for a line that is being typed.
set -euo pipefail

PATH=$(dirname "$1"):$PATH
# shellcheck source=usr/hactl/hactl.bash
. "$2"

# offers WANTED WORD... - of which the last one is not complete.
offers()
{
	local wanted=$1
	shift

	# shellcheck disable=SC2034 # _hactl reads them
	COMP_WORDS=(hactl "$@") COMP_CWORD=$#
	_hactl
	if [ "${COMPREPLY[*]}" != "$wanted" ]; then
		echo "hactl $*: offers '${COMPREPLY[*]}', not '$wanted'" >&2
		exit 1
	fi
}

offers "pool4 pool6" po
offers "add display flush remove" pool4 ""
offers "--icmp --mark --quick --tcp --udp" pool4 remove ""
offers "--quick" pool4 remove --tcp --q
offers "--udp-timeout" global update --udp-t
offers "stats status" sync stat
offers "" pool4 add x
offers "" nonsense ""
complete -p hactl | grep -q -- '-o default -F _hactl'
