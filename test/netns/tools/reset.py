#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Resets a TCP connection: the peer that sends the next segment to PORT of this host believes that
this host did. Says "watching", and "reset" when another one begins, whichever of the two hosts is
first to try: this one learns of the reset by the next segment that it sends.

A peer takes only a reset with the very number that it expects (RFC 5961, 3.2). What this host sends
meanwhile makes an answer too old, so every segment is answered until one hits."""

import argparse
import socket
import struct
from typing import NamedTuple

from packet import ACK, RST, SYN, TCP, Wire, ip4, ip6, seal, tcp

ETH_P_ALL = 0x0003


class Connection(NamedTuple):
    """Of the peer, from its port."""

    hosts: set[str]
    port: bytes


def segment(packet: bytes) -> tuple[str, str, bytes] | None:
    """Source, destination and the TCP segment of a packet, if it is one without options."""
    if packet[0] >> 4 == 6 and packet[6] == TCP:
        hosts = [socket.inet_ntop(socket.AF_INET6, packet[at : at + 16]) for at in (8, 24)]
        return hosts[0], hosts[1], packet[40:]
    if packet[0] == 0x45 and packet[9] == TCP:
        hosts = [socket.inet_ntop(socket.AF_INET, packet[at : at + 4]) for at in (12, 16)]
        return hosts[0], hosts[1], packet[20:]
    return None


def reset(own: str, peer: str, data: bytes) -> bytes:
    """What this host would say to the segment, if it knew no such connection."""
    sport, dport, _seq, ack = struct.unpack("!HHII", data[:12])
    answer = bytearray(tcp(dport, sport, RST))
    answer[4:8] = ack.to_bytes(4, "big")
    wrap = ip6 if ":" in peer else ip4
    return wrap(own, peer, TCP, seal(own, peer, TCP, bytes(answer)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("interface")
    parser.add_argument("port", type=int)
    args = parser.parse_args()
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    sock.bind((args.interface, ETH_P_ALL))
    print("watching", flush=True)
    connection = None
    while True:
        packet, link = sock.recvfrom(65535)
        found = segment(packet) if len(packet) >= 40 else None
        if not found or int.from_bytes(found[2][2:4], "big") != args.port:
            continue
        source, target, data = found
        flags = data[13] & (SYN | ACK | RST)
        if connection and flags == SYN and connection.hosts == {source, target}:
            break
        if flags != ACK or link[2] != socket.PACKET_HOST:
            continue
        connection = connection or Connection({source, target}, data[:2])
        if connection == Connection({source, target}, data[:2]):
            Wire(args.interface, link[4].hex()).send(reset(target, source, data))
    print("reset", flush=True)


if __name__ == "__main__":
    main()
