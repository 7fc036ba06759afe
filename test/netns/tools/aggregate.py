#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams that a socket sends in one go (UDP_SEGMENT), and how they come to another one.

Prints how many reads it took the receiver, which takes aggregates (UDP_GRO), and the sizes of the
segments that these were of: "1 1000". Fails unless it gets all that was sent, unchanged. The high
bit of each byte is set.
"""

import argparse
import random
import socket
import struct
import sys

from packet import enter, family_of

# Not in the socket module.
UDP_SEGMENT, UDP_GRO = 103, 104
MOST = 65536


def receiver(args: argparse.Namespace) -> socket.socket:
    enter(args.to)
    other = socket.AF_INET if family_of(args.host) == socket.AF_INET6 else socket.AF_INET6
    sock = socket.socket(other, socket.SOCK_DGRAM)
    sock.bind(("", args.at))
    sock.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)
    sock.settimeout(args.timeout)
    return sock


def send(args: argparse.Namespace, data: bytes) -> None:
    enter(args.source)
    sock = socket.socket(family_of(args.host), socket.SOCK_DGRAM)
    sock.bind(("", args.bind_port))
    size = struct.pack("@H", args.segment)
    sock.sendmsg([data], [(socket.IPPROTO_UDP, UDP_SEGMENT, size)], 0, (args.host, args.port))


def receive(sock: socket.socket, data: bytes) -> None:
    got, reads, sizes = b"", 0, set()
    while len(got) < len(data):
        try:
            part, about, _, _ = sock.recvmsg(MOST, socket.CMSG_SPACE(4))
        except TimeoutError:
            sys.exit(f"{len(got)} of {len(data)} bytes, in {reads} reads")
        got += part
        reads += 1
        sizes.add(struct.unpack("@i", about[0][2])[0] if about else len(part))
    if got != data:
        sys.exit("what came differs from what was sent")
    print(reads, *sorted(sizes, reverse=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="namespace of the sender")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("to", help="namespace of the receiver")
    parser.add_argument("at", type=int, help="its port there")
    parser.add_argument("--bind-port", type=int, required=True)
    parser.add_argument("--segment", type=int, required=True)
    parser.add_argument("--bytes", type=int, required=True)
    parser.add_argument("--timeout", type=float, default=10)
    args = parser.parse_args()
    data = bytes(byte | 0x80 for byte in random.Random(args.bytes).randbytes(args.bytes))
    sock = receiver(args)
    send(args, data)
    receive(sock, data)


if __name__ == "__main__":
    main()
