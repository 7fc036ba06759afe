#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes sync.json and tables, sync.md, of what the measurements of synchronisation left."""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass
class Rate:
    peer: str
    flows_per_second: int
    made: int
    kept: int
    bytes: int
    sender_ns: int
    receiver_ns: int


@dataclass
class Delay:
    peer: str
    flows_per_second: int
    flows: int
    median_us: int
    p99_us: int
    longest_us: int


@dataclass
class Resync:
    peer: str
    made: int
    kept: int
    milliseconds: int
    sender_kib: int
    receiver_kib: int


@dataclass
class Apply:
    peer: str
    sessions: int
    at_a_time: int
    installed_ns: int
    refused_ns: int


def lines_of(path: Path) -> list[tuple[str, list[int]]]:
    words = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return [(peer, [int(number) for number in numbers]) for peer, *numbers in words]


def title(peer: str) -> str:
    return peer.replace("jool-", "Jool ").replace("-commit", ", cache and commit")


def share(kept: int, made: int) -> str:
    """Not 100 % unless all are there."""
    return "100 %" if kept >= made else f"{min(kept / made * 100, 99.9):.1f} %"


def rates_table(rates: list[Rate]) -> str:
    lines = [
        "| peer | new flows/s | sessions | kept | bytes per session | daemon, sending, µs "
        "| receiving, µs |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for rate in rates:
        lines.append(
            f"| {title(rate.peer)} | {rate.flows_per_second:,} | {rate.made:,} "
            f"| {share(rate.kept, rate.made)} | {rate.bytes / rate.made:.1f} "
            f"| {rate.sender_ns / rate.made / 1000:.1f} | {rate.receiver_ns / rate.made / 1000:.1f} |"
        )
    return "\n".join(lines) + "\n"


def delays_table(delays: list[Delay]) -> str:
    lines = [
        "| peer | new flows/s | flows | median, ms | 99 % within, ms | longest, ms |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for delay in delays:
        times = (delay.median_us, delay.p99_us, delay.longest_us)
        lines.append(
            f"| {title(delay.peer)} | {delay.flows_per_second:,} | {delay.flows:,} "
            + "".join(f"| {time / 1000:.2f} " for time in times)
            + "|"
        )
    return "\n".join(lines) + "\n"


def resyncs_table(resyncs: list[Resync]) -> str:
    lines = [
        "| peer | sessions | kept | seconds | memory of the daemon, sending, MiB | receiving, MiB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for resync in resyncs:
        lines.append(
            f"| {title(resync.peer)} | {resync.made:,} | {share(resync.kept, resync.made)} "
            f"| {resync.milliseconds / 1000:.1f} | {resync.sender_kib / 1024:.1f} "
            f"| {resync.receiver_kib / 1024:.1f} |"
        )
    return "\n".join(lines) + "\n"


def applies_table(applies: list[Apply]) -> str:
    lines = [
        "| peer | sessions in the table | at a time | installed, µs each | refused | difference |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in applies:
        lines.append(
            f"| {title(row.peer)} | {row.sessions:,} | {row.at_a_time} | {row.installed_ns / 1000:.2f}"
            f" | {row.refused_ns / 1000:.2f} | {(row.installed_ns - row.refused_ns) / 1000:.2f} |"
        )
    return "\n".join(lines) + "\n"


# Of each file that there is: native.sh leaves two of them.
MEASUREMENTS = {
    "rates": (Rate, "sync", rates_table),
    "delays": (Delay, "delay", delays_table),
    "resyncs": (Resync, "resync", resyncs_table),
    "applies": (Apply, "apply", applies_table),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    args = parser.parse_args()

    measured = {}
    tables = []
    for name, (kind, file, table) in MEASUREMENTS.items():
        if (args.results / file).exists():
            measured[name] = [kind(peer, *numbers) for peer, numbers in lines_of(args.results / file)]
            tables.append(table(measured[name]))
    if not measured:
        print(f"bench: {args.results}: nothing was measured", file=sys.stderr)
        return 1
    text = "\n".join(tables)
    numbers = {name: [asdict(row) for row in rows] for name, rows in measured.items()}
    (args.results / "sync.json").write_text(json.dumps(numbers, indent="\t") + "\n", encoding="ascii")
    (args.results / "sync.md").write_text(text, encoding="utf-8")
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
