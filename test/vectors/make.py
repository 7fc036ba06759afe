#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the vectors, a JSON file for each group, from the rules beside this file.

make.py [--check]: --check compares with what is there, and writes nothing.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "netns" / "tools")]

from errors import errors46, errors64, plateaus
from extensions import extensions46, extensions64
from fragments import fragments46, fragments64
from hairpin import hairpin
from headers import headers46, headers64, tos
from nat44 import NAT44, nat44
from rules import NAT64, Network, Vector

GROUPS = {
    "errors46": errors46,
    "errors64": errors64,
    "extensions46": extensions46,
    "extensions64": extensions64,
    "fragments46": fragments46,
    "fragments64": fragments64,
    "hairpin": hairpin,
    "headers46": headers46,
    "headers64": headers64,
    "plateaus": plateaus,
    "tos": tos,
    "nat44": nat44,
}
# Of groups that are not of NAT64.
NETWORKS = {"nat44": NAT44}


def to_json(vector: Vector) -> str:
    return json.dumps(
        {
            "name": vector.name,
            "in": {"side": vector.side, "packets": [packet.hex() for packet in vector.packets]},
            "out": [
                {
                    "side": out.side,
                    "packet": out.packet.hex(),
                    "ignore": out.free,
                    "most": out.most,
                }
                for out in vector.out
            ],
            "counters": vector.counters,
        }
    )


def text(network: Network, vectors: Iterable[Vector]) -> str:
    """A vector in each line, so that a change shows what it changes."""
    around = {
        "opening": [packet.hex() for packet in network.opening],
        "passing": {side: packet.hex() for side, packet in network.passing.items()},
        "counters": network.counters,
    }
    head = "".join(f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in around.items())
    lines = ",\n".join(to_json(vector) for vector in vectors)
    return f'{{{head}"vectors": [\n{lines}\n]}}\n'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    stale = []
    for name, group in GROUPS.items():
        path, content = HERE / f"{name}.json", text(NETWORKS.get(name, NAT64), group())
        if not args.check:
            path.write_text(content, encoding="ascii")
        elif not path.exists() or path.read_text(encoding="ascii") != content:
            stale.append(path.name)
    if stale:
        sys.exit(f"vectors: {', '.join(stale)}: not what the rules make; run test/vectors/make.py")


if __name__ == "__main__":
    main()
