# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets in fragments, whole and not, and packets that are too long for the other side. Where they
are cut again is the translator's choice: in no larger pieces than they came in, less what the header
loses, or than the other side carries."""

import zlib
from collections.abc import Iterator

from hairpin import back, there
from headers import DESTINATION, FRAGMENT, HOP, NAMES, extension
from packet import TCP, UDP, ip4, ip6
from rules import (
    EXT,
    HOST,
    IP4_FREE,
    PORTS,
    REMOTE_IN6,
    Out,
    Vector,
    own6,
    packet4,
    packet6,
    reheader,
    segment,
    segment6,
    with_df,
)

# A remote host behind a link of 1000 bytes.
NARROW, NARROW_IN6, NARROW_MTU = "203.0.113.129", "64:ff9b::cb00:7181", 1000
LOWEST = 1280  # of IPv6, and what is not cut to less
# Orders of three fragments.
ORDERS = {
    "in order": (0, 1, 2),
    "the last one first": (2, 0, 1),
    "the last one second": (0, 2, 1),
    "the first one last": (1, 2, 0),
    "the first one second": (1, 0, 2),
    "in reverse": (2, 1, 0),
}


def content(size: int) -> bytes:
    return bytes(i % 251 for i in range(size))


def fragment6(packet: bytes, name: str, first: int, end: int, lead: int = 0) -> bytes:
    """These bytes of what is behind its header and so many bytes of an extension header, which are
    in each fragment. An identification is of one case.
    """
    body = packet[40 + lead :]
    at = 40 if lead else 6
    more = end < len(body)
    header = bytes([packet[at], 0]) + (first | more).to_bytes(2, "big")
    header += zlib.crc32(name.encode()).to_bytes(4, "big") + body[first:end]
    start = packet[:at] + bytes([FRAGMENT]) + packet[at + 1 : 40 + lead]
    return start[:4] + (len(start) - 40 + len(header)).to_bytes(2, "big") + start[6:] + header


def fragment4(packet: bytes, name: str, first: int, end: int) -> bytes:
    body = packet[20:]
    flags = packet[6] << 8 & 0x4000 | (end < len(body)) << 13
    ident = zlib.crc32(name.encode()) & 0xFFFF
    header = packet[:2] + (20 + len(body[first:end])).to_bytes(2, "big")
    header += ident.to_bytes(2, "big") + (flags | first // 8).to_bytes(2, "big") + packet[8:20]
    return reheader(header + body[first:end])


def fragment(packet: bytes, name: str, first: int, end: int) -> bytes:
    return (fragment6 if packet[0] >> 4 == 6 else fragment4)(packet, name, first, end)


def cut(packet: bytes, name: str, *at: int) -> list[bytes]:
    """In fragments that begin at the start and at these offsets of what is behind the header."""
    size = len(packet) - (40 if packet[0] >> 4 == 6 else 20)
    return [fragment(packet, name, *ends) for ends in zip((0, *at), (*at, size))]


def held(name: str, packets: list[bytes], refused: int = 0) -> Vector:
    """Nothing comes out; so many were refused, the rest waits."""
    side = "6" if packets[0][0] >> 4 == 6 else "4"
    counters = {"frag-held": len(packets) - refused, "drop-fragment": refused}
    return Vector(name, side, packets, [], counters)


def outwards(
    name: str, packets: list[bytes], out: bytes, most: int | None = None, free=IP4_FREE
) -> Vector:
    counters = {"xlat-64": 1, "frag-held": len(packets) - 1}
    if most is None:
        most = max(len(packet) for packet in packets) - 20
    return Vector(name, "6", packets, [Out("4", out, free, most)], counters)


def inwards(name: str, packets: list[bytes], out: bytes, most: int, refused: int = 0) -> Vector:
    counters = {"xlat-46": 1, "frag-held": len(packets) - 1 - refused, "drop-fragment": refused}
    return Vector(name, "4", packets, [Out("6", out, (), most)], counters)


def orders(proto: int) -> list[tuple[str, tuple[int, ...]]]:
    """All of them for UDP; the others differ by their header only."""
    both = ("in order", "in reverse")
    return [(name, ORDERS[name]) for name in ORDERS if proto == UDP or name in both]


def orders64() -> Iterator[Vector]:
    for proto, title in NAMES.items():
        packet, out = packet6(proto, content(1800)), packet4(proto, content(1800), ttl=63)
        for order, places in orders(proto):
            name = f"{title}, three fragments, {order}"
            pieces = cut(packet, name, 600, 1200)
            yield outwards(name, [pieces[i] for i in places], out)
        name = f"{title}, two fragments, the first of 1496 bytes"
        yield outwards(name, cut(packet, name, 1448), out)


def orders46() -> Iterator[Vector]:
    for proto, title in NAMES.items():
        packet = packet4(proto, content(1800), back=True)
        out = packet6(proto, content(1800), back=True, hops=63)
        for order, places in orders(proto):
            name = f"{title}, three fragments, {order}"
            pieces = cut(packet, name, 600, 1200)
            yield inwards(name, [pieces[i] for i in places], out, LOWEST)
        name = f"{title}, two fragments, the first of 1500 bytes"
        yield inwards(name, cut(packet, name, 1480), out, LOWEST)
        name = f"{title}, two fragments of what fits"
        packet = packet4(proto, content(600), back=True)
        out = packet6(proto, content(600), back=True, hops=63)
        yield inwards(name, cut(packet, name, 304), out, 0)


def many() -> list[int]:
    return list(range(64, 6400, 64))


def incomplete(packet: bytes) -> Iterator[Vector]:
    """What waits for the rest, which does not come."""
    name = "a first fragment alone"
    yield held(name, cut(packet, name, 1232)[:1])
    name = "a last fragment alone"
    yield held(name, cut(packet, name, 1232)[1:])
    name = "the middle is missing"
    first, _, last = cut(packet, name, 800, 1600)
    yield held(name, [first, last])
    name = "of two packets"
    yield held(name, cut(packet, name, 1232)[:1] + cut(packet, name + ", the other", 1232)[1:])


def overlapping(packet: bytes) -> Iterator[Vector]:
    """RFC 5722: all of such a packet is dropped. What comes later waits for what is gone."""
    end = len(packet) - (40 if packet[0] >> 4 == 6 else 20)
    for name, pieces in (
        ("the second overlaps the first", ((0, 1232), (1224, end), (1232, end))),
        ("the middle overlaps the first", ((0, 800), (1600, end), (792, 1600), (800, 1600))),
        ("the middle overlaps the last", ((0, 800), (1600, end), (800, 1608), (800, 1600))),
        ("the first overlaps the second", ((1232, end), (0, 1240), (0, 1232))),
        ("one overlaps both", ((0, 800), (1600, end), (792, 1608), (800, 1600))),
    ):
        yield held(name, [fragment(packet, name, *ends) for ends in pieces], refused=1)


def strange64() -> Iterator[Vector]:
    packet, out = packet6(UDP, content(2000)), packet4(UDP, content(2000), ttl=63)
    name = "many fragments"
    pieces = cut(packet6(UDP, content(6392)), name, *many())
    yield outwards(name, pieces, packet4(UDP, content(6392), ttl=63))
    name = "the same fragment twice"
    first, last = cut(packet, name, 1232)
    yield outwards(name, [first, first, last], out)
    name = "a part of what is there"
    first, last = cut(packet, name, 1232)
    part = fragment6(packet, name, 8, 16)
    yield outwards(name, [first, part, last], out)
    # In the others there is none, though it may look so.
    data = bytes([DESTINATION, 0]) * 1000
    body = extension(DESTINATION, UDP, size=16) + segment6(UDP, data)
    name = "options in the first fragment"
    pieces = cut(ip6(HOST, REMOTE_IN6, DESTINATION, body), name, 1232)
    yield outwards(name, pieces, packet4(UDP, data, ttl=63))
    body = extension(HOP, UDP, size=16) + segment6(UDP, content(2000))
    whole = ip6(HOST, REMOTE_IN6, HOP, body)
    name = "options in front of each fragment"
    pieces = [fragment6(whole, name, *ends, 16) for ends in ((0, 1216), (1216, 2008))]
    yield outwards(name, pieces, out)
    # RFC 7112: all headers are in the first one.
    for proto, at in ((TCP, 8), (TCP, 16), (UDP, 256)):
        whole = packet6(proto, content(2000))
        if proto == UDP:
            body = extension(DESTINATION, UDP, size=256) + segment6(UDP, content(600))
            whole = ip6(HOST, REMOTE_IN6, DESTINATION, body)
        name = f"the first fragment ends at {at} in the headers before {NAMES[proto]}"
        yield held(name, cut(whole, name, at, 800), refused=1)


def strange46() -> Iterator[Vector]:
    packet = packet4(UDP, content(2000), back=True)
    out = packet6(UDP, content(2000), back=True, hops=63)
    name = "many fragments"
    pieces = cut(packet4(UDP, content(6392), back=True), name, *many())
    yield inwards(name, pieces, packet6(UDP, content(6392), back=True, hops=63), LOWEST)
    name = "with DF"
    yield inwards(name, cut(with_df(packet), name, 1480), out, LOWEST)
    name = "UDP without a checksum"
    bare = packet[:26] + b"\0\0" + packet[28:]
    yield inwards(name, cut(bare, name, 1480), out, LOWEST)
    for first in ("the same fragment twice", "a part of what is there"):
        pieces = cut(packet, first, 1480)
        again = pieces[0] if "same" in first else fragment4(packet, first, 8, 16)
        yield inwards(first, [pieces[0], again, pieces[1]], out, LOWEST, refused=1)
    for at in (8, 16):
        name = f"the first fragment ends at {at}, in TCP's header"
        packet = packet4(TCP, content(2000), back=True)
        out = packet6(TCP, content(2000), back=True, hops=63)
        yield inwards(name, cut(packet, name, at, 1480), out, LOWEST)


def narrow(data: bytes) -> tuple[bytes, bytes]:
    inside, ext, remote = PORTS[UDP]
    there6 = segment(UDP, (HOST, NARROW_IN6), (inside, remote), 0, data)
    there4 = segment(UDP, (EXT, NARROW), (ext, remote), 0, data)
    return ip6(HOST, NARROW_IN6, UDP, there6), ip4(EXT, NARROW, UDP, there4, 63)


def too_long64() -> Iterator[Vector]:
    """RFC 7915, 5: up to 1280 bytes of IPv6 are cut; above that, so is what came cut."""
    for size in (1000, 1001, 1260):
        packet, out = narrow(content(size - 28))
        most = NARROW_MTU if size > NARROW_MTU else 0
        yield outwards(f"{size} bytes of IPv4, over a link of 1000", [packet], out, most)
    packet, _ = narrow(content(1261 - 28))
    answer = own6(2, 0, LOWEST, packet)
    name = "1261 bytes of IPv4, over a link of 1000"
    yield Vector(name, "6", [packet], [answer], {"drop-mtu": 1})
    packet, out = narrow(content(2000))
    name = "fragments, over a link of 1000"
    yield outwards(name, cut(packet, name, 1232), out, NARROW_MTU)
    packet, out = narrow(content(1400))
    lone = packet[:4] + (len(packet) - 32).to_bytes(2, "big") + bytes([FRAGMENT]) + packet[7:40]
    lone += bytes([UDP, 0, 0, 0, 0x12, 0x34, 0x56, 0x78]) + packet[40:]
    out = reheader(out[:4] + b"\x56\x78" + out[6:])
    yield outwards("an atomic fragment, over a link of 1000", [lone], out, NARROW_MTU, ())


def too_long46() -> Iterator[Vector]:
    """RFC 7915, 4: what has no DF leaves in fragments of 1280 bytes."""
    for proto, title in NAMES.items():
        header = 20 + (20 if proto == TCP else 8)
        for size in (1260, 1261, 1480, 1500):
            packet = packet4(proto, content(size - header), back=True)
            out = packet6(proto, content(size - header), back=True, hops=63)
            name = f"{title}, {size} bytes without DF"
            yield inwards(name, [packet], out, LOWEST if size > LOWEST - 20 else 0)


def hairpinned() -> Iterator[Vector]:
    packet, out = there(UDP, content(2000)), back(UDP, content(2000))
    for order in ("in order", "in reverse"):
        name = f"fragments to an external address, {order}"
        pieces = cut(packet, name, 1232)
        counters = {"xlat-hairpin": 1, "frag-held": 1}
        places = pieces if order == "in order" else pieces[::-1]
        yield Vector(name, "6", places, [Out("6", out, (), LOWEST)], counters)


def fragments64() -> Iterator[Vector]:
    packet = packet6(UDP, content(2000))
    yield from orders64()
    yield from strange64()
    yield from incomplete(packet)
    yield from overlapping(packet)
    yield from too_long64()
    yield from hairpinned()


def fragments46() -> Iterator[Vector]:
    packet = packet4(UDP, content(2000), back=True)
    yield from orders46()
    yield from strange46()
    yield from incomplete(packet)
    yield from overlapping(packet)
    yield from too_long46()
