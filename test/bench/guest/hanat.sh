# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced: R translates by hanat.
. "$(dirname "${BASH_SOURCE[0]}")/nat64.sh"

# translator - with an empty table.
translator()
{
	modprobe hanat
	at R hactl instance remove 2>/dev/null || :
	at R hactl instance add --pool6 64:ff9b::/96
	at R hactl pool4 add --udp "$pool4_hosts" 1024-65535
}

# mapping_of PORT [ADDRESS] - "address port", of n6's.
mapping_of()
{
	at R hactl bib --udp --csv --no-headers |
		awk -F , -v port="$1" -v host="${2-2001:db8:6::6}" \
			'$2 == host && $3 == port { print $4, $5 }'
}
