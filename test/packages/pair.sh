#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pair.sh WORK RESULTS - boots two routers, J and K, from the disk that install.sh left in WORK, and a test
# machine that is all of their networks: it sets them up as an operator would, and decides who has
# power by a file power-J or power-K in RESULTS, "on" or "off".
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")

work=$(readlink -e "$1")
mkdir -p "$2"
results=$(readlink -e "$2")
cables=$(mktemp -d)
declare -A machine=() number_of=([J]=4 [K]=5)

clean_up()
{
	local node

	for node in "${!machine[@]}"; do
		power_off "$node"
	done
	rm -rf "$cables"
}

# power_on NODE - with what is on its disk.
power_on()
{
	local node=$1 interface number=0 cards=()

	for interface in inside outside private; do
		cards+=(
			-netdev "stream,id=$interface,server=off,addr.type=unix,addr.path=$cables/$interface-$node"
			-device "virtio-net-pci,netdev=$interface,mac=52:54:00:00:0${number_of[$node]}:0$number"
		)
		number=$((number + 1))
	done
	qemu-system-x86_64 -M q35 -accel tcg,thread=single -cpu max -smp 1 -m 768 \
		-nodefaults -no-user-config -display none -serial "file:$results/console-$node.log" \
		-kernel "$work/vmlinuz" -initrd "$work/initrd" \
		-append "root=/dev/vda rw console=ttyS0 net.ifnames=0 systemd.hostname=$node mitigations=off random.trust_cpu=on tsc=reliable" \
		-drive "file=$work/disk-$node.img,if=virtio,format=raw" "${cards[@]}" </dev/null >"$results/qemu-$node.out" 2>&1 &
	machine[$node]=$!
}

power_off()
{
	kill -KILL "${machine[$1]}"
	wait "${machine[$1]}" 2>/dev/null || true
	unset "machine[$1]"
}

# plugged - the test machine's ends of all cables are there.
plugged()
{
	[ "$(find "$cables" -type s | wc -l)" -eq 6 ]
}

# switch_power NODE - as the file says.
switch_power()
{
	local wanted=off

	[ ! -e "$results/power-$1" ] || wanted=$(cat "$results/power-$1")
	case $wanted,${machine[$1]-} in
	on,) power_on "$1" ;;
	off,?*) power_off "$1" ;;
	esac
}

trap clean_up EXIT
cp "$("$here/prometheus.sh")"/prom* "$work/"
links=()
for interface in inside outside private; do
	for node in J K; do
		links+=(--link "$cables/$interface-$node")
	done
done
for node in J K; do
	cp --sparse=always "$work/router.img" "$work/disk-$node.img"
done
"$here/../qemu/run.sh" --smp 1 --script-timeout 1700 --timeout 1800 --results "$results" "${links[@]}" "$here/operations.sh" &
test_machine=$!
while ! plugged; do
	kill -0 "$test_machine"
	sleep 0.2
done
while kill -0 "$test_machine" 2>/dev/null; do
	for node in J K; do
		switch_power "$node"
	done
	sleep 0.1
done
wait "$test_machine"
