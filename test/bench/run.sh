#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh quick|profile|sync|cache|crowd|full - the benchmark; `make bench-quick` and so on build what it needs.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../..")
out=$top/build/bench

# measure RESULTS SCRIPT... - in one virtual machine, its clock its instructions.
mem=2048
measure()
{
	local results=$1
	shift

	"$here/../qemu/run.sh" --plugin "$out/plugin.so" --mem "$mem" --timeout 3600 \
		--script-timeout 36000 --results "$results" "$@"
}

fetch_peers()
{
	"$here/peers.sh" bookworm "$out/jool-bookworm"
	"$here/peers.sh" trixie "$out/jool-trixie"
}

case ${1-} in
quick)
	measure "$out/quick" "$here/guest/10-kernel.sh" "$here/guest/20-hanat.sh"
	"$here/report.py" "$out/quick" --reference "$here/reference.json" || status=$?
	"$here/chart.py" "$out/quick/result.json" "$out/quick/result.svg"
	exit "${status:-0}"
	;;
profile)
	# The last quick run will do, unless something was built since.
	if ! [ "$out/quick/end" -nt "$top/build/$("$here/../kver.sh")/mod/hanat.ko" ]; then
		measure "$out/quick" "$here/guest/10-kernel.sh" "$here/guest/20-hanat.sh"
	fi
	"$here/profile.py" "$out/quick" hanat64-established hanat64-established:plain-6 \
		hanat64-new:hanat64-established hanat46-established:plain-4 | tee "$out/profile.md"
	;;
sync)
	fetch_peers
	"$here/../qemu/run.sh" --clock instructions --mem 4096 --timeout 7200 --script-timeout 36000 \
		--results "$out/sync" "$here"/guest/sync-*.sh || status=$?
	"$here/sync.py" "$out/sync"
	exit "${status:-0}"
	;;
cache)
	"$here/peers.sh" trixie "$out/jool-trixie-uml" uml
	"$here/../qemu/run.sh" --kernel uml --mem 3072 --timeout 2400 --script-timeout 1200 --results "$out/cache" \
		"$here/guest/cache.sh" "$here/guest/native.sh" || status=$?
	"$here/cache.py" "$out/cache"
	"$here/sync.py" "$out/cache"
	exit "${status:-0}"
	;;
crowd)
	mem=8192
	measure "$out/crowd" "$here/guest/10-kernel.sh" "$here/guest/crowd.sh" || status=$?
	"$here/report.py" "$out/crowd"
	exit "${status:-0}"
	;;
full)
	fetch_peers
	measure "$out/full" "$here"/guest/[0-9]*.sh || status=$?
	"$here/report.py" "$out/full"
	"$here/chart.py" "$out/full/result.json" "$out/full/result.svg"
	exit "${status:-0}"
	;;
*)
	echo "usage: run.sh quick|profile|sync|cache|crowd|full" >&2
	exit 2
	;;
esac
