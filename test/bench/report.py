#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes result.json and a table, result.md, of what a run of the benchmark left.

The generator's share is subtracted from every row. A row's ratio is to plain
forwarding: of IPv4 for NAT44, of the mean of IPv6 and IPv4 for NAT64. With a
reference, a ratio more than MARGIN above it is a failure.
"""

import argparse
import json
import statistics
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from counts import Burst, lossless, median, read_bursts

MARGIN = 0.05

TITLES = {
    "plain-6": "plain IPv6 forwarding",
    "plain-4": "plain IPv4 forwarding",
    "nft44-established": "nftables NAT44, 1 flow",
    "nft44-10k": "nftables NAT44, 10,000 flows",
    "nft44-new": "nftables NAT44, new flow",
}
KINDS = {
    "64-established": "6->4, 1 flow",
    "46-established": "4->6, 1 flow",
    "64-10k": "6->4, 10,000 flows",
    "46-10k": "4->6, 10,000 flows",
    "64-new": "6->4, new flow",
    "44-established": "NAT44, 1 flow",
    "44-in": "NAT44, 1 flow, inwards",
    "44-10k": "NAT44, 10,000 flows",
    "44-new": "NAT44, new flow",
    "64-fill": "6->4, new flow, mean while the table fills",
}
PREFIXES = {
    "hanat": "hanat",
    "hanat-on-": "hanat, ss-enabled, nobody listening",
    "hanat-daemon-": "hanat, ss-enabled, hanatd",
    "hanat-": "hanat, to 500,000 flows",
    "hanat-500k-": "hanat, 500,000 to 1,100,000 flows",
    "hanat-crowd-": "hanat, HN_CROWD flows",
    "hanat-1m-": "hanat, 1,100,000 flows",
}


@dataclass
class Result:
    title: str
    instructions: float
    user: float
    ratio: float


def title(row: str) -> str:
    if row in TITLES:
        return TITLES[row]
    for kind, text in KINDS.items():
        if row.endswith(kind):
            prefix = row.removesuffix(kind)
            name = prefix.strip("-").replace("-on", ", ss-enabled, nobody listening")
            return f"{PREFIXES.get(prefix, name)}: {text}"
    return row


def generator(row: str) -> str:
    family = "4" if "44-" in row or row == "plain-4" or "46-" in row else "6"
    return f"generator-{family}" + ("-random" if row.endswith("10k") else "")


def typical(bursts: list[Burst], row: str, user: bool = False) -> float:
    """The median; of a filling table the mean, for its growth is part of the cost."""
    if not row.endswith("fill"):
        return median(bursts, row, user)
    return statistics.mean(
        (burst.window.user if user else burst.window.kernel) / burst.packets
        for burst in lossless(bursts, row)
    )


def results_of(bursts: list[Burst]) -> dict[str, Result]:
    rows = [
        row
        for row in dict.fromkeys(burst.row for burst in bursts)
        if not row.startswith("generator") and not row.endswith("idle")
        if lossless(bursts, row)
    ]
    net = {row: typical(bursts, row) - median(bursts, generator(row)) for row in rows}
    plain4 = net["plain-4"]
    mean = (net["plain-6"] + plain4) / 2
    results = {}
    for row in rows:
        user = typical(bursts, row, user=True)
        base = net[row] if row.startswith("plain") else plain4 if "44-" in row else mean
        results[row] = Result(title(row), net[row], user, (net[row] + user) / base)
    return results


def table(results: dict[str, Result], bursts: list[Burst]) -> str:
    lines = [
        "| path | instructions per packet | user space | ratio to plain |",
        "|---|---:|---:|---:|",
    ]
    for result in results.values():
        lines.append(
            f"| {result.title} | {result.instructions:,.0f} | {result.user:,.0f} "
            f"| {result.ratio:.2f} |"
        )
    for burst in bursts:
        if burst.row.endswith("idle"):
            lines.append(f"\n{burst.row}: {burst.window.kernel:,} instructions per second")
    lost = [row for row in dict.fromkeys(burst.row for burst in bursts) if not lossless(bursts, row)]
    lines += [f"\n{row}: every burst lost packets" for row in lost]
    return "\n".join(lines) + "\n"


def extras(results: Path) -> str:
    """Memory and TCP streams, if they were measured."""
    text = ""
    if (results / "memory").exists():
        text += "\n| memory | flows | bytes per flow |\n|---|---:|---:|\n"
        for line in (results / "memory").read_text(encoding="ascii").splitlines():
            name, flows, kib = line.split()
            name = name.strip("-").replace("-500k", ", after 500,000")
            text += f"| {name} | {int(flows):,} | {int(kib) * 1024 / int(flows):.0f} |\n"
    if (results / "tcp").exists():
        rates: dict[tuple[str, str], list[int]] = {}
        for line in (results / "tcp").read_text(encoding="ascii").splitlines():
            name, offloads, bits = line.split()
            rates.setdefault((name, offloads), []).append(int(bits))
        text += "\n| TCP stream | offloads | Mbit/s | ratio to plain IPv6 |\n|---|---|---:|---:|\n"
        for (name, offloads), bits in rates.items():
            rate, plain = statistics.median(bits), statistics.median(rates[("plain-6", offloads)])
            text += f"| {name} | {offloads} | {rate / 1e6:,.0f} | {rate / plain:.2f} |\n"
    return text


def worse(results: dict[str, Result], reference: Path) -> list[str]:
    lines = []
    wanted: dict[str, float] = json.loads(reference.read_text(encoding="ascii"))
    for row, ratio in wanted.items():
        if row not in results:
            lines.append(f"{row}: not measured")
        elif results[row].ratio > ratio * (1 + MARGIN):
            lines.append(f"{row}: ratio {results[row].ratio:.3f}, reference {ratio:.3f}")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--reference", type=Path, help="JSON of ratios, to compare with")
    parser.add_argument("--update", action="store_true", help="store hanat's ratios there instead")
    args = parser.parse_args()

    bursts = read_bursts(args.results)
    results = results_of(bursts)
    text = table(results, bursts) + extras(args.results)
    (args.results / "result.md").write_text(text, encoding="ascii")
    numbers = {row: asdict(result) for row, result in results.items()}
    (args.results / "result.json").write_text(json.dumps(numbers, indent="\t") + "\n", encoding="ascii")
    print(text, end="")

    if args.update:
        ratios = {row: round(result.ratio, 3) for row, result in results.items() if "hanat" in row}
        args.reference.write_text(json.dumps(ratios, indent="\t") + "\n", encoding="ascii")
        return 0
    complaints = worse(results, args.reference) if args.reference else []
    for line in complaints:
        print(f"bench: worse than the reference by more than {MARGIN:.0%}: {line}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
