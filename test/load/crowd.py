#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Many sessions at once, as if a peer had told of them: crowd.py COUNT SECONDS NETWORK.

They are UDP, of hosts of 2001:db8:6:2::/64 behind addresses of the IPv4 network, and all end
together, so many seconds after the start. Fails if one of them is refused.
"""

import ipaddress
import socket
import struct
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "netns/tools"))
from plant import (
    A_APPLIED, A_RECORDS, CMD_APPLY, ESTABLISHED, INSERTED, UDP, ask, attribute, family_of,
)  # fmt: skip

# HN_APPLY_MAX_RECORDS, of common/hanat.h.
MOST = 512
PORTS, FIRST_PORT = 50000, 1024
OWNER = 7
REMOTE = ipaddress.ip_address("198.51.100.4").packed
# Inside, external and remote port of a host's flows.
PORT_PARTS = [
    struct.pack("!HHH", port, port, 9) for port in range(FIRST_PORT, FIRST_PORT + PORTS)
]


def records(host: int, external: int, first: int, count: int, lifetime: int) -> bytes:
    """Of one host, behind its address: they differ by their ports, and are made as fast."""
    inside = ipaddress.ip_address(f"2001:db8:6:2::{host + 1:x}").packed
    head = inside + (external + host).to_bytes(4, "big") + REMOTE
    tail = struct.pack("=BBIIHHHH", UDP, ESTABLISHED, lifetime, OWNER, 1, 1, 0, 0)
    return head + (tail + head).join(PORT_PARTS[first : first + count]) + tail


def main() -> None:
    count, end = int(sys.argv[1]), time.monotonic() + float(sys.argv[2])
    external = int(ipaddress.ip_network(sys.argv[3])[0])
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as sock:
        family = family_of(sock)
        done = 0
        while done < count:
            host, first = divmod(done, PORTS)
            number = min(MOST, PORTS - first, count - done)
            lifetime = round(1000 * (end - time.monotonic()))
            data = records(host, external, first, number, lifetime)
            answer = ask(sock, family, CMD_APPLY, attribute(A_RECORDS, data))
            fates = memoryview(answer[A_APPLIED]).cast("I")
            if fates[INSERTED] != number:
                sys.exit(f"crowd: not all are new: {list(fates)}")
            done += number


if __name__ == "__main__":
    main()
