#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kernel takes to install the session of a peer, which is most of what a daemon that receives
costs.

usage: apply.py SESSIONS AT_A_TIME, with the directory of plant.py in PYTHONPATH

Fills the table with so many sessions, each with a mapping of its own, and installs further ones, in
messages of so many, round after round. Prints the nanoseconds that one takes in the best of the rounds,
from a message until its answer is here; and what it takes when the kernel refuses all of them at first
sight, which is what messages cost whatever is in them."""

import argparse
import ipaddress
import socket
import struct
import sys
import time
from collections.abc import Iterator

from plant import A_APPLIED, A_RECORDS, CMD_APPLY, DELETED, INSERTED, INVALID, ask, attribute, family_of, record

PORT_MIN, PORTS = 1024, 60000
LIFETIME, OWNER = 7200000, 4242
INSIDE = int(ipaddress.ip_address("2001:db8:6::6"))
EXTERNAL = int(ipaddress.ip_address("192.0.2.0"))
REMOTE = ipaddress.ip_address("198.51.100.4").packed, struct.pack(">H", 9)
ROUNDS, ROUND = 15, 16000  # as many packets as in a burst of cache.sh


def session(number: int, owner: int, version: int, lifetime: int) -> bytes:
    """The record of the one of that number."""
    host, port = number // PORTS, struct.pack(">H", PORT_MIN + number % PORTS)
    inside, external = (INSIDE + host).to_bytes(16, "big"), (EXTERNAL + host).to_bytes(4, "big")
    return record((inside, port), (external, port), REMOTE, owner, 1, version, lifetime)


class Kernel:
    """That of this namespace, told of so many sessions at a time."""

    def __init__(self, sock: socket.socket, at_a_time: int) -> None:
        self.sock, self.family, self.at_a_time = sock, family_of(sock), at_a_time

    def messages(self, numbers: range, *rest: int) -> Iterator[tuple[int, bytes]]:
        for first in range(0, len(numbers), self.at_a_time):
            part = numbers[first : first + self.at_a_time]
            yield len(part), attribute(A_RECORDS, b"".join(session(number, *rest) for number in part))

    def tell(self, fate: int, numbers: range, *rest: int) -> float:
        """Nanoseconds for each of them. All have to have this fate."""
        taken = 0
        for count, message in self.messages(numbers, *rest):
            start = time.perf_counter_ns()
            answer = ask(self.sock, self.family, CMD_APPLY, message)
            taken += time.perf_counter_ns() - start
            if memoryview(answer[A_APPLIED]).cast("I")[fate] != count:
                sys.exit(f"apply: not all of {numbers} have the fate {fate}")
        return taken / len(numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sessions", type=int)
    parser.add_argument("at_a_time", type=int)
    args = parser.parse_args()

    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as sock:
        kernel = Kernel(sock, args.at_a_time)
        kernel.tell(INSERTED, range(args.sessions), OWNER, 1, LIFETIME)
        more = range(args.sessions, args.sessions + ROUND)
        installed, refused = [], []
        for _ in range(ROUNDS):
            installed.append(kernel.tell(INSERTED, more, OWNER, 1, LIFETIME))
            refused.append(kernel.tell(INVALID, more, 0, 1, LIFETIME))
            kernel.tell(DELETED, more, OWNER, 2, 0)
    print(round(min(installed)), round(min(refused)))


if __name__ == "__main__":
    main()
