"""Clock watch: tells the scheduler and the worker whether the system clock can be trusted."""

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from dsr.domain.clock import Clock

log: Final = logging.getLogger(__name__)

JUMP: Final = 5 * 60.0
"""Seconds of a sudden correction that are tolerated."""

DOUBTED_FOR: Final = 3600.0
"""Seconds after which a clock that jumped ahead and stayed there is trusted."""


def elapsed() -> float:
    """Seconds on a clock that corrections do not move. On Linux it includes the machine's sleep, so waking up is not a
    jump; on other systems, and in a paused virtual machine, it looks like one and only causes a delay.
    """
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


class ClockWatch:
    """Decides whether the system clock can be trusted. Safe to share between threads.

    A clock that jumps ahead would make everything due at once: letters, and deletions that can't be undone. So it is
    not trusted until it is corrected or has stayed there for an hour. A clock set back only causes delays. A clock that
    was wrong when the process started is not noticed.
    """

    def __init__(self, clock: Clock, elapsed: Callable[[], float] = elapsed) -> None:
        self._clock = clock
        self._elapsed = elapsed
        self._lock = Lock()
        self._believed = self._ahead()
        self._doubted: tuple[float, float] | None = None
        """Offset of the clock from `elapsed`, and its start."""

    def is_believed(self) -> bool:
        """Whether the clock can be trusted; called before every time-driven action."""
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
