#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends the packets of a file of vectors (test/vectors) through a translator between n6 and n4, and
compares what comes out. Says how much each counter must gain; what differs, on standard error.

No waiting for nothing: after each packet one follows in either direction that is known to pass, and
until both are here all has come that will.
"""

import argparse
import ctypes
import json
import os
import socket
import sys
import time
from collections import Counter
from pathlib import Path

from packet import checksum

ETH_P_ALL = 0x0003
CLONE_NEWNET = 0x40000000


class Side:
    """A host without an address: it sees all packets that are for it, and answers none."""

    def __init__(self, space: str, mac: str, patience: float) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/run/netns/{space}", encoding="ascii") as file:
            if libc.setns(file.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"{space}: no such namespace")
        self.mac = bytes.fromhex(mac.replace(":", ""))
        self.patience = patience
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.sock.bind(("eth0", ETH_P_ALL))

    def send(self, packet: bytes) -> None:
        protocol = 0x86DD if packet[0] >> 4 == 6 else 0x0800
        self.sock.sendto(packet, ("eth0", protocol, 0, 0, self.mac))

    def until(self, last: bytes) -> list[bytes]:
        """What comes before a packet that ends like this."""
        packets = []
        end = time.monotonic() + self.patience
        while True:
            self.sock.settimeout(max(end - time.monotonic(), 0.001))
            packet, link = self.sock.recvfrom(65535)
            if link[2] != socket.PACKET_HOST:
                continue
            if packet.endswith(last):
                return packets
            packets.append(packet)


def matches(packet: bytes, wanted: bytes, ignore: list[list[int]]) -> bool:
    if len(packet) != len(wanted):
        return False
    if packet[0] >> 4 == 4 and checksum(packet[: (packet[0] & 15) * 4]):
        return False
    for first, end in ignore:
        packet = packet[:first] + wanted[first:end] + packet[end:]
    return packet == wanted


class Translator:
    """Both sides of one; a packet into each of them that passes to the other."""

    def __init__(self, sides: dict[str, Side], passing: dict[str, str]) -> None:
        self.sides = sides
        self.passing = {side: bytes.fromhex(packet) for side, packet in passing.items()}
        self.passed = 0

    def put(self, side: str, packet: bytes) -> list[tuple[str, bytes]]:
        """What comes out because of it, and where."""
        self.passed += 1
        # With its complement behind it, it leaves the packet's checksum alone.
        mark = self.passed.to_bytes(4, "big") + (~self.passed & 0xFFFFFFFF).to_bytes(4, "big")
        self.sides[side].send(packet)
        for entry, passes in self.passing.items():
            self.sides[entry].send(passes[:-8] + mark)
        out = []
        for name, end in self.sides.items():
            out += [(name, got) for got in end.until(mark)]
        return out


def differences(vector: dict, out: list[tuple[str, bytes]]) -> list[str]:
    found = []
    left = list(out)
    for wanted in vector["out"]:
        packet = bytes.fromhex(wanted["packet"])
        for got in left:
            if got[0] == wanted["side"] and matches(got[1], packet, wanted["ignore"]):
                left.remove(got)
                break
        else:
            found.append(f"wanted on {wanted['side']}: {packet.hex()}")
    return found + [f"got on {side}:    {packet.hex()}" for side, packet in left]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("mac6", help="of the translator on n6's side")
    parser.add_argument("mac4", help="and on n4's")
    args = parser.parse_args()
    patience = 5 * int(os.environ.get("HN_SLOW", "1"))
    # One processor takes all packets in their order.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sides = {"6": Side("n6", args.mac6, patience), "4": Side("n4", args.mac4, patience)}
    content = json.loads(args.file.read_text(encoding="ascii"))
    translator = Translator(sides, content["passing"])
    counters: Counter[str] = Counter()
    failed = False
    for packet in content["opening"]:
        if len(translator.put("6", bytes.fromhex(packet))) != 1:
            sys.exit("no session can be made")
    for vector in content["vectors"]:
        try:
            out = translator.put(vector["in"]["side"], bytes.fromhex(vector["in"]["packet"]))
        except TimeoutError:
            sys.exit(f"{vector['name']}: nothing passes any more")
        counters.update(vector["counters"])
        for line in differences(vector, out):
            print(f"{vector['name']}: {line}", file=sys.stderr)
            failed = True
    counters.update({"xlat-64": translator.passed + len(content["opening"])})
    counters.update({"xlat-46": translator.passed})
    for counter, gain in sorted(counters.items()):
        print(counter, gain)
    sys.exit(failed)


if __name__ == "__main__":
    main()
