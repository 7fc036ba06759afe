# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run of the benchmark left: the plugin's windows and the guest's rows."""

import bisect
import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

# Kernel functions have names from here on; modules lie above MODULES.
KERNEL = 0xFFFFFFFF81000000
MODULES = 0xFFFFFFFFC0000000


@dataclass
class Window:
    """Instructions of one burst: by 16 bytes of kernel text, and the rest."""

    user: int = 0
    other: int = 0
    text: Counter[int] = field(default_factory=Counter)

    @property
    def kernel(self) -> int:
        return self.text.total() + self.other


@dataclass
class Burst:
    """A measurement: a window, and what the guest said about it."""

    row: str
    packets: int
    received: int
    window: Window


def read_windows(path: Path) -> list[Window]:
    windows: list[Window] = []
    with path.open(encoding="ascii") as lines:
        for line in lines:
            key, value = line.split()
            if key == "window":
                windows.append(Window())
            elif key == "user":
                windows[-1].user = int(value)
            elif key == "other":
                windows[-1].other = int(value)
            else:
                windows[-1].text[int(key, 16)] += int(value)
    return windows


def read_bursts(results: Path) -> list[Burst]:
    windows = read_windows(results / "counts")
    rows = (results / "rows").read_text(encoding="ascii").splitlines()
    if len(rows) != len(windows):
        raise SystemExit(f"bench: {len(rows)} measurements, but {len(windows)} windows")
    bursts = []
    for line, window in zip(rows, windows):
        row, _, packets, received = line.split()
        bursts.append(Burst(row, int(packets), int(received), window))
    return bursts


# So much of a burst may be missing: one packet in a thousand.
LOSS = 0.001


def lossless(bursts: list[Burst], row: str) -> list[Burst]:
    return [
        burst
        for burst in bursts
        if burst.row == row and burst.received >= burst.packets * (1 - LOSS)
    ]


def median(bursts: list[Burst], row: str, user: bool = False) -> float:
    """Instructions per packet, the kernel's or those of user space."""
    return statistics.median(
        (burst.window.user if user else burst.window.kernel) / burst.packets
        for burst in lossless(bursts, row)
    )


class Symbols:
    """kallsyms, modules included: which function is at an address."""

    def __init__(self, path: Path) -> None:
        found: dict[int, str] = {}
        for line in path.read_text(encoding="ascii").splitlines():
            addr, kind, name, *module = line.split()
            if kind in "tTwW" and int(addr, 16) >= KERNEL:
                found.setdefault(int(addr, 16), " ".join([name, *module]))
        self.addresses = sorted(found)
        self.names = [found[addr] for addr in self.addresses]

    def name(self, addr: int) -> str:
        # A function may begin within the 16 bytes.
        index = bisect.bisect_right(self.addresses, addr + 15) - 1
        return self.names[index] if index >= 0 else hex(addr)


def by_function(bursts: list[Burst], row: str, symbols: Symbols) -> Counter[str]:
    """Instructions of all of a row's packets, by function."""
    total: Counter[str] = Counter()
    for burst in lossless(bursts, row):
        for addr, count in burst.window.text.items():
            total[symbols.name(addr)] += count
        total["(elsewhere)"] += burst.window.other
    return total
