# SPDX-License-Identifier: GPL-2.0-or-later
"""ICMP errors with an extension structure (RFC 4884) behind the packet they are about: it passes,
and the error says where it begins."""

from collections.abc import Iterator

from headers import DESTINATION, extension
from packet import ICMP4, TCP, UDP, checksum, ip4, ip6
from rules import (
    ERROR4_FREE,
    EXT,
    HOST,
    REMOTE,
    REMOTE_IN6,
    Vector,
    dropped,
    error4,
    error4_in_6,
    error6,
    error_from_ext,
    inwards,
    number6,
    outwards,
    packet4,
    packet6,
    segment4,
    segment6,
)

INNER = "drop-icmp-inner"
# The packet inside has at least so many bytes, and at most 255 of the units of the length field.
LEAST, UNIT4, UNIT6 = 128, 4, 8
# RFC 4443, 2.4: less the headers of IPv6 and ICMPv6.
MOST6 = 1280 - 48
# RFC 4950: three labels with their classes and times to live, the last one marked.
LABELS = bytes.fromhex("0010 0101 00111c40 00222a40 00333d01")


def structure(objects: bytes = LABELS, version: int = 2, summed: bool = True) -> bytes:
    """RFC 4884, 7."""
    data = bytes([version << 4, 0, 0, 0]) + objects
    return data[:2] + checksum(data).to_bytes(2, "big") * summed + data[2 + 2 * summed :]


def opaque(size: int) -> bytes:
    """A structure of this size, with one object that nobody knows."""
    data = bytes(i % 253 for i in range(size - 8))
    return structure((size - 4).to_bytes(2, "big") + b"\xf7\x01" + data)


def padded(datagram: bytes, unit: int) -> bytes:
    size = max(len(datagram), LEAST)
    return datagram + bytes(size - len(datagram) + -size % unit)


def extended4(datagram: bytes, ext: bytes, kind: int = 11, code: int = 0, word: int = 0) -> bytes:
    return error4(kind, code, word | len(datagram) // UNIT4 << 16, datagram + ext)


def extended6(datagram: bytes, ext: bytes, kind: int = 3, code: int = 0) -> bytes:
    return error6(kind, code, len(datagram) // UNIT6 << 24, datagram + ext)


def extended4_in_6(datagram: bytes, ext: bytes, kind: int = 3, code: int = 0) -> bytes:
    return error4_in_6(kind, code, len(datagram) // UNIT6 << 24, datagram + ext)


def extended6_in_4(datagram: bytes, ext: bytes, kind: int = 11, code: int = 0) -> bytes:
    return error_from_ext(kind, code, len(datagram) // UNIT4 << 16, datagram + ext)


def content(size: int = 1400) -> bytes:
    return bytes(i % 249 + 1 for i in range(size))


def lengths46() -> Iterator[Vector]:
    """So many bytes of the transport, and what the sender put behind them."""
    for proto, name in ((TCP, "TCP"), (UDP, "UDP"), (ICMP4, "an echo")):
        before, after = packet4(proto, content()), packet6(proto, content())
        for keep in (8, 20, 28, 87, 88, 108, 109, 200, 548, 1000):
            inner = padded(before[: 20 + keep], UNIT4)
            out = padded(after[: 40 + keep] + inner[20 + keep :], UNIT6)
            yield inwards(
                f"labels behind {keep} bytes of {name}",
                extended4(inner, structure()),
                extended4_in_6(out, structure()),
            )
    inner = padded(ip4(EXT, REMOTE, UDP, segment4(UDP, content()), options=b"\1" * 8)[:200], UNIT4)
    out = padded(packet6(UDP, content())[: 200 + 12], UNIT6)
    packet = extended4(inner, structure())
    yield inwards("labels and IPv4 options", packet, extended4_in_6(out, structure()))


def lengths64() -> Iterator[Vector]:
    for proto, name in ((TCP, "TCP"), (UDP, "UDP"), (ICMP4, "an echo")):
        before = packet6(proto, content(), back=True)
        after = packet4(proto, content(), back=True)
        for keep in (8, 20, 28, 87, 88, 108, 109, 200, 548, 1000, 1001, 1200):
            inner = padded(before[: 40 + keep], UNIT6)
            out = padded(after[: 20 + keep] + inner[40 + keep :], UNIT4)
            # A length field of ICMPv4 can say no more; the packet inside ends early.
            out = out[: 255 * UNIT4]
            yield outwards(
                f"labels behind {keep} bytes of {name}",
                extended6(inner, structure()),
                extended6_in_4(out, structure()),
                ERROR4_FREE,
            )
    body = extension(DESTINATION, number6(UDP), size=16) + segment6(UDP, content(), back=True)
    inner = padded(ip6(REMOTE_IN6, HOST, DESTINATION, body)[:256], UNIT6)
    out = padded(packet4(UDP, content(), back=True)[: 256 - 36], UNIT4)
    packet = extended6(inner, structure())
    translated = extended6_in_4(out, structure())
    yield outwards("labels and extension headers", packet, translated, ERROR4_FREE)


def room46() -> Iterator[Vector]:
    """The whole is no longer than 1280 bytes: the packet inside makes room, and is 128 at least."""
    before, after = packet4(UDP, content()), packet6(UDP, content())
    for size in (12, 260, 264, 265, 268, 1100, 1103, 1104):
        ext = opaque(size)
        inner = padded(before[: min(1000, 1468 - size)], UNIT4)
        out = padded(after[: 40 + len(inner) - 20], UNIT6)
        out = out[: (MOST6 - size) // UNIT6 * UNIT6]
        packet = extended4(inner, ext)
        yield inwards(f"an extension of {size} bytes", packet, extended4_in_6(out, ext))
    inner = padded(before[:128], UNIT4)
    packet = extended4(inner, opaque(1105))
    yield inwards(
        "an extension that leaves no room", packet, error4_in_6(3, 0, 0, after[: 40 + 108])
    )


def types_extended46() -> Iterator[Vector]:
    inner = packet4(UDP, content())[:200]
    bare = packet6(UDP, content())[:220]
    out = padded(bare, UNIT6)
    for code, told in ((0, 0), (1, 0), (3, 4), (13, 1)):
        packet = extended4(inner, structure(), 3, code)
        translated = extended4_in_6(out, structure(), 1, told)
        yield inwards(f"labels, destination unreachable, code {code}", packet, translated)
    packet = extended4(inner, structure(), 11, 1)
    translated = extended4_in_6(out, structure(), 3, 1)
    yield inwards("labels, time exceeded, code 1", packet, translated)
    # ICMPv6 has no length field there.
    for name, kind, code, word, told in (
        ("parameter problem", 12, 0, 8 << 24, (4, 0, 7)),
        ("protocol unreachable", 3, 2, 0, (4, 1, 6)),
        ("fragmentation needed", 3, 4, 1400, (2, 0, 1420)),
    ):
        packet = extended4(inner, structure(), kind, code, word)
        yield inwards(f"labels, {name}", packet, error4_in_6(*told, bare))


def types_extended64() -> Iterator[Vector]:
    inner = packet6(UDP, content(), back=True)[:200]
    out = padded(packet4(UDP, content(), back=True)[:180], UNIT4)
    for kind, code, told in ((1, 0, (3, 1)), (1, 1, (3, 10)), (1, 4, (3, 3)), (3, 1, (11, 1))):
        packet = extended6(inner, structure(), kind, code)
        translated = extended6_in_4(out, structure(), *told)
        yield outwards(f"labels, type {kind}, code {code}", packet, translated, ERROR4_FREE)


# What is no extension: that is cut off. What may look like none: that passes.
NOT_EXTENSIONS = {
    "none": b"",
    "shorter than its header": structure()[:3],
    "of another version": structure(version=1),
    "with a wrong checksum": structure()[:-1] + b"\0",
    "that are zeroes": bytes(20),
}
EXTENSIONS = {
    "without a checksum": structure(summed=False),
    "that are a header only": structure(b""),
    "of an odd length": opaque(21),
}


def damaged46() -> Iterator[Vector]:
    inner, out = packet4(UDP, content())[:200], packet6(UDP, content())[:220]
    for name, ext in NOT_EXTENSIONS.items():
        yield inwards(f"extensions {name}", extended4(inner, ext), error4_in_6(3, 0, 0, out))
    for name, ext in EXTENSIONS.items():
        translated = extended4_in_6(padded(out, UNIT6), ext)
        yield inwards(f"extensions {name}", extended4(inner, ext), translated)
    packet = error4(11, 0, 0xFF << 16, inner + structure())
    translated = error4_in_6(3, 0, 0, out + structure())
    yield inwards("a length beyond the packet", packet, translated)
    packet = error4(11, 0, 0, inner + structure())
    yield inwards("extensions without a length", packet, translated)
    packet = extended4(inner[:60], structure())
    translated = extended4_in_6(padded(out[:80], UNIT6), structure())
    yield inwards("extensions too early", packet, translated)
    packet = error4(11, 0, 6 << 16, inner + structure())
    yield dropped("a length of less than the ports", "4", packet, INNER)


def damaged64() -> Iterator[Vector]:
    inner = packet6(UDP, content(), back=True)[:200]
    out = packet4(UDP, content(), back=True)[:180]
    for name, ext in NOT_EXTENSIONS.items():
        translated = error_from_ext(11, 0, 0, out)
        yield outwards(f"extensions {name}", extended6(inner, ext), translated, ERROR4_FREE)
    for name, ext in EXTENSIONS.items():
        translated = extended6_in_4(out, ext)
        yield outwards(f"extensions {name}", extended6(inner, ext), translated, ERROR4_FREE)
    packet = error6(3, 0, 0xFF << 24, inner + structure())
    translated = error_from_ext(11, 0, 0, out + structure())
    yield outwards("a length beyond the packet", packet, translated, ERROR4_FREE)
    packet = extended6(inner[:80], structure())
    translated = extended6_in_4(padded(out[:60], UNIT4), structure())
    yield outwards("extensions too early", packet, translated, ERROR4_FREE)
    packet = error6(3, 0, 5 << 24, inner + structure())
    yield dropped("a length of less than the ports", "6", packet, INNER)


def extensions46() -> Iterator[Vector]:
    yield from lengths46()
    yield from room46()
    yield from types_extended46()
    yield from damaged46()


def extensions64() -> Iterator[Vector]:
    yield from lengths64()
    yield from types_extended64()
    yield from damaged64()
