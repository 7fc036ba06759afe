#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One file says all that an instance is: loaded completely or not at all, and what stays keeps its
# sessions.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

example=/src/examples/hanat.json
file=$hn_tmp/hanat.json

# variant FILTER - the example, changed by jq, which knows no comments.
variant()
{
	grep -v '^//' "$example" | jq "$1" >"$file"
}

exported()
{
	at J hactl config export
}

# refused REGEX WHAT - loading the file changes nothing, and one line says why.
refused()
{
	local before text

	before=$(exported)
	text=$(at J hactl config load "$file" 2>&1)
	like "$text" "^hactl: config load: $file: $1\$" "$2 is refused"
	is "$(exported)" "$before" "and nothing has changed"
}

test_load()
{
	modprobe hanat
	ok "the example has no error" setpriv --reuid nobody --clear-groups hactl config check "$example"
	fails "there is no instance to export" at J hactl config export
	like "$(at J hactl config diff "$example")" "^\+ instance 64:ff9b::/96.*\+ bib tcp 2001:db8::8#80 192\.0\.2\.1#8080\$" \
		"diff shows all of it"
	ok "it is loaded" at J hactl config load "$example"
	ok "and nothing is left to do" at J hactl config diff "$example"
	is "$(value_of J instance pool6 pool4-ports)" "64:ff9b::/96 $((2 * 4535 + 65536 + 1))" "prefix and ports are there"
	is "$(value_of J global udp-timeout ss-enabled)" "300000 true" "and the settings"
	is "$(at J hactl inside) $(at J hactl no-translate)" "10.0.64.0/24 10.0.0.0/8" "and the lists"
	exported >"$file"
	ok "what is exported says the same" at J hactl config diff "$file"
	at J hactl instance remove
	ok "and makes the same" at J hactl config load "$file"
	ok "of nothing" at J hactl config diff "$example"
}

# What is in both files is not touched.
test_reload()
{
	local epoch

	flow_start server n4 udp-server 0.0.0.0 9000
	flow_start udp n6 udp-stream 64:ff9b::192.0.2.8 9000 --interval 0.05 --bind-port 7000
	ok "a flow begins" progress udp
	epoch=$(value_of J instance epoch)
	variant '.settings = {"udp-timeout": "0:10:00"} | .pool4 += [{"protocols": "udp", "prefix": "192.0.2.9", "ports": "1024-2047"}] | del(.bib)'
	is "$(at J hactl config diff "$file" 2>/dev/null)" \
		$'- bib tcp 2001:db8::8#80 192.0.2.1#8080\nudp-timeout: 0:05:00 -> 0:10:00\nss-enabled: true -> false\n+ pool4 192.0.2.9/32 udp 1024-2047' \
		"diff shows what another file would change"
	ok "that is loaded" at J hactl config load "$file"
	ok "nothing is left to do" at J hactl config diff "$file"
	ok "the flow goes on" progress udp
	is "$(value_of J instance epoch sessions)" "$epoch 1" "with its session, in the same instance"
	is "$(report server peers | wc -w)" 1 "from the same port"
}

# The kernel drops a static mapping with its range.
test_static_mapping()
{
	ok "the example is loaded again" at J hactl config load "$example"
	variant '.pool4[2].ports = "8080-8090"'
	ok "the range of a static mapping grows" at J hactl config load "$file"
	ok "nothing is left to do" at J hactl config diff "$file"
	is "$(rows_of J bib --tcp)" 1 "the mapping is there"
	variant '.settings = {"udp-timeout": "0:10:00"} | .pool4 += [{"protocols": "udp", "prefix": "192.0.2.9", "ports": "1024-2047"}] | del(.bib)'
	ok "and goes with a file that does not have it" at J hactl config load "$file"
	is "$(rows_of J bib --tcp)" 0 "from the kernel too"
}

test_refused()
{
	variant '.pool6 = "2001:db8:64::/96"'
	refused "/pool6: the instance has 64:ff9b::/96, .*" "another pool6"
	# That the host's port has a mapping already is something that only the kernel knows.
	variant '.settings["udp-timeout"] = "0:20:00" | .pool4 += [{"protocols": "udp", "prefix": "192.0.2.10", "ports": "80"}]
		| .inside = ["10.9.0.0/16"]
		| .bib = [{"protocols": "udp", "inside": "2001:db8::8#7000", "external": "192.0.2.10#80"}]'
	refused "/bib/0: .*" "a static mapping for a port that is mapped"
	ok "the flow goes on" progress udp
	variant '.pool4[0].ports = "61001-70000"'
	refused "/pool4/0/ports: .*" "a port that is none"
	echo '{"pool6": "64:ff9b::/96",' >"$file"
	like "$(at J hactl config load "$file" 2>&1)" "^hactl: config load: $file:[0-9]+:[0-9]+: " \
		"half a file is refused, by line and column"
	variant .
	fails "who may not change it cannot load" at J setpriv --reuid nobody --clear-groups hactl config load "$file"
}

topology_tutorial
vip_add J
test_load
test_reload
test_static_mapping
test_refused
done_testing
