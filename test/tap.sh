# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by test scripts: points of TAP, and waiting. A script ends with done_testing.
set -uo pipefail

hn_points=0 hn_failed=0
# Nothing comes from here: to wait without a process.
exec {hn_silence}<> <(:)

# diag TEXT... - a remark in the TAP stream.
diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# point STATUS DESCRIPTION - states one result.
point()
{
	hn_points=$((hn_points + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $hn_points - $2"
	else
		hn_failed=$((hn_failed + 1))
		echo "not ok $hn_points - $2"
	fi
	return "$1"
}

# Whose status nobody looks at is there to succeed: a test that could not set up what it
# tests proves nothing. Of what runs in a namespace only, and in this shell; its output
# may have been sent elsewhere.
unseen_failure()
{
	[[ $BASH_SUBSHELL -gt 0 || ${FUNCNAME[1]-} != at ]] || point 1 "$*" >&"$hn_tap"
}
exec {hn_tap}>&1
set -E
trap 'unseen_failure "$@"' ERR

# A test that is not there is none that passes.
command_not_found_handle()
{
	point 1 "there is no $1"
	return 127
}

# ok DESCRIPTION COMMAND... - the command succeeds.
ok()
{
	local description=$1 output status
	shift

	output=$("$@" 2>&1)
	status=$?
	point "$status" "$description" || diag "$* (status $status): $output"
	return "$status"
}

# fails DESCRIPTION COMMAND... - the command does not succeed.
fails()
{
	local description=$1 output status
	shift

	if output=$("$@" 2>&1); then
		point 1 "$description" || diag "$* (succeeded): $output"
		return 1
	fi
	point 0 "$description"
}

# is GOT WANTED DESCRIPTION - equal as text.
is()
{
	local status=0

	[ "$1" = "$2" ] || status=1
	point "$status" "$3" || diag "got:    $1"$'\n'"wanted: $2"
	return "$status"
}

# like GOT REGEX DESCRIPTION - matches the extended regular expression.
like()
{
	local status=0

	[[ $1 =~ $2 ]] || status=1
	point "$status" "$3" || diag "got:    $1"$'\n'"wanted: /$2/"
	return "$status"
}

done_testing()
{
	echo "1..$hn_points"
	[ "$hn_failed" -eq 0 ]
	exit
}

# skip_all REASON - counts as a failure in CI: nothing passes by being left out.
skip_all()
{
	echo "1..0 # SKIP $*"
	exit 0
}

# until_true SECONDS COMMAND... - tries again until it succeeds; false at the
# deadline, which HN_SLOW moves where the kernel is a slow one. There it is tried once
# more: the machine may have stood still since the last time. Who has waited long can wait
# a little longer, and leaves the processor to other machines: a tenth of it, up to a second.
until_true()
{
	local start=${EPOCHREALTIME/./} now pause
	local deadline=$((start + $1 * 1000000 * ${HN_SLOW:-1}))
	shift

	until "$@" >/dev/null 2>&1; do
		now=${EPOCHREALTIME/./}
		if [ "$now" -ge "$deadline" ]; then
			"$@" >/dev/null 2>&1
			return
		fi
		pause=$(((now - start) / 10))
		pause=$((pause < 50000 ? 50000 : pause > 1000000 ? 1000000 : pause))
		printf -v pause '%d.%06d' $((pause / 1000000)) $((pause % 1000000))
		read -rt "$pause" -u "$hn_silence" || :
	done
}

# wait_for SECONDS DESCRIPTION COMMAND... - a point: it comes true in time.
wait_for()
{
	local seconds=$1 description=$2 status=0
	shift 2

	until_true "$seconds" "$@" || status=1
	point "$status" "$description" || diag "not within $seconds s: $*: $("$@" 2>&1)"
	return "$status"
}
