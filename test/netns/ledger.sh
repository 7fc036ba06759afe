# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after hanat.sh: what comes to J's hooks, and what its counters say that it was.

# ledger_chains ADDRESS... - of a table inet ledger of J's, for nft: in front of the hooks and behind
# them, what goes to pool6 or to these addresses of pool4.
ledger_chains()
{
	local position address

	for position in before:-76 after:-74; do
		cat <<-EOT
			chain ${position%:*} {
				type filter hook prerouting priority ${position#*:}
				meta pkttype host ip6 daddr 64:ff9b::/96 counter comment "${position%:*}6"
		EOT
		for address in "$@"; do
			echo "meta pkttype host ip daddr $address counter comment \"${position%:*}4\""
		done
		echo "}"
	done
}

# ledger NAME... - the sum of what these counted.
ledger()
{
	local name sum=0 line

	while read -r line; do
		for name in "$@"; do
			if [[ $line =~ counter\ packets\ ([0-9]+).*\"$name\" ]]; then
				sum=$((sum + BASH_REMATCH[1]))
			fi
		done
	done < <(at J nft list table inet ledger)
	echo "$sum"
}

# stats_sum REGEX - of all counters whose name matches.
stats_sum()
{
	local counter value sum=0

	while IFS=, read -r counter value; do
		[[ ! $counter =~ $1 ]] || sum=$((sum + value))
	done < <(at J hactl stats --csv --no-headers)
	echo "$sum"
}
