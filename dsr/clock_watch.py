"""Whether the clock can be believed: asked by whatever acts because time passes, the scheduler and the worker."""

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from dsr.domain.clock import Clock

log: Final = logging.getLogger(__name__)

JUMP: Final = 5 * 60.0
"""Seconds by which a clock may be corrected at once without being doubted."""

DOUBTED_FOR: Final = 3600.0
"""Seconds after which a clock that jumped ahead, and stayed there, is believed."""


def elapsed() -> float:
    """Seconds that no correction of the clock moves. On Linux the time that the machine slept counts, so that waking up
    is no jump; elsewhere, and in a virtual machine that stood still, it looks like one, and only delays."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


class ClockWatch:
    """Whether the clock can be believed. Safe to share between threads.

    One that jumps ahead would make everything due at once: letters, and deletions that can't be undone. So it is
    doubted until it is put right, or stayed as it is for an hour. One that is set back delays, and does no harm. One
    that was wrong when the process started is not noticed.
    """

    def __init__(self, clock: Clock, elapsed: Callable[[], float] = elapsed) -> None:
        self._clock = clock
        self._elapsed = elapsed
        self._lock = Lock()
        self._believed = self._ahead()
        self._doubted: tuple[float, float] | None = None
        """How far ahead of `elapsed` the clock has been, and since when."""

    def is_believed(self) -> bool:
        """Asked before anything is done because of the time."""
        with self._lock:
            ahead, now = self._ahead(), self._elapsed()
            if ahead - self._believed > JUMP:
                if self._doubted is None or abs(ahead - self._doubted[0]) > JUMP:
                    self._doubted = (ahead, now)
                    log.warning(
                        "the clock jumped ahead by %d seconds: nothing is done by it yet", ahead - self._believed
                    )
                if now - self._doubted[1] < DOUBTED_FOR:
                    return False
            self._believed, self._doubted = ahead, None
            return True

    def _ahead(self) -> float:
        return self._clock.now().timestamp() - self._elapsed()
