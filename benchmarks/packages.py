"""Packages: how fast one gigabyte is packed, handed out and verified, against a plain copy, and in how much memory.

Besides a data set at the limit of an upload, whose small records weigh most in memory.
"""

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
_UPLOAD_BYTES = 20 << 20
"""DSR_MAX_UPLOAD_BYTES where nobody sets it."""


def run(place: Place, watching: Watching) -> list[Result]:
    """Measure once, with the first database: files lie beside it, so the others differ in nothing."""
    if place.kind != KINDS[0]:
        return []
    step = watching.steps("packages", 2)
    large = _measured("benchmarks.packing", _BYTES, _ROUNDS)
    step()
    small = _measured("benchmarks.data_set", _UPLOAD_BYTES)
    step()
    return [
        _speed("package of 1 GB: build and seal", large["pack"], large["copy"]),
        _speed("package of 1 GB: open and hand out", large["unpack"], large["copy"]),
        _memory("package of 1 GB: build, hand out", large["peak"]),
        _speed("package of 1 GB: verify", large["verify"], large["copy"]),
        _memory("package of 1 GB: verify", large["verify_peak"]),
        _memory("data set of 20 MiB: collect, build, hand out", small["peak"]),
        _memory("data set of 20 MiB: verify", small["verify_peak"]),
    ]


def _measured(module: str, *arguments: int) -> dict[str, float]:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return found


def _memory(measurement: str, peak: float) -> Result:
    """The most that the process ever held, as MB."""
    held = peak / 10**6
    return Result(
        f"{measurement}: memory", "–", f"{held:,.0f} MB", "–", None, f"below {MEMORY_AIM} MB", held < MEMORY_AIM
    )


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
