#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An attacker on the link between the nodes: records hanatd's frames, and sends them again, as
they are or changed. A file of frames has one in hexadecimal digits per line."""

import argparse
import socket
import struct
import sys
from pathlib import Path

HEADER = 36


def open_group(args: argparse.Namespace) -> socket.socket:
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    index = socket.if_nametoindex(args.interface)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    sock.setsockopt(
        socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, args.group) + struct.pack("@I", index)
    )
    return sock


def record(args: argparse.Namespace) -> None:
    """Those of one node, until it is ended."""
    sock = open_group(args)
    sock.bind((args.group, args.port))
    with args.file.open("w", encoding="ascii", buffering=1) as out:
        print("recording", file=sys.stderr, flush=True)
        while True:
            frame = sock.recv(65535)
            if int.from_bytes(frame[8:12], "big") == args.node:
                print(frame.hex(), file=out)


def flipped(number: int, frame: bytearray) -> bytearray:
    """One bit changed, in each frame another one."""
    frame[number * 7 % len(frame)] ^= 1 << number % 8
    return frame


def truncated(number: int, frame: bytearray) -> bytearray:
    """Cut, and the length made to fit."""
    cut = frame[: HEADER + number % (len(frame) - HEADER)]
    cut[6:8] = len(cut).to_bytes(2, "big")
    return cut


def of_other_version(_number: int, frame: bytearray) -> bytearray:
    frame[2] += 1
    return frame


CHANGES = {
    "none": lambda _number, frame: frame,
    "flip": flipped,
    "truncate": truncated,
    "version": of_other_version,
}


def open_unicast(args: argparse.Namespace) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in args.to else socket.AF_INET, socket.SOCK_DGRAM)
    if args.source:
        sock.bind((args.source, 0))
    return sock


def send(args: argparse.Namespace) -> None:
    """All that are in the file. Says how many."""
    frames = [bytearray.fromhex(line) for line in args.file.read_text(encoding="ascii").splitlines()]
    sock = open_unicast(args) if args.to else open_group(args)
    for number, frame in enumerate(frames):
        sock.sendto(CHANGES[args.change](number, frame), (args.to or args.group, args.port))
    print(len(frames))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for function in (record, send):
        command = commands.add_parser(function.__name__, help=function.__doc__)
        command.set_defaults(run=function)
        command.add_argument("file", type=Path)
        command.add_argument("--group", default="ff08::db8:64:64")
        command.add_argument("--port", type=int, default=6464)
        command.add_argument("--interface", default="eth2")
        if function is record:
            command.add_argument("--node", type=int, required=True)
        else:
            command.add_argument("--change", choices=CHANGES, default="none")
            command.add_argument("--to", help="this host, not the group")
            command.add_argument("--source", help="the address that it is sent from")
    args = parser.parse_args()
    try:
        args.run(args)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
