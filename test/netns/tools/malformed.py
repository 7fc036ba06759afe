#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends malformed packets to a translator and prints how much each counter must gain.

malformed.py 6|4 INTERFACE MAC PORT: PORT is the external port of a UDP session from
n6's port 5000 to n4's port 9. malformed.py fuzz6|fuzz4 ...: valid packets with random
damage, for which nothing is foretold but that nothing breaks.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator

from packet import (
    ACK,
    FIN,
    ICMP4,
    ICMP6,
    RST,
    TCP,
    UDP,
    Wire,
    checksum,
    icmp,
    ip4,
    ip6,
    seal,
    tcp,
    udp,
)

N6, N4, POOL4 = "2001:db8::8", "192.0.2.8", "192.0.2.1"
N4_IN6 = "64:ff9b::192.0.2.8"
# Where no packet may come from.
NOWHERE = ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255")
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, NONE = 0, 43, 44, 60, 59
Case = tuple[str, bytes]

TRUNCATED, INNER = "drop-truncated", "drop-icmp-inner"


def transport_damage() -> Iterator[tuple[int, bytes]]:
    """Truncated or inconsistent transport headers, the same in both families."""
    for length in range(20):
        yield TCP, tcp(4000, 80)[:length]
    for doff in [*range(5), *range(6, 16)]:
        yield TCP, tcp(4000, 80, doff=doff)
    for length in range(8):
        yield UDP, udp(4000, 80)[:length]
        yield UDP, udp(4000, 80, length=length)
    for length in (13, 1000, 65535):
        yield UDP, udp(4000, 80, length=length)


def from6(nexthdr: int, payload: bytes, src: str = N6, dst: str = N4_IN6, hops: int = 64) -> bytes:
    return ip6(src, dst, nexthdr, payload, hops)


def error6(kind: int, inner: bytes, code: int = 0, word: int = 0, src: str = N6) -> bytes:
    return from6(ICMP6, seal(src, N4_IN6, ICMP6, icmp(kind, code, word, inner)), src=src)


def option_headers(count: int, last: int) -> tuple[int, bytes]:
    chain = b""
    for i in range(count):
        chain += bytes([last if i == count - 1 else DESTINATION, 0, 1, 4, 0, 0, 0, 0])
    return DESTINATION, chain


def extension_cases() -> Iterator[Case]:
    valid = seal(N6, N4_IN6, UDP, udp(5000, 9))
    for count in (1, 3, 7):
        nexthdr, chain = option_headers(count, UDP)
        yield "xlat-64", from6(nexthdr, chain + valid)
    for count in (9, 20, 60):
        nexthdr, chain = option_headers(count, UDP)
        yield "drop-exthdr", from6(nexthdr, chain + valid)
    for length in range(8):
        yield TRUNCATED, from6(DESTINATION, bytes([UDP, 0, 1, 4, 0, 0, 0, 0])[:length])
    yield TRUNCATED, from6(DESTINATION, bytes([UDP, 255, 1, 4, 0, 0, 0, 0]) + valid)
    # Of no length, which hosts let pass if that may be a jumbogram's.
    jumbo = from6(HOP_BY_HOP, bytes([UDP, 0, 1, 4, 0, 0, 0, 0]) + valid)
    yield "xlat-64", jumbo
    yield TRUNCATED, jumbo[:4] + bytes(2) + jumbo[6:]
    for left in (1, 2, 255):
        yield "drop-srcroute", from6(ROUTING, bytes([UDP, 2, 0, left]) + bytes(20) + valid)
    yield "xlat-64", from6(ROUTING, bytes([UDP, 2, 0, 0]) + bytes(20) + valid)
    for nexthdr in (NONE, 4, 41, 47, 50, 51, 132, 135, 253, 255):
        yield "drop-proto", from6(nexthdr, bytes(40))


def error6_cases() -> Iterator[Case]:
    about = ip6(N4_IN6, N6, UDP, udp(9, 5000))
    for length in range(8):
        yield TRUNCATED, from6(ICMP6, icmp(128)[:length])
    for kind in (130, 131, 132, 133, 134, 135, 136, 137, 138, 200, 255):
        yield "drop-icmp-type", from6(ICMP6, seal(N6, N4_IN6, ICMP6, icmp(kind, 0, 0, bytes(32))))
    for kind in (0, 5, 100, 127):
        yield "drop-icmp-type", error6(kind, about)
    for kind in (1, 2, 3):
        yield "drop-csum", from6(ICMP6, icmp(kind, 0, 0, about))
        for length in range(0, 48, 3):
            yield INNER, error6(kind, about[:length])
    yield INNER, error6(1, b"\x45" + about[1:])
    yield INNER, error6(1, ip6(N6, N4_IN6, UDP, udp(9, 5000)))
    # Not to who sent what it is about; about a protocol of IPv4.
    yield INNER, error6(1, ip6("64:ff9b::192.0.2.9", N6, UDP, udp(9, 5000)))
    yield INNER, error6(1, ip6(N4_IN6, N6, ICMP4, icmp(129)))
    # Too long to have been an IPv4 packet.
    yield INNER, error6(1, about[:4] + b"\xff\xec" + about[6:])
    yield "xlat-64", error6(1, about[:4] + b"\xff\xeb" + about[6:])
    yield INNER, error6(1, ip6(N4_IN6, N6, 132, bytes(40)))
    nested = icmp(1, 0, 0, about)
    yield INNER, error6(1, ip6(N4_IN6, N6, ICMP6, nested))
    second_fragment = bytes([UDP, 0, 0, 8, 0, 0, 0, 1]) + bytes(40)
    yield INNER, error6(1, ip6(N4_IN6, N6, FRAGMENT, second_fragment))
    yield INNER, error6(1, ip6(N4_IN6, N6, DESTINATION, bytes([DESTINATION, 0] * 40)))
    yield "drop-icmp-no-session", error6(1, ip6(N4_IN6, N6, UDP, udp(9, 5001)))
    for src in NOWHERE:
        yield "drop-addr", error6(1, about, src="64:ff9b::" + src)
    # RFC 4884: what follows so many words is no longer the packet inside.
    for kind in (1, 3):
        for length in (1, 2, 4, 5):
            yield INNER, error6(kind, about, 0, length << 24)
        yield "xlat-64", error6(kind, about, 0, 6 << 24)


def cases6() -> Iterator[Case]:
    for proto, data in transport_damage():
        yield TRUNCATED, from6(proto, data)
    yield from extension_cases()
    yield from error6_cases()
    valid = udp(5000, 9)
    for src in ("64:ff9b::192.0.2.9", "64:ff9b::10.0.0.1"):
        yield "drop-loop", from6(UDP, seal(src, N4_IN6, UDP, valid), src=src)
    for src in ("::", "fe80::1"):
        yield "drop-addr", from6(UDP, seal(src, N4_IN6, UDP, valid), src=src)
    for dst in NOWHERE:
        embedded = "64:ff9b::" + dst
        yield "drop-addr", from6(UDP, seal(N6, embedded, UDP, valid), dst=embedded)
    for hops in (0, 1):
        yield "drop-ttl", from6(UDP, seal(N6, N4_IN6, UDP, valid), hops=hops)
    for flags in (0, ACK, FIN, FIN | ACK, RST, RST | ACK):
        yield "drop-tcp-no-syn", from6(TCP, seal(N6, N4_IN6, TCP, tcp(4000, 80, flags)))


def from4(proto: int, payload: bytes, src: str = N4, **fields: int | bytes) -> bytes:
    return ip4(src, POOL4, proto, payload, **fields)  # type: ignore[arg-type]


def error4(kind: int, inner: bytes, code: int = 1, word: int = 0, src: str = N4) -> bytes:
    return from4(ICMP4, seal(src, POOL4, ICMP4, icmp(kind, code, word, inner)), src=src)


def error4_cases(port: int) -> Iterator[Case]:
    about = ip4(POOL4, N4, UDP, udp(port, 9))
    for length in range(8):
        yield TRUNCATED, from4(ICMP4, icmp(8)[:length])
    for kind in (3, 11, 12):
        yield "drop-csum", from4(ICMP4, icmp(kind, 0, 0, about))
        for length in range(28):
            yield INNER, error4(kind, about[:length], 0)
    for byte in (0x65, 0x44, 0x40, 0x4F):
        yield INNER, error4(3, bytes([byte]) + about[1:])
    yield INNER, error4(3, ip4(POOL4, N4, UDP, udp(port, 9), frag=1))
    yield INNER, error4(3, ip4(POOL4, N4, ICMP4, icmp(3, 1, 0, about)))
    for src in (N4, "127.0.0.1", "192.0.2.4"):
        yield INNER, error4(3, ip4(src, N4, UDP, udp(port, 9)))
    yield "drop-icmp-no-session", error4(3, ip4(POOL4, N4, UDP, udp(port, 10)))
    yield "drop-icmp-no-session", error4(3, ip4(POOL4, "192.0.2.77", UDP, udp(port, 9)))
    for code in (16, 100, 255):
        yield "drop-icmp-type", error4(3, about, code)
    for src in NOWHERE:
        yield "drop-addr", error4(3, about, src=src)
    for kind in (3, 11, 12):
        for length in range(1, 7):
            yield INNER, error4(kind, about, 0, length << 16)
        yield "xlat-46", error4(kind, about, 0, 7 << 16)


def cases4(port: int) -> Iterator[Case]:
    for proto, data in transport_damage():
        yield TRUNCATED, from4(proto, data)
    yield from error4_cases(port)
    valid = seal(N4, POOL4, UDP, udp(9, port))
    for option in (131, 137):
        for pointer in (0, 4, 7):
            route = bytes([option, 7, pointer, 10, 0, 0, 1, 0])
            yield "drop-srcroute", from4(UDP, valid, options=route)
        yield "xlat-46", from4(UDP, valid, options=bytes([option, 7, 8, 10, 0, 0, 1, 0]))
    yield "drop-srcroute", from4(UDP, valid, options=b"\x83\xff\xff\xff")
    for options in (b"\x01\x01\x01\x83", b"\x07\x00\x00\x00", b"\xff" * 40):
        yield "xlat-46", from4(UDP, valid, options=options)
    for src in NOWHERE:
        yield "drop-addr", from4(UDP, seal(src, POOL4, UDP, udp(9, port)), src=src)
    for ttl in (0, 1):
        yield "drop-ttl", from4(UDP, valid, ttl=ttl)
    for proto in (TCP, UDP):
        data = tcp(9, 61001) if proto == TCP else udp(9, 61001 if port != 61001 else 61002)
        yield "drop-no-mapping", from4(proto, seal(N4, POOL4, proto, data))
    for proto in (2, 47, 50, 51, 132, 255):
        yield "pass", from4(proto, bytes(40))
    for kind in (5, 9, 10, 13, 15, 17, 40, 255):
        yield "pass", from4(ICMP4, seal(N4, POOL4, ICMP4, icmp(kind, 0, 0, bytes(20))))


def fuzz(family: str, port: int, rng: random.Random) -> Iterator[Case]:
    seeds = [packet for _, packet in (cases6() if family == "6" else cases4(port))]
    for i in range(400):
        packet = bytearray(seeds[i % len(seeds)])
        # Not the version, the length or the destination: those the host would refuse itself.
        keep = 6 if family == "6" else 4
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(keep, len(packet))
            if not (24 <= at < 40 if family == "6" else 16 <= at < 20):
                packet[at] = rng.randrange(256)
        if family == "4" and len(packet) >= 20:
            packet[10:12] = b"\0\0"
            header = bytes(packet[: (packet[0] & 15) * 4])
            packet[10:12] = checksum(header).to_bytes(2, "big")
        yield "", bytes(packet)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("family", choices=["6", "4", "fuzz6", "fuzz4"])
    parser.add_argument("interface")
    parser.add_argument("mac")
    parser.add_argument("port", type=int)
    args = parser.parse_args()
    wire = Wire(args.interface, args.mac)
    expected: Counter[str] = Counter()
    if args.family == "6":
        cases = cases6()
    elif args.family == "4":
        cases = cases4(args.port)
    else:
        cases = fuzz(args.family[-1], args.port, random.Random(1))
    for counter, packet in cases:
        wire.send(packet)
        expected[counter] += 1
    for counter, gain in sorted(expected.items()):
        if "-" in counter:
            print(counter, gain)


if __name__ == "__main__":
    main()
