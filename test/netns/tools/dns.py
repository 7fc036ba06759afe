#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""dns.py ADDRESS PORT: answers each question, of UDP and TCP, with 203.0.113.7."""

import selectors
import socket
import struct
import sys


def answer(query: bytes) -> bytes:
    """The first question, and one record that points at its name."""
    end = query.index(b"\0", 12) + 5
    header = query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0)
    record = struct.pack("!HHHIH4B", 0xC00C, 1, 1, 60, 4, 203, 0, 113, 7)
    return header + query[12:end] + record


def serve_tcp(listener: socket.socket) -> None:
    peer, _ = listener.accept()
    with peer:
        data = peer.recv(65535)
        while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
            more = peer.recv(65535)
            if not more:
                return
            data += more
        reply = answer(data[2:])
        peer.sendall(len(reply).to_bytes(2, "big") + reply)


def serve_udp(sock: socket.socket) -> None:
    query, peer = sock.recvfrom(65535)
    sock.sendto(answer(query), peer)


def main() -> None:
    address, port = sys.argv[1], int(sys.argv[2])
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    selector = selectors.DefaultSelector()
    for kind, serve in ((socket.SOCK_DGRAM, serve_udp), (socket.SOCK_STREAM, serve_tcp)):
        sock = socket.socket(family, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        if kind == socket.SOCK_STREAM:
            sock.listen()
        selector.register(sock, selectors.EVENT_READ, serve)
    while True:
        for key, _ in selector.select():
            key.data(key.fileobj)


if __name__ == "__main__":
    main()
