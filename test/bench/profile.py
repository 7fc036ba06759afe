#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""profile.py RESULTS ROW[:BASE]... - instructions per packet, by function; Markdown.

With BASE, another row, also how many there are in that one.
"""

import sys
from collections import Counter
from pathlib import Path

from counts import Burst, Symbols, by_function, lossless, read_bursts

TOP = 40


def per_packet(bursts: list[Burst], row: str, symbols: Symbols) -> dict[str, float]:
    packets = sum(burst.packets for burst in lossless(bursts, row))
    return {name: count / packets for name, count in by_function(bursts, row, symbols).items()}


def modules_of(profile: dict[str, float]) -> Counter[str]:
    total: Counter[str] = Counter()
    for name, count in profile.items():
        total[name.partition(" ")[2] or "kernel"] += count
    return total


def show(profile: dict[str, float], base: dict[str, float], row: str, base_row: str) -> None:
    difference = Counter({name: profile.get(name, 0) - base.get(name, 0) for name in {*profile, *base}})
    print(f"\n## {row}, less {base_row}\n")
    print(f"{sum(profile.values()):,.0f} instructions per packet; {base_row} {sum(base.values()):,.0f};"
          f" difference {sum(profile.values()) - sum(base.values()):,.0f}.\n")
    parts = ", ".join(f"{name} {count:,.0f}" for name, count in modules_of(profile).most_common(8))
    print(f"By module: {parts}.\n")
    print(f"| function | {row} | {base_row} | difference |\n|---|---:|---:|---:|")
    for name, delta in difference.most_common(TOP):
        print(f"| {name} | {profile.get(name, 0):,.1f} | {base.get(name, 0):,.1f} | {delta:,.1f} |")


def main() -> None:
    results = Path(sys.argv[1])
    bursts = read_bursts(results)
    symbols = Symbols(results / "kallsyms")
    for argument in sys.argv[2:]:
        row, _, base = argument.partition(":")
        show(per_packet(bursts, row, symbols),
             per_packet(bursts, base, symbols) if base else {}, row, base or "nothing")


if __name__ == "__main__":
    main()
