# SPDX-License-Identifier: GPL-2.0-or-later
"""RFC 6146, 3.8: to pool4, here to the mapping that the packet itself has. It comes back from there,
as if the remote host were one with the external address; the translator is one hop."""

from collections.abc import Iterator

from extensions import content, padded, structure
from packet import ICMP4, ICMP6, TCP, UDP, icmp, ip6, seal
from rules import HOST, PORTS, ROUTER6, Out, Vector, dropped, number6, own6, segment, with_class

EXT_IN6 = "64:ff9b::c000:201"
NAMES = {TCP: "TCP", UDP: "UDP", ICMP4: "echo"}


def there(proto: int, data: bytes = b"data", hops: int = 64) -> bytes:
    inside, ext, _ = PORTS[proto]
    body = segment(proto, (HOST, EXT_IN6), (inside, ext), 128, data)
    return ip6(HOST, EXT_IN6, number6(proto), body, hops)


def back(proto: int, data: bytes = b"data", hops: int = 63) -> bytes:
    inside, ext, _ = PORTS[proto]
    ports = (inside if proto == ICMP4 else ext, inside)
    body = segment(proto, (EXT_IN6, HOST), ports, 128, data)
    return ip6(EXT_IN6, HOST, number6(proto), body, hops)


def returned(name: str, packet: bytes, out: bytes) -> Vector:
    return Vector(name, "6", [packet], [Out("6", out)], {"xlat-hairpin": 1})


def about(source: str, kind: int, code: int, word: int, inner: bytes) -> bytes:
    body = seal(source, EXT_IN6, ICMP6, icmp(kind, code, word, inner))
    return ip6(source, EXT_IN6, ICMP6, body)


def about_back(kind: int, code: int, word: int, inner: bytes) -> bytes:
    return ip6(EXT_IN6, HOST, ICMP6, seal(EXT_IN6, HOST, ICMP6, icmp(kind, code, word, inner)), 63)


def hairpin() -> Iterator[Vector]:
    for proto, name in NAMES.items():
        for size in (0, 1, 1000, 1212, 1400):
            data = bytes(i % 251 for i in range(size))
            yield returned(f"{name}, {size} bytes", there(proto, data), back(proto, data))
    for hops in (255, 2):
        packet = there(UDP, hops=hops)
        yield returned(f"hop limit {hops}", packet, back(UDP, hops=hops - 1))
    packet = there(UDP, hops=1)
    yield dropped("hop limit 1", "6", packet, "drop-ttl", own6(3, 0, 0, packet))
    yield returned("traffic class", with_class(there(UDP), 0xB8), with_class(back(UDP), 0xB8))
    for source, who in ((HOST, "host"), (ROUTER6, "router")):
        for proto, name in ((TCP, "TCP"), (UDP, "UDP")):
            for kind, code, word in ((1, 4, 0), (1, 1, 0), (3, 0, 0), (2, 0, 1400)):
                # Told in IPv4 on the way, where host and network unreachable are one.
                again = (1, 1, 0) if (kind, code) == (1, 1) else (kind, code, word)
                yield returned(
                    f"type {kind}, code {code}, of the {who}, about {name}",
                    about(source, kind, code, word, back(proto)),
                    about_back(*again, there(proto, hops=63)),
                )
    # Padded on either half of the way.
    for keep, size in ((8, 152), (200, 240)):
        inner = padded(back(UDP, content(500))[: 40 + keep], 8)
        again = there(UDP, content(500), hops=63)[: 40 + keep] + inner[40 + keep :]
        again += bytes(size - len(again))
        yield returned(
            f"labels behind {keep} bytes of UDP",
            about(ROUTER6, 3, 0, len(inner) // 8 << 24, inner + structure()),
            about_back(3, 0, size // 8 << 24, again + structure()),
        )
