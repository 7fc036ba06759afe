#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A datagram from each of many ports of each of many IPv4 hosts, to one host; none of them is there.

crowd.py INTERFACE MAC FIRST HOSTS PORT PORTS TO: from so many hosts from FIRST on, and so many
ports from PORT on, out of the interface to the router with that MAC.
"""

import ipaddress
import struct
import sys

from packet import UDP, Wire, ip4, udp


def main() -> None:
    interface, mac, first, hosts, port, ports, to = sys.argv[1:8]
    wire = Wire(interface, mac)
    start = ipaddress.IPv4Address(first)
    # Without a checksum of UDP the port is all that differs.
    packets = [ip4(str(start + i), to, UDP, udp(0, 9, b"")) for i in range(int(hosts))]
    for number in range(int(port), int(port) + int(ports)):
        source = struct.pack("!H", number)
        for packet in packets:
            wire.send(packet[:20] + source + packet[22:])


if __name__ == "__main__":
    main()
