"""A package of one gigabyte: how fast it is packed and handed out, against a plain copy, and in how much memory."""

import json
import subprocess
import sys

from benchmarks.places import KINDS, Place
from benchmarks.results import Result
from benchmarks.watching import Watching

AIM = 0.12
"""Of a plain copy: the package is read, digested, packed and sealed, where a copy is read and written."""
MEMORY_AIM = 300
"""MB that a process may hold, whatever the size of a package."""
_BYTES = 1_000_000_000
_ROUNDS = 3


def run(place: Place, watching: Watching) -> list[Result]:
    """Measure once, with the first database: files lie beside it, so the others differ in nothing."""
    if place.kind != KINDS[0]:
        return []
    step = watching.steps("packages of 1 GB", 1)
    command = [sys.executable, "-m", "benchmarks.packing", str(_BYTES), str(_ROUNDS)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    step()
    peak = found["peak"] / 10**6
    return [
        _speed("package of 1 GB: build and seal", found["pack"], found["copy"]),
        _speed("package of 1 GB: open and hand out", found["unpack"], found["copy"]),
        Result("the same: memory", "–", f"{peak:,.0f} MB", "–", None, f"below {MEMORY_AIM} MB", peak < MEMORY_AIM),
    ]


def _speed(measurement: str, ours: float, copy: float) -> Result:
    """Bytes per second as MB/s, with their ratio."""
    ratio = ours / copy
    return Result(
        measurement,
        "–",
        f"{ours / 10**6:,.0f} MB/s",
        f"{copy / 10**6:,.0f} MB/s",
        ratio,
        f"at least {AIM:.2f}",
        ratio >= AIM,
    )
