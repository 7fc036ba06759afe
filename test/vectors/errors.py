# SPDX-License-Identifier: GPL-2.0-or-later
"""ICMP errors: every type and code, every pointer, MTUs, and what they are about."""

from collections.abc import Iterator

from packet import ICMP4, ICMP6, TCP, UDP, icmp, ip4, ip6, seal
from rules import (
    ERROR4_FREE,
    EXT,
    HOST,
    MTU,
    PORTS,
    REMOTE,
    REMOTE_IN6,
    ROUTER6,
    Vector,
    dropped,
    error4,
    error4_in_6,
    error6,
    error_from_ext,
    inwards,
    outwards,
    packet4,
    packet6,
)

TYPE, INNER, NO_SESSION = "drop-icmp-type", "drop-icmp-inner", "drop-icmp-no-session"

# RFC 7915, 4.2: code of Destination Unreachable -> ICMPv6 type, code, second word.
UNREACHABLE46 = {
    **{code: (1, 0, 0) for code in (0, 1, 5, 6, 7, 8, 11, 12)},
    **{code: (1, 1, 0) for code in (9, 10, 13, 15)},
    2: (4, 1, 6),
    3: (1, 4, 0),
}
# Figure 3: pointer in an IPv4 header -> in an IPv6 one.
POINTER46 = {0: 0, 1: 1, 2: 4, 3: 4, 8: 7, 9: 6}
POINTER46 |= {p: 8 for p in range(12, 16)} | {p: 24 for p in range(16, 20)}
# 5.2: code of Destination Unreachable -> ICMPv4 code; figure 6: pointers.
UNREACHABLE64 = {0: 1, 1: 10, 2: 1, 3: 1, 4: 3}
POINTER64 = {0: 0, 1: 1, 4: 2, 5: 2, 6: 9, 7: 8}
POINTER64 |= {p: 12 for p in range(8, 24)} | {p: 16 for p in range(24, 40)}
# RFC 1191, 7; below the least of IPv6 there is nothing to tell.
PLATEAUS = (65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68)


def one46(name: str, kind: int, code: int, word: int, out: tuple[int, int, int] | None) -> Vector:
    packet = error4(kind, code, word, packet4(UDP))
    if out is None:
        return dropped(name, "4", packet, TYPE)
    return inwards(name, packet, error4_in_6(*out, packet6(UDP)))


def one64(name: str, kind: int, code: int, word: int, out: tuple[int, int, int] | None) -> Vector:
    packet = error6(kind, code, word, packet6(UDP, back=True))
    if out is None:
        return dropped(name, "6", packet, TYPE)
    return outwards(name, packet, error_from_ext(*out, packet4(UDP, back=True)), ERROR4_FREE)


def types46() -> Iterator[Vector]:
    for code in [*range(4), *range(5, 19), 255]:
        yield one46(f"destination unreachable, code {code}", 3, code, 0, UNREACHABLE46.get(code))
    for code in (0, 1, 2, 255):
        yield one46(f"time exceeded, code {code}", 11, code, 0, (3, code, 0) if code < 2 else None)
    for code in (0, 2):
        for pointer in [*range(22), 255]:
            out = POINTER46.get(pointer)
            yield one46(
                f"parameter problem, code {code}, pointer {pointer}",
                12,
                code,
                pointer << 24,
                None if out is None else (4, 0, out),
            )
    for code in (1, 3, 255):
        yield one46(f"parameter problem, code {code}", 12, code, 0, None)


def others46() -> Iterator[Vector]:
    """Obsolete, of one hop, or unknown: never translated; the host may want them."""
    for kind in [*range(1, 3), *range(4, 8), *range(9, 11), *range(13, 44), 253, 255]:
        packet = error4(kind, 0, 0, packet4(UDP))
        yield Vector(f"ICMPv4 type {kind}", "4", [packet])


def unknown_mtu(length: int, guess: int) -> Vector:
    """About a packet of this length, which makes this the MTU."""
    data = bytes(length - 28)
    told = max(min(guess + 20, MTU), 1280)
    packet = error4(3, 4, 0, packet4(UDP, data)[: 28 + 100])
    out = error4_in_6(2, 0, told, packet6(UDP, data)[: 48 + 100])
    return inwards(f"fragmentation needed, no MTU, about {length} bytes", packet, out)


def mtus46() -> Iterator[Vector]:
    for mtu in (68, 576, 1259, 1260, 1261, 1400, 1480, 1500, 9000, 65535):
        told = max(min(mtu + 20, MTU), 1280)
        yield one46(f"fragmentation needed, MTU {mtu}", 3, 4, mtu, (2, 0, told))
    for length in (100, 1400, 1492, 1493, 1500):
        yield unknown_mtu(length, next(p for p in PLATEAUS if p < length))


def plateaus() -> Iterator[Vector]:
    """With mtu-plateaus 1300,1450,1400."""
    for length, mtu in ((1500, 1450), (1451, 1450), (1450, 1400), (1400, 1300), (1300, 68)):
        yield unknown_mtu(length, mtu)
    yield one46("fragmentation needed, MTU 1350", 3, 4, 1350, (2, 0, 1370))


def types64() -> Iterator[Vector]:
    for code in [*range(9), 255]:
        out = UNREACHABLE64.get(code)
        yield one64(
            f"destination unreachable, code {code}",
            1,
            code,
            0,
            None if out is None else (3, out, 0),
        )
    for code in (0, 1, 2, 255):
        yield one64(f"time exceeded, code {code}", 3, code, 0, (11, code, 0) if code < 2 else None)
    for pointer in [*range(42), 255, 256, 1 << 31]:
        out = POINTER64.get(pointer)
        yield one64(
            f"parameter problem, pointer {pointer}",
            4,
            0,
            pointer,
            None if out is None else (12, 0, out << 24),
        )
    yield one64("parameter problem, next header", 4, 1, 6, (3, 2, 0))
    for code in (2, 3, 255):
        yield one64(f"parameter problem, code {code}", 4, code, 0, None)
    for mtu in (1280, 1281, 1400, 1500, 1501, 9000, 65536, 1 << 31):
        yield one64(f"packet too big, MTU {mtu}", 2, 0, mtu, (3, 4, min(mtu, MTU) - 20))


def others64() -> Iterator[Vector]:
    for kind in [0, *range(5, 8), 100, 127, *range(130, 156), 200, 255]:
        packet = error6(kind, 0, 0, packet6(UDP, back=True))
        yield dropped(f"ICMPv6 type {kind}", "6", packet, TYPE)


def inner46() -> Iterator[Vector]:
    """What it is about: in whole, cut off, or nothing that was ever translated."""
    for proto, name in ((TCP, "TCP"), (UDP, "UDP"), (ICMP4, "an echo")):
        for keep in (8, 18, 20, 28, 500):
            before = packet4(proto, bytes(range(250)) * 2)[: 20 + keep]
            after = packet6(proto, bytes(range(250)) * 2)[: 40 + keep]
            packet = error4(3, 1, 0, before)
            out = error4_in_6(1, 0, 0, after)
            yield inwards(f"about {name}, {keep} bytes of it", packet, out)
        yield dropped(f"about {name}, 7 bytes", "4", error4(3, 1, 0, packet4(proto)[:27]), INNER)
    strange = packet4(UDP).replace(PORTS[UDP][2].to_bytes(2, "big"), b"\x11\x11", 1)
    yield dropped("about no session", "4", error4(3, 1, 0, strange), NO_SESSION)
    error = error4(3, 1, 0, packet4(UDP))
    nested = ip4(EXT, REMOTE, ICMP4, error[20:])
    yield dropped("about an error", "4", error4(3, 1, 0, nested), INNER)


def inner64() -> Iterator[Vector]:
    for proto, name in ((TCP, "TCP"), (UDP, "UDP"), (ICMP4, "an echo")):
        for keep in (8, 18, 20, 28, 500):
            before = packet6(proto, bytes(range(250)) * 2, back=True)[: 40 + keep]
            after = packet4(proto, bytes(range(250)) * 2, back=True)[: 20 + keep]
            packet = error6(1, 0, 0, before)
            out = error_from_ext(3, 1, 0, after)
            yield outwards(f"about {name}, {keep} bytes of it", packet, out, ERROR4_FREE)
        short = packet6(proto, back=True)[:47]
        yield dropped(f"about {name}, 7 bytes", "6", error6(1, 0, 0, short), INNER)
    other = ip6("64:ff9b::c633:6405", HOST, UDP, packet6(UDP, back=True)[40:])
    yield dropped("about another's", "6", error6(1, 0, 0, other), INNER)
    nested = seal(REMOTE_IN6, HOST, ICMP6, icmp(1, 0, 0, packet6(UDP)))
    packet = error6(1, 0, 0, ip6(REMOTE_IN6, HOST, ICMP6, nested))
    yield dropped("about an error", "6", packet, INNER)
    packet = error6(1, 0, 0, packet6(UDP, back=True), src=ROUTER6)
    broken = packet[:42] + b"\0\0" + packet[44:]
    yield dropped("with a wrong checksum", "6", broken, "drop-csum")


def errors46() -> Iterator[Vector]:
    yield from types46()
    yield from others46()
    yield from mtus46()
    yield from inner46()


def errors64() -> Iterator[Vector]:
    yield from types64()
    yield from others64()
    yield from inner64()
