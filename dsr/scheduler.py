"""What is done because time passes: recording what came due, taking away what was kept as long as was promised.

APScheduler is a ticker here and nothing else: what is due is derived from events, and that it is recorded once holds by
the case. So its jobs are kept in memory, and one process leads only so that others do not look for the same work.
"""

import logging
from collections.abc import Callable
from threading import Event
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from dsr.bootstrap import Service
from dsr.database.leadership import Leadership
from dsr.domain.errors import DomainError

log: Final = logging.getLogger(__name__)

NAME: Final = "scheduler"
"""Of the leadership."""

SECONDS: Final = 20
"""Between two sweeps."""

AT_ONCE: Final = 100
"""Rows of one sweep; where as many were due, the next one follows at once."""

_EVERY_HOUR: Final = 3600
_EVERY_DAY: Final = 24 * _EVERY_HOUR


class Scheduler:
    """The work of the clock, for as long as this process leads."""

    def __init__(self, service: Service, *, seconds: float = SECONDS) -> None:
        self._service = service
        self._seconds = seconds
        self._leadership = Leadership(service.database, NAME, service.settings.home)
        self._stopping = Event()

    def run(self, until: Event) -> None:
        """Work until `until` is set; what is under way then is finished first, up to the end of its row."""
        # One thread: a leadership is not shared between threads, and no two jobs are in each other's way.
        ticker = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
        late = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        ticker.add_job(self._leading(self.ring), "interval", seconds=self._seconds, **late)
        ticker.add_job(self._leading(self.purge), "interval", seconds=_EVERY_HOUR, **late)
        ticker.add_job(self._leading(self.tidy), "interval", seconds=_EVERY_DAY, **late)
        ticker.add_job(self._leading(self.ring))  # at once: the service may have been off for a week
        ticker.start()
        try:
            until.wait()
        finally:
            self._stopping.set()
            ticker.shutdown(wait=True)
            self._leadership.release()

    def ring(self) -> None:
        """Record everything that is due; one line in the log, where there was anything."""
        found = recorded = aside = 0
        while not self._stopping.is_set():
            rung = self._service.desk.ringing.sweep(AT_ONCE)
            found, recorded, aside = found + rung.found, recorded + rung.recorded, aside + rung.put_aside
            if rung.found < AT_ONCE:
                break
        if found:
            log.info("sweep: %d due, %d recorded, %d put aside", found, recorded, aside)

    def purge(self) -> None:
        """Delete the packages that were kept as long as was promised."""
        purged = 0
        for _ in self._service.desk.exports.purge_due():
            purged += 1
            if self._stopping.is_set():
                break
        if purged:
            log.info("purge: %d packages", purged)

    def tidy(self) -> None:
        """Take away files, parts of uploads and keys that nothing names."""
        swept = self._service.desk.sweeping.sweep(dry_run=False)
        log.info("tidy: %d files, %d uploads, %d keys", swept.unnamed + swept.forgotten, swept.uploads, swept.keys)

    def _leading(self, work: Callable[[], None]) -> Callable[[], None]:
        def job() -> None:
            try:
                if not self._stopping.is_set() and self._leadership.acquire():
                    work()
            except DomainError as error:  # such as a database that is away: the next tick tries again
                log.warning("%s: %s", work.__name__, error.code)
            except Exception as error:  # noqa: BLE001 - a ticker goes on
                # Type only: what an error quotes may be personal data.
                log.error("%s: %s", work.__name__, type(error).__name__)  # noqa: TRY400

        return job
