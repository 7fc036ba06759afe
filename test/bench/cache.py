#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes cache.json and a table, cache.md, of what guest/cache.sh left.

A row is the best of its bursts, for whatever else the machine does only adds
to them; of that the generator's own is subtracted. Its ratio is to plain forwarding:
of IPv4 for NAT44, of the mean of IPv6 and IPv4 for NAT64. With a table it has a
second ratio, to the same path with one flow.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

# So much of a burst may be missing: one packet in a thousand.
LOSS = 0.001

PLAIN = {"plain-6": "plain IPv6 forwarding", "plain-4": "plain IPv4 forwarding"}
PEERS = {"nft44": "nftables NAT44", "hanat": "hanat: 6->4"}


@dataclass
class Result:
    title: str
    flows: int
    nanoseconds: float
    ratio: float
    growth: float


def best_of(path: Path) -> dict[str, float]:
    """Nanoseconds per packet, generator included, by row."""
    best: dict[str, float] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        row, *numbers = line.split()
        packets, received, *microseconds = map(int, numbers)
        if received >= packets * len(microseconds) * (1 - LOSS):
            best[row] = min([best.get(row, float("inf")), *(us * 1000 / packets for us in microseconds)])
    return best


def title(peer: str) -> str:
    return PEERS.get(peer, peer.replace("jool-", "Jool ") + ": 6->4")


def results_of(best: dict[str, float]) -> dict[str, Result]:
    plain = {row: best[row] - best[row.replace("plain", "generator")] for row in PLAIN}
    mean = sum(plain.values()) / len(plain)
    results = {row: Result(PLAIN[row], 1, ns, 1.0, 1.0) for row, ns in plain.items()}
    one: dict[str, float] = {}
    for row, ns in best.items():
        peer, _, flows = row.rpartition("-")
        if row in plain or peer.startswith("generator"):
            continue
        family = "4" if peer == "nft44" else "6"
        ns -= best[f"generator-{family}" + ("-random" if flows != "1" else "")]
        ratio = ns / (plain["plain-4"] if family == "4" else mean)
        growth = ns / one.setdefault(peer, ns)
        results[row] = Result(title(peer), int(flows), ns, ratio, growth)
    return results


def table(results: dict[str, Result]) -> str:
    lines = ["| path | flows | ns per packet | ratio to plain | ratio to 1 flow |", "|---|---:|---:|---:|---:|"]
    for result in results.values():
        growth = f"{result.growth:.2f}" if result.flows > 1 else ""
        lines.append(
            f"| {result.title} | {result.flows:,} | {result.nanoseconds:,.0f} | {result.ratio:.2f} | {growth} |"
        )
    return "\n".join(lines) + "\n"


def generators(best: dict[str, float]) -> str:
    """What the generator takes by itself."""
    parts = []
    for row, ns in best.items():
        if row.startswith("generator"):
            family = f"IPv{row.split('-')[1]}" + (" at random" if row.endswith("random") else "")
            parts.append(f"{ns:,.0f} ns ({family})")
    return ", ".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    args = parser.parse_args()

    try:
        best = best_of(args.results / "rows")
        results = results_of(best)
    except (OSError, KeyError) as error:
        print(f"bench: {args.results}: incomplete: {error}", file=sys.stderr)
        return 1
    text = table(results) + f"\nSubtracted: {generators(best)}.\n"
    numbers = {row: asdict(result) for row, result in results.items()}
    (args.results / "cache.json").write_text(json.dumps(numbers, indent="\t") + "\n", encoding="ascii")
    (args.results / "cache.md").write_text(text, encoding="ascii")
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
