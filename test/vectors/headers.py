# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of the fields of both headers, extension headers, options and addresses."""

from collections.abc import Iterator

from packet import ICMP4, TCP, UDP, ip4, ip6
from rules import (
    EXT,
    HOST,
    IP4_FREE,
    PORTS,
    REMOTE,
    REMOTE_IN6,
    Vector,
    dropped,
    inwards,
    number6,
    outwards,
    own4,
    own6,
    packet4,
    packet6,
    segment4,
    segment6,
    with_class,
    with_df,
    with_tos,
    without_checksum,
)

NAMES = {TCP: "TCP", UDP: "UDP", ICMP4: "echo"}
TOS = (0x01, 0x02, 0x03, 0x28, 0xB8, 0xFF)
HOP, ROUTING, FRAGMENT, DESTINATION, NONE = 0, 43, 44, 60, 59
DF_ABOVE = 1260  # RFC 7915, 5.1


def sizes64() -> Iterator[Vector]:
    for proto, name in NAMES.items():
        header = 20 + (20 if proto == TCP else 8)
        for size in (header, header + 1, 576, DF_ABOVE - 1, DF_ABOVE, DF_ABOVE + 1, 1480):
            data = bytes(i % 251 for i in range(size - header))
            out = packet4(proto, data, ttl=63)
            fixed = size > DF_ABOVE
            yield outwards(
                f"{name}, {size} bytes of IPv4",
                packet6(proto, data),
                with_df(out) if fixed else out,
                () if fixed else IP4_FREE,
            )


def fields64() -> Iterator[Vector]:
    out = packet4(UDP, ttl=63)
    for tos in TOS:
        packet = with_class(packet6(UDP), tos)
        yield outwards(f"traffic class {tos:#04x}", packet, with_tos(out, tos), IP4_FREE)
    yield outwards("flow label", with_class(packet6(UDP), 0, 0xFFFFF), out, IP4_FREE)
    for hops in (255, 128, 2):
        packet = packet6(UDP, hops=hops)
        yield outwards(f"hop limit {hops}", packet, packet4(UDP, ttl=hops - 1), IP4_FREE)
    for hops in (1, 0):
        packet = packet6(UDP, hops=hops)
        yield dropped(f"hop limit {hops}", "6", packet, "drop-ttl", own6(3, 0, 0, packet))


def extension(kind: int, following: int, left: int = 0, size: int = 8) -> bytes:
    """An extension header of so many bytes; its option is one to skip if it is not known."""
    if kind == ROUTING:
        return bytes([following, size // 8 - 1, 0, left]) + bytes(size - 4)
    return bytes([following, size // 8 - 1, 0x1E, size - 4]) + bytes(size - 4)


def extended(kinds: list[int], proto: int, left: int = 0, size: int = 8) -> bytes:
    chain = [*kinds, number6(proto)]
    body = segment6(proto)
    for kind, following in reversed(list(zip(chain, chain[1:]))):
        body = extension(kind, following, left if kind == ROUTING else 0, size) + body
    return ip6(HOST, REMOTE_IN6, chain[0], body)


def extensions64() -> Iterator[Vector]:
    chains = {
        "hop-by-hop options": [HOP],
        "destination options": [DESTINATION],
        "a routing header": [ROUTING],
        "all three": [HOP, DESTINATION, ROUTING],
        "options twice": [DESTINATION, ROUTING, DESTINATION],
    }
    for title, kinds in chains.items():
        for proto, name in NAMES.items():
            for size in (8, 64):
                yield outwards(
                    f"{title} of {size} bytes before {name}",
                    extended(kinds, proto, size=size),
                    packet4(proto, ttl=63),
                    IP4_FREE,
                )
    # RFC 7915, 5.1: the pointer is at Segments Left.
    for kinds, pointer in (([ROUTING], 43), ([DESTINATION, ROUTING], 51)):
        packet = extended(kinds, UDP, left=1)
        answer = own6(4, 0, pointer, packet)
        yield dropped(f"a route with hops left, at {pointer}", "6", packet, "drop-srcroute", answer)


def atomic(proto: int, ident: int, data: bytes = b"data", before=(), behind=()) -> bytes:
    """One fragment that is all of the packet, between other extension headers."""
    chain = [*before, FRAGMENT, *behind, number6(proto)]
    body = segment6(proto, data)
    for kind, following in reversed(list(zip(chain, chain[1:]))):
        if kind == FRAGMENT:
            body = bytes([following, 0, 0, 0]) + ident.to_bytes(4, "big") + body
        else:
            body = extension(kind, following) + body
    return ip6(HOST, REMOTE_IN6, chain[0], body)


def atomics64() -> Iterator[Vector]:
    """RFC 7915, 5.1: without DF, with the low half of the identification."""
    for proto, name in NAMES.items():
        header = 20 + (20 if proto == TCP else 8)
        for size in (header + 4, DF_ABOVE, DF_ABOVE + 1, 1472):
            data = bytes(i % 251 for i in range(size - header))
            packet = atomic(proto, 0x12345678, data)
            out = packet4(proto, data, ttl=63, ident=0x5678)
            yield outwards(f"an atomic fragment of {name}, {size} bytes of IPv4", packet, out)
    for ident in (0, 1, 0xFFFF, 0x10000, 0xFFFFFFFF):
        out = packet4(UDP, ttl=63, ident=ident & 0xFFFF)
        yield outwards(f"an atomic fragment, {ident:#010x}", atomic(UDP, ident), out)
    out = packet4(UDP, ttl=63, ident=0x4321)
    for title, before, behind in (
        ("behind", (HOP, ROUTING), ()),
        ("before", (), (DESTINATION,)),
        ("between", (HOP,), (ROUTING, DESTINATION)),
    ):
        packet = atomic(UDP, 0x87654321, before=before, behind=behind)
        yield outwards(f"an atomic fragment {title} options", packet, out)
    # The last one is what the rest is of.
    packet = atomic(UDP, 0x11114321, before=(FRAGMENT,))
    yield outwards("an atomic fragment in another", packet, out)


def refused64() -> Iterator[Vector]:
    for proto in (2, 4, 41, 47, 50, 51, NONE, 89, 132, 136, 253):
        packet = ip6(HOST, REMOTE_IN6, proto, bytes(40))
        yield dropped(f"protocol {proto}", "6", packet, "drop-proto", own6(1, 4, 0, packet))
    packet = ip6("64:ff9b::c633:6409", REMOTE_IN6, UDP, segment6(UDP))
    yield dropped("from pool6", "6", packet, "drop-loop")
    for source in ("::", "fe80::6"):
        packet = ip6(source, REMOTE_IN6, UDP, segment6(UDP))
        yield dropped(f"from {source}", "6", packet, "drop-addr")
    for target in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "239.255.255.255", "255.255.255.255"):
        packet = ip6(HOST, "64:ff9b::" + target, UDP, segment6(UDP))
        yield dropped(f"to {target}", "6", packet, "drop-addr")


def sizes46() -> Iterator[Vector]:
    for proto, name in NAMES.items():
        header = 20 + (20 if proto == TCP else 8)
        for size in (header, header + 1, 576, 1260, 1480):
            for df in (False, True):
                if size > 1260 and not df:
                    continue  # it leaves in fragments
                data = bytes(i % 251 for i in range(size - header))
                packet = packet4(proto, data, back=True)
                yield inwards(
                    f"{name}, {size} bytes, DF {int(df)}",
                    with_df(packet) if df else packet,
                    packet6(proto, data, back=True, hops=63),
                )


def fields46() -> Iterator[Vector]:
    out = packet6(UDP, back=True, hops=63)
    for tos in TOS:
        packet = with_tos(packet4(UDP, back=True), tos)
        yield inwards(f"TOS {tos:#04x}", packet, with_class(out, tos))
    for ttl in (255, 128, 2):
        packet = packet4(UDP, back=True, ttl=ttl)
        yield inwards(f"TTL {ttl}", packet, packet6(UDP, back=True, hops=ttl - 1))
    for ttl in (1, 0):
        packet = packet4(UDP, back=True, ttl=ttl)
        yield dropped(f"TTL {ttl}", "4", packet, "drop-ttl", own4(11, 0, 0, packet))
    bare = without_checksum(packet4(UDP, back=True))
    yield inwards("UDP without a checksum", bare, out)


def options46() -> Iterator[Vector]:
    options = {
        "no operation": b"\1\1\1\1",
        "record route": b"\x07\x07\x04" + bytes(5),
        "time stamp": b"\x44\x08\x05\0" + bytes(4),
        "router alert": b"\x94\x04\0\0",
        "as many as fit": b"\1" * 40,
        "a loose route that is done": b"\x83\x07\x08" + bytes(5),
        "a strict route that is done": b"\x89\x07\x08" + bytes(5),
    }
    for title, data in options.items():
        for proto, name in NAMES.items():
            packet = packet4(proto, back=True, options=data)
            out = packet6(proto, back=True, hops=63)
            yield inwards(f"{title} before {name}", packet, out)
    for title, kind in (("loose", b"\x83"), ("strict", b"\x89")):
        packet = packet4(UDP, back=True, options=kind + b"\x07\x04" + bytes(5))
        answer = own4(3, 5, 0, packet)
        yield dropped(f"a {title} route with hops left", "4", packet, "drop-srcroute", answer)


def refused46() -> Iterator[Vector]:
    for source in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"):
        packet = ip4(source, EXT, UDP, segment4(UDP, back=True))
        yield dropped(f"from {source}", "4", packet, "drop-addr")
    for proto in (2, 4, 41, 47, 50, 89, 132, 253):
        packet = ip4(REMOTE, EXT, proto, bytes(40))
        yield Vector(f"protocol {proto}: the host's own", "4", [packet])
    for port in (PORTS[UDP][1] - 1, PORTS[UDP][1] + 1):
        body = segment4(UDP, back=True)
        packet = ip4(REMOTE, EXT, UDP, body[:2] + port.to_bytes(2, "big") + body[4:])
        yield Vector(f"port {port}: not of pool4", "4", [packet])


def tos() -> Iterator[Vector]:
    """With override-tos, tos 0x4a, and zeroize-traffic-class: whatever was there."""
    for field in (0, 0x01, 0x4A, 0xFF):
        for proto, name in NAMES.items():
            packet = with_class(packet6(proto), field)
            out = with_tos(packet4(proto, ttl=63), 0x4A)
            yield outwards(f"{name}, traffic class {field:#04x}", packet, out, IP4_FREE)
            packet = with_tos(packet4(proto, back=True), field)
            out = with_class(packet6(proto, back=True, hops=63), 0)
            yield inwards(f"{name}, TOS {field:#04x}", packet, out)


def headers64() -> Iterator[Vector]:
    yield from sizes64()
    yield from fields64()
    yield from extensions64()
    yield from atomics64()
    yield from refused64()


def headers46() -> Iterator[Vector]:
    yield from sizes46()
    yield from fields46()
    yield from options46()
    yield from refused46()
