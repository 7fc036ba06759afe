#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets as a virtual machine hands them to its host: work left to hardware.

offload.py 6|4 INTERFACE MAC PORT sends what is described in malformed.py, where PORT
is as well, with requests that fit the packets or not, and prints how much each counter
must gain. offload.py watch REPORT counts the ICMPv6 errors that come out, and those of
them in which the UDP datagram inside has a wrong checksum.
"""

import os
import socket
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from malformed import N4, N4_IN6, N6, POOL4, from4, from6
from packet import ICMP4, ICMP6, TCP, UDP, checksum, icmp, ip4, pseudo, seal, tcp, udp

# Not in the socket module.
SOL_PACKET, PACKET_VNET_HDR = 263, 15
ETHERNET = 14
NEEDS_CSUM, GSO_TCP6 = 1, 4


class Request(NamedTuple):
    """Offsets count from the network header."""

    start: int | None = None
    offset: int = 0
    gso: int = 0
    size: int = 0

    def header(self) -> bytes:
        flags = 0 if self.start is None else NEEDS_CSUM
        start = 0 if self.start is None else ETHERNET + self.start
        # Up to the payload of TCP.
        length = start + 20 if self.gso else 0
        return struct.pack("=BBHHHH", flags, self.gso, length, self.size, start, self.offset)


Case = tuple[str, bytes, Request]


def partial(src: str, dst: str, proto: int, data: bytes) -> bytes:
    """With the sum of the pseudo header in place of the checksum."""
    at = {TCP: 16, UDP: 6, ICMP4: 2, ICMP6: 2}[proto]
    value = 0
    if proto != ICMP4:
        value = ~checksum(pseudo(src, dst, proto, len(data))) & 0xFFFF
    return data[:at] + struct.pack("!H", value) + data[at + 2 :]


def cases6() -> Iterator[Case]:
    datagram = udp(5000, 9, bytes(64))
    left = from6(UDP, partial(N6, N4_IN6, UDP, datagram))
    yield "xlat-64", left, Request(40, 6)
    # In the headers of the network: no transport's. In the payload: a tunnel's.
    for start in (0, 24, 38, 39):
        yield "drop-truncated", left, Request(start, 6)
    for start, offset in ((48, 6), (50, 0), (100, 10)):
        yield "xlat-64", from6(UDP, seal(N6, N4_IN6, UDP, datagram)), Request(start, offset)
    segment = from6(TCP, partial(N6, N4_IN6, TCP, tcp(5000, 9, data=bytes(2000))))
    yield "xlat-64", segment, Request(40, 16, GSO_TCP6, 500)


def cases4(port: int) -> Iterator[Case]:
    datagram = udp(9, port, bytes(64))
    left = from4(UDP, partial(N4, POOL4, UDP, datagram))
    yield "xlat-46", left, Request(20, 6)
    for start in (0, 12, 18, 19):
        yield "drop-truncated", left, Request(start, 6)
    yield "xlat-46", from4(UDP, seal(N4, POOL4, UDP, datagram)), Request(28, 6)
    about = ip4(POOL4, N4, UDP, seal(POOL4, N4, UDP, udp(port, 9, bytes(32))))
    for kind in (3, 11, 12):
        yield "xlat-46", from4(ICMP4, icmp(kind, 0, 0, about)), Request(20, 2)
        yield "xlat-46", from4(ICMP4, seal(N4, POOL4, ICMP4, icmp(kind, 0, 0, about))), Request()


def send(interface: str, mac: str, cases: Iterator[Case]) -> None:
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.bind((interface, 0))
    link = bytes.fromhex(mac.replace(":", "")) + sock.getsockname()[4]
    expected: Counter[str] = Counter()
    for counter, packet, request in cases:
        protocol = 0x86DD if packet[0] >> 4 == 6 else 0x0800
        frame = request.header() + link + struct.pack("!H", protocol) + packet
        try:
            sock.send(frame)
        except OSError:
            # Newer kernels refuse some of what does not fit.
            if request.start in (None, 20 if protocol == 0x0800 else 40):
                raise
            continue
        expected[counter] += 1
    for counter, gain in sorted(expected.items()):
        print(counter, gain)


def report(path: str, errors: int, wrong: int) -> None:
    with open(path + ".new", "w", encoding="ascii") as file:
        print(f"errors {errors}\nwrong {wrong}", file=file)
    os.rename(path + ".new", path)


def watch(path: str) -> None:
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x86DD))
    errors = wrong = 0
    report(path, errors, wrong)
    while True:
        packet = sock.recv(2048)
        inner = packet[48:]
        if packet[6] != ICMP6 or packet[40] > 127 or len(inner) < 48 or inner[6] != UDP:
            continue
        addresses = [socket.inet_ntop(socket.AF_INET6, inner[at : at + 16]) for at in (8, 24)]
        covered = pseudo(addresses[0], addresses[1], UDP, len(inner) - 40) + inner[40:]
        errors += 1
        wrong += checksum(covered) != 0
        report(path, errors, wrong)


def main() -> None:
    if sys.argv[1] == "watch":
        watch(sys.argv[2])
    else:
        cases = cases6() if sys.argv[1] == "6" else cases4(int(sys.argv[4]))
        send(sys.argv[2], sys.argv[3], cases)


if __name__ == "__main__":
    main()
