#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends one TCP segment without data, which belongs to no socket, out of eth0.

usage: segment.py MAC SOURCE#PORT DESTINATION#PORT FLAG...
       segment.py MAC SOURCE#PORT DESTINATION#PORT unreachable

Flags are syn, ack, fin, rst. The other one is an ICMP error about a segment that came the other
way. The neighbour with the MAC gets it.
"""

import sys

from packet import ACK, FIN, ICMP4, ICMP6, RST, SYN, TCP, Wire, icmp, ip4, ip6, seal, tcp

FLAGS = {"syn": SYN, "ack": ACK, "fin": FIN, "rst": RST}


def endpoint(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition("#")
    return address, int(port)


def segment(source: tuple[str, int], destination: tuple[str, int], flags: int) -> bytes:
    data = seal(source[0], destination[0], TCP, tcp(source[1], destination[1], flags))
    wrap = ip6 if ":" in source[0] else ip4
    return wrap(source[0], destination[0], TCP, data)


def unreachable(source: str, destination: str, packet: bytes) -> bytes:
    """No port of source is what the packet was for."""
    if ":" in source:
        return ip6(source, destination, ICMP6, seal(source, destination, ICMP6, icmp(1, 4, 0, packet)))
    return ip4(source, destination, ICMP4, seal(source, destination, ICMP4, icmp(3, 3, 0, packet)))


def main() -> None:
    mac, source, destination = sys.argv[1], endpoint(sys.argv[2]), endpoint(sys.argv[3])
    if sys.argv[4] == "unreachable":
        packet = unreachable(source[0], destination[0], segment(destination, source, ACK))
    else:
        packet = segment(source, destination, sum(FLAGS[name] for name in sys.argv[4:]))
    Wire("eth0", mac).send(packet)


if __name__ == "__main__":
    main()
