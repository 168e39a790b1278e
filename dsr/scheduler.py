"""What is done because time passes: recording what came due, taking away what was kept as long as was promised.

APScheduler is a ticker here and nothing else: what is due is derived from events, and that it is recorded once holds by
the case. So its jobs are kept in memory, and one process leads only so that others do not look for the same work.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler

from dsr.bootstrap import Service
from dsr.clock_watch import ClockWatch, elapsed
from dsr.database.leadership import Leadership
from dsr.domain.errors import DomainError, code_of

log: Final = logging.getLogger(__name__)

DATES: Final = "scheduler"
"""The leadership of whoever records what comes due."""

KEEPING: Final = "housekeeping"
"""The leadership of whoever takes away what was kept: dates do not wait for it."""

SECONDS: Final = 20
"""Between two sweeps."""

AT_ONCE: Final = 100
"""Rows of one sweep; where as many were due, the next one follows at once."""

AFTER_START: Final = timedelta(minutes=10)
"""Nothing is taken away before: a machine that has just started may not have its time yet. Soon, since a service that
is started anew every night must tidy too."""

_EVERY_HOUR: Final = timedelta(hours=1)
_EVERY_DAY: Final = timedelta(days=1)


class Scheduler:
    """The work of the clock, for as long as this process leads."""

    def __init__(self, service: Service, *, seconds: float = SECONDS, elapsed: Callable[[], float] = elapsed) -> None:
        self._service = service
        self._every = timedelta(seconds=seconds)
        self._stopping = Event()
        self._watch = ClockWatch(service.clock, elapsed)
        # Each used by one thread: a leadership is not shared.
        self._dates = Leadership(service.database, DATES, service.settings.home)
        self._keeping = Leadership(service.database, KEEPING, service.settings.home)

    def run(self, until: Event) -> None:
        """Work until `until` is set; what is under way then is finished first, up to the end of its row."""
        ticker = self.ticker()
        ticker.start()
        try:
            while not until.wait(self._every.total_seconds()):
                pull_in(ticker)
        finally:
            self._stopping.set()
            ticker.shutdown(wait=True)
            self._dates.release()
            self._keeping.release()

    def ticker(self) -> BaseScheduler:
        """What is done when, by one thread for dates and one for what is taken away; not started yet."""
        executors = {DATES: ThreadPoolExecutor(1), KEEPING: ThreadPoolExecutor(1)}
        ticker = BackgroundScheduler(timezone="UTC", executors=executors)
        now = datetime.now(UTC)

        def every(
            span: timedelta, work: Callable[[], None], leadership: Leadership, name: str, first: datetime
        ) -> None:
            ticker.add_job(
                self._leading(work, leadership),
                "interval",
                seconds=span.total_seconds(),
                id=work.__name__,
                executor=name,
                next_run_time=first,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )

        every(
            self._every, self.record_due, self._dates, DATES, now
        )  # at once: the service may have been off for a week
        every(_EVERY_HOUR, self.purge, self._keeping, KEEPING, now + AFTER_START)
        every(_EVERY_DAY, self.tidy, self._keeping, KEEPING, now + AFTER_START)
        return ticker

    def record_due(self) -> None:
        """Record everything that is due; one line in the log, where there was anything."""
        found = recorded = failed = 0
        while self._goes_on():
            swept = self._service.desk.due_dates.sweep(AT_ONCE)
            found, recorded, failed = found + swept.found, recorded + swept.recorded, failed + swept.failed
            if swept.found < AT_ONCE:
                break
        if found:
            log.info("sweep: %d due, %d recorded, %d failed", found, recorded, failed)

    def purge(self) -> None:
        """Delete the packages that were kept as long as was promised."""
        purged = 0
        for _ in self._service.desk.exports.purge_due():
            purged += 1
            if not self._goes_on():
                break
        if purged:
            log.info("purge: %d packages", purged)

    def tidy(self) -> None:
        """Take away files, parts of uploads and keys that nothing names."""
        swept = self._service.desk.sweeping.sweep(dry_run=False, goes_on=self._goes_on)
        log.info("tidy: %d files, %d uploads, %d keys", swept.unnamed + swept.forgotten, swept.uploads, swept.keys)

    def _goes_on(self) -> bool:
        """Asked before each step of what may take long."""
        return not self._stopping.is_set() and self._watch.is_believed()

    def _leading(self, work: Callable[[], None], leadership: Leadership) -> Callable[[], None]:
        def job() -> None:
            try:
                if self._goes_on() and leadership.acquire():
                    work()
            except DomainError as error:  # such as a database that is away: the next tick tries again
                log.warning("%s: %s", work.__name__, error.code)
            except Exception as error:  # noqa: BLE001 - a ticker goes on
                # Type only: what an error quotes may be personal data.
                log.error("%s: %s", work.__name__, code_of(error))  # noqa: TRY400

        return job


def pull_in(ticker: BaseScheduler) -> None:
    """Let what waits for longer than its interval run at once: the clock, by which it waits, was set back."""
    now = datetime.now(UTC)
    for job in ticker.get_jobs():
        if job.next_run_time is not None and job.next_run_time - now > job.trigger.interval + timedelta(seconds=1):
            job.modify(next_run_time=now)
