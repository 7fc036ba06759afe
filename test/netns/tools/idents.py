#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""idents.py FLOWS EACH: so many UDP flows of n6 to one host, so many datagrams in each, from all
processors in turn. Says how many n4 gets of them, and how many identifications they have.
"""

import os
import socket
import sys
import time

from packet import enter

ETH_P_IP, SO_RCVBUFFORCE = 0x0800, 33
PATIENCE = 10 * int(os.environ.get("HN_SLOW", "1"))


def main() -> None:
    count, each = int(sys.argv[1]), int(sys.argv[2])
    enter("n4")
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
    wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
    wire.bind(("eth0", ETH_P_IP))
    enter("n6")
    flows = [socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(count)]
    processors = sorted(os.sched_getaffinity(0))
    for i in range(each):
        os.sched_setaffinity(0, {processors[i % len(processors)]})
        for flow in flows:
            flow.sendto(b"data", ("64:ff9b::192.0.2.66", 1))
    idents = []
    wire.settimeout(PATIENCE)
    end = time.monotonic() + PATIENCE
    while len(idents) < count * each and time.monotonic() < end:
        packet, link = wire.recvfrom(65535)
        if link[2] == socket.PACKET_HOST and packet[9] == socket.IPPROTO_UDP:
            idents.append(packet[4:6])
    print(len(idents), len(set(idents)))


if __name__ == "__main__":
    main()
