# SPDX-License-Identifier: GPL-2.0-or-later
"""What a NAT64 makes of a packet, by the tables of RFC 7915: an opinion of its own, which shares
nothing with the module but the RFC.

The network that all vectors are of: an inside host behind the IPv6 side, a remote one behind the
IPv4 side, a router on either side, and a translator in between. It has one port of pool4 for each
protocol, so that the mappings are known before the first packet.
"""

import struct
from dataclasses import dataclass, field

from packet import ICMP4, ICMP6, TCP, UDP, checksum, icmp, ip4, ip6, seal, tcp, udp

HOST = "2001:db8:6::6"
REMOTE, REMOTE_IN6 = "198.51.100.4", "64:ff9b::c633:6404"
EXT = "192.0.2.1"
ROUTER6 = "2001:db8:7::1"  # seen from IPv4 as the mapping's address
ROUTER4, ROUTER4_IN6 = "203.0.113.1", "64:ff9b::cb00:7101"
OWN6, OWN4 = "2001:db8:6::1", "198.51.100.1"  # the translator's
MTU = 1500  # of both sides

# Ports inside, outside, and of the remote host; an identifier stands for all three.
PORTS = {TCP: (1001, 40001, 80), UDP: (1000, 40000, 2000), ICMP4: (1002, 40002, 0)}

# Offsets that are the sender's choice: identification, checksum of the header.
IP4_FREE = ((4, 6), (10, 12))
# The same of the packet inside an ICMPv4 error, and its flags. The checksum of ICMP stays what it
# is: that of the header inside makes up for them.
ERROR4_FREE = (*IP4_FREE, (32, 36), (38, 40))
# What this kernel's own ICMPv4 errors have as TOS, identification, flags and checksum.
OWN4_FREE = ((1, 2), (4, 8), (10, 12))


@dataclass
class Out:
    """A packet that is to come out on side 6 or 4; spans of bytes that may be anything. It may come
    in fragments of at most so many bytes, cut anywhere; 0: in one piece.
    """

    side: str
    packet: bytes
    free: tuple[tuple[int, int], ...] = ()
    most: int = 0


@dataclass
class Vector:
    """Packets that go in on one side, what comes out, and what is counted."""

    name: str
    side: str
    packets: list[bytes]
    out: list[Out] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)


def dropped(name: str, side: str, packet: bytes, counter: str, *out: Out) -> Vector:
    return Vector(name, side, [packet], list(out), {counter: 1})


def outwards(name: str, packet: bytes, translated: bytes, free=()) -> Vector:
    return Vector(name, "6", [packet], [Out("4", translated, free)], {"xlat-64": 1})


def inwards(name: str, packet: bytes, translated: bytes, free=()) -> Vector:
    return Vector(name, "4", [packet], [Out("6", translated, free)], {"xlat-46": 1})


def segment(
    proto: int, ends: tuple[str, str], ports: tuple[int, int], kind: int, data: bytes
) -> bytes:
    """Of this proto between these ends; kind and the first port are an echo's type and identifier."""
    if proto == ICMP4:
        number = ICMP6 if ":" in ends[0] else ICMP4
        return seal(*ends, number, icmp(kind, 0, ports[0] << 16 | 1, data))
    return seal(*ends, proto, tcp(*ports, data=data) if proto == TCP else udp(*ports, data))


def segment6(proto: int, data: bytes = b"data", back: bool = False) -> bytes:
    """Of the inside host to the remote one, or back, as the IPv6 side sees it."""
    inside, _, remote = PORTS[proto]
    if back:
        ports = (inside if proto == ICMP4 else remote, inside)
        return segment(proto, (REMOTE_IN6, HOST), ports, 129, data)
    return segment(proto, (HOST, REMOTE_IN6), (inside, remote), 128, data)


def segment4(proto: int, data: bytes = b"data", back: bool = False) -> bytes:
    """The same on the IPv4 side."""
    _, ext, remote = PORTS[proto]
    if back:
        ports = (ext if proto == ICMP4 else remote, ext)
        return segment(proto, (REMOTE, EXT), ports, 0, data)
    return segment(proto, (EXT, REMOTE), (ext, remote), 8, data)


def number6(proto: int) -> int:
    return ICMP6 if proto == ICMP4 else proto


def packet6(proto: int, data: bytes = b"data", back: bool = False, hops: int = 64) -> bytes:
    ends = (REMOTE_IN6, HOST) if back else (HOST, REMOTE_IN6)
    return ip6(*ends, number6(proto), segment6(proto, data, back), hops)


def packet4(
    proto: int, data: bytes = b"data", back: bool = False, ttl: int = 64, **header
) -> bytes:
    ends = (REMOTE, EXT) if back else (EXT, REMOTE)
    return ip4(*ends, proto, segment4(proto, data, back), ttl, **header)


def with_class(packet: bytes, tos: int, label: int = 0) -> bytes:
    """With this traffic class and flow label."""
    return struct.pack("!I", 6 << 28 | tos << 20 | label) + packet[4:]


def with_tos(packet: bytes, tos: int) -> bytes:
    return reheader(packet[:1] + bytes([tos]) + packet[2:])


def with_df(packet: bytes) -> bytes:
    return reheader(packet[:4] + b"\0\0\x40\0" + packet[8:])


def without_checksum(packet: bytes) -> bytes:
    """Of UDP, behind a header without options."""
    return packet[:26] + b"\0\0" + packet[28:]


def reheader(packet: bytes) -> bytes:
    """The same with the checksum of its IPv4 header right."""
    length = (packet[0] & 15) * 4
    header = packet[:10] + b"\0\0" + packet[12:length]
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + packet[length:]


def error4(kind: int, code: int, word: int, inner: bytes, src: str = ROUTER4) -> bytes:
    return ip4(src, EXT, ICMP4, seal(src, EXT, ICMP4, icmp(kind, code, word, inner)))


def error6(kind: int, code: int, word: int, inner: bytes, src: str = ROUTER6) -> bytes:
    body = seal(src, REMOTE_IN6, ICMP6, icmp(kind, code, word, inner))
    return ip6(src, REMOTE_IN6, ICMP6, body)


def error4_in_6(kind: int, code: int, word: int, inner: bytes) -> bytes:
    body = seal(ROUTER4_IN6, HOST, ICMP6, icmp(kind, code, word, inner))
    return ip6(ROUTER4_IN6, HOST, ICMP6, body, 63)


def error_from_ext(kind: int, code: int, word: int, inner: bytes) -> bytes:
    """As the remote host sees one from inside."""
    return ip4(EXT, REMOTE, ICMP4, seal(EXT, REMOTE, ICMP4, icmp(kind, code, word, inner)), 63)


def own6(kind: int, code: int, word: int, about: bytes) -> Out:
    """What the translator itself answers the inside host; it quotes as much as fits."""
    body = seal(OWN6, HOST, ICMP6, icmp(kind, code, word, about[: 1280 - 48]))
    return Out("6", ip6(OWN6, HOST, ICMP6, body), ((0, 4),))


def own4(kind: int, code: int, word: int, about: bytes, to: str = REMOTE) -> Out:
    body = seal(OWN4, to, ICMP4, icmp(kind, code, word, about[: 576 - 28]))
    return Out("4", ip4(OWN4, to, ICMP4, body), OWN4_FREE)


@dataclass
class Network:
    """What all vectors of a group begin with, and are surrounded by."""

    # From inside, before all others: the mappings, and a session below each. What passes needs the
    # one of UDP.
    opening: list[bytes]
    # By side: a packet that passes, whose last eight bytes may be any four and their complement; and
    # who counts it.
    passing: dict[str, bytes]
    counters: dict[str, str]


MARKED = bytes(4) + b"\xff" * 4
NAT64 = Network(
    opening=[packet6(proto) for proto in (UDP, TCP, ICMP4)],
    passing={"6": packet6(UDP, MARKED), "4": packet4(UDP, MARKED, back=True)},
    counters={"6": "xlat-64", "4": "xlat-46"},
)
