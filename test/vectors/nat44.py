# SPDX-License-Identifier: GPL-2.0-or-later
"""NAT44: a host of IPv4 inside, on side 6's wire. Addresses and ports change, and what is summed
over them; a router does the rest. In ICMP errors the packet inside is turned back (RFC 5508, 4)."""

from collections.abc import Iterator

from errors import POINTER46, UNREACHABLE46
from fragments import ORDERS, content, cut
from headers import NAMES
from packet import ICMP4, TCP, UDP, icmp, ip4, seal
from rules import (
    MARKED,
    OWN4_FREE,
    PORTS,
    REMOTE,
    ROUTER4,
    Network,
    Out,
    Vector,
    dropped,
    error4,
    error_from_ext,
    own4,
    packet4,
    reheader,
    segment,
    with_df,
    with_tos,
    without_checksum,
)

HOST4 = "10.6.0.6"
ROUTER_INSIDE = "10.7.0.1"  # seen from outside as the mapping's address
OWN_INSIDE = "10.6.0.1"
CSUM, INNER, NO_SESSION = "drop-csum", "drop-icmp-inner", "drop-icmp-no-session"
OUT, IN = "xlat-44-out", "xlat-44-in"


def inside4(
    proto: int, data: bytes = b"data", back: bool = False, ttl: int = 64, **header
) -> bytes:
    """packet4() as the inside host sees it."""
    inside, _, remote = PORTS[proto]
    ends = (REMOTE, HOST4) if back else (HOST4, REMOTE)
    ports = (remote, inside) if back else (inside, remote)
    if proto == ICMP4:
        ports = (inside, inside)
    body = segment(proto, ends, ports, 0 if back else 8, data)
    return ip4(*ends, proto, body, ttl, **header)


def outwards(name: str, packet: bytes, out: bytes) -> Vector:
    return Vector(name, "6", [packet], [Out("4", out)], {OUT: 1})


def inwards(name: str, packet: bytes, out: bytes) -> Vector:
    return Vector(name, "4", [packet], [Out("6", out)], {IN: 1})


def both(name: str, proto: int, data: bytes, change=lambda packet: packet) -> Iterator[Vector]:
    """The packets with this data, changed alike on both sides."""
    yield outwards(
        f"{name}, outwards", change(inside4(proto, data)), change(packet4(proto, data, ttl=63))
    )
    yield inwards(
        f"{name}, inwards",
        change(packet4(proto, data, back=True)),
        change(inside4(proto, data, back=True, ttl=63)),
    )


def sizes() -> Iterator[Vector]:
    for proto, name in NAMES.items():
        header = 20 + (20 if proto == TCP else 8)
        for size in (header, header + 1, header + 2, 576, 1280, 1499, 1500):
            yield from both(f"{name}, {size} bytes", proto, content(size - header))
        yield from both(f"{name}, DF", proto, content(1000), with_df)


def with_ident(packet: bytes, ident: int) -> bytes:
    return reheader(packet[:4] + ident.to_bytes(2, "big") + packet[6:])


def fields() -> Iterator[Vector]:
    for tos in (0x01, 0x02, 0x03, 0x28, 0xB8, 0xFF):
        yield from both(f"TOS {tos:#04x}", UDP, b"data", lambda p, tos=tos: with_tos(p, tos))
    for ident in (0, 1, 0xFFFF):
        yield from both(f"identification {ident}", UDP, b"", lambda p, i=ident: with_ident(p, i))
    yield from both("UDP without a checksum", UDP, content(100), without_checksum)
    for ttl in (255, 2):
        yield outwards(f"TTL {ttl}, outwards", inside4(UDP, ttl=ttl), packet4(UDP, ttl=ttl - 1))
        packet = packet4(UDP, back=True, ttl=ttl)
        yield inwards(f"TTL {ttl}, inwards", packet, inside4(UDP, back=True, ttl=ttl - 1))
    for title, data in (("no operation", b"\1\1\1\1"), ("as many as fit", b"\1" * 40)):
        for proto, name in NAMES.items():
            yield outwards(
                f"{title} before {name}, outwards",
                inside4(proto, options=data),
                packet4(proto, ttl=63, options=data),
            )
            yield inwards(
                f"{title} before {name}, inwards",
                packet4(proto, back=True, options=data),
                inside4(proto, back=True, ttl=63, options=data),
            )


def own_inside(kind: int, code: int, word: int, about: bytes) -> Out:
    """own4() to the inside host."""
    body = seal(OWN_INSIDE, HOST4, ICMP4, icmp(kind, code, word, about[: 576 - 28]))
    return Out("6", ip4(OWN_INSIDE, HOST4, ICMP4, body), OWN4_FREE)


def last_hop() -> Iterator[Vector]:
    packet = inside4(UDP, ttl=1)
    yield Vector("TTL 1, outwards", "6", [packet], [own_inside(11, 0, 0, packet)])
    packet = packet4(UDP, back=True, ttl=1)
    counters = {IN: 1, OUT: 1}
    yield Vector("TTL 1, inwards", "4", [packet], [own4(11, 0, 0, packet)], counters)


def error_in_inside(kind: int, code: int, word: int, about: bytes, src: str = ROUTER4) -> bytes:
    return ip4(src, HOST4, ICMP4, seal(src, HOST4, ICMP4, icmp(kind, code, word, about)), 63)


def error_out(kind: int, code: int, word: int, about: bytes, src: str = ROUTER_INSIDE) -> bytes:
    return ip4(src, REMOTE, ICMP4, seal(src, REMOTE, ICMP4, icmp(kind, code, word, about)))


def told(name: str, kind: int, code: int, word: int, proto: int = UDP) -> Iterator[Vector]:
    """Whatever it says, it says to the other side as well."""
    yield inwards(
        f"{name}, inwards",
        error4(kind, code, word, packet4(proto)),
        error_in_inside(kind, code, word, inside4(proto)),
    )
    yield outwards(
        f"{name}, outwards",
        error_out(kind, code, word, inside4(proto, back=True)),
        error_from_ext(kind, code, word, packet4(proto, back=True)),
    )


def errors() -> Iterator[Vector]:
    for code in sorted(UNREACHABLE46):
        yield from told(f"destination unreachable, code {code}", 3, code, 0)
    for mtu in (68, 576, 1400, 1500):
        yield from told(f"fragmentation needed, MTU {mtu}", 3, 4, mtu)
    for code in (0, 1):
        yield from told(f"time exceeded, code {code}", 11, code, 0)
    for pointer in sorted(POINTER46):
        yield from told(f"parameter problem, pointer {pointer}", 12, 0, pointer << 24)
    for proto, name in NAMES.items():
        yield from told(f"about {name}", 3, 1, 0, proto)
    for src, who in ((REMOTE, "the host"), (ROUTER4, "a router")):
        packet = error4(3, 3, 0, packet4(TCP), src)
        yield inwards(f"of {who} outside", packet, error_in_inside(3, 3, 0, inside4(TCP), src))
    for src, who in ((HOST4, "the host"), (ROUTER_INSIDE, "a router")):
        packet = error_out(3, 3, 0, inside4(TCP, back=True), src)
        out = error_from_ext(3, 3, 0, packet4(TCP, back=True))
        yield outwards(f"of {who} inside, who stays hidden", packet, out)


def quoted() -> Iterator[Vector]:
    """As much of the packet as there is, its own checksum right if it is there."""
    data = bytes(range(250)) * 2
    for proto, name in NAMES.items():
        for keep in (8, 18, 20, 28, 500):
            size = 20 + keep
            yield inwards(
                f"about {name}, {keep} bytes of it, inwards",
                error4(3, 1, 0, packet4(proto, data)[:size]),
                error_in_inside(3, 1, 0, inside4(proto, data)[:size]),
            )
            yield outwards(
                f"about {name}, {keep} bytes of it, outwards",
                error_out(3, 1, 0, inside4(proto, data, back=True)[:size]),
                error_from_ext(3, 1, 0, packet4(proto, data, back=True)[:size]),
            )


def broken(packet: bytes) -> bytes:
    return packet[:22] + bytes([packet[22] ^ 0x10]) + packet[23:]


def refused() -> Iterator[Vector]:
    """RFC 5508, REQ-3 and REQ-4."""
    packet = broken(error4(3, 1, 0, packet4(UDP)))
    yield dropped("with a wrong checksum, inwards", "4", packet, CSUM)
    packet = broken(error_out(3, 1, 0, inside4(UDP, back=True)))
    yield dropped("with a wrong checksum, outwards", "6", packet, CSUM)
    packet = error4(3, 1, 0, packet4(UDP)[:27])
    yield dropped("about 7 bytes, inwards", "4", packet, INNER)
    packet = error_out(3, 1, 0, inside4(UDP, back=True)[:27])
    yield dropped("about 7 bytes, outwards", "6", packet, INNER)
    strange = PORTS[UDP][2].to_bytes(2, "big")
    packet = error4(3, 1, 0, packet4(UDP).replace(strange, b"\x11\x11", 1))
    yield dropped("about no session, inwards", "4", packet, NO_SESSION)
    packet = inside4(UDP, back=True).replace(strange, b"\x11\x11", 1)
    packet = error_out(3, 1, 0, packet, HOST4)
    yield dropped("about no session, outwards", "6", packet, NO_SESSION)


def fragments() -> Iterator[Vector]:
    """Put together and cut again, into none larger than they came; as a router does that tracks
    connections.
    """
    for proto, title in NAMES.items():
        for order, places in ORDERS.items():
            name = f"{title} in three fragments, {order}"
            pieces = cut(inside4(proto, content(1800)), name, 600, 1200)
            out = with_ident(packet4(proto, content(1800), ttl=63), ident_of(pieces[0]))
            most = max(len(piece) for piece in pieces)
            counters = {OUT: 1, "frag-held": 2}
            packets = [pieces[i] for i in places]
            yield Vector(f"{name}, outwards", "6", packets, [Out("4", out, (), most)], counters)
            pieces = cut(packet4(proto, content(1800), back=True), name, 600, 1200)
            out = with_ident(
                inside4(proto, content(1800), back=True, ttl=63), ident_of(pieces[0])
            )
            counters = {IN: 1, "frag-held": 2}
            packets = [pieces[i] for i in places]
            yield Vector(f"{name}, inwards", "4", packets, [Out("6", out, (), most)], counters)


def ident_of(packet: bytes) -> int:
    return int.from_bytes(packet[4:6], "big")


def nat44() -> Iterator[Vector]:
    yield from sizes()
    yield from fields()
    yield from last_hop()
    yield from errors()
    yield from quoted()
    yield from refused()
    yield from fragments()


NAT44 = Network(
    opening=[inside4(proto) for proto in (UDP, TCP, ICMP4)],
    passing={"6": inside4(UDP, MARKED), "4": packet4(UDP, MARKED, back=True)},
    counters={"6": OUT, "4": IN},
)
