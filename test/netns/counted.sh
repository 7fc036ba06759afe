# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after hanat.sh: what each packet is counted as.

# stats_save NODE - for stats_gained.
stats_save()
{
	local counter value

	declare -gA hn_stats=()
	while IFS=, read -r counter value; do
		hn_stats[$counter]=$value
	done < <(at "$1" hactl stats --csv --no-headers)
}

# stats_gained NODE FILE WHERE - a point for each "COUNTER GAIN" in the file: so much since
# stats_save; and that no other cause of drops was counted.
stats_gained()
{
	local counter gain others=
	local -A expected=()

	while read -r counter gain; do
		expected[$counter]=$gain
	done <"$2"
	while IFS=, read -r counter gain; do
		gain=$((gain - hn_stats[$counter]))
		if [ -n "${expected[$counter]-}" ]; then
			is "$gain" "${expected[$counter]}" "${expected[$counter]} packets $3: $counter"
		elif [[ $counter = drop-* ]] && [ "$gain" -ne 0 ]; then
			others+="$counter $gain "
		fi
	done < <(at "$1" hactl stats --csv --no-headers)
	is "$others" "" "no other cause is counted"
}

# gained COUNTER... - since stats_save, in one line.
gained()
{
	local counter now=()

	read -ra now < <(stat_of J "$@")
	for counter in "$@"; do
		echo -n "$((now[0] - hn_stats[$counter])) "
		now=("${now[@]:1}")
	done
}
