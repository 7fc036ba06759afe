#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# examples/unbound-dns64.conf: hosts that have nothing but IPv6 reach IPv4 by name, also after the
# address of the resolver has moved to the other router.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

# What Debian's package would do as it is configured, not unpacked: no user, no files.
bare=('do-daemonize: no' 'use-syslog: no' 'username: ""' 'chroot: ""' 'directory: "/"' 'pidfile: ""')

# unbound_start NODE LINE... - of its configuration, after what all have.
unbound_start()
{
	{
		echo "server:"
		printf '\t%s\n' "${bare[@]}" "${@:2}"
	} >"$hn_tmp/$1.unbound"
	serve "unbound-$1" "$1" unbound -d -c "$hn_tmp/$1.unbound"
}

# The Internet's names.
name_server()
{
	unbound_start n4 'interface: 192.0.2.8' 'access-control: 0.0.0.0/0 allow' \
		'local-zone: "example." static' 'local-zone: "in-addr.arpa." static' \
		'local-data: "four.example. A 192.0.2.8"' \
		'local-data: "both.example. A 192.0.2.8"' \
		'local-data: "both.example. AAAA 2001:db8:1::8"' \
		'local-data: "ipv4only.arpa. A 192.0.0.170"' \
		'local-data-ptr: "192.0.2.8 four.example."'
}

# The example, but that everything is asked of n4.
resolver()
{
	unbound_start "$1" 'outgoing-interface: 192.0.2.'"$2" \
		'include: /src/examples/unbound-dns64.conf' \
		'forward-zone:' 'name: "."' 'forward-addr: 192.0.2.8'
}

# asked NAME TYPE - of the address that moves.
asked()
{
	at n6 dig +short +tries=1 +time=5 @2001:db8::1 "$1" "$2"
}

asked_is()
{
	[ "$(asked "$1" "$2")" = "$3" ]
}

# by_name COMMAND... - on n6, whose resolver that is.
by_name()
{
	echo "nameserver 2001:db8::1" >"$hn_tmp/resolv.conf"
	touch /etc/resolv.conf
	# shellcheck disable=SC2016 # for the inner shell
	at n6 unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf; exec "$@"' \
		"$hn_tmp/resolv.conf" "$@"
}

# test_names NODE - that has the address.
test_names()
{
	wait_for 60 "$1 makes up an address where there is none" asked_is four.example AAAA 64:ff9b::c000:208
	is "$(asked four.example A)" 192.0.2.8 "it tells that of IPv4 as well"
	is "$(asked both.example AAAA)" 2001:db8:1::8 "and where there is one, that"
	is "$(asked ipv4only.arpa AAAA)" 64:ff9b::c000:aa "hosts find out the prefix, RFC 7050"
	is "$(asked none.example AAAA)" "" "what does not exist does not"
	is "$(at n6 dig +short @2001:db8::1 -x 64:ff9b::c000:208 | tail -n 1)" four.example. \
		"and from the address to the name"
	is "$(by_name curl -sS --max-time 30 http://four.example/)" "hello" "a host fetches a page by name"
}

topology_tutorial
for node in J K; do
	translator "$node"
done
vip_add J
mkdir "$hn_tmp/www"
echo hello >"$hn_tmp/www/index.html"
serve web n4 python3 -m http.server -b 0.0.0.0 -d "$hn_tmp/www" 80
wait_for 60 "a web server runs" listens n4 80
name_server
resolver J 4
resolver K 5
test_names J
vip_del J
vip_add K
test_names K
done_testing
