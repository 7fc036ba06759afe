#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kernel takes to install the session of a peer, which is most of what a daemon that receives
costs.

usage: apply.py SESSIONS AT_A_TIME, with the directory of plant.py in PYTHONPATH

Applies so many sessions, each with a mapping of its own, in messages of so many, and prints the
nanoseconds that one took: from a message until its answer is here."""

import argparse
import ipaddress
import socket
import struct
import sys
import time

from plant import A_APPLIED, A_RECORDS, CMD_APPLY, INSERTED, ask, attribute, family_of, record

PORT_MIN, PORTS = 1024, 60000
LIFETIME, OWNER = 7200000, 4242
INSIDE = int(ipaddress.ip_address("2001:db8:6::6"))
EXTERNAL = int(ipaddress.ip_address("192.0.2.0"))
REMOTE = ipaddress.ip_address("198.51.100.4").packed, struct.pack(">H", 9)


def session(number: int) -> bytes:
    """The record of the one of that number."""
    host, port = number // PORTS, struct.pack(">H", PORT_MIN + number % PORTS)
    inside, external = (INSIDE + host).to_bytes(16, "big"), (EXTERNAL + host).to_bytes(4, "big")
    return record((inside, port), (external, port), REMOTE, OWNER, 1, 1, LIFETIME)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sessions", type=int)
    parser.add_argument("at_a_time", type=int)
    args = parser.parse_args()

    taken = 0
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as sock:
        family = family_of(sock)
        for first in range(0, args.sessions, args.at_a_time):
            numbers = range(first, min(first + args.at_a_time, args.sessions))
            data = attribute(A_RECORDS, b"".join(map(session, numbers)))
            start = time.perf_counter_ns()
            answer = ask(sock, family, CMD_APPLY, data)
            taken += time.perf_counter_ns() - start
            if memoryview(answer[A_APPLIED]).cast("I")[INSERTED] != len(numbers):
                sys.exit(f"apply: not all of {numbers} were installed")
    print(taken // args.sessions)


if __name__ == "__main__":
    main()
