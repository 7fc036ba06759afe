#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which address of pool4 a mapping gets: by its host, by more of its first packet, by that one's mark.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hanat.sh"

n4_in_6=64:ff9b::192.0.2.8
hole_in_6=64:ff9b::192.0.2.66

# external_addresses - of all mappings, each once.
external_addresses()
{
	at J hactl bib --csv --no-headers | cut -d, -f 4 | sort -u
}

test_paired()
{
	at J hactl pool4 add --tcp --udp 198.51.100.0/28 61001-65535
	at J hactl pool4 add --icmp 198.51.100.0/28 0-65535
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 50 --bind-port 30000 >/dev/null
	flow n6 tcp-knock "$n4_in_6" 9 --bind-port 8080
	at n6 ping -6 -q -c 1 -W 0.2 "$n4_in_6" >/dev/null || :
	is "$(rows_of J bib)" 52 "UDP, TCP and ICMP have mappings in a pool of 16 addresses"
	is "$(external_addresses | wc -l)" 1 "they are of one address"
	at J hactl pool4 flush
}

# spread ARGS - of how many addresses of 16 the mappings of 50 ports are, to one host.
spread()
{
	at J hactl --f-args "$1"
	at J hactl pool4 flush
	at J hactl pool4 add --udp 198.51.100.0/28 61001-65535
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 50 --bind-port 30000 >/dev/null
	external_addresses | wc -l
}

test_spread()
{
	is "$(spread 8)" 1 "with f-args 8 all mappings of a host are of one address"
	is "$(spread 2)" 1 "with f-args 2 all to one remote host"
	ok "with f-args 12 its port has a part in the choice" test "$(spread 12)" -gt 4
	at J hactl --f-args 8
	at J hactl pool4 flush
}

# inside_ports ADDRESS - those of the UDP mappings that have it outside.
inside_ports()
{
	at J hactl bib --csv --no-headers --udp | awk -F, -v address="$1" '$4 == address { print $3 }' |
		sort -n | paste -sd " "
}

# n6's UDP from ports 7000 to 7999 has mark 7, which ten ports are for; 8000 has one that is not pool4's.
test_marks()
{
	local empty

	at J hactl pool4 add --tcp --udp 192.0.2.1 61001-65535
	at J hactl pool4 add --udp --mark 0x7 198.51.100.1 1000-1009
	like "$(at J hactl pool4)" "of 10, for mark 0x7" "pool4 has ports for mark 7"
	at J nft -f - <<-EOF
		table ip6 marks {
			chain set_mark {
				type filter hook prerouting priority mangle
				th sport 7000-7999 meta mark set 7
				th sport 8000 meta mark set 8
			}
		}
	EOF
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 3 --bind-port 7000 >/dev/null
	flow n6 udp-send "$n4_in_6" 53 --bind-port 6000
	flow n6 udp-send "$n4_in_6" 53 --bind-port 8000
	is "$(inside_ports 198.51.100.1)" "7000 7001 7002" "packets of mark 7 have them"
	is "$(inside_ports 192.0.2.1)" "6000 8000" "others do not, nor those of a mark that is not pool4's"
	empty=$(stat_of J drop-pool-empty)
	flow n6 tcp-knock "$n4_in_6" 9 --bind-port 7000
	wait_for 5 "TCP of mark 7 has none" stat_is J drop-pool-empty -gt "$empty"
	is "$(rows_of J bib --tcp)" 0 "not even of those for others"
	flow n6 udp-burst "$hole_in_6" 1 --fan 1 --count 10 --bind-port 7010 >/dev/null
	is "$(inside_ports 198.51.100.1 | wc -w)" 10 "mark 7 uses up its ports"
	is "$(inside_ports 192.0.2.1)" "6000 8000" "and no others"
	at J nft delete table ip6 marks
	flow n6 udp-send "$n4_in_6" 54 --bind-port 7000
	is "$(session_count J --udp) $(inside_ports 192.0.2.1)" "13 6000 8000" \
		"a mapping serves packets of any mark"
	fails "no port is for mark 8" at J hactl pool4 remove --udp --mark 8 198.51.100.1 1000-1009
	ok "mark 7 loses its ports" at J hactl pool4 remove --udp --mark 7 198.51.100.1 1000-1009
	is "$(inside_ports 198.51.100.1)" "" "and its mappings"
	at J hactl pool4 flush
}

topology_tutorial
modprobe hanat
ok "J becomes a translator" at J hactl instance add --pool6 64:ff9b::/96
vip_add J
black_hole J
test_paired
test_spread
test_marks
done_testing
