"""Showing how far a run is."""

from collections.abc import Callable

from rich.progress import Progress


class Watching:
    """Bars on the terminal, one for each part of the run."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def steps(self, name: str, total: int) -> Callable[[], None]:
        """A bar that is advanced one step at a time."""
        task = self._progress.add_task(name, total=total)
        return lambda: self._progress.advance(task)

    def amount(self, name: str) -> Callable[[int, int], None]:
        """A bar that is told how much of how much is done."""
        task = self._progress.add_task(name, total=None)
        return lambda done, total: self._progress.update(task, completed=done, total=total)
