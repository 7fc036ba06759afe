# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced: results that are dear to make live outside the checkout, one
# directory per content hash.

hn_cache=${HANAT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/hanat}

# cached NAME HASH COMMAND... - prints the directory that holds what COMMAND
# put into the directory it was called with. Made once, whoever asks first; a
# half-made one is never seen. COMMAND is a program, not a function: errexit
# would be off inside it here.
cached()
{
	local name=$1 hash=$2 dir
	shift 2

	dir=$hn_cache/$name-${hash:0:16}
	if [ ! -e "$dir" ]; then
		mkdir -p "$hn_cache"
		(
			flock 9
			[ ! -e "$dir" ] || exit 0
			rm -rf "$dir.part"
			mkdir -p "$dir.part"
			"$@" "$dir.part" >&2 || exit 1
			mv "$dir.part" "$dir"
			find "$hn_cache" -maxdepth 1 -name "$name-*" -mtime +14 -exec rm -rf {} +
		) 9>"$hn_cache/$name.lock" || return 1
	fi
	touch "$dir"
	echo "$dir"
}

# hash_of WORD... - of the words, this file and the script that asks.
hash_of()
{
	{ printf '%s\n' "$@"; cat "$0" "${BASH_SOURCE[0]}"; } | sha256sum | cut -d ' ' -f 1
}

# faked COMMAND... - files that COMMAND unpacks belong to root, in its view.
faked()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		fakeroot -- "$@"
	fi
}

# ext4_from DIR FILE - a file system image of DIR. Without a journal, so that a
# read-only mount has nothing to replay.
ext4_from()
{
	local mib files

	mib=$(du -sm --apparent-size "$1" | cut -f 1)
	files=$(find "$1" | wc -l)
	mke2fs -q -t ext4 -O ^has_journal -m 0 -N $((files + 1024)) -d "$1" "$2" \
		"$((mib + mib / 4 + files / 200 + 16))M" >/dev/null
}

# apt_fetch STATE apt-get's ARGUMENTS... - with the machine's package sources, but
# nothing of the machine changed, locked or taken for installed. STATE is a
# directory; what is downloaded lies in its archives/.
apt_fetch()
{
	local state=$1
	shift

	mkdir -p "$state/archives/partial"
	: >"$state/status"
	apt-get -q -o Debug::NoLocking=1 -o APT::Install-Recommends=0 \
		-o Dir::State::status="$state/status" -o Dir::Cache::archives="$state/archives" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o APT::Sandbox::User= "$@" </dev/null
}

# apt_suites STATE SUITE... - sets apt to what makes apt_fetch STATE see these
# suites of Debian, from the mirror of the machine's own, and nothing else.
apt_suites()
{
	local state=$1 mirror
	shift

	mkdir -p "$state/lists/partial"
	# shellcheck disable=SC2016
	mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Codename: bookworm' |
		head -n 1)
	printf "deb ${mirror:-http://deb.debian.org/debian} %s main\n" "$@" >"$state/sources"
	apt=(-o Dir::Etc::sourcelist="$state/sources" -o Dir::Etc::sourceparts=/dev/null
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
		-o Dir::State::lists="$state/lists")
	apt_fetch "$state" "${apt[@]}" update
}

# unpack_debs ROOT DIR - the packages in DIR, without manuals, never configured,
# into a tree whose /usr is merged: dpkg-deb -x would replace the links by
# directories, which packages of Debian 12 still ship.
unpack_debs()
{
	local dir deb

	for dir in bin sbin lib lib64; do
		mkdir -p "$1/usr/$dir"
		ln -s "usr/$dir" "$1/$dir"
	done
	for deb in "$2"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x --keep-directory-symlink -C "$1" --exclude='./usr/share/doc' \
				--exclude='./usr/share/man' --exclude='./usr/share/locale'
	done
}
