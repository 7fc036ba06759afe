#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes this namespace's table differ from what others say of it.

usage: plant.py OWNER GENERATION VERSION [--delete] INSIDE#PORT EXTERNAL#PORT REMOTE#PORT

Applies one record of a UDP session as if it had come from node OWNER. Fails if the kernel
does nothing with it.
"""

import argparse
import ipaddress
import socket
import struct
import sys

GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 16, 3, 1, 2
NLM_F_REQUEST, NLMSG_ERROR = 1, 2
# common/hanat.h
CMD_APPLY, A_RECORDS, A_APPLIED = 13, 15, 18
INSERTED, UPDATED, DELETED, INVALID, WON = 0, 1, 2, 7, 9
UDP, ESTABLISHED, RF_DELETE = 1, 3, 1
LIFETIME = 300000  # ms


def attribute(number, data):
    return struct.pack("=HH", 4 + len(data), number) + data + bytes(-len(data) % 4)


def attributes(data):
    """As a dictionary."""
    out = {}
    while len(data) >= 4:
        length, number = struct.unpack_from("=HH", data)
        out[number] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return out


def ask(sock, family, command, data):
    """The attributes of the answer."""
    body = struct.pack("=BBH", command, 1, 0) + data
    sock.send(struct.pack("=IHHII", 16 + len(body), family, NLM_F_REQUEST, 1, 0) + body)
    answer = sock.recv(65536)
    length, kind = struct.unpack_from("=IH", answer)
    if kind == NLMSG_ERROR:
        sys.exit(f"plant: the kernel answers {struct.unpack_from('=i', answer, 16)[0]}")
    return attributes(answer[20:length])


def family_of(sock):
    """The number of the family hanat."""
    name = attribute(CTRL_ATTR_FAMILY_NAME, b"hanat\0")
    found = ask(sock, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, name)
    return struct.unpack("=H", found[CTRL_ATTR_FAMILY_ID])[0]


def endpoint(text):
    """Address and port, in network byte order."""
    address, _, port = text.rpartition("#")
    return ipaddress.ip_address(address).packed, struct.pack(">H", int(port))


def record(inside, external, remote, owner, generation, version, lifetime):
    """Of a UDP session between these endpoints; without a lifetime it is gone."""
    addresses, ports = zip(inside, external, remote)
    rest = (UDP, ESTABLISHED, lifetime, owner, generation, version, 0 if lifetime else RF_DELETE, 0)
    return b"".join(addresses + ports) + struct.pack("=BBIIHHHH", *rest)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("owner", type=int)
    parser.add_argument("generation", type=int)
    parser.add_argument("version", type=int)
    parser.add_argument("inside", type=endpoint)
    parser.add_argument("external", type=endpoint)
    parser.add_argument("remote", type=endpoint)
    parser.add_argument("--delete", action="store_true")
    args = parser.parse_args()

    data = record(
        args.inside,
        args.external,
        args.remote,
        args.owner,
        args.generation & 0xFFFF,
        args.version & 0xFFFF,
        0 if args.delete else LIFETIME,
    )
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as sock:
        answer = ask(sock, family_of(sock), CMD_APPLY, attribute(A_RECORDS, data))
    fates = memoryview(answer[A_APPLIED]).cast("I")
    if not fates[INSERTED] + fates[UPDATED] + fates[DELETED] + fates[WON]:
        sys.exit(f"plant: nothing is changed: {list(fates)}")


if __name__ == "__main__":
    main()
