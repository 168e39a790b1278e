"""Timing two things side by side, and showing what came out."""

import platform
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from os import cpu_count, getloadavg

import pysqlite3.dbapi2
from rich.console import Console
from rich.table import Table

Block = Callable[[], int]
"""Does some work and returns how many units it did."""


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    measurement: str
    database: str
    ours: str
    baseline: str
    ratio: float | None
    """None where the measurement is no ratio."""
    aim: str
    met: bool


def rates(ours: Block, baseline: Block, *, rounds: int, progress: Callable[[], None]) -> tuple[float, float]:
    """Units per second of both, each the median of `rounds` blocks.

    Blocks take turns, so that what else the machine does meets both alike; one block of each warms up uncounted.
    """
    of_ours, of_baseline = medians([ours, baseline], rounds=rounds, progress=progress)
    return of_ours, of_baseline


def medians(blocks: Sequence[Block], *, rounds: int, progress: Callable[[], None]) -> list[float]:
    """Units per second of each block, which take turns as in `rates`."""
    for block in blocks:
        block()
    measured: list[list[float]] = [[] for _ in blocks]
    for _ in range(rounds):
        for block, found in zip(blocks, measured, strict=True):
            started = time.perf_counter()
            done = block()
            found.append(done / (time.perf_counter() - started))
        progress()
    return [statistics.median(found) for found in measured]


def compared(measurement: str, database: str, ours: float, baseline: float, *, aim: float) -> Result:
    """A ratio of two rates that should be at least `aim`."""
    ratio = ours / baseline
    return Result(
        measurement, database, f"{ours:,.0f}/s", f"{baseline:,.0f}/s", ratio, f"at least {aim:.2f}", ratio >= aim
    )


def show(console: Console, results: Iterable[Result]) -> None:
    """The table that a person reads."""
    table = Table("measurement", "database", title="What was measured")
    for name in ("ours", "baseline", "ratio", "aim"):
        table.add_column(name, justify="right")
    table.add_column("met?")
    for each in results:
        table.add_row(
            each.measurement,
            each.database,
            each.ours,
            each.baseline,
            "–" if each.ratio is None else f"{each.ratio:.2f}",
            each.aim,
            "[green]yes[/]" if each.met else "[red]no[/]",
        )
    console.print(table)


def machine() -> str:
    """What the numbers were measured on."""
    load = ", ".join(f"{value:.1f}" for value in getloadavg())
    return (
        f"Python {platform.python_version()}, {cpu_count()} cores, load {load}; "
        f"SQLite {pysqlite3.dbapi2.sqlite_version} (baseline of the library: {sqlite3.sqlite_version}); "
        "both databases as durable as by default: every commit is synced to disk."
    )
