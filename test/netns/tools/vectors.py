#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends the packets of a file of vectors (test/vectors) through a translator between n6 and n4, and
compares what comes out, fragments as the packet that they come to. Says how much each counter must
gain; what differs, on standard error.

No waiting for nothing: after each packet one follows in either direction that is known to pass, and
until both are here all has come that will.
"""

import argparse
import json
import os
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from packet import checksum, enter

ETH_P_ALL = 0x0003


class Side:
    """A host without an address: it sees all packets that are for it, and answers none."""

    def __init__(self, space: str, mac: str, patience: float) -> None:
        enter(space)
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


@dataclass
class Got:
    """A packet that came out on a side; of how many bytes its largest fragment was, if it came so."""

    side: str
    packet: bytes
    largest: int = 0


@dataclass
class Fragment:
    """What it has in common with the others of its packet, and what it adds."""

    head: bytes
    ident: bytes
    offset: int
    more: bool
    data: bytes


def parse(packet: bytes) -> Fragment | None:
    if packet[0] >> 4 == 6:
        if packet[6] != 44:
            return None
        field = int.from_bytes(packet[42:44], "big")
        head = packet[:4] + b"\0\0" + packet[40:41] + packet[7:40]
        return Fragment(head, packet[44:48], field & ~7, bool(field & 1), packet[48:])
    field = int.from_bytes(packet[6:8], "big")
    if not field & 0x3FFF or checksum(packet[:20]):
        return None
    head = packet[:2] + b"\0\0" + packet[4:6] + bytes([packet[6] & 0xC0, 0])
    head += packet[8:10] + b"\0\0" + packet[12:20]
    return Fragment(head, packet[4:6], (field & 0x1FFF) * 8, bool(field & 0x2000), packet[20:])


def whole(fragments: list[Fragment]) -> bytes:
    data = b"".join(fragment.data for fragment in fragments)
    head = fragments[0].head
    if head[0] >> 4 == 6:
        return head[:4] + len(data).to_bytes(2, "big") + head[6:] + data
    head = head[:2] + (len(head) + len(data)).to_bytes(2, "big") + head[4:]
    return head[:10] + checksum(head).to_bytes(2, "big") + head[12:] + data


def join(side: str, packets: list[bytes]) -> list[Got]:
    """Fragments that follow each other from first to last become one packet; others stay."""
    out: list[Got] = []
    parts: list[Fragment] = []
    for packet in packets:
        out.append(Got(side, packet))
        part = parse(packet)
        if part is None or (part.more and len(part.data) % 8):
            parts = []
            continue
        if part.offset == 0:
            parts = []
        same = all((part.head, part.ident) == (first.head, first.ident) for first in parts[:1])
        if not same or part.offset != sum(len(p.data) for p in parts):
            parts = []
            continue
        parts.append(part)
        if not part.more:
            largest = max(len(got.packet) for got in out[-len(parts) :])
            out[-len(parts) :] = [Got(side, whole(parts), largest)]
            parts = []
    return out


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

    def put(self, side: str, packets: list[bytes]) -> list[Got]:
        """What comes out because of them, and where."""
        self.passed += 1
        # With its complement behind it, it leaves the packet's checksum alone.
        mark = self.passed.to_bytes(4, "big") + (~self.passed & 0xFFFFFFFF).to_bytes(4, "big")
        for packet in packets:
            self.sides[side].send(packet)
        for entry, passes in self.passing.items():
            self.sides[entry].send(passes[:-8] + mark)
        out = []
        for name, end in self.sides.items():
            out += join(name, end.until(mark))
        return out


def fits(got: Got, wanted: dict) -> bool:
    return (
        got.side == wanted["side"]
        and got.largest <= wanted["most"]
        and matches(got.packet, bytes.fromhex(wanted["packet"]), wanted["ignore"])
    )


def differences(vector: dict, out: list[Got]) -> list[str]:
    found = []
    left = list(out)
    for wanted in vector["out"]:
        for got in left:
            if fits(got, wanted):
                left.remove(got)
                break
        else:
            found.append(f"wanted on {wanted['side']}: {wanted['packet']}, {wanted['most']}")
    return found + [f"got on {got.side}:    {got.packet.hex()}, {got.largest}" for got in left]


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
        if len(translator.put("6", [bytes.fromhex(packet)])) != 1:
            sys.exit("no session can be made")
    for vector in content["vectors"]:
        try:
            packets = [bytes.fromhex(packet) for packet in vector["in"]["packets"]]
            out = translator.put(vector["in"]["side"], packets)
        except TimeoutError:
            sys.exit(f"{vector['name']}: nothing passes any more")
        counters.update(vector["counters"])
        for line in differences(vector, out):
            print(f"{vector['name']}: {line}", file=sys.stderr)
            failed = True
    for counter in content["counters"].values():
        counters[counter] += translator.passed
    counters[content["counters"]["6"]] += len(content["opening"])
    for counter, gain in sorted(counters.items()):
        print(counter, gain)
    sys.exit(failed)


if __name__ == "__main__":
    main()
