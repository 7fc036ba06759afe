#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A datagram each millisecond, and how late the latest of them came.

steady.py SOURCE HOST PORT DESTINATION, where the first and the last are namespaces: until SIGTERM,
before everything else that wants the processor. Then prints how many were sent, how many came,
and the longest time, in microseconds, from when one was due to when the receiver's kernel had it.
"""

import gc
import os
import signal
import socket
import struct
import sys
import time

from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "netns/tools"))
from packet import enter, family_of

# Not in the socket module.
SO_TIMESTAMPNS, SO_RCVBUFFORCE = 35, 33
PERIOD = 1_000_000
SOURCE_PORT = 5000


class Terminated(Exception):
    """By SIGTERM."""


def terminated(*_: object) -> None:
    raise Terminated


def receiver(space: str, port: int) -> socket.socket:
    enter(space)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    sock.bind(("", port))
    sock.setblocking(False)
    return sock


def sender(space: str, host: str, port: int) -> socket.socket:
    enter(space)
    sock = socket.socket(family_of(host), socket.SOCK_DGRAM)
    sock.bind(("", SOURCE_PORT))
    sock.connect((host, port))
    return sock


class Delays:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = self.longest = 0

    def take(self) -> None:
        """Those that have come."""
        try:
            while True:
                data, about, _, _ = self.sock.recvmsg(64, socket.CMSG_SPACE(16))
                seconds, rest = struct.unpack("@qq", about[0][2])
                delay = seconds * 1_000_000_000 + rest - int(data)
                self.longest = max(self.longest, delay)
                self.received += 1
        except BlockingIOError:
            pass


def run(sock: socket.socket, delays: Delays) -> int:
    sent, due = 0, time.time_ns() + PERIOD
    try:
        print("ready", file=sys.stderr, flush=True)
        while True:
            ahead = due - time.time_ns()
            if ahead > 0:
                time.sleep(ahead / 1e9)
            sock.send(b"%d" % due)
            sent += 1
            due += PERIOD
            if sent % 64 == 0:
                delays.take()
    except Terminated:
        return sent


def main() -> None:
    delays = Delays(receiver(sys.argv[4], int(sys.argv[3])))
    sock = sender(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    signal.signal(signal.SIGTERM, terminated)
    gc.disable()
    sent = run(sock, delays)
    time.sleep(0.1)
    delays.take()
    print(sent, delays.received, delays.longest // 1000)


if __name__ == "__main__":
    main()
