#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots a test machine once, runs test scripts in it and judges the outcome.
# Environment: ACCEL=kvm where the machine has it (default: emulation); HN_FUZZ_*, HN_CROWD
# are handed on to the scripts.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../..")

usage()
{
	cat >&2 <<-EOF
		usage: run.sh [OPTION VALUE]... [--live] SCRIPT...
		  --kernel NAME        Debian kernel to boot ($("$here/../kver.sh")), X.Y of its
		                       backports (6.12), or one of our own: debug, kcsan, uml. The
		                       first two are slow: the limits of time are multiplied, and
		                       the guest gets more memory. uml is User-mode Linux in place
		                       of QEMU: the speed of this machine, one processor.
		  --smp N              virtual processors (2)
		  --mem MIB            memory (1024; 2048 on our own kernels)
		  --timeout S          for the whole machine (1150)
		  --script-timeout S   for each script (420)
		  --results DIR        where logs go (build/results/run)
		  --clock instructions one processor, and a nanosecond passes per instruction
		  --plugin FILE        count instructions with this plugin of QEMU, into RESULTS/counts;
		                       the clock is theirs as well
		  --link SOCKET        a network card, whose cable another machine plugs in at this
		                       socket of the Unix domain; as often as wanted
		  --live               show the scripts' output while it is made
	EOF
	exit 2
}

kver='' smp=2 mem='' timeout=1150 script_timeout=420 results=$top/build/results/run live=
plugin='' clock='' links=()
while [ $# -gt 0 ]; do
	case $1 in
	--live) live=1; shift; continue ;;
	--*) [ $# -ge 2 ] || usage ;;
	*) break ;;
	esac
	case $1 in
	--kernel) kver=$2 ;;
	--smp) smp=$2 ;;
	--mem) mem=$2 ;;
	--timeout) timeout=$2 ;;
	--script-timeout) script_timeout=$2 ;;
	--results) results=$2 ;;
	--clock) clock=$2; [ "$clock" = instructions ] || usage ;;
	--plugin) plugin=$(readlink -e "$2") || { echo "run: $2: no such plugin" >&2; exit 2; } ;;
	--link) links+=("$2") ;;
	*) usage ;;
	esac
	shift 2
done
[ $# -gt 0 ] || usage
other=$kver
kver=${kver:-$("$here/../kver.sh")}

# A splat ends the machine: nothing after it could be trusted. Not with KCSAN,
# that sees races in the rest of the kernel as well.
#
# Debian's kernels patch their own code (static keys), and QEMU 7.2 with a thread per
# processor sometimes executes what was there before: "Oops: int3". Ours do not.
slow=1 append="panic_on_warn=1" threads=single
case $kver in
# Which objects fail when such are asked for: see 90-failslab.sh.
debug) append+=" slub_debug=A,hn_mapping,hn_session" ;;
kcsan) append="kcsan.skip_watch=1000" ;;
esac
case $kver in
debug | kcsan)
	slow=4 mem=${mem:-2048} threads=multi
	append+=" watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60"
	;;
esac
script_timeout=$((script_timeout * slow)) timeout=$((timeout * slow))

rm -rf "$results"
mkdir -p "$results"
results=$(readlink -f "$results")
for script in "$@"; do
	path=$(readlink -e "$script") || { echo "run: $script: no such script" >&2; exit 2; }
	case $path in
	"$top"/*) echo "${path#"$top"/} $script_timeout" ;;
	*) echo "run: $script: not in the checkout" >&2; exit 2 ;;
	esac
done >"$results/scripts"
{
	echo "HN_SLOW=$slow"
	# The default kernel has hactl as it is installed, others one that starts sooner.
	[ -z "$other" ] || echo "PATH=/src/build/lib/static:\$PATH"
	env | grep -E '^HN_(FUZZ_[A-Z]+|CROWD)=[0-9]+$' || true
} >"$results/env"

kernel=$("$here/kernel.sh" "$kver")
image=$("$here/image.sh")
append+=" loglevel=5 log_buf_len=16M oops=panic panic=-1"
# An emulator finds what it has translated by its address: of programs that are always at the
# same one it does so once, and not for each process, a fifth of all it had to do.
append+=" norandmaps"

# What starts the machine is left in the array machine, where its output goes in
# output; the kernel's goes to console.log.
qemu_machine()
{
	local accel link

	case ${ACCEL:-tcg} in
	kvm) accel=(-accel kvm -cpu host) ;;
	*) accel=(-accel "tcg,thread=$threads" -cpu max) ;;
	esac
	if [ -n "$plugin$clock" ]; then
		# A string instruction would count once per byte.
		smp=1 accel=(-accel "tcg,thread=single" -icount "shift=0,sleep=off" -cpu "max,-erms,-fsrm")
		# While the guest waits for this machine, its clock runs ahead.
		append+=" sysctl.kernel.hung_task_timeout_secs=0"
	fi
	if [ -n "$plugin" ]; then
		append+=" nokaslr"
		accel+=(-plugin "file=$plugin,out=$results/counts")
	fi
	output=$results/qemu.out
	machine=(
		qemu-system-x86_64 -M q35 "${accel[@]}" -smp "$smp" -m "${mem:-1024}"
		-nodefaults -no-user-config -display none -no-reboot
		-serial "file:$results/console.log"
		-kernel "$kernel/vmlinux" -initrd "$kernel/initrd"
		-append "console=ttyS0 mitigations=off random.trust_cpu=on tsc=reliable $append"
		-drive "file=$image,if=virtio,format=raw,readonly=on"
		-drive "file=$kernel/modules.img,if=virtio,format=raw,readonly=on"
		-fsdev "local,id=src,path=$top,security_model=none,readonly=on,multidevs=remap"
		-device "virtio-9p-pci,fsdev=src,mount_tag=src"
		-fsdev "local,id=results,path=$results,security_model=none,multidevs=remap"
		-device "virtio-9p-pci,fsdev=results,mount_tag=results"
	)
	for link in "${!links[@]}"; do
		machine+=(
			-netdev "stream,id=link$link,server=on,addr.type=unix,addr.path=${links[link]}"
			-device "virtio-net-pci,netdev=link$link"
		)
	done
}

# The kernel is the program. Its disks are shared with other machines.
uml_machine()
{
	[ -z "$plugin$clock" ] || { echo "run: --plugin and --clock are not for uml" >&2; exit 2; }
	output=$results/console.log
	# shellcheck disable=SC2206 # words
	machine=(
		"$kernel/vmlinux" mem="${mem:-1024}M" initrd="$kernel/initrd" noreboot
		ubd0rc="$image" ubd1rc="$kernel/modules.img" hn_disk=/dev/ubd
		"\"hn_src=$top\"" "\"hn_results=$results\""
		uml_dir="$results/" umid=uml con=null "con0=null,fd:1" $append
	)
}

case $kver in
uml) uml_machine ;;
*) qemu_machine ;;
esac

if [ -n "$live" ]; then
	while read -r path _; do
		touch "$results/$(basename "$path" .sh).log"
	done <"$results/scripts"
	tail -q -s 0.1 -n +1 -f "$results"/*.log &
	tail=$!
	trap 'kill "$tail" 2>/dev/null || true' EXIT
fi
status=0
timeout --foreground -k 5 "$timeout" "${machine[@]}" </dev/null >"$output" 2>&1 || status=$?
sed -i 's/\r$//' "$results/console.log"
if [ "$status" -ne 0 ]; then
	echo "run: the machine ended with status $status (124: after $timeout s)" | tee -a "$results/console.log"
	tail -n 5 "$output"
fi
if [ -n "$live" ]; then
	sleep 0.3 # what tail has not shown yet
	kill "$tail"
	wait "$tail" || true
fi
"$here/verdict.sh" "$results"
