"""`python -m benchmarks [NAME…]`: measure, and print one table."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import (
    command,
    contention,
    due_dates,
    evidence,
    history,
    http,
    intake,
    packages,
    pages,
    racing,
    sending,
    steady,
)
from benchmarks.earlier import earlier_commit
from benchmarks.places import KINDS, Place, places
from benchmarks.results import Result, machine, show
from benchmarks.watching import Watching

MEASUREMENTS: dict[str, Callable[[Place, Watching], list[Result]]] = {
    "command": command.run,
    "contention": contention.run,
    "intake": intake.run,
    "http": http.run,
    "history": history.run,
    "packages": packages.run,
    "pages": pages.run,
    "sending": sending.run,
    "due-dates": due_dates.run,
    "evidence": evidence.run,
    "racing": racing.run,
    "steady": steady.run,
}
_BY_NAME = ("steady",)
"""What runs only if it is named, since it takes hours."""


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(MEASUREMENTS)))
@click.option("--database", "kinds", multiple=True, type=click.Choice(KINDS), help="Default: both.")
@click.option("--against", metavar="COMMIT", help="Measure `http` against this earlier commit too.")
@click.option("--minutes", type=float, default=steady.MINUTES, show_default=True, help="How long `steady` runs.")
@click.option(
    "--samples",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for what `steady` samples, one line of JSON each.",
)
def main(
    names: tuple[str, ...], kinds: tuple[str, ...], against: str | None, minutes: float, samples: Path | None
) -> None:
    """Run the measurements NAMES, by default all but `steady`: `history` is the rebuild and the lists of the
    queue, `pages` the pages of the console.
    """
    console = Console(width=120)
    console.print(machine())
    started = time.perf_counter()
    results: list[Result] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with ExitStack() as stack:
        measurements = dict(MEASUREMENTS)
        measurements["steady"] = partial(steady.run, minutes=minutes, samples=samples)
        if against is not None:
            measurements["http"] = partial(http.run, earlier=stack.enter_context(earlier_commit(against)))
        stack.callback(lambda: show(console, results))  # also what was measured before one fails
        progress, where = stack.enter_context(Progress(*columns, console=console)), stack.enter_context(places())
        for name in names or [each for each in measurements if each not in _BY_NAME]:
            for kind in kinds or KINDS:
                results += measurements[name](where[kind], Watching(progress))
    console.print(f"{time.perf_counter() - started:.0f} s; afterwards: {machine()}")


if __name__ == "__main__":
    main()
