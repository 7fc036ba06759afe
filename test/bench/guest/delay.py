#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long after the first packet of a flow a frame with its session is on the link to the peers.

Says "watching" and lets the packets of both interfaces wait, as the kernel dated them, until SIGTERM.
Then says what it saw and what it missed, and prints how many flows it saw on both, and of their
delays, in microseconds, the median, the 99th percentile and the longest."""

import argparse
import signal
import socket
import struct
from collections.abc import Iterator

ETH_P_ALL = 0x0003
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
SOL_PACKET, PACKET_STATISTICS = 263, 6
BUFFER = 256 << 20
IP6, UDP = 40, 8

# docs/protocol.md, sections 3 and 4.
MAGIC, DELTA, SESSIONS6, DELETION = b"HN", 1, 1, 0x20
HEADER, RECORD = 36, 37

Flow = tuple[bytes, bytes]  # inside address and port


def watch(interface: str) -> socket.socket:
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.bind((interface, ETH_P_ALL))
    sock.setblocking(False)
    return sock


def datagrams(sock: socket.socket, kind: int) -> Iterator[tuple[int, bytes]]:
    """When they came, and UDP over IPv6 of this kind of packet."""
    while True:
        try:
            packet, ancillary, _flags, link = sock.recvmsg(65535, 256)
        except BlockingIOError:
            return
        if link[2] != kind or packet[0] >> 4 != 6 or packet[6] != socket.IPPROTO_UDP:
            continue
        seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
        yield seconds * 10**9 + nanoseconds, packet


def missed(sock: socket.socket) -> int:
    """Packets for which there was no room."""
    return int(struct.unpack("II", sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1])


def frames(payload: bytes) -> Iterator[bytes]:
    """Several, if the kernel is yet to make datagrams of it (UDP GSO)."""
    while payload[:2] == MAGIC:
        length = int.from_bytes(payload[6:8], "big")
        yield payload[:length]
        payload = payload[length:]


def sessions(frame: bytes) -> Iterator[Flow]:
    if frame[5] != DELTA:
        return
    at = HEADER
    while at < len(frame):
        kind, length = struct.unpack_from("!HH", frame, at)
        at += 4
        if kind == SESSIONS6:
            for record in range(at, at + length, RECORD):
                if not frame[record + 30] & DELETION:
                    yield frame[record : record + 16], frame[record + 24 : record + 26]
        at += length


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inside")
    parser.add_argument("link")
    args = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    inside, link = watch(args.inside), watch(args.link)
    print("watching", flush=True)
    signal.sigwait([signal.SIGTERM])

    began: dict[Flow, int] = {}
    for when, packet in datagrams(inside, socket.PACKET_HOST):
        began.setdefault((packet[8:24], packet[IP6 : IP6 + 2]), when)
    told: dict[Flow, int] = {}
    for when, packet in datagrams(link, socket.PACKET_OUTGOING):
        for frame in frames(packet[IP6 + UDP :]):
            for flow in sessions(frame):
                told.setdefault(flow, when)
    delays = sorted(when - began[flow] for flow, when in told.items() if flow in began)
    print(f"{len(began)} flows came, {len(told)} were told; missed: {missed(inside)}, {missed(link)}")
    at = [delays[len(delays) * share // 100] // 1000 for share in (50, 99)]
    print(len(delays), *at, delays[-1] // 1000)


if __name__ == "__main__":
    main()
