#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws result.json as an SVG: what a packet costs, as a ratio to plain forwarding.

Groups and peers that the run has no row of are left out; of the bars of a group
hanat's is the filled one.
"""

import argparse
import json
import sys
from pathlib import Path
from xml.sax.saxutils import escape

# Title of a group; its rows without the name of the peer.
GROUPS = [
    ("established flow, 6→4", "64-established"),
    ("established flow, 4→6", "46-established"),
    ("one of 10,000 flows, 6→4", "64-10k"),
    ("new flow, 6→4", "64-new"),
    ("established flow, synchronised", "64-established"),
    ("new flow, synchronised", "64-new"),
]
NAT44 = {"64-established": "nft44-established", "64-10k": "nft44-10k", "64-new": "nft44-new"}

WIDTH, LABEL, BAR, GAP, GROUP = 760, 190, 16, 4, 16
INK, GRID, HANAT, PEER = "#24292f", "#d0d7de", "#0969da", "#afb8c1"

Bars = list[tuple[str, float, bool]]


def bars_of(results: dict[str, dict], title: str, kind: str) -> Bars:
    """Name, ratio and whether it is hanat, the cheapest first."""
    bars: Bars = []
    synchronised = title.endswith("synchronised")
    for row, result in results.items():
        peer = row.removesuffix("-" + kind) if row.endswith("-" + kind) else row.removesuffix(kind)
        if peer == row:
            continue
        if peer == ("hanat-daemon" if synchronised else "hanat"):
            bars.append(("hanat", result["ratio"], True))
        elif peer.startswith("jool") and peer.endswith("-on") == synchronised:
            name = peer.removesuffix("-on").replace("jool-", "Jool ")
            bars.append((name + " without joold" * synchronised, result["ratio"], False))
    if not synchronised and kind in NAT44 and NAT44[kind] in results:
        bars.append(("nftables (NAT44)", results[NAT44[kind]]["ratio"], False))
    return sorted(bars, key=lambda bar: bar[1])


def text(x: float, y: float, words: str, **attributes: str) -> str:
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.0f}" y="{y:.0f}"{more}>{escape(words)}</text>'


def draw(results: dict[str, dict]) -> str:
    groups = [(title, bars_of(results, title, kind)) for title, kind in GROUPS]
    groups = [(title, bars) for title, bars in groups if any(ours for _, _, ours in bars)]
    top = max(ratio for _, bars in groups for _, ratio, _ in bars)
    scale = (WIDTH - LABEL - 60) / top
    parts, y = [], 34.0

    for title, bars in groups:
        parts.append(text(12, y + BAR - 3, title, font_weight="bold"))
        y += BAR + GAP
        for name, ratio, ours in bars:
            parts.append(text(LABEL - 8, y + BAR - 3, name, text_anchor="end"))
            parts.append(
                f'<rect x="{LABEL}" y="{y:.0f}" width="{ratio * scale:.1f}" height="{BAR}" '
                f'fill="{HANAT if ours else PEER}"/>'
            )
            parts.append(text(LABEL + ratio * scale + 6, y + BAR - 3, f"{ratio:.2f}"))
            y += BAR + GAP
        y += GROUP
    plain = LABEL + scale
    line = f'<path d="M{plain:.1f} 26V{y - GROUP / 2:.0f}" stroke="{INK}" stroke-dasharray="4 3"/>'
    head = text(plain, 20, "plain forwarding = 1", text_anchor="middle")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:.0f}" '
        f'font-family="sans-serif" font-size="13" fill="{INK}">\n'
        f'<rect width="100%" height="100%" fill="#ffffff" stroke="{GRID}"/>\n'
        + "\n".join([*parts, line, head])
        + "\n</svg>\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path, help="result.json of report.py")
    parser.add_argument("svg", type=Path)
    args = parser.parse_args()
    args.svg.write_text(draw(json.loads(args.result.read_text(encoding="ascii"))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
