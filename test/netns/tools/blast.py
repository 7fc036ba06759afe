#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Many datagrams in both directions of a few flows, from two processors.

blast.py COUNT INSIDE HOST OUTSIDE: processes on each processor of the machine send so many in all
from a namespace to HOST, each of them of the same flows, and as many come back from the other
namespace, to where datagrams came from last. Sends in bursts (UDP_SEGMENT) that a link cuts.
"""

import os
import select
import socket
import struct
import sys

from packet import enter

FLOWS, PORT, SERVER, PATIENCE = 8, 5000, 9, 10
BURST, SIZE = 32, 16
# Not in the socket module.
UDP_SEGMENT = 103
ANCILLARY = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("@H", SIZE))]
DATA = bytes(BURST * SIZE)


def bound(family: socket.AddressFamily, port: int) -> socket.socket:
    """With others, on the other processor."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("", port))
    return sock


def burst(sock: socket.socket, to: tuple[str, int]) -> None:
    try:
        sock.sendmsg([DATA], ANCILLARY, 0, to)
    except OSError:
        # There is no translator at the moment, or the sender is told of a burst before.
        pass


def outwards(bursts: int, host: str) -> None:
    socks = [bound(socket.AF_INET6, PORT + number) for number in range(FLOWS)]
    for number in range(bursts):
        burst(socks[number % FLOWS], (host, SERVER))


def back(bursts: int) -> None:
    sock = bound(socket.AF_INET, SERVER)
    # The kernel chooses which of these sockets gets a flow's, and may choose the others.
    if not select.select([sock], [], [], PATIENCE)[0]:
        return
    peers: dict[tuple[str, int], None] = {}
    for _ in range(bursts):
        try:
            while True:
                peer = sock.recvfrom(64, socket.MSG_DONTWAIT)[1]
                peers.pop(peer, None)
                peers[peer] = None
        except BlockingIOError:
            pass
        # The flows have other mappings now and then: the latest.
        while len(peers) > FLOWS:
            del peers[next(iter(peers))]
        peer = next(iter(peers))
        peers[peer] = peers.pop(peer)
        burst(sock, peer)


def main() -> None:
    count, inside, host, outside = int(sys.argv[1]), *sys.argv[2:5]
    cpus = sorted(os.sched_getaffinity(0))
    bursts = count // BURST // len(cpus)
    pids = []
    for cpu in cpus:
        for space, run in (
            (inside, lambda: outwards(bursts, host)),
            (outside, lambda: back(bursts)),
        ):
            pid = os.fork()
            if pid == 0:
                os.sched_setaffinity(0, {cpu})
                enter(space)
                run()
                os._exit(0)
            pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
