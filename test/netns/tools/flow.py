#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Traffic for the tests: servers that echo, clients that check, and bursts.

Long-running subcommands keep --report FILE up to date, replaced atomically, a line
"KEY VALUE..." each: how much was sent and received, and which peers a server saw.
"""

import argparse
import os
import random
import selectors
import signal
import socket
import sys
import time
from typing import Any

REPORT_S = 0.1
# A stream without an echo for longer is said to pause.
PAUSE_S = 0.2
CHUNK = 1 << 16
# Not in the socket module.
SO_NO_CHECK = 11
IP_RECVERR = 11
IPV6_RECVERR = 25


class Report:
    """Counters on their way to a file; written at most each REPORT_S."""

    def __init__(self, path: str | None) -> None:
        self.path = path
        self.values: dict[str, Any] = {}
        self.due = 0.0

    def write(self, now: bool = False) -> None:
        if not self.path or (not now and time.monotonic() < self.due):
            return
        self.due = time.monotonic() + REPORT_S
        with open(self.path + ".new", "w", encoding="ascii") as file:
            for key, value in self.values.items():
                text = " ".join(map(str, value)) if isinstance(value, list) else value
                print(key, text, file=file)
        os.rename(self.path + ".new", self.path)


def family_of(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def bound(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    sock = socket.socket(family_of(host), kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    return sock


def peer_name(peer: tuple[Any, ...]) -> str:
    return f"{peer[0]}#{peer[1]}"


def payload(args: argparse.Namespace) -> bytes:
    return bytes(args.text * args.times, "ascii")


def connected(args: argparse.Namespace) -> socket.socket:
    sock = socket.socket(family_of(args.host), socket.SOCK_STREAM)
    if args.bind_port:
        sock.bind(("", args.bind_port))
    sock.settimeout(args.timeout)
    begin = time.monotonic()
    try:
        sock.connect((args.host, args.port))
    except OSError as error:
        elapsed = round(1000 * (time.monotonic() - begin))
        sys.exit(f"{type(error).__name__} after {elapsed} ms: {error}")
    return sock


class EchoConnection:
    """One connection of the TCP server: what came in goes out."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.waiting = bytearray()
        self.finished = False

    def events(self) -> int:
        events = 0
        if not self.finished and len(self.waiting) < 4 * CHUNK:
            events |= selectors.EVENT_READ
        if self.waiting or self.finished:
            events |= selectors.EVENT_WRITE
        return events

    def handle(self, events: int) -> int:
        """Bytes that were read; raises OSError or EOFError at the end."""
        data = b""
        if events & selectors.EVENT_READ:
            data = self.sock.recv(CHUNK)
            self.finished = not data
            self.waiting += data
        if self.waiting and events & selectors.EVENT_WRITE:
            del self.waiting[: self.sock.send(self.waiting)]
        if self.finished and not self.waiting:
            raise EOFError
        return len(data)


def tcp_server(args: argparse.Namespace) -> None:
    listener = bound(socket.SOCK_STREAM, args.host, args.port)
    listener.listen(64)
    report = Report(args.report)
    report.values = {"peers": [], "open": 0, "bytes": 0}
    report.write(True)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, events in selector.select(REPORT_S):
            connection = key.data
            if connection is None:
                sock, peer = listener.accept()
                sock.setblocking(False)
                report.values["peers"].append(peer_name(peer))
                report.values["open"] += 1
                selector.register(sock, selectors.EVENT_READ, EchoConnection(sock))
                continue
            try:
                report.values["bytes"] += connection.handle(events)
                selector.modify(connection.sock, connection.events(), connection)
            except (OSError, EOFError):
                selector.unregister(connection.sock)
                connection.sock.close()
                report.values["open"] -= 1
        report.write()


def udp_server(args: argparse.Namespace) -> None:
    sock = bound(socket.SOCK_DGRAM, args.host, args.port)
    sock.settimeout(REPORT_S)
    report = Report(args.report)
    report.values = {"peers": [], "datagrams": 0}
    report.write(True)
    while True:
        try:
            data, peer = sock.recvfrom(CHUNK)
            report.values["datagrams"] += 1
            if peer_name(peer) not in report.values["peers"]:
                report.values["peers"].append(peer_name(peer))
            if not args.silent:
                sock.sendto(data, peer)
        except OSError:
            pass
        report.write()


def tcp_echo(args: argparse.Namespace) -> None:
    """For each --size a connection with so many random bytes, which must come back."""
    for size in args.size:
        tcp_echo_one(args, size)


def tcp_echo_one(args: argparse.Namespace, size: int) -> None:
    sock = connected(args)
    data = memoryview(random.Random(size).randbytes(size))
    sent, received = 0, bytearray()
    selector = selectors.DefaultSelector()
    sock.setblocking(False)
    selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
    deadline = time.monotonic() + args.timeout
    while len(received) < size:
        if time.monotonic() > deadline:
            sys.exit(f"timeout: {sent} bytes sent, {len(received)} of {size} back")
        for _, events in selector.select(1):
            if events & selectors.EVENT_READ:
                chunk = sock.recv(4 * CHUNK)
                if not chunk:
                    sys.exit(f"connection ends after {len(received)} bytes")
                received += chunk
            if events & selectors.EVENT_WRITE and sent < size:
                sent += sock.send(data[sent : sent + 4 * CHUNK])
                if sent == size:
                    selector.modify(sock, selectors.EVENT_READ)
    if received != data:
        sys.exit(f"what came back differs from the {size} bytes sent")


def udp_echo(args: argparse.Namespace) -> None:
    """For each --size a datagram of random bytes, which must come back unchanged."""
    sock = socket.socket(family_of(args.host), socket.SOCK_DGRAM)
    if args.bind or args.bind_port:
        sock.bind((args.bind, args.bind_port))
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, args.ttl)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, args.ttl)
    sock.settimeout(args.timeout)
    sock.connect((args.host, args.port))
    for size in args.size:
        data = random.Random(size).randbytes(size)
        sock.send(data)
        if sock.recv(CHUNK) != data:
            sys.exit(f"what came back differs from the {size} bytes sent")


def udp_expect(args: argparse.Namespace) -> None:
    """Opens a mapping with a first datagram, then waits for --times --text in one."""
    sock = socket.socket(family_of(args.host), socket.SOCK_DGRAM)
    sock.bind(("", args.bind_port))
    sock.sendto(b"open", (args.host, args.port))
    sock.settimeout(args.timeout)
    report = Report(args.report)
    report.values = {"got": 0, "last": ""}
    report.write(True)
    while True:
        data, peer = sock.recvfrom(CHUNK)
        if data == payload(args):
            report.values["got"] += 1
            report.values["last"] = peer_name(peer)
            report.write(True)


def udp_send(args: argparse.Namespace) -> None:
    sock = socket.socket(family_of(args.host), socket.SOCK_DGRAM)
    if args.bind_port:
        sock.bind((args.bind, args.bind_port))
    if args.no_checksum:
        sock.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    sock.sendto(payload(args), (args.host, args.port))


class Terminated(Exception):
    """By SIGTERM."""


def terminated(*_: object) -> None:
    raise Terminated


def close_in_order(sock: socket.socket) -> None:
    """With a FIN of both sides: what is still to be read would make it an RST."""
    sock.settimeout(10)
    sock.shutdown(socket.SHUT_WR)
    while sock.recv(CHUNK):
        pass
    sock.close()


def tcp_stream(args: argparse.Namespace) -> None:
    """One connection, a line each --interval, until SIGTERM; a stall is seen in the report."""
    sock = connected(args)
    signal.signal(signal.SIGTERM, terminated)
    try:
        stream_lines(args, sock)
    except Terminated:
        close_in_order(sock)


def stream_lines(args: argparse.Namespace, sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(args.interval)
    report = Report(args.report)
    report.values = {"sent": 0, "echoed": 0, "local": sock.getsockname()[1], "error": ""}
    report.values["pauses"] = []
    report.write(True)
    received, due = 0, time.monotonic()
    last = due
    while True:
        try:
            if time.monotonic() >= due and report.values["sent"] - report.values["echoed"] < 500:
                sock.sendall(b"%015d\n" % report.values["sent"])
                report.values["sent"] += 1
                due = time.monotonic() + args.interval
            data = sock.recv(CHUNK)
            if not data:
                raise EOFError("closed by the server")
            received += len(data)
            report.values["echoed"] = received // 16
            pause, last = time.monotonic() - last, time.monotonic()
            if pause > PAUSE_S + args.interval:
                report.values["pauses"].append(round(pause * 1000))
        except TimeoutError:
            pass
        except (OSError, EOFError) as error:
            report.values["error"] = str(error)
            report.write(True)
            sys.exit(str(error))
        report.write()


def tcp_knock(args: argparse.Namespace) -> None:
    """--times SYNs of one flow, one each --interval, each from a socket that gives up at once."""
    for _ in range(args.times):
        sock = socket.socket(family_of(args.host), socket.SOCK_STREAM)
        sock.bind(("", args.bind_port))
        sock.setblocking(False)
        sock.connect_ex((args.host, args.port))
        sock.close()
        time.sleep(args.interval)


def udp_stream(args: argparse.Namespace) -> None:
    """A datagram each --interval, forever, echoed by the server."""
    sock = socket.socket(family_of(args.host), socket.SOCK_DGRAM)
    sock.connect((args.host, args.port))
    sock.settimeout(args.interval)
    report = Report(args.report)
    report.values = {"sent": 0, "echoed": 0, "local": sock.getsockname()[1]}
    report.write(True)
    due = time.monotonic()
    while True:
        try:
            if time.monotonic() >= due:
                due = time.monotonic() + args.interval
                sock.send(b"%d" % report.values["sent"])
                report.values["sent"] += 1
            sock.recv(CHUNK)
            report.values["echoed"] += 1
        except OSError:
            pass
        report.write()


def udp_burst(args: argparse.Namespace) -> None:
    """Opens --count flows: --fan destination ports from each source port.

    Prints how many, in how many ms, and when the last was sent (ms since 1970).
    """
    import resource

    files = args.count // args.fan + 64
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, max(files, 4096)))
    begin = time.monotonic()
    sent = 0
    sockets = []
    while sent < args.count:
        sock = socket.socket(family_of(args.host), socket.SOCK_DGRAM)
        sock.bind(("", (args.bind_port or 20000) + len(sockets)))
        sockets.append(sock)
        for port in range(args.port, args.port + min(args.fan, args.count - sent)):
            sock.sendto(b"x", (args.host, port))
            sent += 1
        ahead = begin + sent / args.rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    print(sent, round(1000 * (time.monotonic() - begin)), round(1000 * time.time()))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for function in (
        tcp_server,
        udp_server,
        tcp_echo,
        udp_echo,
        udp_expect,
        udp_send,
        tcp_stream,
        tcp_knock,
        udp_stream,
        udp_burst,
    ):
        command = commands.add_parser(function.__name__.replace("_", "-"))
        command.set_defaults(run=function)
        command.add_argument("host")
        command.add_argument("port", type=int)
        command.add_argument("--report")
        command.add_argument("--timeout", type=float, default=20)
        command.add_argument("--size", type=int, nargs="+", default=[100])
        command.add_argument("--times", type=int, default=1)
        command.add_argument("--silent", action="store_true")
        command.add_argument("--text", default="hello")
        command.add_argument("--ttl", type=int, default=64)
        command.add_argument("--no-checksum", action="store_true")
        command.add_argument("--bind", default="")
        command.add_argument("--bind-port", type=int, default=0)
        command.add_argument("--interval", type=float, default=0.05)
        command.add_argument("--count", type=int, default=10000)
        command.add_argument("--fan", type=int, default=4)
        command.add_argument("--rate", type=float, default=20000)
    return parser.parse_args()


def main() -> None:
    args = parse()
    try:
        args.run(args)
    except (OSError, EOFError) as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
