# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets byte by byte: what no socket would send."""

import ctypes
import os
import socket
import struct

TCP, UDP, ICMP4, ICMP6 = 6, 17, 1, 58
SYN, ACK, FIN, RST = 0x02, 0x10, 0x01, 0x04
CLONE_NEWNET = 0x40000000


def checksum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def family_of(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def addr(text: str) -> bytes:
    return socket.inet_pton(family_of(text), text)


def pseudo(src: str, dst: str, proto: int, length: int) -> bytes:
    if ":" in src:
        return addr(src) + addr(dst) + struct.pack("!II", length, proto)
    return addr(src) + addr(dst) + struct.pack("!HH", proto, length)


def seal(src: str, dst: str, proto: int, data: bytes) -> bytes:
    """The same with its transport checksum right."""
    at = {TCP: 16, UDP: 6, ICMP4: 2, ICMP6: 2}[proto]
    covered = b"" if proto == ICMP4 else pseudo(src, dst, proto, len(data))
    value = checksum(covered + data)
    return data[:at] + struct.pack("!H", value) + data[at + 2 :]


def tcp(sport: int, dport: int, flags: int = SYN, doff: int = 5, data: bytes = b"") -> bytes:
    header = struct.pack("!HHIIBBHHH", sport, dport, 1, 0, doff << 4, flags, 65535, 0, 0)
    return header + data


def udp(sport: int, dport: int, data: bytes = b"data", length: int | None = None) -> bytes:
    if length is None:
        length = 8 + len(data)
    return struct.pack("!HHHH", sport, dport, length, 0) + data


def icmp(kind: int, code: int = 0, word: int = 0, data: bytes = b"") -> bytes:
    return struct.pack("!BBHI", kind, code, 0, word) + data


def ip6(src: str, dst: str, nexthdr: int, payload: bytes, hops: int = 64) -> bytes:
    header = struct.pack("!IHBB", 6 << 28, len(payload), nexthdr, hops)
    return header + addr(src) + addr(dst) + payload


def ip4(
    src: str,
    dst: str,
    proto: int,
    payload: bytes,
    ttl: int = 64,
    options: bytes = b"",
    frag: int = 0,
    ident: int = 1,
) -> bytes:
    length = 20 + len(options)
    header = struct.pack(
        "!BBHHHBBH", 0x40 | length // 4, 0, length + len(payload), ident, frag, ttl, proto, 0
    )
    header += addr(src) + addr(dst) + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def enter(space: str) -> None:
    """The network namespace of that name; sockets from before stay where they are."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{space}", encoding="ascii") as file:
        if libc.setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"{space}: no such namespace")


class Wire:
    """Sends network-layer packets out of an interface to a neighbour."""

    def __init__(self, interface: str, mac: str) -> None:
        self.interface = interface
        self.mac = bytes.fromhex(mac.replace(":", ""))
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)

    def send(self, packet: bytes) -> None:
        protocol = 0x86DD if packet[0] >> 4 == 6 else 0x0800
        self.sock.sendto(packet, (self.interface, protocol, 0, 0, self.mac))
